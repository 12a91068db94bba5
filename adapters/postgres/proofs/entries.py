"""Entries of one account as a proof tells them."""

from dataclasses import dataclass
from uuid import UUID

from adapters.postgres.pool import Queryable
from domain.accounts.audit import TransferRow
from domain.accounts.ledger import FIRST_HASH
from domain.kernel.ids import AccountId


@dataclass(frozen=True, slots=True)
class PostgresProofEntries:
    connection: Queryable

    async def numbers(self, account_id: AccountId, posting_id: UUID) -> tuple[int, int] | None:
        row = await self.connection.fetchrow(
            """
            SELECT min(entry_no) AS first, max(entry_no) AS last FROM transfers
            WHERE account_id = $1 AND posting_id = $2
            """,
            *(account_id, posting_id),
        )
        return (row["first"], row["last"]) if row and row["first"] is not None else None

    async def between(self, account_id: AccountId, first: int, last: int) -> list[TransferRow]:
        rows = await self.connection.fetch(
            """
            SELECT posting_id, line_no, entry_no, debit_book, credit_book, amount_kopecks, charge_id,
                   cause_kind, cause_id, cause_version, value_date, posted_at, hash
            FROM transfers WHERE account_id = $1 AND entry_no BETWEEN $2 AND $3 ORDER BY entry_no
            """,
            *(account_id, first, last),
        )
        return [TransferRow(*row) for row in rows]

    async def hash_of(self, account_id: AccountId, entry_no: int) -> bytes:
        found: bytes | None = await self.connection.fetchval(
            "SELECT hash FROM transfers WHERE account_id = $1 AND entry_no = $2", account_id, entry_no
        )
        return found or FIRST_HASH
