"""The port `Vitals` in memory."""

import asyncio
from datetime import datetime

from domain.kernel.vitals import VitalSigns

QUIET = VitalSigns(
    payments={},
    oldest_unsettled_seconds=0.0,
    jobs={"waiting": 0, "picked": 0, "dead": 0},
    oldest_job_seconds=0.0,
    provider_events_unread=0,
    imports={},
    receipts={},
    oldest_receipt_seconds=0.0,
    payments_without_receipt=0,
    cases_open={},
    cases_late={},
    cases_escalated=0,
)


class FakeVitals:
    """`error` is raised and `pause_seconds` waited for by every question."""

    def __init__(self) -> None:
        self.now = QUIET
        self.ran = frozenset({"0001_frame.sql"})
        self.error: Exception | None = None
        self.pause_seconds = 0.0
        self.asked = 0

    async def _answer(self) -> None:
        await asyncio.sleep(self.pause_seconds)
        if self.error:
            raise self.error

    async def signs(self, at: datetime) -> VitalSigns:
        self.asked += 1
        await self._answer()
        return self.now

    async def oldest_job_seconds(self, at: datetime) -> float:
        await self._answer()
        return self.now.oldest_job_seconds

    async def migrations(self) -> frozenset[str]:
        await self._answer()
        return self.ran
