"""The rows of meters, registers, seals, delivery points and serial numbers that differ, written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from domain.kernel.ids import AccountId
from domain.readings.meters import Meter
from domain.readings.told import Hanging

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class MeterTables:
    connection: asyncpg.Connection

    async def save(self, before: Mapping[AccountId, Hanging], after: Mapping[AccountId, Hanging]) -> None:
        """Accounts in sorted order; within one, a meter after the one it replaces."""
        await self._points(before, after)
        pairs = [
            (before[account_id].meters.get(meter.id), meter)
            for account_id in sorted(after)
            for meter in sorted(
                after[account_id].meters.values(),
                key=lambda meter: (meter.installed_on, meter.replaces is not None, meter.id),
            )
        ]
        changed = [(old, new) for old, new in pairs if old != new]
        await self._meters([new for _, new in changed])
        await self._registers([row for old, new in changed for row in _registers(old, new)])
        await self._seals([row for old, new in changed for row in _seals(old, new)])
        await self._serials([new for _, new in changed])

    async def _points(self, before: Mapping[AccountId, Hanging], after: Mapping[AccountId, Hanging]) -> None:
        await self.connection.executemany(
            """
            INSERT INTO delivery_points (account_id, delivery_point_id, code, name, address)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (account_id, delivery_point_id)
            DO UPDATE SET name = excluded.name, address = excluded.address
            """,
            [
                (account_id, point.id, code, point.name, point.address)
                for account_id in sorted(after)
                for code, point in sorted(after[account_id].points.items())
                if before[account_id].points.get(code) != point
            ],
        )

    async def _meters(self, meters: Sequence[Meter]) -> None:
        await self.connection.executemany(
            """
            INSERT INTO meters
                (account_id, meter_id, supplier_account_id, delivery_point_id, service_code, unit, serial,
                 model, digit_count, fraction_digit_count, transformation_ratio, max_power_kw, is_automatic,
                 verified_until, installed_on, removed_on, replaces, place, tariff_region, tariff_group,
                 not_admitted_since)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                    $21)
            ON CONFLICT (account_id, meter_id) DO UPDATE SET
                delivery_point_id = excluded.delivery_point_id, unit = excluded.unit, model = excluded.model,
                digit_count = excluded.digit_count, fraction_digit_count = excluded.fraction_digit_count,
                transformation_ratio = excluded.transformation_ratio, max_power_kw = excluded.max_power_kw,
                is_automatic = excluded.is_automatic, verified_until = excluded.verified_until,
                installed_on = excluded.installed_on, removed_on = excluded.removed_on,
                replaces = excluded.replaces, place = excluded.place, tariff_region = excluded.tariff_region,
                tariff_group = excluded.tariff_group, not_admitted_since = excluded.not_admitted_since
            """,
            [
                (
                    *(one.account_id, one.id, one.supplier_account_id, one.delivery_point_id),
                    *(one.service_code, one.unit, one.serial, one.model, one.digit_count),
                    *(one.fraction_digit_count, one.transformation_ratio, one.max_power_kw),
                    *(one.is_automatic, one.verified_until, one.installed_on, one.removed_on),
                    *(one.replaces, one.place, one.tariff_region, one.tariff_group, one.not_admitted_since),
                )
                for one in meters
            ],
        )

    async def _registers(self, rows: Sequence[Row]) -> None:
        await self.connection.executemany(
            """
            INSERT INTO meter_registers
                (account_id, meter_id, zone, direction, label, opening_value, closing_value, billed_value,
                 billed_on)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (account_id, meter_id, zone, direction) DO UPDATE SET
                label = excluded.label, opening_value = excluded.opening_value,
                closing_value = excluded.closing_value, billed_value = excluded.billed_value,
                billed_on = excluded.billed_on
            """,
            rows,
        )

    async def _seals(self, rows: Sequence[Row]) -> None:
        await self.connection.executemany(
            """
            INSERT INTO seals (account_id, meter_id, number, place, set_on, removed_on)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (account_id, meter_id, number) DO UPDATE SET
                place = excluded.place, set_on = excluded.set_on, removed_on = excluded.removed_on
            """,
            rows,
        )

    async def _serials(self, meters: Sequence[Meter]) -> None:
        """Removed ones first: the same meter may hang elsewhere from now on."""
        await self.connection.executemany(
            """
            INSERT INTO meter_serials (serial, meter_id, model, service_code, account_id, removed_on)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (serial, meter_id)
            DO UPDATE SET model = excluded.model, removed_on = excluded.removed_on
            """,
            [
                (one.serial, one.id, one.model, one.service_code, one.account_id, one.removed_on)
                for one in sorted(meters, key=lambda one: (one.removed_on is None, one.serial, one.id))
            ],
        )


def _registers(old: Meter | None, new: Meter) -> Iterator[Row]:
    for one in new.registers:
        if old is None or one not in old.registers:
            yield (
                *(new.account_id, new.id, one.zone, one.direction, one.label),
                *(one.opening_value, one.closing_value, one.billed_value, one.billed_on),
            )


def _seals(old: Meter | None, new: Meter) -> Iterator[Row]:
    for seal in new.seals:
        if old is None or seal not in old.seals:
            yield new.account_id, new.id, seal.number, seal.place, seal.set_on, seal.removed_on
