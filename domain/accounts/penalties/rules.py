"""What part of the rate each day of delay costs, and when penalties are posted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256

import msgspec

from domain.accounts.debtors import Debtor
from domain.accounts.due_dates import DueDates, due_on, due_rule
from domain.accounts.penalties.rates import CapBy, RateBook
from domain.kernel.calendar import Period
from domain.kernel.ids import SupplierId
from domain.kernel.terms import Term
from domain.kernel.working_days import WorkingDays

_LONG_AGO = date(2000, 1, 1)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """From the `from_day`-th day of delay on, each day costs 1/`part_of` of the rate."""

    from_day: int
    part_of: int


class Shares(msgspec.Struct, frozen=True, kw_only=True):
    """The days before the first step cost nothing. `source` is the rule in words."""

    source: str
    steps: tuple[Step, ...]


class PenaltyRules(Term, frozen=True, kw_only=True):
    """`posted_on_day` of each month (1-28) penalties are posted as of the day before."""

    name = "accounts.penalty-rules"

    rules: Mapping[Debtor, Shares]
    cap_by: CapBy = CapBy.SETTLEMENT
    posted_on_day: int = 1

    def as_of(self, today: date) -> date:
        """The day up to which penalties are posted when `today` is worked on."""
        posted_on = today.replace(day=self.posted_on_day)
        if posted_on > today:
            posted_on = (today.replace(day=1) - timedelta(days=1)).replace(day=self.posted_on_day)
        return posted_on - timedelta(days=1)


class ReckonedBy(StrEnum):
    """Billing sends the penalty with its charges, or we reckon it."""

    BILLING = "billing"
    US = "us"


class SupplierSetting(msgspec.Struct, frozen=True, kw_only=True):
    """Who reckons the penalties of charges that are due on `valid_from` or later."""

    supplier_id: SupplierId
    valid_from: date
    reckoned_by: ReckonedBy


class Rulebook(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a penalty depends on besides the account itself."""

    terms: PenaltyRules
    due_dates: DueDates
    days: WorkingDays
    rates: RateBook
    suppliers: tuple[SupplierSetting, ...] = ()

    @property
    def ours(self) -> frozenset[SupplierId]:
        """Suppliers some of whose penalties are reckoned by us."""
        return frozenset(one.supplier_id for one in self.suppliers if one.reckoned_by is ReckonedBy.US)

    def reckoned_by(self, supplier_id: SupplierId, due: date) -> ReckonedBy:
        settings = [one for one in self.suppliers if one.supplier_id == supplier_id and one.valid_from <= due]
        return max(settings, key=lambda one: one.valid_from).reckoned_by if settings else ReckonedBy.BILLING

    def due_on(self, period: Period, debtor: Debtor) -> date:
        """A period older than every rule is long overdue."""
        try:
            return due_on(period, self.due_dates.of(debtor), self.days)
        except LookupError:
            return _LONG_AGO

    def due_source(self, period: Period, debtor: Debtor, *, is_billed_late: bool) -> str:
        try:
            rule = due_rule(period, self.due_dates.of(debtor))
        except LookupError:
            return ""
        return rule.late_source or rule.source if is_billed_late else rule.source

    @property
    def fingerprint(self) -> str:
        """Another one means that every account is to be reckoned again."""
        days = (sorted(self.days.off), sorted(self.days.on))
        kept = msgspec.json.encode(
            (self.terms, self.due_dates, days, self.rates, self.suppliers), order="sorted"
        )
        return sha256(kept).hexdigest()[:16]
