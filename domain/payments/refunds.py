"""Money on its way back to the customer: set aside, sent, confirmed, or back in the advance.

A refund takes money of one supplier account's advance and goes by one rail: through the provider to whoever
paid (Civil Code, art. 1102; Consumer Protection Act, art. 31: by the same way it was paid), by a payment
order of the bank, or it is counted towards another debt by the applicant's statement (Civil Code, art. 410).
It changes only while its account's head is locked.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from domain.accounts.requisites import bank_account, bic
from domain.kernel.errors import Conflict, Forbidden, NotFound
from domain.kernel.fields import told
from domain.kernel.ids import AccountId, CaseId, PaymentId, RefundId, SupplierAccountId
from domain.kernel.lifecycle import Lifecycle
from domain.kernel.money import ZERO, Money
from domain.payments.provider import ProviderRefund, RefundWanted

BANK = "bank"
"""The rail that is no provider's: a payment order of our own bank."""

OFFSET = "offset"
"""The rail that leads nowhere outside: the money is counted towards another debt."""

TO_CLOSED = "account-closed"
"""Why an offset failed: the account it was to go to was closed meanwhile."""

CALLED_OFF = "called-off"
"""Why a refund failed whose decision was taken back before anybody was told to pay."""

_SOONEST, _LATEST = timedelta(seconds=10), timedelta(hours=1)


class RefundState(StrEnum):
    PREPARED = "prepared"
    """Set aside: nobody was told to pay it yet."""

    SENT = "sent"
    """The provider or the bank was told, or may have been: it is not taken back any more."""

    CONFIRMED = "confirmed"
    FAILED = "failed"
    """No money has gone, none will: it is the supplier's advance again."""


# Whatever was told to a provider may have been done: its word is taken from any state that is not final.
LIFECYCLE = Lifecycle(
    {
        RefundState.PREPARED: frozenset({RefundState.SENT, RefundState.FAILED}),
        RefundState.SENT: frozenset({RefundState.CONFIRMED, RefundState.FAILED}),
    }
)


class RefundNotFound(NotFound):
    code = "refund-not-found"
    text = "There is no such refund"


class RefundOnItsWay(Conflict):
    code = "refund-on-its-way"
    text = "A refund of this application is on its way: it is not taken back"
    remedy = "Wait until the bank has confirmed or refused it"


class RefundNotByBank(Conflict):
    code = "refund-not-by-bank"
    text = "This refund goes through the payment provider, which tells itself what became of it"
    remedy = "Wait: the provider is asked again and again until its word is final"


class RefundOfOneself(Forbidden):
    code = "refund-of-oneself"
    text = "Who decided a refund may not pay it out"
    remedy = "Another person of the staff must give the payment order"


class RefundOrderOfOneself(Forbidden):
    code = "refund-order-of-oneself"
    text = "Who gave the payment order may not say what became of it"
    remedy = "Another person of the staff must look into the bank's statement"


