"""Figures for monitoring on PostgreSQL."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from adapters.postgres.job_queue import JobQueue
from adapters.postgres.jobs import PostgresJobs
from adapters.postgres.vitals import PostgresVitals
from domain.kernel.ids import AccountId
from domain.kernel.jobs import AccountJob, Job
from infra.migrate import read

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)


class Mine(AccountJob, frozen=True, tag="vitals.mine"):
    pass


class Ours(Job, frozen=True, tag="vitals.ours"):
    pass


@pytest.fixture
def vitals(pool):
    return PostgresVitals(pool)


async def account(pool):
    account_id = uuid4()
    await pool.execute(
        "INSERT INTO accounts (account_id, number, kind, address, holder_name, opened_at)"
        " VALUES ($1, $2, 'unified', '', '', $3)",
        *(account_id, str(account_id), NOW),
    )
    return account_id


async def payment(pool, account_id, state, created_at, *, settled):
    await pool.execute(
        """
        INSERT INTO payments (account_id, payment_id, payer_id, wish, method, amount_kopecks, parts,
                              explanation, state, late, provider, attempt, steps_count, created_at,
                              expires_at, next_check_at)
        VALUES ($1, $2, $2, $3, 'sbp', 100, $3, $3, $4, false, 'yookassa', 1, 0, $5, $5, $6)
        """,
        *(account_id, uuid4(), {}, state, created_at, None if settled else NOW),
    )


async def test_a_quiet_database(vitals):
    signs = await vitals.signs(NOW)
    assert signs.payments == {}
    assert signs.jobs == {"waiting": 0, "picked": 0, "dead": 0}
    assert (signs.oldest_unsettled_seconds, signs.oldest_job_seconds) == (0.0, 0.0)
    assert signs.provider_events_unread == 0


async def test_payments_of_the_last_day_and_all_unsettled(pool, vitals):
    account_id = await account(pool)
    await payment(pool, account_id, "paid", NOW - timedelta(hours=1), settled=True)
    await payment(pool, account_id, "paid", NOW - timedelta(days=2), settled=True)
    await payment(pool, account_id, "awaiting_payer", NOW - timedelta(minutes=5), settled=False)
    await payment(pool, account_id, "expired", NOW - timedelta(days=3), settled=False)
    signs = await vitals.signs(NOW)
    assert signs.payments == {"paid": 1, "awaiting_payer": 1, "expired": 1}
    assert signs.oldest_unsettled_seconds == timedelta(days=3).total_seconds()


async def test_jobs_by_state_and_the_most_overdue(pool, vitals):
    async with pool.acquire() as connection:
        jobs = PostgresJobs(connection, lambda: NOW, uuid4)
        for minutes in (-10, -1, 60):
            at = NOW + timedelta(minutes=minutes)
            await jobs.add(Mine(account_id=AccountId(uuid4())), run_at=at)
            await jobs.add(Ours(), run_at=at + timedelta(seconds=30))
    queue = JobQueue(pool, "w", lambda: NOW, lambda: 0.5, timedelta(minutes=1))
    assert await vitals.oldest_job_seconds(NOW) == 600
    picked = await queue.pick(4)
    assert len(picked) == 4
    await queue.bury(picked[0], "no")
    signs = await vitals.signs(NOW)
    assert signs.jobs == {"waiting": 2, "picked": 3, "dead": 1}
    assert signs.oldest_job_seconds == 0.0


async def test_unread_provider_events(pool, vitals):
    for read_at in (None, None, NOW):
        await pool.execute(
            "INSERT INTO provider_events (event_id, provider, received_at, remote_ip, body, read_at)"
            " VALUES ($1, 'yookassa', $2, '127.0.0.1', '', $3)",
            *(uuid4(), NOW, read_at),
        )
    assert (await vitals.signs(NOW)).provider_events_unread == 2


async def test_the_application_sees_which_migrations_ran(vitals):
    assert await vitals.migrations() == {migration.name for migration in read()}
