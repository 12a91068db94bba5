"""The queue as one worker sees it: pick, finish, fail, keep, give back. Time is passed in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg
from msgspec.structs import replace

from adapters.postgres.account_job_table import AccountJobTable
from adapters.postgres.local_job_table import LocalJobTable
from adapters.postgres.picked_job import LONGEST_ERROR_CHARS, JobTable, PickedJob
from domain.kernel.backoff import backoff


@dataclass(slots=True)
class JobQueue:
    """The jobs of accounts and of no account behind one door.

    `worker` names this process among all others; `random` draws 0 ≤ x < 1; `lease` is how long a
    picked job stays ours without a sign of life.
    """

    pool: asyncpg.Pool
    worker: str
    now: Callable[[], datetime]
    random: Callable[[], float]
    lease: timedelta
    _accounts: JobTable = field(init=False)
    _local: JobTable = field(init=False)
    _local_first: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        self._accounts = AccountJobTable(self.pool, self.random)
        self._local = LocalJobTable(self.pool)

    async def pick(self, size: int) -> list[PickedJob]:
        """Up to `size` jobs to run now, both tables in turn offered the larger half. Those in state "dead"
        have no run left."""
        first, second = self._local, self._accounts
        if not self._local_first:
            first, second = second, first
        self._local_first = not self._local_first
        picked = await self._pick(first, (size + 1) // 2)
        picked += await self._pick(second, size - len(picked))
        if len(picked) < size and len(picked) >= (size + 1) // 2:
            picked += await self._pick(first, size - len(picked))
        return picked

    async def _pick(self, table: JobTable, size: int) -> list[PickedJob]:
        if not size:
            return []
        now = self.now()
        return await table.pick(size, now=now, until=now + self.lease, worker=self.worker)

    async def pick_alone(self) -> list[PickedJob]:
        """At most one that was running when its worker died, and may have killed it: nothing else is to run
        beside it. It is in state "dead" when that was its last run."""
        now = self.now()
        for table in (self._local, self._accounts):
            if found := await table.pick_alone(now=now, until=now + self.lease, worker=self.worker):
                return found
        return []

    async def begin(self, jobs: Sequence[PickedJob]) -> list[PickedJob]:
        """Count an attempt of each, right before it runs. Only those that are still ours come back, and only
        they may run: whoever dies from now on is charged to them, and to nothing else in hand."""
        ours = {job_id for table, own in self._by_table(jobs) for job_id in await table.begin(own)}
        return [replace(job, attempts=job.attempts + 1, begun=True) for job in jobs if job.job_id in ours]

    async def done(self, jobs: Sequence[PickedJob]) -> None:
        for table, own in self._by_table(jobs):
            await table.done(own)

    async def failed(self, job: PickedJob, error: str) -> None:
        """Again after a pause, or dead when every attempt is used up. `error` holds no personal data."""
        error = error[:LONGEST_ERROR_CHARS]
        if job.attempts >= job.max_attempts:
            await self._table(job).bury(job, error)
            return
        run_at = self.now() + backoff(job.attempts, self.random)
        await self._table(job).put_back(job, run_at=run_at, attempts=job.attempts, error=error)

    async def put_off(self, job: PickedJob, until: datetime) -> None:
        """Again at that moment; this run is not counted."""
        await self._table(job).put_back(job, run_at=until, attempts=job.attempts - 1, error=None)

    async def bury(self, job: PickedJob, error: str) -> None:
        """Dead at once: no repetition can help it."""
        await self._table(job).bury(job, error[:LONGEST_ERROR_CHARS])

    async def release(self, job: PickedJob) -> None:
        """Give back what a stopping worker will not finish."""
        if job.attempts >= job.max_attempts:
            await self._table(job).bury(job, "Broken off in its last attempt by a stopping worker")
            return
        await self._table(job).put_back(job, run_at=self.now(), attempts=job.attempts, error=None)

    async def extend(self, jobs: Sequence[PickedJob]) -> None:
        """Say that we are alive and still busy with them."""
        until = self.now() + self.lease
        for table, own in self._by_table(jobs):
            await table.extend(own, until)

    def _table(self, job: PickedJob) -> JobTable:
        return self._local if job.account_id is None else self._accounts

    def _by_table(self, jobs: Sequence[PickedJob]) -> list[tuple[JobTable, list[PickedJob]]]:
        local = [job for job in jobs if job.account_id is None]
        of_accounts = [job for job in jobs if job.account_id is not None]
        return [(table, own) for table, own in ((self._local, local), (self._accounts, of_accounts)) if own]
