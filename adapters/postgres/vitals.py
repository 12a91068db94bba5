"""Figures for monitoring, read over all accounts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from domain.kernel.calendar import business_day
from domain.kernel.vitals import VitalSigns

_DAY = timedelta(days=1)
_RECEIPTS_MADE_WITHIN, _RECEIPTS_LOOKED_BACK = timedelta(hours=1), timedelta(days=2)
_ESCALATED_AHEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PostgresVitals:
    """Implements `Vitals`."""

    pool: asyncpg.Pool
    zone: tzinfo = UTC

    async def signs(self, at: datetime) -> VitalSigns:
        async with self.pool.acquire() as connection:
            unsettled_since = await _unsettled_since(connection)
            return VitalSigns(
                payments=await _payments(connection, at - _DAY),
                oldest_unsettled_seconds=_age_seconds(at, unsettled_since),
                jobs=await _jobs(connection),
                oldest_job_seconds=await _oldest_job_seconds(connection, at),
                provider_events_unread=await connection.fetchval(
                    "SELECT count(*) FROM provider_events WHERE read_at IS NULL"
                ),
                imports=await _imports(connection),
                receipts=await _receipts(connection),
                oldest_receipt_seconds=_age_seconds(at, await _receipt_wanted_since(connection)),
                payments_without_receipt=await _payments_without_receipt(connection, at),
                **await _cases(connection, business_day(at, self.zone)),
            )

    async def oldest_job_seconds(self, at: datetime) -> float:
        async with self.pool.acquire() as connection:
            return await _oldest_job_seconds(connection, at)

    async def migrations(self) -> frozenset[str]:
        rows = await self.pool.fetch("SELECT name FROM migrations")
        return frozenset(row["name"] for row in rows)


async def _payments(connection: PoolConnectionProxy, since: datetime) -> dict[str, int]:
    rows = await connection.fetch(
        "SELECT state, count(*) FROM payments"
        " WHERE next_check_at IS NOT NULL OR created_at >= $1 GROUP BY state",
        since,
    )
    return {row["state"]: row["count"] for row in rows}


async def _unsettled_since(connection: PoolConnectionProxy) -> datetime | None:
    since: datetime | None = await connection.fetchval(
        "SELECT min(created_at) FROM payments WHERE next_check_at IS NOT NULL"
    )
    return since


async def _jobs(connection: PoolConnectionProxy) -> dict[str, int]:
    counts = dict.fromkeys(("waiting", "picked", "dead"), 0)
    for row in [
        *await connection.fetch("SELECT state, count(*) FROM account_jobs GROUP BY state"),
        *await connection.fetch("SELECT state, count(*) FROM local_jobs GROUP BY state"),
    ]:
        counts[row["state"]] += row["count"]
    return counts


async def _imports(connection: PoolConnectionProxy) -> dict[str, int]:
    rows = await connection.fetch("SELECT state, count(*) FROM imports GROUP BY state")
    return {row["state"]: row["count"] for row in rows}


async def _receipts(connection: PoolConnectionProxy) -> dict[str, int]:
    counts = dict.fromkeys(("wanted", "sent", "failed"), 0)
    rows = await connection.fetch(
        "SELECT state, count(*) FROM fiscal_receipts"
        " WHERE state IN ('wanted', 'sent', 'failed') GROUP BY state"
    )
    return counts | {row["state"]: row["count"] for row in rows}


async def _receipt_wanted_since(connection: PoolConnectionProxy) -> datetime | None:
    since: datetime | None = await connection.fetchval(
        "SELECT min(wanted_at) FROM fiscal_receipts WHERE state IN ('wanted', 'sent', 'failed')"
    )
    return since


async def _payments_without_receipt(connection: PoolConnectionProxy, at: datetime) -> int:
    """By the index of the days they were paid on."""
    found: int = await connection.fetchval(
        """
        SELECT count(*) FROM payments p
        WHERE p.state = 'paid' AND p.method <> 'registry' AND p.paid_at BETWEEN $1 AND $2
          AND NOT EXISTS (SELECT FROM fiscal_receipts r
                          WHERE r.account_id = p.account_id AND r.payment_id = p.payment_id)
        """,
        at - _RECEIPTS_LOOKED_BACK,
        at - _RECEIPTS_MADE_WITHIN,
    )
    return found


async def _cases(connection: PoolConnectionProxy, today: date) -> dict[str, Any]:
    """Open ones only: there is an index of them, by the day they are due."""
    rows = await connection.fetch(
        """
        SELECT kind, count(*) AS open, count(*) FILTER (WHERE due_on < $1 AND NOT is_paused) AS late
        FROM cases WHERE is_open GROUP BY kind
        """,
        today,
    )
    return {
        "cases_open": {row["kind"]: row["open"] for row in rows},
        "cases_late": {row["kind"]: row["late"] for row in rows},
        "cases_escalated": await _escalated(connection, today),
    }


async def _escalated(connection: PoolConnectionProxy, today: date) -> int:
    """Nobody is reminded of a case more than some days before it is due: later ones are not looked at."""
    count: int = await connection.fetchval(
        """
        SELECT count(*) FROM cases
        WHERE is_open AND due_on <= $1
          AND EXISTS (
            SELECT FROM case_steps AS step
            WHERE step.account_id = cases.account_id AND step.case_id = cases.case_id
              AND step.verb = 'escalate' AND step.public_note = '' AND step.inner_note = due_on::text)
        """,
        today + _ESCALATED_AHEAD,
    )
    return count


async def _oldest_job_seconds(connection: PoolConnectionProxy, at: datetime) -> float:
    of_accounts = await connection.fetchval("SELECT min(run_at) FROM account_jobs WHERE state = 'waiting'")
    local = await connection.fetchval("SELECT min(run_at) FROM local_jobs WHERE state = 'waiting'")
    return max(_age_seconds(at, of_accounts), _age_seconds(at, local))


def _age_seconds(at: datetime, since: datetime | None) -> float:
    return 0.0 if since is None else max((at - since).total_seconds(), 0.0)
