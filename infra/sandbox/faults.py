"""Errors and delays on demand."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from infra.sandbox.desk import Desk
from infra.sandbox.words import Refused

OPERATIONS = (
    "payments.create", "payments.get", "payments.list", "payments.capture", "payments.cancel",
    "refunds.create", "refunds.get", "refunds.list", "receipts.create", "receipts.get", "receipts.list",
    "webhooks.create", "webhooks.list", "webhooks.remove", "me.get", "sbp_banks.list",
    "pos_links.create", "pos_links.get", "pos_links.activate", "pos_links.deactivate",
    "refunds.end", "receipts.end", "saved.charge", "*",
)  # fmt: skip
KINDS = {
    "500": "ошибка 500, ничего не сделано",
    "500_after": "сделано, но ответ 500",
    "202": "принято, повторите позже",
    "429": "слишком много запросов",
    "refuse": "отказ 400",
    "timeout": "сделано, но ответ приходит через seconds",
    "delay": "ждёт seconds, потом отвечает как обычно",
    "revoked": "saved.charge: плательщик отозвал согласие",
    "pending": "…end, saved.charge: ждёт seconds, потом проходит",
    "pending_cancel": "…end, saved.charge: ждёт seconds, потом отказ",
    "cancel": "…end, saved.charge: отказ сразу",
}


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`times`: how many requests it hits. `seconds`: of the two slow kinds, and the pause that a 202
    or 429 asks for."""

    operation: str
    kind: Literal[
        "500",
        "500_after",
        "202",
        "429",
        "refuse",
        "timeout",
        "delay",
        "pending",
        "pending_cancel",
        "cancel",
        "revoked",
    ]
    times: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    seconds: Annotated[float, Meta(ge=0, le=3600)] = 1.8

    def before(self) -> Refused | None:
        """The answer instead of any work, if this kind has one."""
        pause_ms = int(self.seconds * 1000)
        match self.kind:
            case "500":
                return internal()
            case "429":
                return Refused(429, "too_many_requests", "Too many requests", retry_after_ms=pause_ms)
            case "refuse":
                return Refused(400, "invalid_request", "Refused on demand of the tester")
            case "202":
                later = Refused(202, "", "")
                later.body = {
                    "type": "processing",
                    "description": "Request accepted, but not processed yet. Retry the request with the "
                    "same idempotence key",
                    "retry_after": pause_ms,
                }
                return later
        return None


def internal() -> Refused:
    return Refused(500, "internal_server_error", "Internal server error", retry_after_ms=1800)


def add(desk: Desk, fault: Fault) -> None:
    desk.store.db.execute(
        "INSERT INTO faults (operation, kind, times, seconds) VALUES (?, ?, ?, ?)",
        (fault.operation, fault.kind, fault.times, fault.seconds),
    )


def take(desk: Desk, operation: str) -> Fault | None:
    """The oldest fault waiting for this operation, once less from now on."""
    with desk.store.transaction():
        return taken(desk, operation, "*")


def taken(desk: Desk, operation: str, any_word: str = "") -> Fault | None:
    """The same inside a transaction."""
    row = desk.store.db.execute(
        "SELECT * FROM faults WHERE operation IN (?, ?) ORDER BY no LIMIT 1", (operation, any_word)
    ).fetchone()
    if row is None:
        return None
    desk.store.db.execute("UPDATE faults SET times = times - 1 WHERE no = ?", (row["no"],))
    desk.store.db.execute("DELETE FROM faults WHERE times <= 0")
    return Fault(operation=operation, kind=row["kind"], times=row["times"], seconds=row["seconds"])


def waiting(desk: Desk) -> list[dict[str, Any]]:
    rows = desk.store.db.execute("SELECT operation, kind, times, seconds FROM faults ORDER BY no").fetchall()
    return [dict(row) for row in rows]


def clear(desk: Desk) -> None:
    desk.store.db.execute("DELETE FROM faults")
