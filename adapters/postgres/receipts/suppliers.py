"""Who issues suppliers' receipts, in PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from adapters.postgres.pool import Queryable
from domain.kernel.ids import SupplierId
from domain.payments.receipts.rules import SupplierReceipts


@dataclass(frozen=True, slots=True)
class PostgresSupplierReceipts:
    connection: Queryable

    async def on(self, day: date) -> Mapping[SupplierId, SupplierReceipts]:
        rows = await self.connection.fetch(
            """
            SELECT DISTINCT ON (supplier_id) * FROM supplier_receipts
            WHERE valid_from <= $1 ORDER BY supplier_id, valid_from DESC
            """,
            day,
        )
        return {row["supplier_id"]: msgspec.convert(dict(row), SupplierReceipts) for row in rows}

    async def all(self) -> Sequence[SupplierReceipts]:
        rows = await self.connection.fetch("SELECT * FROM supplier_receipts ORDER BY supplier_id, valid_from")
        return [msgspec.convert(dict(row), SupplierReceipts) for row in rows]

    async def save(self, setting: SupplierReceipts) -> None:
        await self.connection.execute(
            """
            INSERT INTO supplier_receipts
                (supplier_id, valid_from, issued_by, agent_type, vat, phone, shop_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (supplier_id, valid_from) DO UPDATE
            SET issued_by = excluded.issued_by, agent_type = excluded.agent_type, vat = excluded.vat,
                phone = excluded.phone, shop_id = excluded.shop_id
            """,
            setting.supplier_id,
            setting.valid_from,
            setting.issued_by,
            setting.agent_type,
            setting.vat,
            setting.phone,
            setting.shop_id,
        )
