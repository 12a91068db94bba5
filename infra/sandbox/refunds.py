"""Refunds: whole or in parts, to the same payer, never above what was paid.

Most are done at once. The tester may let the next one wait or be cancelled (operation "refunds.end"); as with
the provider, only a refund that succeeded is told by a notice.
"""

from datetime import timedelta
from typing import Any

import msgspec

from infra.sandbox import faults, notices, payments, receipts
from infra.sandbox.desk import Desk
from infra.sandbox.store import Kept
from infra.sandbox.validation import NewRefund, check_receipt, read
from infra.sandbox.words import Refused, amount, invalid, kopecks, new_id, not_found, stamp


def create(desk: Desk, raw: bytes) -> dict[str, Any]:
    """Called inside a transaction: the check against the rest and the taking from it are one step."""
    wanted = read(raw, NewRefund)
    if desk.store.get("payment", wanted.payment_id) is None:
        raise invalid("Payment doesn't exist or you don't have access to it", "payment_id")
    payment = payments.get(desk, wanted.payment_id)
    if payment.status != "succeeded":
        raise invalid("Only a successful payment can be refunded", "payment_id")
    if wanted.sources:
        raise Refused(403, "forbidden", "Split payments are not enabled for this shop", "sources")
    asked = wanted.amount.kopecks
    refunded = kopecks(payment.body["refunded_amount"])
    if asked <= 0 or refunded + _under_way(desk, payment) + asked > kopecks(payment.body["amount"]):
        raise invalid("The refund is above what is left of the payment", "amount.value")
    if wanted.receipt:
        check_receipt(wanted.receipt.items, wanted.receipt.customer, asked, "receipt.")
    kept = _add(desk, wanted, payment)
    plan = faults.taken(desk, "refunds.end")
    if plan is None or plan.kind not in {"pending", "pending_cancel", "cancel"}:
        _succeed(desk, kept)
    elif plan.kind == "cancel":
        _cancel(desk, kept)
    else:
        kept.inner["then"] = "canceled" if plan.kind == "pending_cancel" else "succeeded"
        kept.due_at = stamp(desk.now() + timedelta(seconds=plan.seconds))
        desk.store.save(kept)
    return kept.body


def get(desk: Desk, refund_id: str) -> Kept:
    kept = desk.store.get("refund", refund_id)
    if kept is None:
        raise not_found("Refund")
    if kept.due_at and kept.due_at <= desk.moment():
        (_cancel if kept.inner["then"] == "canceled" else _succeed)(desk, kept)
    return kept


def _under_way(desk: Desk, payment: Kept) -> int:
    waiting = desk.store.page("refund", {"payment_id": payment.id, "status": "pending"}, ("~", "~"), 1000)
    return sum(kopecks(one.body["amount"]) for one in waiting)


def _succeed(desk: Desk, kept: Kept) -> None:
    payment = payments.get(desk, kept.body["payment_id"])
    refunded = kopecks(payment.body["refunded_amount"]) + kopecks(kept.body["amount"])
    payment.body["refunded_amount"] = amount(refunded)
    payment.body["refundable"] = refunded < kopecks(payment.body["amount"])
    desk.store.save(payment)
    _end(desk, kept, "succeeded")
    notices.promise(desk, "refund.succeeded", kept.body)


def _cancel(desk: Desk, kept: Kept) -> None:
    kept.body["cancellation_details"] = {"party": "yoo_money", "reason": "insufficient_funds"}
    _end(desk, kept, "canceled")


def _end(desk: Desk, kept: Kept, status: str) -> None:
    kept.status = status
    kept.body["status"] = status
    kept.due_at = None
    desk.store.save(kept)


def _add(desk: Desk, wanted: NewRefund, payment: Kept) -> Kept:
    at, refund_id = desk.moment(), new_id()
    body: dict[str, Any] = {
        "id": refund_id,
        "payment_id": payment.id,
        "status": "pending",
        "created_at": at,
        "amount": amount(wanted.amount.kopecks),
        "metadata": wanted.metadata or {},
    }
    if wanted.description:
        body["description"] = wanted.description
    if payment.method == "sbp":
        operation = payment.body["payment_method"]["sbp_operation_id"]
        body["refund_method"] = {"type": "sbp", "sbp_operation_id": operation}
    kept = Kept(refund_id, "refund", at, "pending", body, payment.id, payment.method)
    if wanted.receipt:
        body["receipt_registration"] = "pending"
        receipt = msgspec.to_builtins(wanted.receipt)
        receipts.add(desk, "refund", refund_id, receipt, payment_id=payment.id)
    desk.store.save(kept)
    return kept
