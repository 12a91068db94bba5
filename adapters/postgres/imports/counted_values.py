"""Billing's answer about readings, account by account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

import asyncpg
import msgspec

from adapters.postgres.bulk_posting import by_key_only
from adapters.postgres.readings.meters import PostgresMeters
from adapters.postgres.readings.readings import PostgresReadings
from domain.accounts.import_readings import ReadingRow
from domain.accounts.imports import Tally
from domain.kernel.access import OURSELVES
from domain.kernel.ids import AccountId, MeterId
from domain.readings.counted import Answered, Counted, answered
from domain.readings.meters import Direction, Meter
from domain.readings.past import Kept
from domain.readings.readings import Nature

Register = tuple[MeterId, str, Direction]


@dataclass(frozen=True, slots=True)
class PostgresCountedValues:
    connection: asyncpg.Connection

    async def readings_saved(self, rows: Sequence[ReadingRow], at: datetime) -> Tally:
        """Counts rows. `added`: billing's own value is new; `corrected`: something has moved. The meters are
        locked account by account in sorted order."""
        await by_key_only(self.connection)
        asked = await self._by_account(rows)
        await self.connection.fetchmany(
            "SELECT 1 FROM meters WHERE account_id = $1 ORDER BY meter_id FOR NO KEY UPDATE",
            [(account_id,) for account_id in asked],
        )
        meters = await PostgresMeters(self.connection).in_accounts(list(asked))
        standing = await self._standing(list(asked))
        tally = Tally()
        for account_id, mine in asked.items():
            outcomes = _outcomes(mine, meters[account_id], standing.get(account_id, {}), at)
            await self._save(account_id, outcomes, at)
            tally += Tally(
                added=sum(one.reading is not None for one in outcomes),
                corrected=sum(one.reading is None and one.is_news for one in outcomes),
                unchanged=sum(not one.is_news for one in outcomes),
            )
        return tally

    async def _by_account(self, rows: Sequence[ReadingRow]) -> dict[AccountId, list[ReadingRow]]:
        found = await self.connection.fetch(
            "SELECT number, account_id FROM account_numbers WHERE number = ANY ($1)",
            list({row.number for row in rows}),
        )
        accounts = {row["number"]: row["account_id"] for row in found}
        ordered = sorted((accounts[row.number], row.taken_on, place) for place, row in enumerate(rows))
        return {
            account_id: [rows[place] for _, _, place in group]
            for account_id, group in groupby(ordered, itemgetter(0))
        }

    async def _standing(
        self, account_ids: Sequence[AccountId]
    ) -> dict[AccountId, dict[Register, list[Kept]]]:
        rows = await self.connection.fetchmany(
            """
            SELECT v.account_id, v.reading_id, v.meter_id, v.taken_on, v.source, v.zone, v.direction, v.value,
                   v.state, v.period, v.nature, v.bill_number, v.steps_count, r.received_at
            FROM register_readings v
            JOIN readings r ON r.account_id = $1 AND r.reading_id = v.reading_id
            WHERE v.account_id = $1 AND v.state IN ('accepted', 'accepted_with_warning', 'used')
            """,
            [(account_id,) for account_id in account_ids],
        )
        found: dict[AccountId, dict[Register, list[Kept]]] = {}
        for row in rows:
            kept = msgspec.convert(dict(row) | {"value": dict(row)}, Kept)
            register = kept.meter_id, kept.value.zone, kept.value.direction
            found.setdefault(row["account_id"], {}).setdefault(register, []).append(kept)
        return found

    async def _save(self, account_id: AccountId, outcomes: Sequence[Answered], at: datetime) -> None:
        readings = [one.reading for one in outcomes if one.reading]
        moved = [each for one in outcomes for each in one.moved]
        kept = PostgresReadings(self.connection)
        await kept.move(account_id, moved, OURSELVES, at)
        await kept.add(readings, (), OURSELVES)


def _outcomes(
    rows: Sequence[ReadingRow],
    meters: Sequence[Meter],
    standing: Mapping[Register, Sequence[Kept]],
    at: datetime,
) -> list[Answered]:
    """In the order of days: what is kept of one row is seen by the next about its register."""
    outcomes = []
    seen = {register: list(kept) for register, kept in standing.items()}
    for row in rows:
        meter = meter_of(row, meters)
        told = Counted(
            zone=row.zone,
            direction=Direction(row.direction),
            period=row.period,
            taken_on=row.taken_on,
            value=row.value,
            nature=Nature(row.nature),
            bill_number=row.bill_number,
        )
        kept = seen.setdefault((meter.id, told.zone, told.direction), [])
        outcome = answered(meter, told, kept, at)
        _note(kept, outcome)
        outcomes.append(outcome)
    return outcomes


def _note(kept: list[Kept], outcome: Answered) -> None:
    for one in outcome.moved:
        kept.remove(one.before)
        after = msgspec.structs.replace(one.before, value=one.after)
        if after.is_standing:
            kept.append(after)
    if outcome.reading is not None:
        reading = outcome.reading
        kept.append(
            Kept(
                reading_id=reading.id,
                meter_id=reading.meter_id,
                taken_on=reading.taken_on,
                received_at=reading.received_at,
                source=reading.source,
                value=reading.values[0],
            )
        )


def meter_of(row: ReadingRow, meters: Sequence[Meter]) -> Meter:
    """The meter of that number that hung on that day. LookupError when there is none."""
    called = [one for one in meters if (one.serial, one.service_code) == (row.serial, row.service_code)]
    for meter in called:
        if meter.is_installed_on(row.taken_on) and meter.register(row.zone, Direction(row.direction)):
            return meter
    raise LookupError(row.serial)
