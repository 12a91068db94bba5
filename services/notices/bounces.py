"""Telling in the log of notices which of them came back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.notices.bounces import MarkBounced, notice_of
from domain.notices.notices import NoticeState
from domain.store import Transaction

LOOKED_BACK = timedelta(days=1)
MOST_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class BounceMarking:
    transaction: Transaction
    now: Callable[[], datetime]

    async def mark(self, job: MarkBounced) -> None:
        """Looks a day back each time, so that a run missed is made up for; what is marked stays so."""
        at = self.now()
        async with self.transaction() as store:
            reports = await store.bounce_reports.of_notices(at - LOOKED_BACK, MOST_AT_ONCE)
        for report in reports:
            if key := notice_of(report.message_id):
                async with self.transaction() as store:
                    notice = await store.notices.locked(*key)
                    if notice is not None and notice.state is NoticeState.SENT:
                        await store.notices.save(notice.bounced(report.status, at))
