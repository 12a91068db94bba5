"""How a payment was posted, in PostgreSQL."""

from dataclasses import dataclass

from adapters.postgres.pool import Queryable
from domain.accounts.books import Book
from domain.accounts.ledger import Cause, CauseKind, Transfer
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money
from domain.payments.moving import Posted


@dataclass(frozen=True, slots=True)
class PostgresPostedPayments:
    connection: Queryable

    async def posted(self, account_id: AccountId, payment_id: PaymentId) -> Posted:
        rows = await self.connection.fetch(
            """
            SELECT debit_book, credit_book, amount_kopecks, charge_id FROM transfers
            WHERE account_id = $1 AND posting_id = $2 ORDER BY line_no
            """,
            account_id,
            Cause(kind=CauseKind.PAYMENT, id=payment_id).posting_id,
        )
        lines = await self.connection.fetch(
            """
            SELECT charge_id, paid_kopecks, penalty_paid_kopecks FROM charges
            WHERE account_id = $1 AND charge_id = ANY ($2)
            """,
            account_id,
            [row["charge_id"] for row in rows if row["charge_id"]],
        )
        return Posted(
            transfers=tuple(
                Transfer(
                    debit=Book(row["debit_book"]),
                    credit=Book(row["credit_book"]),
                    amount=Money(row["amount_kopecks"]),
                    charge_id=row["charge_id"],
                )
                for row in rows
            ),
            paid={
                row["charge_id"]: (Money(row["paid_kopecks"]), Money(row["penalty_paid_kopecks"]))
                for row in lines
            },
        )

    async def is_moved_to(self, account_id: AccountId, payment_id: PaymentId) -> bool:
        found = await self.connection.fetchval(
            "SELECT EXISTS (SELECT 1 FROM transfers WHERE account_id = $1 AND posting_id = $2)",
            account_id,
            Cause(kind=CauseKind.MOVE, id=payment_id).posting_id,
        )
        return bool(found)
