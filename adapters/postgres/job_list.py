"""The jobs as people see them: what waits, what runs, what is dead, and once more from the start."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy


class JobState(StrEnum):
    WAITING = "waiting"
    PICKED = "picked"
    DEAD = "dead"


class ListedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job of either table; `account_id` is None for one of no account."""

    account_id: UUID | None
    job_id: UUID
    kind: str
    job: dict[str, Any]
    key: str | None
    state: JobState
    run_at: datetime
    attempts: int
    max_attempts: int
    picked_until: datetime | None
    picked_by: str | None
    last_error: str | None
    alone: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class JobList:
    """Reads across accounts: for the command line and the operator, not for requests."""

    pool: asyncpg.Pool

    async def list(self, *, state: JobState | None, kind: str | None, limit: int) -> list[ListedJob]:
        """The earliest due first; None means any."""
        of_accounts = await self.pool.fetch(
            "SELECT * FROM account_jobs WHERE ($1::text IS NULL OR state = $1)"
            " AND ($2::text IS NULL OR kind = $2) ORDER BY run_at, job_id LIMIT $3",
            *(state, kind, limit),
        )
        local = await self.pool.fetch(
            "SELECT NULL::uuid AS account_id, * FROM local_jobs WHERE ($1::text IS NULL OR state = $1)"
            " AND ($2::text IS NULL OR kind = $2) ORDER BY run_at, job_id LIMIT $3",
            *(state, kind, limit),
        )
        found = [msgspec.convert(dict(row), ListedJob) for row in [*of_accounts, *local]]
        return sorted(found, key=lambda job: (job.run_at, job.job_id))[:limit]

    async def show(self, job_id: UUID) -> ListedJob | None:
        row = await self.pool.fetchrow("SELECT * FROM account_jobs WHERE job_id = $1", job_id)
        if row is None:
            row = await self.pool.fetchrow(
                "SELECT NULL::uuid AS account_id, * FROM local_jobs WHERE job_id = $1", job_id
            )
        return None if row is None else msgspec.convert(dict(row), ListedJob)

    async def requeue(self, job_id: UUID, now: datetime) -> int:
        """A dead job waits again, due now, its attempts counted anew. How many that were: 0 or 1."""
        job = await self.show(job_id)
        if job is None or job.state is not JobState.DEAD:
            return 0
        async with self.pool.acquire() as connection, connection.transaction():
            try:
                async with connection.transaction():
                    return await _revive(connection, job, now)
            except asyncpg.UniqueViolationError:
                return await _merge(connection, job, now)

    async def requeue_dead(self, kind: str, now: datetime) -> int:
        """Every dead job of that kind."""
        of_accounts = await self.pool.fetch(
            "SELECT job_id FROM account_jobs WHERE state = 'dead' AND kind = $1", kind
        )
        local = await self.pool.fetch(
            "SELECT job_id FROM local_jobs WHERE state = 'dead' AND kind = $1", kind
        )
        return sum([await self.requeue(row["job_id"], now) for row in [*of_accounts, *local]])


async def _revive(connection: PoolConnectionProxy, job: ListedJob, now: datetime) -> int:
    if job.account_id is None:
        done = await connection.execute(
            "UPDATE local_jobs SET state = 'waiting', run_at = $2, attempts = 0,"
            " picked_until = NULL, picked_by = NULL WHERE job_id = $1 AND state = 'dead'",
            *(job.job_id, now),
        )
    else:
        done = await connection.execute(
            "UPDATE account_jobs SET state = 'waiting', run_at = $3, attempts = 0,"
            " picked_until = NULL, picked_by = NULL"
            " WHERE account_id = $1 AND job_id = $2 AND state = 'dead'",
            *(job.account_id, job.job_id, now),
        )
    return _count(done)


async def _merge(connection: PoolConnectionProxy, job: ListedJob, now: datetime) -> int:
    """One of its key waits already: that one becomes due now, and the dead one has nothing left to do."""
    if job.account_id is None:
        done = await connection.execute(
            "UPDATE local_jobs SET run_at = least(run_at, $2), attempts = 0"
            " WHERE key = $1 AND state = 'waiting'",
            *(job.key, now),
        )
        if _count(done):
            await connection.execute(
                "DELETE FROM local_jobs WHERE job_id = $1 AND state = 'dead'", job.job_id
            )
    else:
        done = await connection.execute(
            "UPDATE account_jobs SET run_at = least(run_at, $3), attempts = 0"
            " WHERE account_id = $1 AND key = $2 AND state = 'waiting'",
            *(job.account_id, job.key, now),
        )
        if _count(done):
            await connection.execute(
                "DELETE FROM account_jobs WHERE account_id = $1 AND job_id = $2 AND state = 'dead'",
                *(job.account_id, job.job_id),
            )
    return _count(done)


def _count(status: str) -> int:
    """The 3 of "UPDATE 3"."""
    return int(status.rpartition(" ")[2])
