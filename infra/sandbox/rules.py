"""What a new payment must be beyond the shape of its single fields."""

from infra.sandbox.desk import Desk
from infra.sandbox.store import Kept
from infra.sandbox.validation import (
    Confirmation,
    MethodData,
    NewPayment,
    check_address,
    check_receipt,
    refuse_cards,
)
from infra.sandbox.words import Refused, invalid

GATEWAY = "100700"
_ONE_STAGE = {"sbp", "tinkoff_bank"}
_NOT_FOR_UTILITIES = {"cash", "electronic_certificate"}
_SBP_KOPECKS = (1_00, 700_000_00)


def check_payment(desk: Desk, wanted: NewPayment) -> None:
    """Raises Refused with the documented code and the field at fault."""
    if wanted.amount.kopecks <= 0:
        raise invalid("The amount must be above zero", "amount.value")
    sources = [wanted.payment_token, wanted.payment_method_id, wanted.payment_method_data]
    if sum(source is not None for source in sources) > 1:
        raise invalid("Only one of payment_token, payment_method_id, payment_method_data may be given")
    if wanted.payment_token:
        raise Refused(403, "forbidden", "Payment tokens are not enabled for this shop")
    if wanted.payment_method_id:
        saved_method(desk, wanted.payment_method_id)
    if wanted.transfers or wanted.statements:
        raise Refused(403, "forbidden", "Split payments and statements are not enabled for this shop")
    if wanted.recipient and wanted.recipient.gateway_id not in {None, GATEWAY}:
        raise invalid("There is no such gateway", "recipient.gateway_id")
    check_address(wanted.client_ip)
    if wanted.payment_method_data:
        _check_method(wanted, wanted.payment_method_data)
    if wanted.pos_link is None and wanted.payment_method_id is None:
        _check_confirmation(wanted.confirmation, wanted.payment_method_data)
    _check_order(desk, wanted)
    if wanted.receipt:
        check_receipt(wanted.receipt.items, wanted.receipt.customer, wanted.amount.kopecks, "receipt.")


def saved_method(desk: Desk, id: str) -> Kept:
    """The payment a method was saved with; the method has its id."""
    kept = desk.store.get("payment", id)
    if kept is None or not kept.body.get("payment_method", {}).get("saved"):
        raise invalid("Payment method doesn't exist or you don't have access to it", "payment_method_id")
    return kept


def _check_method(wanted: NewPayment, method: MethodData) -> None:
    refuse_cards(method)
    if method.type == "sbp" and not _SBP_KOPECKS[0] <= wanted.amount.kopecks <= _SBP_KOPECKS[1]:
        raise invalid("A payment by SBP is from 1 to 700000 roubles", "amount.value")
    if method.type in _ONE_STAGE and not wanted.capture:
        raise invalid("This payment method knows no two-stage payments", "capture")


def _check_confirmation(confirmation: Confirmation | None, method: MethodData | None) -> None:
    if confirmation is None:
        raise invalid("The payer must confirm this payment", "confirmation")
    if confirmation.type not in {"redirect", "qr"}:
        raise Refused(403, "forbidden", "This confirmation is not enabled for this shop", "confirmation.type")
    if confirmation.type == "redirect" and not confirmation.return_url:
        raise invalid("A redirect needs return_url", "confirmation.return_url")
    if confirmation.type == "qr" and (method is None or method.type != "sbp"):
        raise invalid("Confirmation by QR is for SBP only", "confirmation.type")


def _check_order(desk: Desk, wanted: NewPayment) -> None:
    order = wanted.payment_order
    if order is None:
        if desk.config.utilities:
            raise invalid("This shop takes utility payments: payment_order is required", "payment_order")
        return
    if order.amount != wanted.amount:
        raise invalid("The payment order and the payment have different sums", "payment_order.amount")
    numbers = (
        order.payment_document_id,
        order.payment_document_number,
        order.account_number,
        order.unified_account_number,
        order.service_id,
    )
    if not any(numbers):
        raise invalid("The payment order names no account, document or service", "payment_order")
    if wanted.payment_method_data and wanted.payment_method_data.type in _NOT_FOR_UTILITIES:
        raise invalid("This method is not for utility payments", "payment_method_data.type")
