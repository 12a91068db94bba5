"""Suppliers with the terms in force on a day."""

from dataclasses import dataclass
from datetime import date

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.accounts.suppliers import Service, Supplier
from domain.kernel.ids import SupplierId


@dataclass(frozen=True, slots=True)
class PostgresSuppliers:
    connection: Queryable

    async def on(self, day: date) -> dict[SupplierId, Supplier]:
        rows = await self.connection.fetch(
            """
            SELECT s.supplier_id AS id, s.inn, s.name, t.collection, t.details
            FROM suppliers s
            JOIN LATERAL (SELECT collection, details FROM supplier_terms
                          WHERE supplier_id = s.supplier_id AND valid_from <= $1
                          ORDER BY valid_from DESC LIMIT 1) t ON true
            """,
            day,
        )
        return {row["id"]: struct(Supplier, row) for row in rows}

    async def services(self) -> dict[str, Service]:
        rows = await self.connection.fetch("SELECT service_code AS code, name, unit FROM services")
        return {row["code"]: struct(Service, row) for row in rows}
