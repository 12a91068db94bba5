"""Promises, written inside the caller's transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from domain.kernel.jobs import AccountJob, Job


@dataclass(slots=True)
class PostgresJobs:
    """The port `Jobs` on one connection, in whatever transaction is open there.

    `first_at` is the earliest moment promised so far: whoever commits may rouse the workers by it.
    """

    connection: asyncpg.Connection | PoolConnectionProxy
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    first_at: datetime | None = None

    async def add(self, job: Job, *, run_at: datetime, key: str | None = None) -> None:
        """A merged promise keeps the content of the first: equal keys must mean equal work."""
        if isinstance(job, AccountJob):
            await self._add_to_account(job, run_at, key)
        else:
            await self._add_local(job, run_at, key)
        self._promised(run_at)

    async def add_many(self, jobs: Sequence[tuple[Job, datetime]]) -> None:
        at = self.now()
        await self.connection.executemany(
            """
            INSERT INTO local_jobs (job_id, kind, job, state, run_at, attempts, max_attempts, created_at)
            VALUES ($1, $2, $3, 'waiting', $4, 0, $5, $6)
            """,
            [(self.new_id(), kind_of(type(job)), job, run_at, job.max_attempts, at) for job, run_at in jobs],
        )
        if jobs:
            self._promised(min(run_at for _, run_at in jobs))

    def _promised(self, run_at: datetime) -> None:
        self.first_at = run_at if self.first_at is None else min(self.first_at, run_at)

    async def _add_to_account(self, job: AccountJob, run_at: datetime, key: str | None) -> None:
        await self.connection.execute(
            """
            INSERT INTO account_jobs
                (account_id, job_id, kind, job, key, state, run_at, attempts, max_attempts, created_at)
            VALUES ($1, $2, $3, $4, $5, 'waiting', $6, 0, $7, $8)
            ON CONFLICT (account_id, key) WHERE state = 'waiting'
            DO UPDATE SET run_at = least(account_jobs.run_at, excluded.run_at)
            """,
            job.account_id,
            self.new_id(),
            kind_of(type(job)),
            job,
            key,
            run_at,
            job.max_attempts,
            self.now(),
        )

    async def _add_local(self, job: Job, run_at: datetime, key: str | None) -> None:
        await self.connection.execute(
            """
            INSERT INTO local_jobs
                (job_id, kind, job, key, state, run_at, attempts, max_attempts, created_at)
            VALUES ($1, $2, $3, $4, 'waiting', $5, 0, $6, $7)
            ON CONFLICT (key) WHERE state = 'waiting'
            DO UPDATE SET run_at = least(local_jobs.run_at, excluded.run_at)
            """,
            self.new_id(),
            kind_of(type(job)),
            job,
            key,
            run_at,
            job.max_attempts,
            self.now(),
        )


def kind_of(job: type[Job]) -> str:
    """The tag a kind of job is stored under, "payments.check"."""
    return str(job.__struct_config__.tag)
