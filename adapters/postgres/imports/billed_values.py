"""The values billing has counted from, beside what stands already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import asyncpg
import msgspec

from adapters.postgres.readings.readings import PostgresReadings
from adapters.postgres.readings.writing import steps_of_new
from domain.accounts.import_meters import MeterRow
from domain.kernel.access import OURSELVES
from domain.kernel.ids import AccountId, MeterId
from domain.readings.billed import BilledKey, Values, billed
from domain.readings.meters import Direction
from domain.readings.past import Kept
from domain.readings.readings import Reading, RegisterReading
from domain.readings.told import Told


@dataclass(frozen=True, slots=True)
class BilledValues:
    connection: asyncpg.Connection

    async def save(
        self, asked: Mapping[AccountId, Sequence[MeterRow]], after: Mapping[AccountId, Told], at: datetime
    ) -> Values:
        """Keep as readings what is new; the keys of what was not known and of what was otherwise."""
        told = {account_id: _told(rows, after[account_id]) for account_id, rows in asked.items()}
        standing = await self._standing([account_id for account_id, values in told.items() if values])
        done = Values(new=set(), corrected=set())
        plain: list[Reading] = []
        for account_id, kept in standing.items():
            meters = after[account_id].hanging.meters
            mine = [
                billed(meters[meter_id], values, kept.get(meter_id, ()), at)
                for meter_id, values in told[account_id].items()
            ]
            replaced = [past for one in mine for past in one.replaced]
            readings = [reading for one in mine for reading in one.readings]
            if replaced:
                await PostgresReadings(self.connection).add(readings, replaced, OURSELVES)
            else:
                plain += readings
            for one in mine:
                done.note(one)
        await self._copy(plain)
        return done

    async def _copy(self, readings: Sequence[Reading]) -> None:
        """What replaces nothing, of all accounts at once."""
        copy = self.connection.copy_records_to_table
        await copy("readings", columns=_READING, records=[_reading(one) for one in readings])
        await copy(
            "register_readings",
            columns=_VALUE,
            records=[_value(one, value) for one in readings for value in one.values],
        )
        await copy(
            "reading_steps",
            columns=_STEP,
            records=[
                (
                    *(one.account_id, step.reading_id, step.zone, step.direction, step.step_no, step.state),
                    *(one.received_at, OURSELVES.kind, OURSELVES.id),
                )
                for one in readings
                for step in steps_of_new(one)
            ],
        )

    async def _standing(self, account_ids: Sequence[AccountId]) -> dict[AccountId, dict[MeterId, list[Kept]]]:
        """What stands, whoever said it."""
        rows = await self.connection.fetchmany(
            """
            SELECT v.account_id, v.reading_id, v.meter_id, v.taken_on, v.source, v.zone, v.direction, v.value,
                   v.state, v.period, v.steps_count, r.received_at
            FROM register_readings v
            JOIN readings r ON r.account_id = $1 AND r.reading_id = v.reading_id
            WHERE v.account_id = $1 AND v.state IN ('accepted', 'accepted_with_warning', 'used')
            """,
            [(account_id,) for account_id in account_ids],
        )
        found: dict[AccountId, dict[MeterId, list[Kept]]] = {account_id: {} for account_id in account_ids}
        for row in rows:
            kept = msgspec.convert(dict(row) | {"value": dict(row)}, Kept)
            found[row["account_id"]].setdefault(kept.meter_id, []).append(kept)
        return found


_READING = (
    *("account_id", "reading_id", "meter_id", "taken_on", "received_at", "source", "sent_by"),
    *("sent_by_kind", "repeats"),
)
_VALUE = (
    *("account_id", "reading_id", "zone", "direction", "meter_id", "taken_on", "period", "value", "nature"),
    *("source", "state", "findings", "previous", "previous_on", "consumption", "steps_count"),
)
_STEP = (*("account_id", "reading_id", "zone", "direction", "step_no", "state", "at", "by_kind", "by_id"),)


def _reading(one: Reading) -> tuple[object, ...]:
    return (
        *(one.account_id, one.id, one.meter_id, one.taken_on, one.received_at, one.source, one.sent_by),
        *(one.sent_by_kind, one.repeats),
    )


def _value(one: Reading, value: RegisterReading) -> tuple[object, ...]:
    return (
        *(one.account_id, one.id, value.zone, value.direction, one.meter_id, one.taken_on, value.period),
        *(value.value, value.nature, one.source, value.state, value.findings, value.previous),
        *(value.previous_on, value.consumption, value.steps_count),
    )


def _told(rows: Sequence[MeterRow], after: Told) -> dict[MeterId, dict[BilledKey, Decimal]]:
    values: dict[MeterId, dict[BilledKey, Decimal]] = {}
    for row, meter_id in zip(rows, after.meter_of, strict=True):
        if row.billed_on is not None and row.billed_value is not None:
            key = row.billed_on, row.zone, Direction(row.direction)
            values.setdefault(meter_id, {})[key] = row.billed_value
    return values