class Payee(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where money is sent by a payment order: the account of 20 digits is checked with the BIC."""

    name: Annotated[str, Meta(min_length=3, max_length=160), told("Full name of the payee")]
    bic: Annotated[str, Meta(min_length=9, max_length=12), told("BIC of the bank", "Nine digits")]
    account: Annotated[
        str, Meta(min_length=20, max_length=24), told("Number of the bank account", "Twenty digits")
    ]
    bank_name: Annotated[str, Meta(max_length=100), told("Name of the bank")] = ""

    def checked(self, *, at: str = "") -> Payee:
        """The same, trimmed. WrongBic, WrongBankAccount with the field after `at`."""
        bank = bic(self.bic, field=f"{at}bic")
        return replace(
            self,
            name=self.name.strip(),
            bic=bank,
            account=bank_account(self.account, bank, field=f"{at}account"),
        )


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """One sum, of one supplier account's advance, by one rail.

    `rail` is the provider's name, then `payment_id` and `provider_payment_id` say through which payment; or
    "bank", then `payee` says where to; or "offset", then it counts towards `to_account_id` from the day
    `counts_from`: towards `to_supplier_account_id` of it, or all its suppliers as a payment would.
    `prepared_by` decided it. `attempt_at` is when the provider's key of this attempt was first used.
    `order_number` is the payment order's; `ordered_by` gave it to the bank, which is known where one refund
    or those by the bank are read.
    """

    id: RefundId
    account_id: AccountId
    case_id: CaseId
    supplier_account_id: SupplierAccountId
    amount: Money
    rail: str
    payment_id: PaymentId | None = None
    provider_payment_id: str | None = None
    payee: Payee | None = None
    prepared_by: UUID
    prepared_at: datetime
    state: RefundState = RefundState.PREPARED
    steps_count: int = 1
    attempt: int = 1
    attempt_at: datetime | None = None
    provider_refund_id: str | None = None
    order_number: str | None = None
    ordered_by: UUID | None = None
    failure: str | None = None
    ended_on: date | None = None
    next_check_at: datetime | None = None
    provider_unreachable_since: datetime | None = None
    to_account_id: AccountId | None = None
    to_supplier_account_id: SupplierAccountId | None = None
    counts_from: date | None = None

    def __post_init__(self) -> None:
        assert self.amount > ZERO
        assert self.is_by_bank == (self.payee is not None)
        assert self.is_offset == (self.to_account_id is not None) == (self.counts_from is not None)
        assert self.is_by_provider == (self.payment_id is not None)

    @property
    def is_final(self) -> bool:
        return LIFECYCLE.is_final(self.state)

    @property
    def is_by_bank(self) -> bool:
        return self.rail == BANK

    @property
    def is_offset(self) -> bool:
        return self.rail == OFFSET

    @property
    def is_by_provider(self) -> bool:
        """Somebody outside is told by machine, and asked what became of it."""
        return not (self.is_by_bank or self.is_offset)

    @property
    def wanted(self) -> RefundWanted:
        """What the provider is told. Made only from what is kept: each repeat has the same content."""
        assert self.payment_id is not None and self.provider_payment_id is not None
        return RefundWanted(
            account_id=self.account_id,
            payment_id=self.payment_id,
            refund_id=self.id,
            attempt=self.attempt,
            provider_payment_id=self.provider_payment_id,
            amount=self.amount,
            description=f"Возврат переплаты. Возврат {self.id}",
        )

    def check_orders(self, by: UUID) -> None:
        """The payment order is given by another than who decided. RefundOfOneself."""
        if by == self.prepared_by:
            raise RefundOfOneself

    def check_tells(self, by: UUID) -> None:
        """What became of an order is told by another than who gave it: nobody alone sends money and says that
        it came, or that it came back. RefundOrderOfOneself; RefundOfOneself before the order."""
        if self.ordered_by is None:
            self.check_orders(by)
        elif by == self.ordered_by:
            raise RefundOrderOfOneself

    def is_answered_by(self, answer: ProviderRefund) -> bool:
        """Whether the provider's refund is this one."""
        ours = (self.account_id, self.id, self.provider_payment_id, self.amount, "RUB")
        return ours == (
            answer.account_id,
            answer.refund_id,
            answer.provider_payment_id,
            answer.amount,
            answer.currency,
        )

    def _moved(self, to: RefundState) -> Refund:
        return replace(self, state=LIFECYCLE.check(self.state, to), steps_count=self.steps_count + 1)

    def sent(self, at: datetime) -> Refund:
        """To the provider: from now on it may have been done, whatever we hear."""
        return replace(self._moved(RefundState.SENT), attempt_at=at, next_check_at=self._next_check(at))

    def ordered(self, number: str) -> Refund:
        """A payment order was given to the bank."""
        return replace(self._moved(RefundState.SENT), order_number=number)

    def confirmed(self, on: date, provider_refund_id: str | None = None) -> Refund:
        """The money has gone."""
        return replace(self._ended(RefundState.CONFIRMED, on), provider_refund_id=provider_refund_id)

    def failed(self, reason: str, on: date) -> Refund:
        """It has not, and never will."""
        return replace(self._ended(RefundState.FAILED, on), failure=reason)

    def _ended(self, state: RefundState, on: date) -> Refund:
        return replace(self._moved(state), ended_on=on, next_check_at=None, provider_unreachable_since=None)

    def waiting(self, at: datetime, provider_refund_id: str) -> Refund:
        """The provider has it and has not ended it."""
        return replace(
            self,
            provider_refund_id=provider_refund_id,
            next_check_at=self._next_check(at),
            provider_unreachable_since=None,
        )

    def unreachable(self, at: datetime) -> Refund:
        since = self.provider_unreachable_since or at
        return replace(self, provider_unreachable_since=since, next_check_at=self._next_check(at))

    def tried_anew(self, at: datetime) -> Refund:
        """The provider knows of no earlier attempt and would not know its key any more."""
        return replace(self, attempt=self.attempt + 1, attempt_at=at)

    def _next_check(self, at: datetime) -> datetime:
        """Often at first, then rarely: some banks take days."""
        return at + min(max(_SOONEST, (at - self.prepared_at) / 6), _LATEST)
