"""What the audit of receipts reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from domain.kernel.ids import AccountId
from domain.payments.receipts.audit import ReceiptedAccount, ReceiptRow


@dataclass(frozen=True, slots=True)
class PostgresReceiptAudit:
    connection: asyncpg.Connection

    async def of(self, ids: Sequence[AccountId]) -> list[ReceiptedAccount]:
        """Those of these accounts that were paid by a provider, each in one look."""
        async with self.connection.transaction(isolation="repeatable_read", readonly=True):
            paid = await self.connection.fetch(
                """
                SELECT account_id, payment_id, amount_kopecks FROM payments
                WHERE account_id = ANY ($1) AND state = 'paid' AND method <> 'registry'
                """,
                ids,
            )
            refunded = await self.connection.fetch(
                """
                SELECT account_id, refund_id, amount_kopecks FROM refunds
                WHERE account_id = ANY ($1) AND state = 'confirmed'
                """,
                ids,
            )
            receipts = await self._receipts(ids)
            awaited = await self.connection.fetch(
                """
                SELECT account_id, coalesce(job->>'payment_id', job->>'refund_id')::uuid AS root
                FROM account_jobs
                WHERE account_id = ANY ($1) AND kind IN ('receipts.make', 'receipts.make-refund')
                """,
                ids,
            )
        return [
            ReceiptedAccount(
                account_id=account_id,
                paid={
                    row["payment_id"]: row["amount_kopecks"]
                    for row in paid
                    if row["account_id"] == account_id
                },
                refunded={
                    row["refund_id"]: row["amount_kopecks"]
                    for row in refunded
                    if row["account_id"] == account_id
                },
                awaited=frozenset(row["root"] for row in awaited if row["account_id"] == account_id),
                receipts=[_row(row) for row in receipts if row["account_id"] == account_id],
            )
            for account_id in sorted({row["account_id"] for row in (*paid, *refunded, *receipts)})
        ]

    async def _receipts(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            """
            SELECT r.account_id, r.receipt_id, r.payment_id, r.refund_id, r.type, r.reverses,
                   r.amount_kopecks, r.items, r.state, r.next_try_at IS NOT NULL AS is_retried,
                   r.fiscal IS NOT NULL AS has_fiscal, r.contact IS NOT NULL AS has_contact, r.steps_count,
                   array_agg(s.step_no || ':' || s.state ORDER BY s.step_no) AS steps
            FROM fiscal_receipts r
            JOIN fiscal_receipt_steps s ON s.account_id = r.account_id AND s.receipt_id = r.receipt_id
            WHERE r.account_id = ANY ($1) GROUP BY r.account_id, r.receipt_id
            """,
            ids,
        )


def _row(row: asyncpg.Record) -> ReceiptRow:
    fields = dict(row)
    del fields["account_id"]
    steps = [one.partition(":") for one in fields.pop("steps")]
    items = fields.pop("items")
    return ReceiptRow(
        **fields,
        items_kopecks=[item["amount"]["kopecks"] for item in items],
        steps=[(int(number), state) for number, _, state in steps],
    )
