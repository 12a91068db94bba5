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
    READING_FILES = "reading-files"
    """Their bytes, since they were judged."""
    READING_PHOTOS = "reading-photos"
    """Of “I insist”, since the last that became of the reading."""
    CASE_DRAFTS = "case-drafts"
    """Since their last change."""
    CASE_FILES = "case-files"
    """Of cases that are answered, since they were kept."""
    VISITS = "visits"
    """Since they were made or called off; those of answered cases."""
    WEBHOOK_LOG = "webhook-log"
    """What a legal entity's system was told, and each attempt; what still waits stays."""
    TERMINAL_REQUESTS = "terminal-requests"
    """What agents' terminals asked by an account's number, and what they were told."""
    READINGS = "readings"
    CASES = "cases"
    LETTERS = "letters"
    """That they came and what became of them; their bytes have a term with the mail's limits."""
    PAYMENTS = "payments"
    LEDGER = "ledger"


BASES: Mapping[Sort, str] = MappingProxyType(
    {
        Sort.ATTEMPTS: "Security of personal data: 152-FZ, article 19",
        Sort.VIEWS: "Record of what staff did with personal data: 152-FZ, article 19, part 2, item 8",
        Sort.CONSENTS: "Proof that consent was given: 152-FZ, article 9, part 3; limitation of actions: "
        "Civil Code, article 196",
        Sort.ERASURES: "Record that the data was erased: Roskomnadzor's order 179 of 28.10.2022",
        Sort.CASE_FILES: "What was decided on money rests on them: 402-FZ, article 29, five years after the "
        "year they belong to",
        Sort.VISITS: "Acts on meters that bills were counted from: 402-FZ, article 29, five years after the "
        "year they belong to",
        Sort.WEBHOOK_LOG: "Proof that the contract's own system was told: Civil Code, article 165.1",
        Sort.TERMINAL_REQUESTS: "Proof of what an agent told of money and was answered: limitation of "
        "actions: Civil Code, article 196",
        Sort.READINGS: "Volumes that bills were counted from: 402-FZ, article 29, five years after the year "
        "they belong to; rules of decree 354, item 31",
        Sort.CASES: "Record of applications and answers: rules of decree 354, item 31; what was decided on "
        "money: 402-FZ, article 29, five years after the year they belong to",
        Sort.LETTERS: "Proof of what was sent to us and when: limitation of actions: Civil Code, article 196",
        Sort.PAYMENTS: "Accounting documents: 402-FZ, article 29, five years after the year they belong to",
        Sort.LEDGER: "Accounting documents: 402-FZ, article 29, five years after the year they belong to",
    }
)
"""The law that has each sort kept, for people to read."""

_AFTER_YEAR = frozenset({Sort.CASE_FILES, Sort.VISITS, Sort.READINGS, Sort.CASES, Sort.PAYMENTS, Sort.LEDGER})
_A_DAY = timedelta(days=1)


class RetentionTerms(Term, frozen=True, kw_only=True):
    """Days a sort of data is kept; accounting documents count from the end of their year. Sorts that a newer
    version has added are passed over."""

    name: ClassVar[str] = "people.retention"

    days: Mapping[str, int]

    def over_before(self, sort: Sort, at: datetime) -> datetime:
        """What is older than this is past its term at `at`. A day more stays where years are counted: they
        begin earlier in the region's zone."""
        before = at - timedelta(days=self.days[sort])
        if sort in _AFTER_YEAR:
            return before.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0) - _A_DAY
        return before

    def until(self, sort: Sort, day: date) -> date:
        """The last day something of `day` is kept."""
        start = date(day.year, 12, 31) if sort in _AFTER_YEAR else day
        return start + timedelta(days=self.days[sort])


class DeleteOutdated(Job, frozen=True, kw_only=True, tag="people.retention"):
    """Delete what is past its term."""

    is_routine = True


class Retention(Protocol):
    """Each deletes at most `limit` rows, or empties them of what is named, that were over before that moment
    and says how many."""

    async def sessions(self, before: datetime, limit: int) -> int: ...

    async def staff_sessions(self, before: datetime, limit: int) -> int: ...

    async def views(self, before: datetime, limit: int) -> int: ...

    async def consents(self, before: datetime, limit: int) -> int: ...

    async def erasures(self, before: datetime, limit: int) -> int: ...

    async def notices(self, before: datetime, limit: int) -> int: ...

    async def staff_log(self, before: datetime, limit: int) -> int: ...

    async def approvals(self, before: datetime, limit: int) -> int: ...

    async def invitations(self, before: datetime, limit: int) -> int: ...

    async def reading_files(self, before: datetime, limit: int) -> int:
        """Their bytes; one that waits to be judged keeps them."""

    async def reading_photos(self, before: datetime, limit: int) -> int:
        """That a reading names its photo; one that waits for an operator keeps it."""

    async def case_drafts(self, before: datetime, limit: int) -> int: ...

    async def visits(self, before: datetime, limit: int) -> int:
        """One of a case that is open stays."""

    async def webhook_deliveries(self, before: datetime, limit: int) -> int:
        """With their attempts; one that waits stays."""

    async def terminal_requests(self, before: datetime, limit: int) -> int: ...

    async def letters(self, before: datetime, limit: int) -> int:
        """That they came, with all that hangs on them."""
