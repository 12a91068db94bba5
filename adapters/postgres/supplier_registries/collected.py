"""What was collected for suppliers, from the ledger: whole closed days, by their seals."""

from dataclasses import dataclass
from datetime import date

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.kernel.ids import AccountId, SupplierId
from domain.payments.supplier_registries.collected import Moved


@dataclass(frozen=True, slots=True)
class PostgresCollected:
    connection: Queryable

    async def is_sealed(self, day: date) -> bool:
        found: bool = await self.connection.fetchval(
            "SELECT EXISTS (SELECT 1 FROM day_sealings WHERE day = $1 AND is_sealed)", day
        )
        return found

    async def sealed_days(self, first: date, last: date) -> list[date]:
        rows = await self.connection.fetch(
            "SELECT day FROM day_sealings WHERE is_sealed AND day BETWEEN $1 AND $2 ORDER BY day", first, last
        )
        return [row["day"] for row in rows]

    async def moved(
        self, supplier_id: SupplierId, day: date, beyond: AccountId, limit: int
    ) -> tuple[list[Moved], AccountId | None]:
        accounts = await self.connection.fetch(
            """
            SELECT s.account_id FROM day_seals s
            WHERE s.day = $2 AND s.account_id > $3 AND EXISTS (
                SELECT 1 FROM supplier_accounts sa
                WHERE sa.account_id = s.account_id AND sa.supplier_id = $1)
            ORDER BY s.account_id LIMIT $4
            """,
            supplier_id,
            day,
            beyond,
            limit,
        )
        ids = [row["account_id"] for row in accounts]
        return (await self._of(supplier_id, day, ids), ids[-1]) if ids else ([], None)

    async def _of(self, supplier_id: SupplierId, day: date, ids: list[AccountId]) -> list[Moved]:
        rows = await self.connection.fetch(
            """
            SELECT t.account_id, t.entry_no, t.posting_id, t.debit_book, t.credit_book, t.amount_kopecks,
                t.cause_kind, t.cause_id, t.value_date, t.posted_at, a.number AS account_number,
                sa.supplier_account_id, sa.number AS supplier_account_number, p.provider,
                coalesce(p.operation_id, p.provider_payment_id) AS operation_id, p.paid_at, c.period
            FROM day_seals s
            JOIN transfers t ON t.account_id = s.account_id
                AND t.entry_no > s.after_no AND t.entry_no <= s.last_no
            JOIN supplier_accounts sa ON sa.account_id = s.account_id AND sa.supplier_id = $1
            JOIN accounts a ON a.account_id = s.account_id
            LEFT JOIN payments p ON p.account_id = t.account_id AND p.payment_id = t.cause_id
                AND t.cause_kind = 'payment'
            LEFT JOIN charges c ON c.account_id = t.account_id AND c.charge_id = t.charge_id
            WHERE s.day = $2 AND s.account_id = ANY($3) AND t.cause_kind <> 'charge'
                AND sa.supplier_account_id::text IN (
                    split_part(t.credit_book, ':', 2), split_part(t.debit_book, ':', 2))
            ORDER BY t.account_id, t.entry_no
            """,
            supplier_id,
            day,
            ids,
        )
        return [struct(Moved, row) for row in rows]
