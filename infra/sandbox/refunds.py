"""Refunds: whole or in parts, to the same payer, never above what was paid."""

from typing import Any

import msgspec

from infra.sandbox import notices, payments, receipts
from infra.sandbox.desk import Desk
from infra.sandbox.store import Kept
from infra.sandbox.validation import NewRefund, check_receipt, read
from infra.sandbox.words import Refused, amount, invalid, kopecks, new_id, not_found


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
    if asked <= 0 or refunded + asked > kopecks(payment.body["amount"]):
        raise invalid("The refund is above what is left of the payment", "amount.value")
    if wanted.receipt:
        check_receipt(wanted.receipt.items, wanted.receipt.customer, asked, "receipt.")
    kept = _add(desk, wanted, payment)
    payment.body["refunded_amount"] = amount(refunded + asked)
    payment.body["refundable"] = refunded + asked < kopecks(payment.body["amount"])
    desk.store.save(payment)
    notices.promise(desk, "refund.succeeded", kept.body)
    return kept.body


def get(desk: Desk, refund_id: str) -> Kept:
    kept = desk.store.get("refund", refund_id)
    if kept is None:
        raise not_found("Refund")
    return kept


def _add(desk: Desk, wanted: NewRefund, payment: Kept) -> Kept:
    at, refund_id = desk.moment(), new_id()
    body: dict[str, Any] = {
        "id": refund_id,
        "payment_id": payment.id,
        "status": "succeeded",
        "created_at": at,
        "amount": amount(wanted.amount.kopecks),
        "metadata": wanted.metadata or {},
    }
    if wanted.description:
        body["description"] = wanted.description
    if payment.method == "sbp":
        operation = payment.body["payment_method"]["sbp_operation_id"]
        body["refund_method"] = {"type": "sbp", "sbp_operation_id": operation}
    kept = Kept(refund_id, "refund", at, "succeeded", body, payment.id, payment.method)
    if wanted.receipt:
        body["receipt_registration"] = "pending"
        receipt = msgspec.to_builtins(wanted.receipt)
        receipts.add(desk, "refund", refund_id, receipt, payment_id=payment.id)
    desk.store.save(kept)
    return kept
