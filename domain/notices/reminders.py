"""Reminding people to send readings: of which accounts, whom, when, and why not the others.

Reminding starts with an account, in the window in which its readings are taken; each day has one pass over
all accounts. What is decided in the pass is decided again when the letter is about to leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import ClassVar, Protocol

import msgspec
from msgspec.structs import replace

from domain.kernel.calendar import Period, business_day
from domain.kernel.ids import AccountId, MeterId, UserId
from domain.kernel.jobs import Job
from domain.kernel.terms import Term
from domain.notices.allowing import ConsentStanding, barred
from domain.notices.kinds.reading_reminder import MOST_METERS_NAMED, MeterLine, ReadingReminder
from domain.notices.preferences import Preferences
from domain.notices.words import Channel


class ReminderTerms(Term, frozen=True, kw_only=True):
    """`days_before_end` of the window, the farthest first: from each of these days on one letter more may
    have been sent, so their number is the most for a period. `days_between` two letters pass at least."""

    name: ClassVar[str] = "notices.reading-reminders"

    days_before_end: tuple[int, ...]
    days_between: int

    @property
    def most(self) -> int:
        return len(self.days_before_end)

    def due_by(self, day: date, until: date) -> int:
        """How many letters a window that ends with `until` may have brought by that day."""
        return sum(day >= until - timedelta(days=before) for before in self.days_before_end)


class Verdict(StrEnum):
    """What becomes of an account, or of one person of it. Those of `Barred` are among them."""

    REMIND = "remind"
    CLOSED = "account-closed"
    NO_METERS = "no-meters"
    AUTOMATIC = "meters-are-automatic"
    OUTSIDE_WINDOW = "outside-window"
    NOT_YET = "reminder-day-not-come"
    READ = "reading-accepted"
    NOBODY = "nobody-may-send"
    NO_ADDRESS = "no-address"
    NO_CONSENT = "no-consent"
    SWITCHED_OFF = "switched-off"
    BOUNCING = "address-bounces"
    ENOUGH = "enough-this-period"
    TOO_SOON = "reminded-lately"


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The days, both included, on which readings of a period are taken."""

    period: Period
    first: date
    last: date


Windows = Mapping[str, Window | None]


class MeterToRead(msgspec.Struct, frozen=True, kw_only=True):
    """A meter that hangs there. `missing` are the labels of the registers without an accepted value this
    period; `has_some` says that others have one."""

    id: MeterId
    serial: str
    place: str
    is_automatic: bool
    missing: tuple[str, ...]
    has_some: bool


