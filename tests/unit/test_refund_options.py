"""Payments as the choices of a refund's parts."""

from datetime import date

from api.pages.drawing import Option
from api.pages.refund_options import with_refundable
from domain.kernel.ids import PaymentId, SupplierAccountId
from domain.kernel.money import ZERO, Money
from domain.payments.provider import Method
from domain.payments.refundable import Refundable, RefundRail
from domain.payments.refunds import BANK
from infra.clock import new_id


def test_a_payment_is_told_with_what_all_suppliers_may_return_of_it():
    payment_id = PaymentId(new_id())

    def of(kopecks: int) -> Refundable:
        through = RefundRail(
            rail="yookassa",
            most=Money(kopecks),
            payment_id=payment_id,
            paid=Money(150_000),
            paid_on=date(2026, 11, 10),
            method=Method.BANK_CARD,
        )
        bank = RefundRail(rail=BANK, most=Money(kopecks))
        return Refundable(
            supplier_account_id=SupplierAccountId(new_id()),
            overpayment=Money(kopecks),
            owed=ZERO,
            under_way=ZERO,
            most=Money(kopecks),
            rails=(through, bank),
        )

    told = with_refundable({"payment": [Option("other", "")], "charge": []}, [of(7_513), of(20_000)], "ru")
    assert told["payment"] == [
        Option(
            str(payment_id),
            "10.11.2026: 1\u00a0500,00\u00a0₽, к возврату до 275,13\u00a0₽, Банковская карта",
        )
    ]
    assert told["charge"] == []
