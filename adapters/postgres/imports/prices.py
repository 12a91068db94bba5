"""What residents pay per unit, as billing tells it."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from domain.accounts.import_meters import TariffRow
from domain.accounts.imports import Tally


@dataclass(frozen=True, slots=True)
class PostgresPriceList:
    connection: asyncpg.Connection

    async def prices_saved(self, rows: Sequence[TariffRow]) -> Tally:
        suppliers = {
            row["inn"]: row["supplier_id"]
            for row in await self.connection.fetch("SELECT inn, supplier_id FROM suppliers")
        }
        kept = await self.connection.fetch(
            """
            SELECT supplier_id, service_code, region, group_code, valid_from, zone, range_no, group_name,
                   from_volume, to_volume, price_roubles
            FROM residential_prices WHERE region = ANY ($1)
            """,
            list({row.region for row in rows}),
        )
        before = {tuple(row.values())[:7]: tuple(row.values())[7:] for row in kept}
        told = {
            (
                *(suppliers[row.supplier_inn], row.service_code, row.region, row.group_code),
                *(row.valid_from, row.zone, row.range_no),
            ): (row.group_name, row.from_volume, row.to_volume, row.price)
            for row in rows
        }
        changed = {key: price for key, price in told.items() if before.get(key) != price}
        await self.connection.executemany(
            """
            INSERT INTO residential_prices
                (supplier_id, service_code, region, group_code, valid_from, zone, range_no, group_name,
                 from_volume, to_volume, price_roubles)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ON CONFLICT (supplier_id, service_code, region, group_code, valid_from, zone, range_no)
            DO UPDATE SET group_name = excluded.group_name, from_volume = excluded.from_volume,
                          to_volume = excluded.to_volume, price_roubles = excluded.price_roubles
            """,
            [(*key, *price) for key, price in sorted(changed.items(), key=lambda one: one[0])],
        )
        added = sum(key not in before for key in told)
        return Tally(added=added, corrected=len(changed) - added, unchanged=len(told) - len(changed))
