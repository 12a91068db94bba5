"""The open clock: until when an answer is due, by which rule, who holds the case, what paused it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

import msgspec

from domain.kernel.errors import Invalid
from domain.kernel.terms import Term


class DayUnit(StrEnum):
    CALENDAR = "calendar"
    WORKING = "working"


class DeadlineRule(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` is the form's tag; `ground` narrows it (None: any), `channel` does less so. `source` is the law
    or our own promise."""

    kind: str
    ground: str | None = None
    channel: str | None = None
    days: int
    unit: DayUnit
    pauses: bool = True
    """Whether the days that the case waits for its applicant are not counted."""

    sent_on_days: int | None = None
    """The clock of whom it is sent on to, in calendar days."""

    later_days: int | None = None
    """By how many days at most a later day may be promised; None: by any number."""

    agree_days: int | None = None
    """Within how many working days we name hours for a visit, where somebody is to come."""

    answers_for_others: bool = False
    """Whether we answer the applicant within our own days even while others look: theirs run beside ours."""

    source: str


class PromiseTooLate(Invalid):
    code = "case-promise-too-late"
    text = "A later day may be promised up to {latest}"
    remedy = "Answer by then, with what is known"


class Deadlines(Term, frozen=True, kw_only=True):
    """All rules as they hold for cases received from a day on. The narrowest rule that fits holds;
    `otherwise` is for kinds that none names."""

    name: ClassVar[str] = "cases.deadlines"

    rules: tuple[DeadlineRule, ...]
    otherwise: DeadlineRule
    escalate_before_days: int


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """`until` is None while it lasts."""

    since: datetime
    until: datetime | None
    why: str


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """A day that was promised, and when."""

    made_at: datetime
    due_on: date
    why: str


class SentOn(msgspec.Struct, frozen=True, kw_only=True):
    """Who decides instead of us, and until when."""

    to: str
    at: datetime
    due_on: date


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """A promise beside the answer: by `due_on` we name hours for a visit, or say that nobody comes. `kept_at`
    when we did."""

    due_on: date
    kept_at: datetime | None
    is_late: bool


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """`due_on` is the last day for the answer, counted from the day after `received_at`, moved on from a
    day off to the next working day, later by the pauses. Past `due_on` an unanswered case is late.

    `days_left` counts calendar days to `due_on`, below zero when late; None when the clock has stopped.
    """

    received_at: datetime
    due_on: date
    rule: DeadlineRule
    pauses: tuple[Pause, ...]
    promises: tuple[Promise, ...]
    sent_on: SentOn | None
    agreement: Agreement | None = None
    latest_on: date | None = None
    """No day after it may be promised; None: any may."""

    holder: str | None
    is_paused: bool
    answered_at: datetime | None
    is_late: bool
    days_left: int | None

    def check_promise(self, day: date) -> None:
        """PromiseTooLate."""
        if self.latest_on is not None and day > self.latest_on:
            raise PromiseTooLate(field="until", latest=f"{self.latest_on:%d.%m.%Y}")
