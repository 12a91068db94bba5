"""A rule of autopay: what is paid, by what, when, and up to how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from domain.accounts.debtors import Debtor
from domain.accounts.due_dates import DueDates, due_on
from domain.kernel.calendar import Period, first_day, next_period, period_of
from domain.kernel.errors import Conflict, Invalid, NotFound
from domain.kernel.ids import (
    AccountId,
    AutopayId,
    SavedMethodId,
    SupplierAccountId,
    UserId,
)
from domain.kernel.lifecycle import Lifecycle
from domain.kernel.money import ZERO, Money
from domain.kernel.terms import Term
from domain.kernel.working_days import WorkingDays

LATEST_DAY, MOST_DAYS_BEFORE = 28, 14
_PERIODS_AROUND = 6


class AutopayNotFound(NotFound):
    code = "autopay-not-found"
    text = "There is no such autopay of yours"


class AutopayIdTaken(Conflict):
    code = "autopay-id-taken"
    text = "Another autopay already has this id"
    remedy = "Make a fresh id for a new one"


class AutopayStopped(Conflict):
    code = "autopay-stopped"
    text = "This autopay was stopped"
    remedy = "Make a new one"


class TooManyAutopays(Conflict):
    code = "too-many-autopays"
    text = "The account has {most} autopays already"
    remedy = "Stop one of them first"


class AutopayWhen(Invalid):
    code = "autopay-when"
    text = "Give either the day of the month or the days before the bill is due"


class AutopayNeedsAddress(Conflict):
    code = "autopay-needs-address"
    text = "We tell you before each payment, and have no e-mail address of yours"
    remedy = "Add your e-mail address first"


class AutopayTerms(Term, frozen=True, kw_only=True):
    """Payments are announced `told_days_before`, made from `hour` on. A refused one is tried again
    `retry_after_days` later, once for each. While another payment is under way a run waits up to
    `wait_hours`."""

    name: ClassVar[str] = "payments.autopay"

    told_days_before: int
    hour: int
    retry_after_days: tuple[int, ...]
    wait_hours: int
    most_rules: int


class AutopayState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    """Until its owner says how to go on."""
    STOPPED = "stopped"


class Reason(StrEnum):
    """Why it is paused or stopped."""

    ABOVE_LIMIT = "above-limit"
    METHOD_DELETED = "method-deleted"
    METHOD_REFUSED = "method-refused"
    """The bank will not take money by it any more."""
    BY_OWNER = "by-owner"
    BY_LINK = "by-link"
    NO_RIGHT = "no-right"
    """Its owner may not pay for the account any more."""
    ACCOUNT_CLOSED = "account-closed"


LIFECYCLE = Lifecycle(
    {
        AutopayState.ACTIVE: frozenset({AutopayState.PAUSED, AutopayState.STOPPED}),
        AutopayState.PAUSED: frozenset({AutopayState.ACTIVE, AutopayState.STOPPED}),
    }
)


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What its owner wants. `supplier_account_id` None: the whole account."""

    saved_method_id: SavedMethodId
    limit: Money
    supplier_account_id: SupplierAccountId | None = None
    day_of_month: int | None = None
    days_before_due: int | None = None

    def checked(self) -> Plan:
        """AutopayWhen."""
        if (self.day_of_month is None) == (self.days_before_due is None):
            raise AutopayWhen(field="day_of_month")
        if self.day_of_month is not None and not 1 <= self.day_of_month <= LATEST_DAY:
            raise AutopayWhen(field="day_of_month")
        if self.days_before_due is not None and not 0 <= self.days_before_due <= MOST_DAYS_BEFORE:
            raise AutopayWhen(field="days_before_due")
        if self.limit <= ZERO:
            raise AutopayWhen(field="limit")
        return self


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """Who owes on an account, and by which day its issued bills are to be paid, by their months."""

    debtor: Debtor
    billed: Mapping[Period, date] = {}


class DueCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """By which bills are due: on the day that stands on them (one handed over late is due later), and before
    they are issued on the day of the rules in force."""

    due_dates: DueDates
    days: WorkingDays
    owed: Owed

    def due_days(self, near: date) -> list[date]:
        """Due days of the months around `near`, in order."""
        return sorted({*self.owed.billed.values(), *self._due(near, self.owed.billed)})

    def is_put_off(self, due: date) -> bool:
        """Whether what would be due on that day was handed over late, and nothing else is due then."""
        return due in self._due(due, {}) and due not in self.due_days(due)

    def _due(self, near: date, billed: Mapping[Period, date]) -> Iterator[date]:
        rules = self.due_dates.of(self.owed.debtor)
        period = period_of(first_day(period_of(near)) - timedelta(days=62))
        for _ in range(_PERIODS_AROUND):
            yield billed.get(period) or due_on(period, rules, self.days)
            period = next_period(period)


class Autopay(msgspec.Struct, frozen=True, kw_only=True):
    """`occasion` is the day it pays on next, or was to pay on when it was paused. `next_at` is when the timer
    looks at it; None when it waits for nobody but its owner."""

    id: AutopayId
    account_id: AccountId
    user_id: UserId
    method_id: SavedMethodId
    supplier_account_id: SupplierAccountId | None = None
    limit: Money
    day_of_month: int | None = None
    days_before_due: int | None = None
    state: AutopayState = AutopayState.ACTIVE
    reason: Reason | None = None
    steps_count: int = 1
    created_at: datetime
    occasion: date = date.max
    next_at: datetime | None = None

    @classmethod
    def planned(
        cls, id: AutopayId, account_id: AccountId, user_id: UserId, plan: Plan, at: datetime
    ) -> Autopay:
        return cls(
            id=id,
            account_id=account_id,
            user_id=user_id,
            method_id=plan.saved_method_id,
            supplier_account_id=plan.supplier_account_id,
            limit=plan.limit,
            day_of_month=plan.day_of_month,
            days_before_due=plan.days_before_due,
            created_at=at,
        )

    @property
    def plan(self) -> Plan:
        return Plan(
            saved_method_id=self.method_id,
            limit=self.limit,
            supplier_account_id=self.supplier_account_id,
            day_of_month=self.day_of_month,
            days_before_due=self.days_before_due,
        )

    def replanned(self, plan: Plan) -> Autopay:
        """As its owner wants it now; a paused one goes on. AutopayStopped."""
        if self.state is AutopayState.STOPPED:
            raise AutopayStopped
        wanted = replace(
            self,
            method_id=plan.saved_method_id,
            supplier_account_id=plan.supplier_account_id,
            limit=plan.limit,
            day_of_month=plan.day_of_month,
            days_before_due=plan.days_before_due,
        )
        return wanted._moved(AutopayState.ACTIVE, None) if self.state is AutopayState.PAUSED else wanted

    def paused(self, reason: Reason) -> Autopay:
        return replace(self._moved(AutopayState.PAUSED, reason), next_at=None)

    def stopped(self, reason: Reason, next_at: datetime | None = None) -> Autopay:
        """For good. What is being paid at this moment is still followed, at `next_at`."""
        return replace(self._moved(AutopayState.STOPPED, reason), next_at=next_at)

    def awaiting(self, occasion: date, next_at: datetime) -> Autopay:
        return replace(self, occasion=occasion, next_at=next_at)

    def looked_at(self, next_at: datetime | None) -> Autopay:
        return replace(self, next_at=next_at)

    def _moved(self, to: AutopayState, reason: Reason | None) -> Autopay:
        moved = LIFECYCLE.check(self.state, to)
        return replace(self, state=moved, reason=reason, steps_count=self.steps_count + 1)

    def is_put_off(self, calendar: DueCalendar) -> bool:
        """Whether the bill of this occasion is due later than was thought when it was planned."""
        before = self.days_before_due
        return before is not None and calendar.is_put_off(self.occasion + timedelta(days=before))

    def next_pay_day(self, earliest: date, calendar: DueCalendar) -> date:
        """The first of its days that is not before `earliest`."""
        if self.day_of_month is not None:
            this = earliest.replace(day=self.day_of_month)
            return (
                this
                if this >= earliest
                else first_day(next_period(period_of(this))).replace(day=self.day_of_month)
            )
        assert self.days_before_due is not None
        before = timedelta(days=self.days_before_due)
        return next(due - before for due in calendar.due_days(earliest) if due - before >= earliest)
