"""The jobs of no account as a worker sees them: one table on one machine, taken with SKIP LOCKED."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from adapters.postgres.picked_job import LOST, PickedJob

_MERGE_TRIES = 3


@dataclass(frozen=True, slots=True)
class LocalJobTable:
    """Implements `JobTable`."""

    pool: asyncpg.Pool

    async def pick(self, size: int, *, now: datetime, until: datetime, worker: str) -> list[PickedJob]:
        rows = await self.pool.fetch(
            """
            WITH lost AS (
                SELECT job_id FROM local_jobs
                WHERE state = 'picked' AND picked_until <= $1 AND NOT begun AND NOT alone
                ORDER BY picked_until, job_id LIMIT $2 FOR UPDATE SKIP LOCKED
            ), due AS (
                SELECT job_id FROM local_jobs WHERE state = 'waiting' AND run_at <= $1 AND NOT alone
                ORDER BY run_at, job_id LIMIT $2 FOR UPDATE SKIP LOCKED
            )
            UPDATE local_jobs SET
                state = CASE WHEN attempts < max_attempts THEN 'picked' ELSE 'dead' END,
                begun = false, picked_until = $3, picked_by = $4
            WHERE job_id IN (SELECT job_id FROM lost UNION ALL SELECT job_id FROM due LIMIT $2)
            RETURNING job_id, kind, job, key, state, attempts, max_attempts, picked_by
            """,
            now,
            size,
            until,
            worker,
        )
        return [msgspec.convert(dict(row), PickedJob) for row in rows]

    async def pick_alone(self, *, now: datetime, until: datetime, worker: str) -> list[PickedJob]:
        rows = await self.pool.fetch(
            """
            UPDATE local_jobs SET
                state = CASE WHEN attempts < max_attempts THEN 'picked' ELSE 'dead' END,
                alone = true, begun = false, last_error = CASE WHEN begun THEN $2 ELSE last_error END,
                picked_until = $3, picked_by = $4
            WHERE job_id = (
                SELECT job_id FROM local_jobs
                WHERE state = 'picked' AND picked_until <= $1 AND (begun OR alone)
                   OR state = 'waiting' AND alone AND run_at <= $1
                ORDER BY run_at, job_id LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING job_id, kind, job, key, state, attempts, max_attempts, picked_by, alone
            """,
            *(now, LOST, until, worker),
        )
        return [msgspec.convert(dict(row), PickedJob) for row in rows]

    async def begin(self, jobs: Sequence[PickedJob]) -> list[UUID]:
        rows = await self.pool.fetchmany(
            "UPDATE local_jobs SET begun = true, attempts = attempts + 1"
            " WHERE job_id = $1 AND state = 'picked' AND picked_by = $2 AND attempts = $3 RETURNING job_id",
            _proofs(jobs),
        )
        return [row["job_id"] for row in rows]

    async def done(self, jobs: Sequence[PickedJob]) -> None:
        await self.pool.executemany(
            "DELETE FROM local_jobs"
            " WHERE job_id = $1 AND state = 'picked' AND picked_by = $2 AND attempts = $3",
            _proofs(jobs),
        )

    async def put_back(self, job: PickedJob, *, run_at: datetime, attempts: int, error: str | None) -> None:
        for _ in range(_MERGE_TRIES):
            try:
                await self.pool.execute(
                    """
                    UPDATE local_jobs SET
                        state = 'waiting', run_at = $4, attempts = $5, last_error = coalesce($6, last_error),
                        picked_until = NULL, picked_by = NULL, begun = false
                    WHERE job_id = $1 AND state = 'picked' AND picked_by = $2 AND attempts = $3
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
                UPDATE local_jobs SET
                    run_at = least(run_at, $2), attempts = least(greatest(attempts, $3), max_attempts),
                    last_error = coalesce($4, last_error), alone = alone OR $5
                WHERE key = $1 AND state = 'waiting'
                RETURNING job_id
                """,
                *(job.key, run_at, attempts, error, job.alone),
            )
            if twin is None:
                return False
            await connection.execute(
                "DELETE FROM local_jobs"
                " WHERE job_id = $1 AND state = 'picked' AND picked_by = $2 AND attempts = $3",
                *_proof(job),
            )
            return True

    async def bury(self, job: PickedJob, error: str) -> None:
        await self.pool.execute(
            "UPDATE local_jobs SET state = 'dead', begun = false, last_error = $4"
            " WHERE job_id = $1 AND state = 'picked' AND picked_by = $2 AND attempts = $3",
            *(*_proof(job), error),
        )

    async def extend(self, jobs: Sequence[PickedJob], until: datetime) -> None:
        await self.pool.executemany(
            "UPDATE local_jobs SET picked_until = $4"
            " WHERE job_id = $1 AND state = 'picked' AND picked_by = $2 AND attempts = $3",
            [(*proof, until) for proof in _proofs(jobs)],
        )


def _proof(job: PickedJob) -> tuple[object, ...]:
    return job.job_id, job.picked_by, job.attempts


def _proofs(jobs: Sequence[PickedJob]) -> list[tuple[object, ...]]:
    return sorted(_proof(job) for job in jobs)
