"""Meters as billing tells them: what is new is added, what differs is changed, and nothing is forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter

import asyncpg
import msgspec

from adapters.postgres.bulk_posting import by_key_only
from adapters.postgres.imports.billed_values import BilledValues
from adapters.postgres.imports.meter_tables import MeterTables
from adapters.postgres.readings.meters import PostgresMeters
from domain.accounts.import_meters import MeterRow
from domain.accounts.imports import Tally
from domain.kernel.ids import AccountId
from domain.readings.meters import DeliveryPoint
from domain.readings.told import Directory, Hanging, outcome, told


@dataclass(frozen=True, slots=True)
class PostgresMeterBook:
    connection: asyncpg.Connection

    async def meters_saved(self, rows: Sequence[MeterRow], at: datetime, day: date) -> Tally:
        """Counts rows. The meters are locked account by account in sorted order."""
        await by_key_only(self.connection)
        asked = await self._by_account(rows)
        directory = await self._directory(rows)
        before = await self._hanging(list(asked))
        after = {
            account_id: told(before[account_id], mine, directory, day) for account_id, mine in asked.items()
        }
        await MeterTables(self.connection).save(before, {one: then.hanging for one, then in after.items()})
        values = await BilledValues(self.connection).save(asked, after, at)
        verdicts = [
            outcome(row, meter_id, before[account_id], then.hanging, values)
            for account_id, then in after.items()
            for row, meter_id in zip(asked[account_id], then.meter_of, strict=True)
        ]
        return Tally(
            added=verdicts.count("added"),
            corrected=verdicts.count("corrected"),
            unchanged=verdicts.count("unchanged"),
        )

    async def _by_account(self, rows: Sequence[MeterRow]) -> dict[AccountId, list[MeterRow]]:
        found = await self.connection.fetch(
            "SELECT number, account_id FROM account_numbers WHERE number = ANY ($1)",
            list({row.number for row in rows}),
        )
        accounts = {row["number"]: row["account_id"] for row in found}
        ordered = sorted(((accounts[row.number], place) for place, row in enumerate(rows)))
        return {
            account_id: [rows[place] for _, place in group]
            for account_id, group in groupby(ordered, itemgetter(0))
        }

    async def _directory(self, rows: Sequence[MeterRow]) -> Directory:
        suppliers = await self.connection.fetch("SELECT supplier_id, inn FROM suppliers")
        inns = {row["supplier_id"]: row["inn"] for row in suppliers}
        numbers = await self.connection.fetch(
            """
            SELECT number, supplier_id, supplier_account_id FROM supplier_account_numbers
            WHERE number = ANY ($1)
            """,
            list({row.supplier_account for row in rows}),
        )
        units = await self.connection.fetch("SELECT service_code, unit FROM services")
        return Directory(
            supplier_accounts={
                (inns[row["supplier_id"]], row["number"]): row["supplier_account_id"] for row in numbers
            },
            units={row["service_code"]: row["unit"] for row in units},
        )

    async def _hanging(self, account_ids: Sequence[AccountId]) -> dict[AccountId, Hanging]:
        asked = [(account_id,) for account_id in account_ids]
        await self.connection.fetchmany(
            "SELECT 1 FROM meters WHERE account_id = $1 ORDER BY meter_id FOR NO KEY UPDATE", asked
        )
        rows = await self.connection.fetchmany(
            """
            SELECT delivery_point_id AS id, account_id, code, name, address FROM delivery_points
            WHERE account_id = $1
            """,
            asked,
        )
        points: dict[AccountId, dict[str, DeliveryPoint]] = {account_id: {} for account_id in account_ids}
        for row in rows:
            points[row["account_id"]][row["code"]] = msgspec.convert(dict(row), DeliveryPoint)
        meters = await PostgresMeters(self.connection).in_accounts(account_ids)
        return {
            account_id: Hanging(
                account_id=account_id,
                meters={meter.id: meter for meter in meters[account_id]},
                points=points[account_id],
            )
            for account_id in account_ids
        }
