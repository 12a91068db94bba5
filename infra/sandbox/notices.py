"""Notices to the shop: kept first, sent until HTTP 200 for 24 hours, without any signature.

The tester chooses what goes wrong on the way: see `Way`.
"""

import asyncio
import json
import sqlite3
from datetime import timedelta
from typing import Any, Literal, get_args

import httpx
import msgspec

from infra.sandbox.desk import Desk
from infra.sandbox.words import invalid, moment, stamp

Mode = Literal["once", "twice", "lost", "delayed", "reordered"]
GIVE_UP_AFTER = timedelta(hours=24)
_PAUSES_SECONDS = (1, 2, 5, 10, 20, 40, 60, 120, 300, 600, 1200, 1800, 3600)


class Way(msgspec.Struct, frozen=True):
    """How a notice travels. `reordered`: a stale notice of an earlier state comes after it; `delayed`:
    it leaves after `seconds`; `lost`: never."""

    mode: Mode = "once"
    seconds: float = 30

    def plain(self) -> dict[str, Any]:
        return {"mode": self.mode, "seconds": self.seconds}

    @classmethod
    def asked(cls, mode: str, seconds: float) -> "Way":
        if mode not in get_args(Mode):
            raise invalid(f"notice is one of {', '.join(get_args(Mode))}", "notice")
        return cls(mode=mode, seconds=seconds)  # type: ignore[arg-type]  # checked above


ONCE = Way()


def promise(desk: Desk, event: str, object: dict[str, Any], way: Way = ONCE) -> None:
    """Keep the notices of what has just happened, in the same transaction."""
    at = desk.now()
    hooks = desk.store.page("webhook", {"status": event}, ("~", "~"), 100)
    urls = dict.fromkeys([desk.config.notice_url, *(hook.body["url"] for hook in hooks)])
    for url in filter(None, urls):
        if way.mode == "lost":
            _keep(desk, event, object, url, None)
            continue
        delay = timedelta(seconds=way.seconds if way.mode == "delayed" else 0)
        _keep(desk, event, object, url, stamp(at + delay))
        if way.mode == "twice":
            _keep(desk, event, object, url, stamp(at))
        if way.mode == "reordered":
            stale = object | {"status": "waiting_for_capture", "paid": True}
            _keep(desk, "payment.waiting_for_capture", stale, url, stamp(at + timedelta(seconds=1)))


async def deliver_due(desk: Desk, http: httpx.AsyncClient) -> int:
    """Send what is due now; how many were tried. A kill in between sends some of them again."""
    rows = desk.store.db.execute(
        "SELECT * FROM notices WHERE due_at <= ? ORDER BY due_at, no LIMIT 20", (desk.moment(),)
    ).fetchall()
    outcomes = await asyncio.gather(*(_send(desk, http, row) for row in rows))
    with desk.store.transaction():
        for row, outcome in zip(rows, outcomes, strict=True):
            desk.store.db.execute(
                "UPDATE notices SET attempts = attempts + 1, outcome = ?, due_at = ? WHERE no = ?",
                (outcome, None if outcome == "200" else _next(desk, row), row["no"]),
            )
    return len(rows)


def latest(desk: Desk, most: int = 30) -> list[dict[str, Any]]:
    """The newest notices, for people and tests."""
    rows = desk.store.db.execute("SELECT * FROM notices ORDER BY no DESC LIMIT ?", (most,)).fetchall()
    return [dict(row) for row in rows]


async def _send(desk: Desk, http: httpx.AsyncClient, row: sqlite3.Row) -> str:
    try:
        answer = await http.post(
            row["url"],
            content=row["body"].encode(),
            headers={"Content-Type": "application/json"},
            timeout=desk.config.notice_timeout_seconds,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return type(error).__name__
    return str(answer.status_code)


def _next(desk: Desk, row: sqlite3.Row) -> str | None:
    pause = _PAUSES_SECONDS[min(row["attempts"], len(_PAUSES_SECONDS) - 1)]
    at = desk.now() + timedelta(seconds=pause)
    return stamp(at) if at < moment(row["first_at"]) + GIVE_UP_AFTER else None


def _keep(desk: Desk, event: str, object: dict[str, Any], url: str, due_at: str | None) -> None:
    body = {"type": "notification", "event": event, "object": object}
    desk.store.db.execute(
        "INSERT INTO notices (event, object_id, url, body, first_at, due_at, outcome)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            event,
            object["id"],
            url,
            json.dumps(body, ensure_ascii=False),
            desk.moment(),
            due_at,
            "waiting" if due_at else "lost",
        ),
    )
