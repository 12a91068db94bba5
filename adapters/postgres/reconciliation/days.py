"""Reconciled days in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg
import msgspec

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.payments.reconciliation.days import DayReconciliation, DaySummary, Resolution
from domain.payments.reconciliation.findings import Discrepancy


@dataclass(frozen=True, slots=True)
class PostgresReconciliations:
    connection: Queryable

    async def keep(self, day: DayReconciliation) -> None:
        sums = (day.told.kopecks, day.booked.kopecks, day.expected.kopecks, day.credited.kopecks)
        said = day.explanations
        names = list(dict.fromkeys(one.by_name for one in said))
        last = said[-1].at if said else None
        await self.connection.execute(
            """
            INSERT INTO reconciliations (agent_code, day, made_at, counts, told_kopecks, booked_kopecks,
                expected_kopecks, credited_kopecks, open_count, note, explained_count, explained_kopecks,
                explained_by, explained_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            ON CONFLICT (agent_code, day) DO UPDATE SET made_at = excluded.made_at, counts = excluded.counts,
                told_kopecks = excluded.told_kopecks, booked_kopecks = excluded.booked_kopecks,
                expected_kopecks = excluded.expected_kopecks, credited_kopecks = excluded.credited_kopecks,
                open_count = excluded.open_count, note = excluded.note,
                explained_count = excluded.explained_count, explained_kopecks = excluded.explained_kopecks,
                explained_by = excluded.explained_by, explained_at = excluded.explained_at
            """,
            *(day.agent_code, day.day, day.made_at, day.counts, *sums, len(day.open), day.note),
            *(len(day.explained), day.explained_difference.kopecks, names, last),
        )
        await self.connection.execute(
            "DELETE FROM reconciliation_discrepancies WHERE agent_code = $1 AND day = $2",
            day.agent_code,
            day.day,
        )
        await self.connection.executemany(
            """
            INSERT INTO reconciliation_discrepancies (agent_code, day, discrepancy_id, found)
            VALUES ($1, $2, $3, $4)
            """,
            [(day.agent_code, day.day, one.id, one) for one in day.found],
        )

    async def of_day(self, day: date) -> list[DayReconciliation]:
        days = await self.connection.fetch(
            """
            SELECT agent_code, day, made_at, counts, told_kopecks, booked_kopecks, expected_kopecks,
                credited_kopecks, note
            FROM reconciliations WHERE day = $1 ORDER BY agent_code
            """,
            day,
        )
        found = await self.connection.fetch(
            """
            SELECT agent_code, found FROM reconciliation_discrepancies d WHERE day = $1
            ORDER BY agent_code, found ->> 'category', found ->> 'subject', discrepancy_id
            """,
            day,
        )
        said = await self.connection.fetch(
            """
            SELECT agent_code, discrepancy_id, category, difference_kopecks, reason, by_id, by_name,
                said_at AS at, needs_second
            FROM reconciliation_resolutions WHERE day = $1 ORDER BY said_at
            """,
            day,
        )
        return [
            msgspec.structs.replace(
                struct(DayReconciliation, row),
                found=tuple(
                    msgspec.convert(one["found"], Discrepancy)
                    for one in found
                    if one["agent_code"] == row["agent_code"]
                ),
                resolutions=_resolutions([one for one in said if one["agent_code"] == row["agent_code"]]),
            )
            for row in days
        ]

    async def days(self, before: date | None, limit: int) -> list[DaySummary]:
        """Report over all agents."""
        rows = await self.connection.fetch(
            """
            WITH summed AS (
                SELECT day, count(*) AS agents_count, sum(open_count) AS open_count,
                    bool_or(note <> '') AS is_partial, sum(told_kopecks)::bigint AS told_kopecks,
                    sum(booked_kopecks)::bigint AS booked_kopecks,
                    sum(expected_kopecks)::bigint AS expected_kopecks,
                    sum(credited_kopecks)::bigint AS credited_kopecks,
                    sum(explained_count) AS explained_count,
                    sum(explained_kopecks)::bigint AS explained_kopecks,
                    jsonb_path_query_array(jsonb_agg(to_jsonb(explained_by)), '$[*][*]') AS every_name,
                    max(explained_at) AS explained_at, array_agg(counts) AS every_counts
                FROM reconciliations WHERE $1::date IS NULL OR day < $1
                GROUP BY day ORDER BY day DESC LIMIT $2
            )
            SELECT day, agents_count, open_count, is_partial, told_kopecks, booked_kopecks,
                expected_kopecks, credited_kopecks, explained_count, explained_kopecks, explained_at,
                ARRAY(SELECT DISTINCT n FROM jsonb_array_elements_text(every_name) n ORDER BY n)
                    AS explained_by,
                (SELECT coalesce(jsonb_object_agg(c.category, c.times), '{}')
                    FROM (SELECT e.key AS category, sum(e.value::bigint) AS times
                        FROM unnest(every_counts) one, jsonb_each_text(one) e
                        GROUP BY e.key) c) AS counts
            FROM summed ORDER BY day DESC
            """,
            before,
            limit,
        )
        return [struct(DaySummary, row) for row in rows]

    async def settled(self, agent_code: str, days: Sequence[date]) -> frozenset[date]:
        rows = await self.connection.fetch(
            """
            SELECT day FROM reconciliations
            WHERE agent_code = $1 AND day = ANY($2) AND open_count = 0 AND note = ''
            """,
            agent_code,
            days,
        )
        return frozenset(row["day"] for row in rows)

    async def resolve(self, agent_code: str, day: date, said: Resolution) -> None:
        await self.connection.execute(
            """
            INSERT INTO reconciliation_resolutions (agent_code, day, discrepancy_id, said_at, category,
                difference_kopecks, by_id, by_name, reason, needs_second)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (agent_code, day, discrepancy_id, said_at) DO NOTHING
            """,
            *(agent_code, day, said.discrepancy_id, said.at, said.category, said.difference.kopecks),
            *(said.by_id, said.by_name, said.reason, said.needs_second),
        )


def _resolutions(rows: Sequence[asyncpg.Record]) -> dict[UUID, tuple[Resolution, ...]]:
    """In the order they are given."""
    found: dict[UUID, tuple[Resolution, ...]] = {}
    for row in rows:
        about = row["discrepancy_id"]
        found[about] = (*found.get(about, ()), struct(Resolution, row))
    return found
