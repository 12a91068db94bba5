"""A row's way into the books: home as a payment, or into the suspense of its file.

Allocated when it is posted, by the rule in force, over the suppliers the number stands for; counted from the
day the payer gave the money (Civil Code art. 316), which each registry tells in its own zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Protocol

import msgspec
from msgspec.structs import replace

from domain.accounts import books
from domain.accounts.ledger import Cause, CauseKind, Posting, Standing, Transfer, movements, settled_lines
from domain.kernel.calendar import Period, business_day
from domain.kernel.ids import AccountId, PaymentId, SupplierAccountId
from domain.kernel.money import ZERO, Money
from domain.payments.allocation import allocate
from domain.payments.explanation import Addressed, AllocationRule, Explanation
from domain.payments.payments import Payment, PaymentState, Wish
from domain.payments.provider import Method
from domain.payments.registries.rows import RegistryRow, payer_id
from domain.payments.settlement import settlement


class AgentMoney(Protocol):
    """A registry's row, or what a terminal tells: either becomes the same payment."""

    @property
    def agent_code(self) -> str: ...
    @property
    def operation_id(self) -> str: ...
    @property
    def payment_id(self) -> PaymentId: ...
    @property
    def amount(self) -> Money: ...
    @property
    def paid_at(self) -> datetime: ...
    @property
    def period(self) -> Period | None: ...


class OwnSupplierAccount(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    id: SupplierAccountId
    supplier_inn: str


class Home(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An account that money comes to, while its head is locked."""

    standing: Standing
    supplier_accounts: Sequence[OwnSupplierAccount]
    is_closed: bool = False


class ComingIn(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one row comes to on its account."""

    payment: Payment
    explanation: Explanation
    posting: Posting


class HomePosting(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All that comes to one account in one transaction; `before` is its standing before the first."""

    before: Standing
    coming: Sequence[ComingIn]


class RegistryLedger(Protocol):
    """The ledger of many accounts in one transaction, for payments."""

    async def homes_locked(self, ids: Sequence[AccountId]) -> dict[AccountId, Home]:
        """Locked one after another; `ids` are sorted. Accounts without a head are left out."""

    async def post(self, homes: Sequence[HomePosting], at: datetime) -> None:
        """Payments, their steps and names, transfers, lines, books and heads. AlreadyPosted."""


def meant(
    home: Home, only: SupplierAccountId | None, supplier_inn: str | None
) -> tuple[SupplierAccountId, ...]:
    """The supplier accounts that a row's money may go to."""
    return tuple(
        one.id
        for one in home.supplier_accounts
        if only in {None, one.id} and supplier_inn in {None, one.supplier_inn}
    )


def coming_in(
    row: AgentMoney,
    account_id: AccountId,
    standing: Standing,
    owners: Sequence[SupplierAccountId],
    rule: AllocationRule,
    zone: tzinfo,
    *,
    brought_from: AccountId | None = None,
) -> ComingIn:
    """The payment that a row becomes on an account, and its posting. With `brought_from` the money comes out
    of transit, from the suspense of that synthetic account."""
    wanted = [Addressed(amount=row.amount, supplier_account_ids=tuple(owners))]
    parts, explanation = allocate(standing, wanted, rule=rule, period=row.period)
    payment = Payment(
        id=row.payment_id,
        account_id=account_id,
        payer_id=payer_id(row.agent_code),
        wish=Wish(amount=row.amount, method=Method.REGISTRY, period=row.period),
        amount=row.amount,
        parts=parts,
        state=PaymentState.PAID,
        provider=row.agent_code,
        created_at=row.paid_at,
        expires_at=row.paid_at,
        provider_payment_id=row.operation_id,
        paid_at=row.paid_at,
        operation_id=row.operation_id,
        brought_from=brought_from,
    )
    posting = settlement(payment, standing, business_day(row.paid_at, zone))
    return ComingIn(payment=payment, explanation=explanation, posting=posting)


def after(standing: Standing, posting: Posting) -> Standing:
    """The account as the next payment of the same transaction finds it; the head stays."""
    closed = settled_lines([posting])
    balances = dict(standing.balances)
    for book, change in movements(posting.transfers).items():
        balances[book] = balances.get(book, ZERO) + change
    charges = []
    for line in standing.charges:
        principal, penalty = closed.get(line.charge_id, (ZERO, ZERO))
        charges.append(replace(line, open=line.open - principal, penalty_open=line.penalty_open - penalty))
    return replace(standing, charges=tuple(charges), balances=balances)


def suspended(row: RegistryRow, value_date: date) -> Posting:
    return _suspense(row, 1, value_date, books.clearing(row.agent_code), books.SUSPENSE)


def given_back(row: RegistryRow, value_date: date) -> Posting:
    return _suspense(row, 2, value_date, books.SUSPENSE, books.clearing(row.agent_code))


def sent_home(row: RegistryRow, value_date: date) -> Posting:
    """Out of suspense into transit; the other half is the payment on the account it belongs to."""
    transfer = Transfer(debit=books.SUSPENSE, credit=books.TRANSIT, amount=row.amount)
    cause = Cause(kind=CauseKind.MOVE, id=row.payment_id)
    return Posting(account_id=row.account_id, cause=cause, value_date=value_date, transfers=(transfer,))


def _suspense(
    row: RegistryRow, version: int, value_date: date, debit: books.Book, credit: books.Book
) -> Posting:
    transfer = Transfer(debit=debit, credit=credit, amount=row.amount)
    cause = Cause(kind=CauseKind.SUSPENSE, id=row.payment_id, version=version)
    return Posting(account_id=row.account_id, cause=cause, value_date=value_date, transfers=(transfer,))
