"""Readings as they go into the copy of one's data."""

from collections.abc import Sequence
from typing import Protocol

from domain.kernel.access import Access
from domain.kernel.ids import MeterId
from domain.readings.keeping import ReadingCursor, ReadingView


class ReadingCopies(Protocol):
    async def of_meter(
        self, access: Access, meter_id: MeterId, *, before: ReadingCursor | None, limit: int
    ) -> Sequence[ReadingView]:
        """With all steps, the newest first. Without the right: none."""
