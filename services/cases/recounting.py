"""The days of open cases counted anew, after the state's calendar has changed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from domain.cases.cases import QueueCursor, QueueQuestion
from domain.cases.moves import is_open
from domain.kernel.ids import AccountId, CaseId
from domain.store import Transaction
from services.cases.keeping import timed_anew

PAGE_ROWS = 500


@dataclass(frozen=True, slots=True)
class CaseRecounting:
    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo

    async def recount(self, told: Callable[[int, int], None]) -> int:
        """How many got another day. `told` hears how many of how many were looked at. Safe to repeat."""
        keys, changed = await self._open(), 0
        for done, (account_id, case_id) in enumerate(keys, 1):
            changed += await self._recounted(account_id, case_id)
            told(done, len(keys))
        return changed

    async def _open(self) -> list[tuple[AccountId, CaseId]]:
        """All at once: their order is that of the days about to change."""
        keys: list[tuple[AccountId, CaseId]] = []
        after: QueueCursor | None = None
        while True:
            async with self.transaction() as store:
                page = await store.cases.queue(QueueQuestion(), after=after, limit=PAGE_ROWS)
            keys += [(case.account_id, case.id) for case in page]
            if len(page) < PAGE_ROWS:
                return keys
            after = QueueCursor.of(page[-1])

    async def _recounted(self, account_id: AccountId, case_id: CaseId) -> bool:
        async with self.transaction() as store:
            case = await store.cases.locked(account_id, case_id)
            if not is_open(case):
                return False
            after = await timed_anew(store, case, self.now(), self.zone)
            if after == case:
                return False
            await store.cases.save(case, after, [])
            return True