class AccountToRead(msgspec.Struct, frozen=True, kw_only=True):
    """An account as reminding sees it. `window` is the one `day` falls into, or None."""

    id: AccountId
    number: str
    address: str
    is_closed: bool
    window: Window | None
    meters: tuple[MeterToRead, ...]

    def judged(self, day: date, terms: ReminderTerms) -> Verdict:
        """Why nobody of the account is reminded on `day`, or REMIND."""
        if self.is_closed:
            return Verdict.CLOSED
        if not self.meters:
            return Verdict.NO_METERS
        if all(meter.is_automatic for meter in self.meters):
            return Verdict.AUTOMATIC
        if self.window is None:
            return Verdict.OUTSIDE_WINDOW
        if not self._owing():
            return Verdict.READ
        return Verdict.REMIND if terms.due_by(day, self.window.last) else Verdict.NOT_YET

    def words(self) -> ReadingReminder:
        """What is said to its people. Only for an account with a window."""
        assert self.window is not None
        owing = self._owing()
        lines = tuple(
            MeterLine(
                serial=meter.serial, place=meter.place, registers=meter.missing if meter.has_some else ()
            )
            for meter in owing[:MOST_METERS_NAMED]
        )
        return ReadingReminder(
            account_number=self.number,
            address=self.address,
            period=self.window.period,
            until=self.window.last,
            meters=lines,
            more_meters=len(owing) - len(lines),
        )

    def _owing(self) -> list[MeterToRead]:
        return [meter for meter in self.meters if meter.missing and not meter.is_automatic]


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may send the account's readings; `reminded` so often in the period, last `reminded_at`."""

    account_id: AccountId
    user_id: UserId
    address: str | None
    locale: str
    preferences: Preferences
    consent: ConsentStanding
    bounces: bool
    reminded: int = 0
    reminded_at: datetime | None = None

    def judged(self, window: Window, day: date, terms: ReminderTerms, zone: tzinfo) -> Verdict:
        """Whether one more is due to them on `day`."""
        if why := barred(ReadingReminder, Channel.EMAIL, self):
            return Verdict(why.value)
        if self.reminded >= terms.due_by(day, window.last):
            return Verdict.ENOUGH
        lately = self.reminded_at and business_day(self.reminded_at, zone)
        if lately and day < lately + timedelta(days=terms.days_between):
            return Verdict.TOO_SOON
        return Verdict.REMIND


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a pass: a person of an account, or the account itself where it goes for all."""

    account: AccountToRead
    recipient: Recipient | None
    verdict: Verdict


def judged(
    account: AccountToRead, recipients: Sequence[Recipient], day: date, terms: ReminderTerms, zone: tzinfo
) -> list[Judged]:
    """Everybody of one account on `day`, in the region's `zone`."""
    verdict = account.judged(day, terms)
    if verdict is not Verdict.REMIND or account.window is None:
        return [Judged(account=account, recipient=None, verdict=verdict)]
    if not recipients:
        return [Judged(account=account, recipient=None, verdict=Verdict.NOBODY)]
    window = account.window
    return [
        Judged(account=account, recipient=one, verdict=one.judged(window, day, terms, zone))
        for one in recipients
    ]


def cause(account_id: AccountId, period: Period, ordinal: int) -> str:
    """The n-th reminder of an account in a period is one cause, however often a pass is run."""
    return f"reading-reminder/{account_id}/{period}/{ordinal}"


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """The pass of one day. `after` is the last account looked at: a pass broken off goes on there."""

    day: date
    started_at: datetime
    after: AccountId | None = None
    accounts: int = 0
    counts: Mapping[Verdict, int] = {}
    finished_at: datetime | None = None

    def gone_on(self, accounts: Sequence[AccountToRead], lines: Iterable[Judged]) -> Pass:
        counts = dict(self.counts)
        for line in lines:
            counts[line.verdict] = counts.get(line.verdict, 0) + 1
        return replace(self, after=accounts[-1].id, accounts=self.accounts + len(accounts), counts=counts)

    def finished(self, at: datetime) -> Pass:
        return replace(self, finished_at=at)

    @property
    def queued(self) -> int:
        return self.counts.get(Verdict.REMIND, 0)


class RemindOfReadings(Job, frozen=True, kw_only=True, tag="notices.remind-of-readings"):
    """Go on with today's pass, if it is not finished."""

    is_routine = True
    max_seconds = 1800


class ReadingsToSend(Protocol):
    """`windows` by the group of the account: None where there is one that is not open on `day`."""

    async def page(
        self, after: AccountId | None, limit: int, day: date, windows: Windows
    ) -> list[AccountToRead]:
        """Accounts in the order of their ids, closed ones too, with the meters that hang there on `day`."""

    async def of(self, account_id: AccountId, day: date, windows: Windows) -> AccountToRead | None: ...

    async def count(self) -> int:
        """How many accounts there are, roughly: for a bar that shows how far a pass has come."""


class Recipients(Protocol):
    async def of_accounts(
        self, windows: Mapping[AccountId, Window], at: datetime, bounced_since: datetime
    ) -> dict[AccountId, list[Recipient]]:
        """Those who may send readings of each account, by the order of their ids; `bounces` for those to
        whom a letter could not be delivered since then."""


class Passes(Protocol):
    async def locked(self, wanted: Pass) -> Pass:
        """The pass of that day; `wanted` where there was none."""

    async def of(self, day: date) -> Pass | None: ...

    async def save(self, one: Pass) -> None: ...
