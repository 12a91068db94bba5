"""Plates of service centres in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from adapters.postgres.pool import Queryable
from domain.kernel.access import Actor
from domain.payments.pos_links import Activation, Plate, PlateNotFound


@dataclass(frozen=True, slots=True)
class PostgresPlates:
    connection: Queryable

    async def add_once(self, plate: Plate) -> Plate:
        await self.connection.execute(
            """
            INSERT INTO service_plates (plate_id, centre, place, link, provider, registered_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
            """,
            plate.id,
            plate.centre,
            plate.place,
            plate.link,
            plate.provider,
            plate.registered_at,
        )
        row = await self.connection.fetchrow(
            "SELECT * FROM service_plates WHERE plate_id = $1 OR link = $2 ORDER BY plate_id <> $1 LIMIT 1",
            plate.id,
            plate.link,
        )
        assert row is not None
        return _plate(row)

    async def locked(self, plate_id: UUID) -> Plate:
        row = await self.connection.fetchrow(
            "SELECT * FROM service_plates WHERE plate_id = $1 FOR UPDATE", plate_id
        )
        if row is None:
            raise PlateNotFound
        return _plate(row)

    async def all(self) -> list[Plate]:
        rows = await self.connection.fetch("SELECT * FROM service_plates ORDER BY centre, place, plate_id")
        return [_plate(row) for row in rows]

    async def name_at_provider(self, plate_id: UUID, provider_link_id: str) -> None:
        await self.connection.execute(
            "UPDATE service_plates SET provider_link_id = $2 WHERE plate_id = $1", plate_id, provider_link_id
        )

    async def put_on(self, plate: Plate, actor: Actor, at: datetime) -> None:
        assert plate.current is not None
        await self.connection.execute(
            """
            UPDATE service_plates SET current_account_id = $2, current_payment_id = $3, current_until = $4
            WHERE plate_id = $1
            """,
            plate.id,
            plate.current.account_id,
            plate.current.payment_id,
            plate.current.until,
        )
        await self.connection.execute(
            """
            INSERT INTO plate_activations (account_id, payment_id, plate_id, at, until, by_id, by_name)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            plate.current.account_id,
            plate.current.payment_id,
            plate.id,
            at,
            plate.current.until,
            actor.id,
            actor.name,
        )


def _plate(row: asyncpg.Record) -> Plate:
    current = None
    if row["current_payment_id"] is not None:
        current = Activation(
            account_id=row["current_account_id"],
            payment_id=row["current_payment_id"],
            until=row["current_until"],
        )
    return Plate(
        id=row["plate_id"],
        centre=row["centre"],
        place=row["place"],
        link=row["link"],
        provider=row["provider"],
        registered_at=row["registered_at"],
        provider_link_id=row["provider_link_id"],
        current=current,
    )
