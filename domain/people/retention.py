"""How long each sort of data about people is kept, and what goes when its time is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Protocol

from domain.kernel.jobs import Job
from domain.kernel.terms import Term


class Sort(StrEnum):
    SESSIONS = "sessions"
    """Since they were over."""
    ATTEMPTS = "attempts"
    VIEWS = "views"
    CONSENTS = "consents"
    """Since they were withdrawn."""
    ERASURES = "erasures"
    NOTICES = "notices"
    """What was sent to people, and when."""
    STAFF_LOG = "staff-log"
    """Who gave which of the staff what right."""
    APPROVALS = "approvals"
    """What two of the staff decided together, since it was asked for."""
    INVITATIONS = "invitations"
    """Since they ran out, accepted or not."""
    PAYMENTS = "payments"
    LEDGER = "ledger"


BASES: Mapping[Sort, str] = MappingProxyType(
    {
        Sort.ATTEMPTS: "Security of personal data: 152-FZ, article 19",
        Sort.VIEWS: "Record of what staff did with personal data: 152-FZ, article 19, part 2, item 8",
        Sort.CONSENTS: "Proof that consent was given: 152-FZ, article 9, part 3; limitation of actions: "
        "Civil Code, article 196",
        Sort.ERASURES: "Record that the data was erased: Roskomnadzor's order 179 of 28.10.2022",
        Sort.PAYMENTS: "Accounting documents: 402-FZ, article 29, five years after the year they belong to",
        Sort.LEDGER: "Accounting documents: 402-FZ, article 29, five years after the year they belong to",
    }
)
"""The law that has each sort kept, for people to read."""

_AFTER_YEAR = frozenset({Sort.PAYMENTS, Sort.LEDGER})


class RetentionTerms(Term, frozen=True, kw_only=True):
    """Days a sort of data is kept; accounting documents count from the end of their year. Sorts that a newer
    version has added are passed over."""

    name: ClassVar[str] = "people.retention"

    days: Mapping[str, int]

    def over_before(self, sort: Sort, at: datetime) -> datetime:
        """What is older than this is past its term at `at`."""
        return at - timedelta(days=self.days[sort])

    def until(self, sort: Sort, day: date) -> date:
        """The last day something of `day` is kept."""
        start = date(day.year, 12, 31) if sort in _AFTER_YEAR else day
        return start + timedelta(days=self.days[sort])


class DeleteOutdated(Job, frozen=True, kw_only=True, tag="people.retention"):
    """Delete what is past its term."""

    is_routine = True


class Retention(Protocol):
    """Each deletes at most `limit` rows that were over before that moment and says how many."""

    async def sessions(self, before: datetime, limit: int) -> int: ...

    async def staff_sessions(self, before: datetime, limit: int) -> int: ...

    async def views(self, before: datetime, limit: int) -> int: ...

    async def consents(self, before: datetime, limit: int) -> int: ...

    async def erasures(self, before: datetime, limit: int) -> int: ...

    async def notices(self, before: datetime, limit: int) -> int: ...

    async def staff_log(self, before: datetime, limit: int) -> int: ...

    async def approvals(self, before: datetime, limit: int) -> int: ...

    async def invitations(self, before: datetime, limit: int) -> int: ...
