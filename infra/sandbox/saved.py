"""Payments by a method that was saved: nobody is asked, the bank answers at once, or later on demand."""

from datetime import timedelta
from typing import Any

from infra.sandbox import faults, notices, payments
from infra.sandbox.desk import Desk
from infra.sandbox.rules import saved_method
from infra.sandbox.store import Kept
from infra.sandbox.words import stamp


def create(desk: Desk, raw: bytes) -> dict[str, Any]:
    """Any new payment; one by a saved method goes on by itself."""
    kept = payments.get(desk, payments.create(desk, raw)["id"])
    if kept.inner["saved_method_id"]:
        charge(desk, kept, kept.inner["saved_method_id"])
    return kept.body


def charge(desk: Desk, kept: Kept, method_id: str) -> None:
    """By what the tester has asked of the next one (operation “saved.charge”), else it is paid."""
    first = saved_method(desk, method_id)
    method = first.body["payment_method"]
    kept.body["payment_method"] = {
        name: method[name] for name in ("type", "id", "saved", "status", "title", "card") if name in method
    }
    desk.store.save(kept)
    plan = faults.taken(desk, "saved.charge")
    match plan.kind if plan else None:
        case "cancel":
            payments.end(desk, kept, "payment_network", "insufficient_funds", notices.ONCE)
        case "revoked":
            first.body["payment_method"]["saved"] = False
            desk.store.save(first)
            payments.end(desk, kept, "payment_network", "permission_revoked", notices.ONCE)
        case "pending" | "pending_cancel" as kind:
            assert plan is not None
            at = stamp(desk.now() + timedelta(seconds=plan.seconds))
            kept.inner["pays"] = {"at": at, "way": notices.ONCE.plain(), "late": False}
            if kind == "pending_cancel":
                kept.inner["expires_at"] = at
                del kept.inner["pays"]
            kept.due_at = at
            desk.store.save(kept)
        case _:
            payments.pay(desk, kept.id, notices.ONCE, late=False, after_seconds=0)
            kept.__dict__.update(payments.get(desk, kept.id).__dict__)
