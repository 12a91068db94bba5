"""Deleting what is past its term, in small batches that are each kept."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from domain.kernel.calendar import business_day
from domain.people.retention import DeleteOutdated, RetentionTerms, Sort
from domain.store import Store, Transaction

BATCH_ROWS = 500
MOST_BATCHES = 40
"""Of one sort in one run. What is left goes with a run promised at once: each batch is committed by
itself, so a run broken off has lost nothing."""


@dataclass(frozen=True, slots=True)
class RetentionService:
    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo

    async def delete_outdated(self, job: DeleteOutdated) -> None:
        left = [await self._delete(sort) for sort in _DELETED]
        if any(left):
            async with self.transaction() as store:
                await store.jobs.add(job, run_at=self.now(), key="people.retention")

    async def _delete(self, sort: Sort) -> bool:
        """Delete batches of one sort; whether some may be left."""
        for _ in range(MOST_BATCHES):
            async with self.transaction() as store:
                terms = await store.terms.at(RetentionTerms, business_day(self.now(), self.zone))
                before = terms.over_before(sort, self.now())
                gone = await _DELETED[sort](store, before)
            if gone < BATCH_ROWS:
                return False
        return True


async def _sessions(store: Store, before: datetime) -> int:
    customers = await store.retention.sessions(before, BATCH_ROWS)
    return max(customers, await store.retention.staff_sessions(before, BATCH_ROWS))


async def _views(store: Store, before: datetime) -> int:
    return await store.retention.views(before, BATCH_ROWS)


async def _consents(store: Store, before: datetime) -> int:
    return await store.retention.consents(before, BATCH_ROWS)


async def _notices(store: Store, before: datetime) -> int:
    return await store.retention.notices(before, BATCH_ROWS)


async def _erasures(store: Store, before: datetime) -> int:
    return await store.retention.erasures(before, BATCH_ROWS)


async def _staff_log(store: Store, before: datetime) -> int:
    return await store.retention.staff_log(before, BATCH_ROWS)


async def _approvals(store: Store, before: datetime) -> int:
    return await store.retention.approvals(before, BATCH_ROWS)


async def _invitations(store: Store, before: datetime) -> int:
    return await store.retention.invitations(before, BATCH_ROWS)


async def _reading_files(store: Store, before: datetime) -> int:
    return await store.retention.reading_files(before, BATCH_ROWS)


async def _reading_photos(store: Store, before: datetime) -> int:
    return await store.retention.reading_photos(before, BATCH_ROWS)


async def _case_drafts(store: Store, before: datetime) -> int:
    return await store.retention.case_drafts(before, BATCH_ROWS)


async def _visits(store: Store, before: datetime) -> int:
    return await store.retention.visits(before, BATCH_ROWS)


async def _webhook_log(store: Store, before: datetime) -> int:
    return await store.retention.webhook_deliveries(before, BATCH_ROWS)


async def _terminal_requests(store: Store, before: datetime) -> int:
    return await store.retention.terminal_requests(before, BATCH_ROWS)


async def _letters(store: Store, before: datetime) -> int:
    return await store.retention.letters(before, BATCH_ROWS)


_DELETED = {
    Sort.SESSIONS: _sessions,
    Sort.VIEWS: _views,
    Sort.CONSENTS: _consents,
    Sort.ERASURES: _erasures,
    Sort.NOTICES: _notices,
    Sort.STAFF_LOG: _staff_log,
    Sort.APPROVALS: _approvals,
    Sort.INVITATIONS: _invitations,
    Sort.READING_FILES: _reading_files,
    Sort.READING_PHOTOS: _reading_photos,
    Sort.CASE_DRAFTS: _case_drafts,
    Sort.VISITS: _visits,
    Sort.WEBHOOK_LOG: _webhook_log,
    Sort.TERMINAL_REQUESTS: _terminal_requests,
    Sort.LETTERS: _letters,
}
