"""Meters with their registers and seals, read whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import asyncpg
import msgspec

from adapters.postgres.imports.meter_tables import MeterTables
from adapters.postgres.pool import Queryable
from domain.kernel.access import Access
from domain.kernel.ids import AccountId, MeterId
from domain.readings.acts import SerialHangs, ServiceUnknown
from domain.readings.meters import DeliveryPoint, Meter, MeterNotFound, Register, Seal, Zone
from domain.readings.told import Hanging


@dataclass(frozen=True, slots=True)
class PostgresMeters:
    connection: Queryable

    async def of_account(self, access: Access) -> Sequence[Meter]:
        rows = await self.connection.fetch(
            """
            SELECT m.*,
                   (SELECT jsonb_agg(to_jsonb(r) || jsonb_build_object('zone_label', z.label)
                                     ORDER BY r.label, z.place, r.direction)::text FROM meter_registers r
                    JOIN tariff_zones z ON z.zone_code = r.zone
                    WHERE r.account_id = $1 AND r.meter_id = m.meter_id) AS registers,
                   (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.set_on, s.number)::text FROM seals s
                    WHERE s.account_id = $1 AND s.meter_id = m.meter_id) AS seals
            FROM meters m
            LEFT JOIN delivery_points p
                   ON p.account_id = m.account_id AND p.delivery_point_id = m.delivery_point_id
            WHERE m.account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members a
                    WHERE a.account_id = $1 AND a.user_id = $2 AND $3 = ANY (a.scopes)
                      AND (a.valid_until IS NULL OR a.valid_until > $4)))
            ORDER BY p.code NULLS FIRST, m.service_code, m.installed_on, m.serial, m.meter_id
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
        )
        return [_meter(row) for row in rows]

    async def of(self, access: Access, meter_id: MeterId) -> Meter:
        row = await self.connection.fetchrow(
            """
            SELECT m.*,
                   (SELECT jsonb_agg(to_jsonb(r) || jsonb_build_object('zone_label', z.label)
                                     ORDER BY r.label, z.place, r.direction)::text FROM meter_registers r
                    JOIN tariff_zones z ON z.zone_code = r.zone
                    WHERE r.account_id = $1 AND r.meter_id = $5) AS registers,
                   (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.set_on, s.number)::text FROM seals s
                    WHERE s.account_id = $1 AND s.meter_id = $5) AS seals
            FROM meters m
            WHERE m.account_id = $1 AND m.meter_id = $5
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members a
                    WHERE a.account_id = $1 AND a.user_id = $2 AND $3 = ANY (a.scopes)
                      AND (a.valid_until IS NULL OR a.valid_until > $4)))
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            meter_id,
        )
        if row is None:
            raise MeterNotFound
        return _meter(row)

    async def locked(self, account_id: AccountId, meter_ids: Sequence[MeterId]) -> Sequence[Meter]:
        await self.connection.execute(
            """
            SELECT 1 FROM meters WHERE account_id = $1 AND meter_id = ANY ($2)
            ORDER BY meter_id FOR NO KEY UPDATE
            """,
            account_id,
            meter_ids,
        )
        rows = await self.connection.fetch(
            """
            SELECT m.*,
                   (SELECT jsonb_agg(to_jsonb(r) || jsonb_build_object('zone_label', z.label)
                                     ORDER BY r.label, z.place, r.direction)::text FROM meter_registers r
                    JOIN tariff_zones z ON z.zone_code = r.zone
                    WHERE r.account_id = $1 AND r.meter_id = m.meter_id) AS registers,
                   NULL AS seals
            FROM meters m
            WHERE m.account_id = $1 AND m.meter_id = ANY ($2) ORDER BY m.meter_id
            """,
            account_id,
            meter_ids,
        )
        return [_meter(row) for row in rows]

    async def save(self, before: Sequence[Meter], after: Sequence[Meter]) -> None:
        account_id = after[0].account_id
        tables = MeterTables(cast(asyncpg.Connection, self.connection))
        try:
            await tables.save(
                {account_id: _hanging(account_id, before)}, {account_id: _hanging(account_id, after)}
            )
        except asyncpg.UniqueViolationError as error:
            raise SerialHangs(field="new_meter.serial") from error
        except asyncpg.ForeignKeyViolationError as error:
            raise ServiceUnknown(field="new_meter.service") from error

    async def in_accounts(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Sequence[Meter]]:
        rows = await self.connection.fetchmany(
            """
            SELECT m.*,
                   (SELECT jsonb_agg(to_jsonb(r) || jsonb_build_object('zone_label', z.label)
                                     ORDER BY r.label, z.place, r.direction)::text FROM meter_registers r
                    JOIN tariff_zones z ON z.zone_code = r.zone
                    WHERE r.account_id = $1 AND r.meter_id = m.meter_id) AS registers,
                   (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.set_on, s.number)::text FROM seals s
                    WHERE s.account_id = $1 AND s.meter_id = m.meter_id) AS seals
            FROM meters m WHERE m.account_id = $1 ORDER BY m.installed_on, m.serial, m.meter_id
            """,
            [(account_id,) for account_id in account_ids],
        )
        found: dict[AccountId, list[Meter]] = {account_id: [] for account_id in account_ids}
        for row in rows:
            found[row["account_id"]].append(_meter(row))
        return found

    async def delivery_points(self, access: Access) -> Sequence[DeliveryPoint]:
        rows = await self.connection.fetch(
            """
            SELECT delivery_point_id AS id, account_id, code, name, address FROM delivery_points
            WHERE account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members a
                    WHERE a.account_id = $1 AND a.user_id = $2 AND $3 = ANY (a.scopes)
                      AND (a.valid_until IS NULL OR a.valid_until > $4)))
            ORDER BY code
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
        )
        return [msgspec.convert(dict(row), DeliveryPoint) for row in rows]

    async def zones(self) -> Mapping[str, Zone]:
        rows = await self.connection.fetch(
            "SELECT zone_code AS code, label, hours, synonyms, place FROM tariff_zones ORDER BY place"
        )
        return {row["code"]: msgspec.convert(dict(row), Zone) for row in rows}

    async def account_of_serial(self, serial: str) -> Sequence[AccountId]:
        rows = await self.connection.fetch(
            "SELECT account_id FROM meter_serials WHERE serial = $1 AND removed_on IS NULL ORDER BY model",
            serial,
        )
        return [row["account_id"] for row in rows]


def _hanging(account_id: AccountId, meters: Sequence[Meter]) -> Hanging:
    return Hanging(account_id=account_id, meters={meter.id: meter for meter in meters})


def _meter(row: asyncpg.Record) -> Meter:
    fields = dict(row) | {
        "id": row["meter_id"],
        "registers": _REGISTERS.decode(row["registers"] or "[]"),
        "seals": _SEALS.decode(row["seals"] or "[]"),
    }
    return msgspec.convert(fields, Meter)


# Columns are named as the fields. As text, because figures in it become Decimal without a float between.
_REGISTERS = msgspec.json.Decoder(tuple[Register, ...])
_SEALS = msgspec.json.Decoder(tuple[Seal, ...])
