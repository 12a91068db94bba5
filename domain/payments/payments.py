"""Paying: from the wish to the money on each supplier's account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from domain.kernel.calendar import Period
from domain.kernel.errors import Conflict, Invalid, NotFound
from domain.kernel.ids import AccountId, PaymentId, SavedMethodId, SupplierAccountId
from domain.kernel.jobs import AccountJob, Job
from domain.kernel.lifecycle import Lifecycle
from domain.kernel.money import ZERO, Money, total
from domain.payments.explanation import Part
from domain.payments.methods import PaymentLimits
from domain.payments.provider import Confirmation, Method, PlateUse

KEY_LIVES = timedelta(hours=24)
"""How long the provider remembers an idempotence key."""


class PaymentState(StrEnum):
    CREATED = "created"
    AWAITING_PAYER = "awaiting_payer"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


# A crash before the provider's answer was saved must not strand money: its word is taken from any
# open state, and money that comes after our own deadline is still the customer's money.
LIFECYCLE = Lifecycle(
    {
        PaymentState.CREATED: frozenset(
            {PaymentState.AWAITING_PAYER, PaymentState.PAID, PaymentState.FAILED, PaymentState.EXPIRED}
        ),
        PaymentState.AWAITING_PAYER: frozenset(
            {PaymentState.PAID, PaymentState.FAILED, PaymentState.EXPIRED}
        ),
        PaymentState.EXPIRED: frozenset({PaymentState.PAID}),
    }
)


class PaymentNotFound(NotFound):
    code = "payment-not-found"
    text = "There is no such payment"


class PaymentIdTaken(Conflict):
    code = "payment-id-taken"
    text = "Another payment already has this id"
    remedy = "Make a fresh id for a new payment"


class BillBeingPaid(Conflict):
    code = "bill-being-paid"
    text = "This bill is being paid already by the payment {payment_id}"
    remedy = "Finish that payment, or repeat with confirm_duplicate to pay twice on purpose"


class AmountOutOfLimits(Invalid):
    code = "payment-amount-out-of-limits"
    text = "The sum must be from {least} to {most}"
    remedy = "Change the sum"


class AmountOrParts(Invalid):
    code = "amount-or-parts"
    text = "Give either the amount or the parts"
    remedy = "Send “amount” to pay everything at once or “parts” to pay chosen suppliers"


class WishedPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sum for one supplier account; `penalty` of it goes to its penalties first."""

    supplier_account_id: SupplierAccountId
    amount: Money
    penalty: Money = ZERO


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the payer asked for. Two requests with one id must wish the same."""

    amount: Money | None = None
    parts: tuple[WishedPart, ...] | None = None
    method: Method
    confirmation: Literal["redirect", "qr"] = "redirect"
    period: Period | None = None
    return_url: Annotated[str, Meta(max_length=2048)] | None = None
    plate: PlateUse | None = None
    """The sum stands on the plate of a desk: the payer is led nowhere."""
    save_method: bool = False
    """The payer agrees that the way of paying is saved."""
    saved_method_id: SavedMethodId | None = None
    """By one that was saved: the payer is asked nothing."""

    def checked(self, limits: PaymentLimits) -> Money:
        """The whole sum, if it is within today's limits."""
        if (self.amount is None) == (self.parts is None):
            raise AmountOrParts(field="amount")
        for part in self.parts or ():
            if not ZERO <= part.penalty <= part.amount or part.amount == ZERO:
                raise AmountOutOfLimits(field="parts", least=limits.least, most=limits.most)
        amount = self.amount if self.amount is not None else total(part.amount for part in self.parts or ())
        if not limits.least <= amount <= limits.most:
            raise AmountOutOfLimits(
                field="parts" if self.parts else "amount", least=limits.least, most=limits.most
            )
        return amount


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """One payment for ever: its frozen parts, where it stands, and what is awaited.

    `next_check_at` is when the provider is asked again if nothing is heard; None when nothing more
    can come. `provider_unreachable_since` is set while the provider does not answer. `operation_id` and
    `payer_digits` are how the payer's bank knows it. `moved_at`: its money was found to be another
    account's and went there. `brought_from`: the synthetic account in whose suspense it waited.
    """

    id: PaymentId
    account_id: AccountId
    payer_id: UUID
    wish: Wish
    amount: Money
    parts: tuple[Part, ...]
    state: PaymentState
    provider: str
    created_at: datetime
    expires_at: datetime
    steps_count: int = 1
    late: bool = False
    attempt: int = 1
    provider_payment_id: str | None = None
    confirmation: Confirmation | None = None
    failure: str | None = None
    paid_at: datetime | None = None
    next_check_at: datetime | None = None
    provider_unreachable_since: datetime | None = None
    operation_id: str | None = None
    payer_digits: str | None = None
    moved_at: datetime | None = None
    brought_from: AccountId | None = None

    def __post_init__(self) -> None:
        assert total(part.amount for part in self.parts) == self.amount

    @property
    def is_open(self) -> bool:
        return self.state in {PaymentState.CREATED, PaymentState.AWAITING_PAYER}

    def pays_the_same_bill_as(self, parts: Sequence[Part]) -> bool:
        mine = {part.supplier_account_id for part in self.parts}
        return any(part.supplier_account_id in mine for part in parts)

    def _moved(self, to: PaymentState) -> Payment:
        return replace(self, state=LIFECYCLE.check(self.state, to), steps_count=self.steps_count + 1)

    def opened(self, provider_payment_id: str, confirmation: Confirmation | None, at: datetime) -> Payment:
        """The provider took the order: the payer may pay."""
        moved = self._moved(PaymentState.AWAITING_PAYER) if self.state is PaymentState.CREATED else self
        return replace(
            moved,
            provider_payment_id=provider_payment_id,
            confirmation=confirmation,
            provider_unreachable_since=None,
            next_check_at=at + timedelta(seconds=10),
        )

    def paid(self, at: datetime, heard_at: datetime) -> Payment:
        """The provider has the money. It is late when our deadline had passed by then."""
        late = self.state is PaymentState.EXPIRED or at > self.expires_at
        return replace(
            self._moved(PaymentState.PAID),
            paid_at=min(at, heard_at),
            late=late,
            next_check_at=None,
            provider_unreachable_since=None,
        )

    def known_as(self, operation_id: str | None, payer_digits: str | None) -> Payment:
        """By what its payer may ask for it."""
        return replace(self, operation_id=operation_id, payer_digits=payer_digits)

    def moved_away(self, at: datetime) -> Payment:
        """Its money is another account's."""
        assert self.state is PaymentState.PAID
        return replace(self, moved_at=at)

    def failed(self, reason: str) -> Payment:
        """The provider will never have the money for this payment."""
        if self.state is PaymentState.EXPIRED:
            return replace(self, next_check_at=None, failure=reason, provider_unreachable_since=None)
        return replace(
            self._moved(PaymentState.FAILED),
            failure=reason,
            next_check_at=None,
            provider_unreachable_since=None,
        )

    def still_waiting(self, at: datetime) -> Payment:
        """Nothing new from the provider. Our deadline is earlier than the provider's: what it still
        may bring is asked for until its word is final."""
        waiting = replace(self, provider_unreachable_since=None, next_check_at=self._next_check(at))
        if self.is_open and at >= self.expires_at:
            return waiting._moved(PaymentState.EXPIRED)
        return waiting

    def unreachable(self, at: datetime) -> Payment:
        """The provider did not answer: asked again soon, and the customer is told since when."""
        since = self.provider_unreachable_since or at
        return replace(self, provider_unreachable_since=since, next_check_at=self._next_check(at))

    def never_opened(self) -> Payment:
        """The provider never took the order, and its key is too old to be used again."""
        return replace(self, next_check_at=None)

    def _next_check(self, at: datetime) -> datetime:
        """Often at first, then rarely, never less than every five minutes: a quarter of an hour is
        the longest that a payment stays unknown while the provider answers."""
        age = at - self.created_at
        return at + min(max(timedelta(seconds=10), age / 6), timedelta(minutes=5))


class CheckPayment(AccountJob, frozen=True, kw_only=True, tag="payments.check"):
    """Ask the provider how the payment stands and act on the answer."""

    payment_id: PaymentId


class PaymentLetter(AccountJob, frozen=True, kw_only=True, tag="payments.letter"):
    """Tell the payer by e-mail that the money has arrived and where it went."""

    payment_id: PaymentId


class PromiseChecks(Job, frozen=True, kw_only=True, tag="payments.promise-checks"):
    """Promise a check for every payment that has waited too long for a notice."""

    is_routine = True
