"""Timers: a job promised again and again, once per moment however many workers run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres.jobs import PostgresJobs
from domain.kernel.jobs import Job


@dataclass(frozen=True, slots=True)
class Schedule:
    """`job` is made for the moment it is due. While the last one still waits, no second is added."""

    name: str
    every: timedelta
    job: Callable[[datetime], Job]


async def fire(
    pool: asyncpg.Pool, schedules: Sequence[Schedule], now: datetime, new_id: Callable[[], UUID]
) -> int:
    """Promise every job whose moment has come; a new schedule is due at once. Gives how many.

    Moments missed while no worker ran are not made up for: one run, then the old rhythm.
    """
    rows = await pool.fetch("SELECT name, next_at FROM schedules")
    next_at: dict[str, datetime] = {row["name"]: row["next_at"] for row in rows}
    fired = 0
    for schedule in schedules:
        if schedule.name in next_at and next_at[schedule.name] > now:
            continue
        async with pool.acquire() as connection, connection.transaction():
            if await _take(connection, schedule, now, is_new=schedule.name not in next_at):
                jobs = PostgresJobs(connection, lambda: now, new_id)
                await jobs.add(schedule.job(now), run_at=now, key=f"schedule:{schedule.name}")
                fired += 1
    return fired


async def _take(connection: PoolConnectionProxy, schedule: Schedule, now: datetime, *, is_new: bool) -> bool:
    """Whether this worker is the one to fire: the first to note it, or to move `next_at` on."""
    if is_new:
        added = await connection.fetchval(
            "INSERT INTO schedules (name, next_at) VALUES ($1, $2)"
            " ON CONFLICT (name) DO NOTHING RETURNING name",
            schedule.name,
            now + schedule.every,
        )
        return added is not None
    next_at = await connection.fetchval(
        "SELECT next_at FROM schedules WHERE name = $1 AND next_at <= $2 FOR UPDATE SKIP LOCKED",
        schedule.name,
        now,
    )
    if next_at is None:
        return False
    missed = (now - next_at) // schedule.every
    await connection.execute(
        "UPDATE schedules SET next_at = $2 WHERE name = $1",
        schedule.name,
        next_at + (missed + 1) * schedule.every,
    )
    return True
