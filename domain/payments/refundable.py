"""What can be returned, of whose money, and by which rail. Pure: preview, proposal and decision ask here.

Terms of the provider: https://yookassa.ru/developers/payments/basics/refunds (three years from the payment,
one year for SberPay; to the same means of payment only).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta, tzinfo
from typing import Annotated, ClassVar

import msgspec

from domain.accounts.books import advance
from domain.accounts.ledger import Standing
from domain.kernel.calendar import business_day
from domain.kernel.fields import told
from domain.kernel.ids import PaymentId, SupplierAccountId
from domain.kernel.money import ZERO, Money, total
from domain.kernel.terms import Term
from domain.payments.payments import Payment, PaymentState
from domain.payments.provider import Method
from domain.payments.refunds import BANK, Refund, RefundState


class RefundTerms(Term, frozen=True, kw_only=True):
    """For how many days after a payment the provider returns money through it, by way of paying."""

    name: ClassVar[str] = "payments.refunds"

    days: Mapping[Method, int] = msgspec.field(default_factory=dict)
    otherwise_days: int


class RefundRail(msgspec.Struct, frozen=True, kw_only=True):
    """`rail` is the provider's name with the payment it goes through, or "bank". `most` goes by it, of the
    `paid` whole of the payment."""

    rail: str
    most: Money
    payment_id: PaymentId | None = None
    paid: Money | None = None
    paid_on: date | None = None
    method: Method | None = None


class Refundable(msgspec.Struct, frozen=True, kw_only=True):
    """Of one supplier account: what is paid ahead, less what the same supplier is owed. `under_way` are
    refunds that are set aside already. `rails` in the order they are to be used, the bank last: each alone
    takes its `most`, together they give no more than `most`."""

    supplier_account_id: SupplierAccountId
    overpayment: Money
    owed: Money
    under_way: Money
    most: Money
    rails: tuple[RefundRail, ...]


class RefundPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Through the payment, or by the bank where `payment_id` is null; or not returned, but counted towards
    another debt, where the application says which."""

    supplier_account_id: Annotated[
        SupplierAccountId, told("From which supplier account", widget="supplier-account")
    ]
    amount: Annotated[Money, told("Sum")]
    payment_id: Annotated[
        PaymentId | None,
        told("Through which payment", "Leave it out to return by the bank", widget="payment"),
    ] = None
    is_offset: Annotated[
        bool, told("Counted towards the debt that the application names", "Instead of a return")
    ] = False


def refundable(
    standing: Standing,
    owners: Sequence[SupplierAccountId],
    payments: Sequence[Payment],
    refunds: Sequence[Refund],
    terms: RefundTerms,
    today: date,
    zone: tzinfo,
) -> list[Refundable]:
    """Of each of these supplier accounts. `payments` and `refunds` are all of the account."""
    newest = sorted(payments, key=lambda one: (one.created_at, one.id), reverse=True)
    usable = [payment for payment in newest if _is_refunded_by_provider(payment, terms, today)]
    return [_of(standing, owner, usable, refunds, zone) for owner in owners]


def _of(
    standing: Standing,
    owner: SupplierAccountId,
    payments: Sequence[Payment],
    refunds: Sequence[Refund],
    zone: tzinfo,
) -> Refundable:
    overpayment = max(ZERO, -standing.balance(advance(owner)))
    owed = total(
        line.open + line.penalty_open for line in standing.charges if line.supplier_account_id == owner
    )
    most = max(ZERO, overpayment - owed)
    rails = []
    for payment in payments:
        through = min(most, held(payment, owner, refunds))
        if through:
            assert payment.paid_at
            rails.append(
                RefundRail(
                    rail=payment.provider,
                    most=through,
                    payment_id=payment.id,
                    paid=payment.amount,
                    paid_on=business_day(payment.paid_at, zone),
                    method=payment.wish.method,
                )
            )
    if most:
        rails.append(RefundRail(rail=BANK, most=most))
    return Refundable(
        supplier_account_id=owner,
        overpayment=overpayment,
        owed=owed,
        under_way=total(
            one.amount for one in refunds if one.supplier_account_id == owner and not one.is_final
        ),
        most=most,
        rails=tuple(rails),
    )


def held(payment: Payment, owner: SupplierAccountId, refunds: Sequence[Refund]) -> Money:
    """What the provider still holds of the payment for this supplier account, by all we have told it."""
    through = [one for one in refunds if one.payment_id == payment.id and one.state is not RefundState.FAILED]
    part = total(part.amount for part in payment.parts if part.supplier_account_id == owner)
    own = part - total(one.amount for one in through if one.supplier_account_id == owner)
    return max(ZERO, min(own, payment.amount - total(one.amount for one in through)))


def _is_refunded_by_provider(payment: Payment, terms: RefundTerms, today: date) -> bool:
    """Paid, not moved to another account, and not too long ago."""
    if payment.state is not PaymentState.PAID or payment.moved_at or payment.provider_payment_id is None:
        return False
    if payment.wish.method is Method.REGISTRY:
        return False  # its agent has passed the money on: what is returned goes by bank
    days = terms.days.get(payment.wish.method, terms.otherwise_days)
    # A day less: the provider counts from its own moment.
    return today < payment.created_at.date() + timedelta(days=days - 1)


def split(wanted: Money | None, each: Sequence[Refundable], *, by_bank: bool) -> list[RefundPart]:
    """How so much (None: all) would be returned: the same rail first, the rest by bank where it may."""
    left = total(one.most for one in each) if wanted is None else wanted
    parts: list[RefundPart] = []
    for one in each:
        of_this = min(left, one.most)
        for rail in one.rails:
            amount = min(of_this, rail.most)
            if amount and (by_bank or rail.payment_id is not None):
                parts.append(
                    RefundPart(
                        supplier_account_id=one.supplier_account_id, amount=amount, payment_id=rail.payment_id
                    )
                )
                of_this -= amount
                left -= amount
    return parts
