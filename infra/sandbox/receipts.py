"""Fiscal receipts: accepted at once, registered a moment later. There is no notice about them."""

import secrets
from datetime import timedelta
from typing import Any

import msgspec

from infra.sandbox import faults
from infra.sandbox.desk import Desk
from infra.sandbox.store import Kept
from infra.sandbox.validation import NewReceipt, check_receipt, read
from infra.sandbox.words import invalid, new_id, not_found, stamp

_COPIED = ("internet", "settlements", "tax_system_code", "timezone", "on_behalf_of")


def create(desk: Desk, raw: bytes) -> dict[str, Any]:
    wanted = read(raw, NewReceipt)
    check_receipt(wanted.items, wanted.customer, None, "")
    settled = sum(settlement.amount.kopecks for settlement in wanted.settlements)
    if round(sum(item.total_kopecks for item in wanted.items)) != settled:
        raise invalid("The settlements do not add up to the lines", "settlements")
    if wanted.type == "payment" and (wanted.payment_id is None or wanted.refund_id):
        raise invalid("A receipt of a payment names payment_id", "payment_id")
    if (wanted.payment_id is None) == (wanted.refund_id is None):
        raise invalid("A receipt of a refund names refund_id or payment_id", "refund_id")
    kind, about = ("refund", wanted.refund_id) if wanted.refund_id else ("payment", wanted.payment_id)
    found = desk.store.get(kind, str(about))
    if found is None or found.status != "succeeded":
        raise invalid("There is no such successful operation", f"{kind}_id")
    return add(
        desk,
        wanted.type,
        str(about),
        msgspec.to_builtins(wanted),
        payment_id=found.payment_id or found.id,
        apart=True,
    ).body


def add(
    desk: Desk, type: str, about_id: str, receipt: dict[str, Any], *, payment_id: str, apart: bool = False
) -> Kept:
    """`apart`: by a request of its own, not together with its payment or refund."""
    at = desk.now()
    body: dict[str, Any] = {"id": f"rt-{new_id()[3:]}", "type": type, "status": "pending"}
    body["refund_id" if type == "refund" and about_id != payment_id else "payment_id"] = about_id
    body["items"] = [_item(item) for item in receipt["items"]]
    body |= {name: receipt[name] for name in _COPIED if receipt.get(name) is not None}
    plan = faults.taken(desk, "receipts.end")
    seconds = plan.seconds if plan and plan.kind != "cancel" else desk.config.receipt_seconds
    # Lists of receipts ask by `refund_id`: it stands where payments have their method.
    kept = Kept(
        body["id"], "receipt", stamp(at), "pending", body, payment_id, body.get("refund_id"),
        stamp(at + timedelta(seconds=seconds)),
        {"apart": apart, "about_id": about_id, "then": _end_of(plan)},
    )  # fmt: skip
    desk.store.save(kept)
    if plan and plan.kind == "cancel":
        happen(desk, kept)
    return kept


def _end_of(plan: faults.Fault | None) -> str:
    return "canceled" if plan and plan.kind in {"cancel", "pending_cancel"} else "succeeded"


def get(desk: Desk, receipt_id: str) -> Kept:
    kept = desk.store.get("receipt", receipt_id)
    if kept is None:
        raise not_found("Receipt")
    if kept.due_at and kept.due_at <= desk.moment():
        happen(desk, kept)
    return kept


def happen(desk: Desk, kept: Kept) -> None:
    """The cash register answered."""
    kept.status = kept.body["status"] = kept.inner.get("then", "succeeded")
    kept.due_at = None
    if kept.status == "canceled":
        desk.store.save(kept)
        return
    kept.body |= {
        "fiscal_document_number": str(secrets.randbelow(10**6)),
        "fiscal_storage_number": "9288000100115785",
        "fiscal_attribute": f"{secrets.randbelow(10**10):010d}",
        "registered_at": desk.moment(),
        "fiscal_provider_id": new_id(),
    }
    desk.store.save(kept)
    if kept.inner["apart"]:
        return
    about = desk.store.get(kept.body["type"], kept.inner["about_id"])
    if about is not None:
        about.body["receipt_registration"] = "succeeded"
        desk.store.save(about)


def _item(item: dict[str, Any]) -> dict[str, Any]:
    return item | {"quantity": float(item["quantity"])}
