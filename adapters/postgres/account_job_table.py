"""The jobs of accounts as a worker sees them.

The table may be spread over machines by account: there FOR UPDATE SKIP LOCKED over many accounts is
refused. So candidates are read without a lock, and each is taken by an update of its own that only
one worker can win; a window of candidates larger than the need lets workers choose apart.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres.picked_job import LOST, PickedJob

_CANDIDATES_PER_JOB = 4
_MERGE_TRIES = 3


@dataclass(frozen=True, slots=True)
class AccountJobTable:
    """Implements `JobTable`. `random` draws 0 ≤ x < 1."""

    pool: asyncpg.Pool
    random: Callable[[], float]

    async def pick(self, size: int, *, now: datetime, until: datetime, worker: str) -> list[PickedJob]:
        async with self.pool.acquire() as connection:
            candidates = await _unbegun(connection, now, size)
            if len(candidates) < size:
                waiting = await _waiting(connection, now, size * _CANDIDATES_PER_JOB)
                waiting.sort(key=lambda _: self.random())
                candidates += waiting[: size - len(candidates)]
            if not candidates:
                return []
            # One order for every worker, so that two of them cannot hold each other up for ever.
            candidates.sort(key=lambda row: (row["account_id"], row["job_id"]))
            rows = await connection.fetchmany(
                """
                UPDATE account_jobs SET
                    state = CASE WHEN attempts < max_attempts THEN 'picked' ELSE 'dead' END,
                    begun = false, picked_until = $4, picked_by = $5
                WHERE account_id = $1 AND job_id = $2 AND attempts = $3 AND NOT alone
                  AND (state = 'waiting' OR state = 'picked' AND picked_until <= $6 AND NOT begun)
                RETURNING account_id, job_id, kind, job, key, state, attempts, max_attempts, picked_by
                """,
                [(*row, until, worker, now) for row in candidates],
            )
        return [msgspec.convert(dict(row), PickedJob) for row in rows]

    async def pick_alone(self, *, now: datetime, until: datetime, worker: str) -> list[PickedJob]:
        async with self.pool.acquire() as connection:
            candidate = await _suspect(connection, now)
            if candidate is None:
                return []
            rows = await connection.fetch(
                """
                UPDATE account_jobs SET
                    state = CASE WHEN attempts < max_attempts THEN 'picked' ELSE 'dead' END,
                    alone = true, begun = false, last_error = CASE WHEN begun THEN $4 ELSE last_error END,
                    picked_until = $5, picked_by = $6
                WHERE account_id = $1 AND job_id = $2 AND attempts = $3 AND (begun OR alone)
                  AND (state = 'waiting' OR state = 'picked' AND picked_until <= $7)
                RETURNING account_id, job_id, kind, job, key, state, attempts, max_attempts, picked_by, alone
                """,
                *(*candidate, LOST, until, worker, now),
            )
        return [msgspec.convert(dict(row), PickedJob) for row in rows]

    async def begin(self, jobs: Sequence[PickedJob]) -> list[UUID]:
        rows = await self.pool.fetchmany(
            """
            UPDATE account_jobs SET begun = true, attempts = attempts + 1
            WHERE account_id = $1 AND job_id = $2 AND state = 'picked' AND picked_by = $3 AND attempts = $4
            RETURNING job_id
            """,
            _proofs(jobs),
        )
        return [row["job_id"] for row in rows]

    async def done(self, jobs: Sequence[PickedJob]) -> None:
        await self.pool.executemany(
            "DELETE FROM account_jobs WHERE account_id = $1 AND job_id = $2"
            " AND state = 'picked' AND picked_by = $3 AND attempts = $4",
            _proofs(jobs),
        )

    async def put_back(self, job: PickedJob, *, run_at: datetime, attempts: int, error: str | None) -> None:
        for _ in range(_MERGE_TRIES):
            try:
                await self.pool.execute(
                    """
                    UPDATE account_jobs SET
                        state = 'waiting', run_at = $5, attempts = $6, last_error = coalesce($7, last_error),
                        picked_until = NULL, picked_by = NULL, begun = false
                    WHERE account_id = $1 AND job_id = $2
                      AND state = 'picked' AND picked_by = $3 AND attempts = $4
                    """,
                    *(*_proof(job), run_at, attempts, error),
                )
            except asyncpg.UniqueViolationError:
                if await self._merge(job, run_at, attempts, error):
                    return
            else:
                return

    async def _merge(self, job: PickedJob, run_at: datetime, attempts: int, error: str | None) -> bool:
        """Hand the promise over to the waiting one of the same key, with the attempts it has used up."""
        async with self.pool.acquire() as connection, connection.transaction():
            twin = await connection.fetchval(
                """
                UPDATE account_jobs SET
                    run_at = least(run_at, $3), attempts = least(greatest(attempts, $4), max_attempts),
                    last_error = coalesce($5, last_error), alone = alone OR $6
                WHERE account_id = $1 AND key = $2 AND state = 'waiting'
                RETURNING job_id
                """,
                *(job.account_id, job.key, run_at, attempts, error, job.alone),
            )
            if twin is None:
                return False
            await connection.execute(
                "DELETE FROM account_jobs WHERE account_id = $1 AND job_id = $2"
                " AND state = 'picked' AND picked_by = $3 AND attempts = $4",
                *_proof(job),
            )
            return True

    async def bury(self, job: PickedJob, error: str) -> None:
        await self.pool.execute(
            "UPDATE account_jobs SET state = 'dead', begun = false, last_error = $5"
            " WHERE account_id = $1 AND job_id = $2"
            " AND state = 'picked' AND picked_by = $3 AND attempts = $4",
            *(*_proof(job), error),
        )

    async def extend(self, jobs: Sequence[PickedJob], until: datetime) -> None:
        await self.pool.executemany(
            "UPDATE account_jobs SET picked_until = $5 WHERE account_id = $1 AND job_id = $2"
            " AND state = 'picked' AND picked_by = $3 AND attempts = $4",
            [(*proof, until) for proof in _proofs(jobs)],
        )


async def _suspect(connection: PoolConnectionProxy, now: datetime) -> asyncpg.Record | None:
    return await connection.fetchrow(
        """
        SELECT account_id, job_id, attempts FROM account_jobs
        WHERE state = 'picked' AND picked_until <= $1 AND (begun OR alone)
           OR state = 'waiting' AND alone AND run_at <= $1
        ORDER BY run_at, job_id LIMIT 1
        """,
        now,
    )


async def _unbegun(connection: PoolConnectionProxy, now: datetime, limit: int) -> list[asyncpg.Record]:
    return await connection.fetch(
        """
        SELECT account_id, job_id, attempts FROM account_jobs
        WHERE state = 'picked' AND picked_until <= $1 AND NOT begun AND NOT alone
        ORDER BY picked_until, job_id LIMIT $2
        """,
        now,
        limit,
    )


async def _waiting(connection: PoolConnectionProxy, now: datetime, limit: int) -> list[asyncpg.Record]:
    return await connection.fetch(
        "SELECT account_id, job_id, attempts FROM account_jobs"
        " WHERE state = 'waiting' AND run_at <= $1 AND NOT alone ORDER BY run_at, job_id LIMIT $2",
        now,
        limit,
    )


def _proof(job: PickedJob) -> tuple[object, ...]:
    return job.account_id, job.job_id, job.picked_by, job.attempts


def _proofs(jobs: Sequence[PickedJob]) -> list[tuple[object, ...]]:
    return sorted(_proof(job) for job in jobs)
