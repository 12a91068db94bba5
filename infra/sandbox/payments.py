"""Payments: made, shown, paid or refused by the payer, captured, cancelled, expired.

Functions that change anything are called inside `store.transaction()`.
"""

import secrets
from datetime import timedelta
from typing import Any

import msgspec

from infra.sandbox import notices, receipts
from infra.sandbox.desk import Desk
from infra.sandbox.rules import GATEWAY, check_payment
from infra.sandbox.store import Kept
from infra.sandbox.validation import Capture, NewPayment, PosLinkUse, read
from infra.sandbox.words import (
    amount,
    invalid,
    kopecks,
    new_id,
    new_qrc_id,
    not_found,
    sbp_link,
    stamp,
)

PLATE_LONGEST = timedelta(minutes=20)
MOVES = {
    "pending": {"waiting_for_capture", "succeeded", "canceled"},
    "waiting_for_capture": {"succeeded", "canceled"},
    "succeeded": set[str](),
    "canceled": set[str](),
}


def create(desk: Desk, raw: bytes) -> dict[str, Any]:
    wanted = read(raw, NewPayment)
    check_payment(desk, wanted)
    at = desk.now()
    payment_id = new_id()
    method = wanted.payment_method_data.type if wanted.payment_method_data else None
    inner: dict[str, Any] = {
        "capture": wanted.capture,
        "return_url": wanted.confirmation.return_url if wanted.confirmation else None,
        "expires_at": stamp(at + timedelta(seconds=desk.config.expires_after_seconds)),
        "receipt": _plain(wanted.receipt),
        "payment_order": _plain(wanted.payment_order),
        "qrc_id": new_qrc_id(),
    }
    if wanted.pos_link:
        until = _plate_until(desk, wanted.pos_link)
        inner |= {"pos_link_id": wanted.pos_link.id, "expires_at": until}
    body: dict[str, Any] = {
        "id": payment_id,
        "status": "pending",
        "amount": amount(wanted.amount.kopecks),
        "recipient": {"account_id": desk.config.shop_id, "gateway_id": GATEWAY},
        "created_at": stamp(at),
        "test": True,
        "paid": False,
        "refundable": False,
        "metadata": wanted.metadata or {},
    }
    if wanted.description:
        body["description"] = wanted.description
    if wanted.merchant_customer_id:
        body["merchant_customer_id"] = wanted.merchant_customer_id
    if method:
        body["payment_method"] = {"type": method, "id": payment_id, "saved": False, "status": "inactive"}
    if wanted.confirmation:
        body["confirmation"] = _confirmation(desk, payment_id, wanted, inner)
    kept = Kept(payment_id, "payment", stamp(at), "pending", body, None, method, inner["expires_at"], inner)
    inner |= {"saves": bool(wanted.save_payment_method), "saved_method_id": wanted.payment_method_id}
    desk.store.save(kept)
    return body


def get(desk: Desk, payment_id: str) -> Kept:
    kept = desk.store.get("payment", payment_id)
    if kept is None:
        raise not_found("Payment")
    if kept.due_at and kept.due_at <= desk.moment():
        happen(desk, kept)
    return kept


def capture(desk: Desk, payment_id: str, raw: bytes) -> dict[str, Any]:
    kept = get(desk, payment_id)
    wanted = read(raw or b"{}", Capture)
    if kept.status != "waiting_for_capture":
        raise invalid(f"Incorrect payment status. Invalid value: {kept.status}", "payment_id")
    if wanted.amount:
        if not 0 < wanted.amount.kopecks <= kopecks(kept.body["amount"]):
            raise invalid("The captured sum is above the payment's", "amount.value")
        kept.body["amount"] = amount(wanted.amount.kopecks)
    _succeed(desk, kept)
    notices.promise(desk, "payment.succeeded", kept.body)
    return kept.body


def cancel(desk: Desk, payment_id: str) -> dict[str, Any]:
    kept = get(desk, payment_id)
    if kept.status != "waiting_for_capture":
        raise invalid(f"Incorrect payment status. Invalid value: {kept.status}", "payment_id")
    end(desk, kept, "merchant", "canceled_by_merchant", notices.ONCE)
    return kept.body


def pay(desk: Desk, payment_id: str, way: notices.Way, *, late: bool, after_seconds: float) -> Kept:
    """The payer pays, now or `after_seconds`. `late`: even after the provider let it expire, which the
    documented protocol rules out; it shows what a consumer does when a final word is taken back."""
    kept = get(desk, payment_id)
    expired = kept.body.get("cancellation_details", {}).get("reason") == "expired_on_confirmation"
    if kept.status != "pending" and not (late and expired):
        raise invalid(f"Incorrect payment status. Invalid value: {kept.status}", "payment_id")
    if after_seconds > 0:
        at = stamp(desk.now() + timedelta(seconds=after_seconds))
        kept.inner["pays"] = {"at": at, "way": way.plain(), "late": late}
        kept.due_at = min(at, kept.inner["expires_at"]) if kept.status == "pending" else at
        desk.store.save(kept)
        return kept
    if kept.status == "canceled":
        kept.status = "pending"
        del kept.body["cancellation_details"]
    _take(desk, kept)
    event = f"payment.{kept.status}"
    notices.promise(desk, event, kept.body, way)
    return kept


def refuse(desk: Desk, payment_id: str, way: notices.Way, reason: str) -> Kept:
    kept = get(desk, payment_id)
    if kept.status != "pending":
        raise invalid(f"Incorrect payment status. Invalid value: {kept.status}", "payment_id")
    end(desk, kept, "payment_network", reason, way)
    return kept


