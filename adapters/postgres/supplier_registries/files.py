"""Registries to suppliers as they were made, in PostgreSQL."""

from dataclasses import dataclass
from datetime import date

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.kernel.ids import SupplierId
from domain.payments.supplier_registries.files import SupplierRegistry, SupplierRegistryNotFound


@dataclass(frozen=True, slots=True)
class PostgresSupplierRegistries:
    connection: Queryable

    async def of(self, supplier_id: SupplierId, day: date) -> SupplierRegistry | None:
        return next(iter(await self.listed(supplier_id, day, day)), None)

    async def body(self, supplier_id: SupplierId, day: date) -> bytes:
        body: bytes | None = await self.connection.fetchval(
            "SELECT body FROM supplier_registries WHERE supplier_id = $1 AND day = $2", supplier_id, day
        )
        if body is None:
            raise SupplierRegistryNotFound
        return body

    async def next_number(self, supplier_id: SupplierId) -> int:
        number: int = await self.connection.fetchval(
            "SELECT coalesce(max(number), 0) + 1 FROM supplier_registries WHERE supplier_id = $1", supplier_id
        )
        return number

    async def add(self, registry: SupplierRegistry, body: bytes) -> bool:
        added = await self.connection.fetchval(
            """
            INSERT INTO supplier_registries (supplier_id, day, number, made_at, file_name, rows, sum_kopecks,
                returned_kopecks, fees_kopecks, sha256, body)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ON CONFLICT DO NOTHING RETURNING number
            """,
            *(registry.supplier_id, registry.day, registry.number, registry.made_at, registry.file_name),
            *(registry.rows, registry.sum.kopecks, registry.returned.kopecks, registry.fees.kopecks),
            *(registry.sha256, body),
        )
        return added is not None

    async def listed(self, supplier_id: SupplierId, first: date, last: date) -> list[SupplierRegistry]:
        rows = await self.connection.fetch(
            """
            SELECT supplier_id, day, number, made_at, file_name, rows, sum_kopecks, returned_kopecks,
                fees_kopecks, sha256
            FROM supplier_registries WHERE supplier_id = $1 AND day BETWEEN $2 AND $3 ORDER BY day
            """,
            supplier_id,
            first,
            last,
        )
        return [struct(SupplierRegistry, row) for row in rows]

    async def last_days(self) -> dict[SupplierId, date]:
        rows = await self.connection.fetch(
            "SELECT supplier_id, max(day) AS day FROM supplier_registries GROUP BY supplier_id"
        )
        return {row["supplier_id"]: row["day"] for row in rows}
