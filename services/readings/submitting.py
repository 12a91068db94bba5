"""Readings come in: each is kept, judged, and answered with a verdict on every value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from domain.kernel.access import Access
from domain.readings.readings import Reading, ReadingSource, Submission
from domain.store import Transaction


@dataclass(frozen=True, slots=True)
class ReadingService:
    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo

    async def submit(
        self, access: Access, submission: Submission, source: ReadingSource
    ) -> tuple[Reading, bool]:
        """The reading with its verdicts, and whether this call kept it."""
        raise NotImplementedError

    async def submit_many(
        self, access: Access, submissions: Sequence[Submission], source: ReadingSource
    ) -> list[Reading]:
        """Of the account of `access`, in the order given; `reading.verdict(zone, direction)` tells the fate
        of each row. Several transactions: safe to repeat with the same ids."""
        raise NotImplementedError
