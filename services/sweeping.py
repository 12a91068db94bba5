"""Deleting files that nothing names. A file is kept before the row that names it is written: one that is a
day old and has no row will have none."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.kernel.ids import AccountId
from domain.kernel.stored_files import NamedFiles, StoredFiles, SweepFiles
from domain.store import Transaction

GRACE = timedelta(days=1)
"""Longer than any request or job between keeping a file and naming it."""
ACCOUNTS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class FileSweeping:
    transaction: Transaction
    stored: StoredFiles
    named: NamedFiles
    now: Callable[[], datetime]

    async def sweep(self, job: SweepFiles) -> None:
        """Some thousand accounts; the next ones are promised at once."""
        accounts = await self.stored.accounts(job.after, ACCOUNTS_AT_ONCE)
        before = self.now() - GRACE
        for account_id in accounts:
            await self._sweep(account_id, before)
        if len(accounts) == ACCOUNTS_AT_ONCE:
            async with self.transaction() as store:
                then = SweepFiles(after=accounts[-1])
                await store.jobs.add(then, run_at=self.now(), key=f"files.sweep {accounts[-1]}")

    async def _sweep(self, account_id: AccountId, before: datetime) -> None:
        old = await self.stored.unchanged(account_id, before)
        if not old:
            return
        named = await self.named.among(account_id, old)
        nobodys = [name for name in old if name not in named]
        if nobodys:
            await self.stored.drop(account_id, nobodys, before)
