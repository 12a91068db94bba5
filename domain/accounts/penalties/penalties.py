"""Penalties on their way into the books: charges of their own, posted as billing's charges are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

import msgspec

from domain.accounts.accounts import AccountKind
from domain.accounts.charges import Charge
from domain.accounts.charging import AccountCharges, Charged
from domain.accounts.debtors import Debtor, usual_debtor
from domain.accounts.penalties.rates import KeyRate
from domain.accounts.penalties.reckoning import Reckoning, reckoned
from domain.accounts.penalties.rules import ReckonedBy, Rulebook
from domain.accounts.penalties.slices import Debt, KeptRelief
from domain.kernel.calendar import Period, period_of
from domain.kernel.ids import AccountId, ChargeId, SupplierAccountId, SupplierId, derived
from domain.kernel.jobs import Job
from domain.kernel.money import ZERO, Money

PENALTY_BILL = "penalty"
_YEARS_BACK = 4
"""A year more than the law gives to go to court (Civil Code, art. 196)."""


class PostPenalties(Job, frozen=True, kw_only=True, tag="accounts.post-penalties"):
    """Timer: post penalties of every account that is not reckoned yet, or that has moved since."""


def penalty_charge_id(supplier_account_id: SupplierAccountId, service_code: str, period: Period) -> ChargeId:
    """The penalty of one service of one month is one line, however often it is reckoned."""
    return ChargeId(derived(supplier_account_id, f"penalty:{service_code}:{period}"))


class HandedOver(msgspec.Struct, frozen=True, kw_only=True):
    """A bill of ours: when it was handed over, and the due date that stands on it."""

    period: Period
    issued_at: datetime
    due_on: date


class Owing(msgspec.Struct, frozen=True, kw_only=True):
    """What an account owes or owed to suppliers whose penalties are ours to reckon. `debtors` are the sorts
    of debtor that were set, each from its day on."""

    account_id: AccountId
    kind: AccountKind
    debtors: tuple[tuple[date, Debtor], ...] = ()
    debts: Sequence[Debt] = ()
    bills: Sequence[HandedOver] = ()

    def on_bill(self, period: Period, as_of: date) -> date | None:
        """The due date on the bill of that month, if it was handed over by then."""
        found = (one.due_on for one in self.bills if one.period == period and one.issued_at.date() <= as_of)
        return next(found, None)

    def debtor(self, day: date) -> Debtor:
        set_by_then = [(since, debtor) for since, debtor in self.debtors if since <= day]
        if set_by_then:
            return max(set_by_then)[1]
        return usual_debtor(self.kind)


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Up to which entry of its ledger, as of which day and by which rules an account is reckoned."""

    account_id: AccountId
    as_of: date
    last_no: int
    rules: str


class PostedPenalty(msgspec.Struct, frozen=True, kw_only=True):
    """A revision of a penalty's line with how it was reckoned."""

    account_id: AccountId
    charge_id: ChargeId
    revision: int
    as_of: date
    total: Money
    reckoning: Reckoning


def looked_back(as_of: date) -> Period:
    """The first month whose paid lines are reckoned anew; unpaid ones always are."""
    return period_of(as_of.replace(year=as_of.year - _YEARS_BACK, day=1))


def reckonings(owing: Owing, book: Rulebook, as_of: date) -> list[Reckoning]:
    """Each service and month that is ours to reckon; a debt that is not late comes to nothing."""
    groups: dict[tuple[SupplierAccountId, str, Period], list[Debt]] = {}
    for debt in owing.debts:
        groups.setdefault((debt.supplier_account_id, debt.service_code, debt.period), []).append(debt)
    found = []
    for (_, _, period), debts in groups.items():
        debtor = owing.debtor(book.due_on(period, owing.debtor(as_of)))
        due = book.due_on(period, debtor)
        if book.reckoned_by(debts[0].supplier_id, due) is ReckonedBy.US:
            found.append(reckoned(debts, debtor, book, as_of, owing.on_bill(period, as_of)))
    return found


def asked(
    account_id: AccountId, found: Iterable[Reckoning]
) -> tuple[AccountCharges, dict[ChargeId, Reckoning]]:
    """The lines to post; one that comes to nothing only corrects what stood before."""
    by_id = {penalty_charge_id(one.supplier_account_id, one.service_code, one.period): one for one in found}
    charges = [_charge(charge_id, one) for charge_id, one in by_id.items()]
    nothing = frozenset(charge.id for charge in charges if charge.penalty == ZERO)
    return AccountCharges(account_id=account_id, charges=charges, if_kept=nothing), by_id


def _charge(charge_id: ChargeId, reckoning: Reckoning) -> Charge:
    return Charge(
        id=charge_id,
        supplier_account_id=reckoning.supplier_account_id,
        service_code=reckoning.service_code,
        period=reckoning.period,
        bill_number=PENALTY_BILL,
        volume=None,
        unit="",
        tariff=None,
        amount=ZERO,
        recalculation=ZERO,
        penalty=reckoning.total,
    )


def posted(outcome: Charged, by_id: Mapping[ChargeId, Reckoning]) -> list[PostedPenalty]:
    """The lines of penalties that this posting writes or changes, each with its reckoning."""
    kept = outcome.before.kept
    written = [
        line
        for line in (*outcome.added, *outcome.changed)
        if line.charge.id in by_id
        and (line.charge.id not in kept or kept[line.charge.id].revision != line.revision)
    ]
    return [
        PostedPenalty(
            account_id=outcome.before.head.account_id,
            charge_id=line.charge.id,
            revision=line.revision,
            as_of=by_id[line.charge.id].as_of,
            total=line.charge.penalty,
            reckoning=by_id[line.charge.id],
        )
        for line in written
    ]


def mark_after(outcome: Charged, as_of: date, rules: str) -> Mark:
    """Our own postings are no reason to reckon again."""
    head = outcome.before.head
    entries = sum(len(posting.transfers) for posting in outcome.postings)
    return Mark(account_id=head.account_id, as_of=as_of, last_no=head.last_no + entries, rules=rules)


class Penalties(Protocol):
    async def rulebook(self, today: date) -> Rulebook: ...

    async def to_reckon(self, after: AccountId, as_of: date, rules: str, limit: int) -> Sequence[AccountId]:
        """Accounts by id that have no mark of `as_of` and these rules, or that have moved since."""

    async def page(self, after: AccountId, limit: int) -> Sequence[AccountId]:
        """Accounts by id, reckoned or not."""

    async def count(self) -> int:
        """How many accounts there are."""

    async def owing(
        self, account_ids: Sequence[AccountId], suppliers: frozenset[SupplierId], since: Period
    ) -> list[Owing]:
        """What each owes to these suppliers; of months before `since` only what is unpaid."""

    async def keep(self, lines: Sequence[PostedPenalty], marks: Sequence[Mark], at: datetime) -> None: ...

    async def relieve(self, reliefs: Sequence[KeptRelief], at: datetime) -> None:
        """Keep them; one that is kept already stays as it is."""

    async def corrected(self, account_id: AccountId) -> dict[ChargeId, Money]:
        """What cases have taken off each charge; those that were taken back do not count."""

    async def last_posted(self, account_id: AccountId) -> dict[ChargeId, PostedPenalty]:
        """The last revision of each line."""


class KeyRates(Protocol):
    async def known(self) -> Sequence[KeyRate]: ...

    async def save(self, rates: Sequence[KeyRate]) -> None:
        """Add, or replace those of the same day."""