def happen(desk: Desk, kept: Kept) -> None:
    """What was due: a payment planned by the payer, or the end of the time to pay."""
    at, planned = desk.moment(), kept.inner.get("pays")
    if planned and planned["at"] <= at and (kept.status == "pending" or planned["late"]):
        del kept.inner["pays"]
        kept.due_at = None
        desk.store.save(kept)
        way = notices.Way(**planned["way"])
        fresh = pay(desk, kept.id, way, late=planned["late"], after_seconds=0)
        kept.__dict__.update(fresh.__dict__)
    elif kept.status == "pending" and kept.inner["expires_at"] <= at:
        end(desk, kept, "yoo_money", "expired_on_confirmation", notices.ONCE)
        if planned and planned["late"]:
            kept.due_at = planned["at"]
            desk.store.save(kept)
    elif kept.status == "pending":
        kept.due_at = kept.inner["expires_at"]
        desk.store.save(kept)
    else:
        kept.due_at = None
        desk.store.save(kept)


def end(desk: Desk, kept: Kept, party: str, reason: str, way: notices.Way) -> None:
    """Cancelled for good; no one pays it any more."""
    _move(kept, "canceled")
    kept.body |= {"cancellation_details": {"party": party, "reason": reason}, "paid": False}
    kept.body.pop("expires_at", None)
    kept.due_at = None
    desk.store.save(kept)
    notices.promise(desk, "payment.canceled", kept.body, way)


def borne_by(desk: Desk, link_id: str) -> Kept | None:
    """The payment that a scan of the plate leads to now."""
    row = desk.store.db.execute(
        "SELECT id FROM objects WHERE kind = 'payment' AND status = 'pending'"
        " AND json_extract(inner, '$.pos_link_id') = ?",
        (link_id,),
    ).fetchone()
    kept = get(desk, row["id"]) if row else None
    return kept if kept and kept.status == "pending" else None


def _plate_until(desk: Desk, use: PosLinkUse) -> str:
    """When the payment leaves the plate. Refused while another stands on it."""
    link = desk.store.get("pos_link", use.id)
    if link is None or link.status != "active":
        raise invalid("There is no such active POS link", "pos_link.id")
    if borne_by(desk, use.id) is not None:
        raise invalid("The POS link has an unpaid payment", "pos_link.id")
    at = desk.now()
    until = use.expires_at or at + PLATE_LONGEST
    if not at < until <= at + PLATE_LONGEST:
        raise invalid("A payment stands on a POS link from 1 to 20 minutes", "pos_link.expires_at")
    return stamp(until)


def _take(desk: Desk, kept: Kept) -> None:
    """The payer's bank said yes."""
    if kept.inner.get("saves") and "payment_method" in kept.body:
        kept.body["payment_method"] |= {"saved": True, "status": "active"}
    method = kept.body.setdefault("payment_method", {"type": "bank_card", "id": kept.id, "saved": False})
    if method["type"] == "sbp":
        method["sbp_operation_id"] = secrets.token_hex(16).upper()
        method["payer_bank_details"] = {"bank_id": "100000000111", "bic": "044525225"}
    elif method["type"] == "bank_card":
        method["card"] = {
            "first6": "220000", "last4": "0004", "expiry_year": "2030", "expiry_month": "12",
            "card_type": "Mir", "issuer_country": "RU",
        }  # fmt: skip
        method["title"] = "Bank card *0004"
        kept.body["authorization_details"] = {
            "rrn": f"{secrets.randbelow(10**12):012d}",
            "auth_code": f"{secrets.randbelow(10**6):06d}",
            "three_d_secure": {"applied": True},
        }
    if kept.inner["capture"]:
        _succeed(desk, kept)
        return
    _move(kept, "waiting_for_capture")
    kept.body |= {"paid": True, "expires_at": stamp(desk.now() + timedelta(days=7))}
    kept.due_at = None
    desk.store.save(kept)


def _succeed(desk: Desk, kept: Kept) -> None:
    _move(kept, "succeeded")
    whole = kopecks(kept.body["amount"])
    # 0.4 % for SBP, 2.8 % for the rest, and VAT of 22 % on the fee itself.
    fee = whole * (4 if kept.method == "sbp" else 28) * 122 // 100_000
    kept.body |= {
        "paid": True,
        "refundable": True,
        "captured_at": desk.moment(),
        "income_amount": amount(whole - fee),
        "refunded_amount": amount(0),
    }
    kept.body.pop("expires_at", None)
    kept.due_at = None
    if kept.inner["receipt"]:
        kept.body["receipt_registration"] = "pending"
        receipts.add(desk, "payment", kept.id, kept.inner["receipt"], payment_id=kept.id)
    desk.store.save(kept)


def _move(kept: Kept, then: str) -> None:
    assert then in MOVES[kept.status], f"{kept.status} -> {then}"
    kept.status = then
    kept.body["status"] = then
    kept.body.pop("confirmation", None)


def _confirmation(desk: Desk, payment_id: str, wanted: NewPayment, inner: dict[str, Any]) -> dict[str, Any]:
    assert wanted.confirmation is not None
    if wanted.confirmation.type == "qr":
        link = sbp_link(inner["qrc_id"], desk.config.bank_id, wanted.amount.kopecks)
        return {"type": "qr", "confirmation_data": link}
    url = f"{desk.config.public_url}/checkout/{payment_id}"
    return {"type": "redirect", "return_url": wanted.confirmation.return_url, "confirmation_url": url}


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value) if value is not None else None
