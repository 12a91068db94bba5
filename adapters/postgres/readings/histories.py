"""What is known of many registers at once, before values of them are judged."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import cast

import asyncpg

from adapters.postgres.bulk_posting import by_key_only
from adapters.postgres.pool import Queryable
from domain.kernel.ids import AccountId
from domain.readings.meters import Direction
from domain.readings.past import History, Kept, RegisterKey
from domain.readings.readings import Nature, ReadingSource, ReadingState, RegisterReading

LATEST = 16
"""More than a year of monthly values, with billing's own."""


async def histories(
    connection: Queryable, account_id: AccountId, registers: Sequence[RegisterKey], since: date
) -> Mapping[RegisterKey, History]:
    """Of each register its latest values that stand or are pending, and the sums since `since`. Asked
    within a transaction."""
    await by_key_only(cast(asyncpg.Connection, connection))
    keys = (
        account_id,
        [meter_id for meter_id, _, _ in registers],
        [zone for _, zone, _ in registers],
        [direction for _, _, direction in registers],
    )
    latest: dict[RegisterKey, list[Kept]] = {}
    for row in await _latest(connection, keys):
        latest.setdefault(_key(row), []).append(_kept(row))
    sums = {_key(row): row for row in await _sums(connection, keys, since)}
    return {
        key: History(
            latest=tuple(kept),
            consumption=sums[key]["consumption"] if key in sums else Decimal(0),
            days=sums[key]["days"] if key in sums else 0,
        )
        for key, kept in latest.items()
    }


async def _latest(connection: Queryable, keys: tuple[object, ...]) -> list[asyncpg.Record]:
    return await connection.fetch(
        """
        SELECT v.reading_id, v.meter_id, v.zone, v.direction, v.taken_on, v.period, v.value, v.nature,
               v.source, v.state, v.consumption, v.bill_number, v.operator_since, v.steps_count, r.received_at
        FROM unnest($2::uuid[], $3::text[], $4::text[]) AS asked (meter_id, zone, direction)
        CROSS JOIN LATERAL (
            SELECT * FROM register_readings l
            WHERE l.account_id = $1 AND l.meter_id = asked.meter_id AND l.zone = asked.zone
              AND l.direction = asked.direction
              AND l.state IN ('accepted', 'accepted_with_warning', 'used', 'needs_confirmation')
            ORDER BY l.taken_on DESC LIMIT $5) v
        JOIN readings r ON r.account_id = $1 AND r.reading_id = v.reading_id
        """,
        *keys,
        LATEST,
    )


async def _sums(connection: Queryable, keys: tuple[object, ...], since: date) -> list[asyncpg.Record]:
    return await connection.fetch(
        """
        SELECT asked.meter_id, asked.zone, asked.direction, v.consumption, v.days::int AS days
        FROM unnest($2::uuid[], $3::text[], $4::text[]) AS asked (meter_id, zone, direction)
        CROSS JOIN LATERAL (
            SELECT sum(l.consumption) AS consumption, sum(l.taken_on - l.previous_on) AS days
            FROM register_readings l
            WHERE l.account_id = $1 AND l.meter_id = asked.meter_id AND l.zone = asked.zone
              AND l.direction = asked.direction AND l.taken_on > $5 AND l.nature <> 'calculated'
              AND l.state IN ('accepted', 'accepted_with_warning', 'used')
              AND l.consumption IS NOT NULL) v
        WHERE v.days IS NOT NULL
        """,
        *keys,
        since,
    )


def _key(row: asyncpg.Record) -> RegisterKey:
    return row["meter_id"], row["zone"], Direction(row["direction"])


def _kept(row: asyncpg.Record) -> Kept:
    return Kept(
        reading_id=row["reading_id"],
        meter_id=row["meter_id"],
        taken_on=row["taken_on"],
        received_at=row["received_at"],
        source=ReadingSource(row["source"]),
        value=RegisterReading(
            zone=row["zone"],
            direction=Direction(row["direction"]),
            value=row["value"],
            state=ReadingState(row["state"]),
            period=row["period"],
            consumption=row["consumption"],
            nature=Nature(row["nature"]),
            bill_number=row["bill_number"],
            operator_since=row["operator_since"],
            steps_count=row["steps_count"],
        ),
    )
