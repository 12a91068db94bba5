"""Lists as the API gives them: newest first, filters by time and status, pages by cursor."""

import base64
import binascii
import re
from typing import Any

from litestar import Request

from infra.sandbox.desk import Desk
from infra.sandbox.words import invalid, moment, stamp

_TIMES = ("gte", "gt", "lte", "lt")
_STATUSES = {
    "payment": {"pending", "waiting_for_capture", "succeeded", "canceled"},
    "refund": {"pending", "succeeded", "canceled"},
    "receipt": {"pending", "succeeded", "canceled"},
}
_NEWEST = ("~", "~")


def listed(desk: Desk, kind: str, request: Request[Any, Any, Any], names: dict[str, str]) -> dict[str, Any]:
    """`names`: which query parameters filter by which column. An unknown parameter is refused."""
    query = dict(request.query_params.items())
    wanted: dict[str, str | None] = {}
    most, after = 10, _NEWEST
    for name, value in query.items():
        if name == "limit":
            most = _limit(value)
        elif name == "cursor":
            after = _after(value)
        elif name.startswith("created_at.") and name[11:] in _TIMES:
            wanted[name[11:]] = _time(name, value)
        elif name == "status" and value not in _STATUSES[kind]:
            raise invalid("There is no such status", "status")
        elif name in names:
            wanted[names[name]] = value
        else:
            raise invalid("Unknown parameter", name)
    found = desk.store.page(kind, wanted, after, most + 1)
    body: dict[str, Any] = {"type": "list", "items": [kept.body for kept in found[:most]]}
    if len(found) > most:
        last = found[most - 1]
        body["next_cursor"] = base64.urlsafe_b64encode(f"{last.created_at} {last.id}".encode()).decode()
    return body


def _limit(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", value) or not 1 <= int(value) <= 100:
        raise invalid("limit is from 1 to 100", "limit")
    return int(value)


def _after(value: str) -> tuple[str, str]:
    try:
        at, _, last_id = base64.urlsafe_b64decode(value).decode().partition(" ")
        return stamp(moment(at)), last_id
    except (ValueError, binascii.Error) as error:
        raise invalid("There is no such cursor", "cursor") from error


def _time(name: str, value: str) -> str:
    try:
        return stamp(moment(value))
    except ValueError as error:
        raise invalid("Not an ISO 8601 moment with a zone", name) from error
