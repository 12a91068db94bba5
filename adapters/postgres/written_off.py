"""What of an account's lines was written off, as its transfers tell."""

import asyncpg

from domain.accounts.written_off import WrittenOff
from domain.kernel.ids import AccountId, ChargeId
from domain.kernel.money import Money


async def written_off(connection: asyncpg.Connection, account_id: AccountId) -> dict[ChargeId, WrittenOff]:
    """Asked only of the few accounts whose book of write-offs is not empty."""
    rows = await connection.fetch(
        """
        SELECT charge_id,
               sum(CASE WHEN owed LIKE '%:penalty' THEN 0 ELSE kopecks END)::bigint AS principal,
               sum(CASE WHEN owed LIKE '%:penalty' THEN kopecks ELSE 0 END)::bigint AS penalty
        FROM (
            SELECT charge_id, credit_book AS owed, amount_kopecks AS kopecks FROM transfers
            WHERE account_id = $1 AND debit_book = 'written_off' AND charge_id IS NOT NULL
            UNION ALL
            SELECT charge_id, debit_book, -amount_kopecks FROM transfers
            WHERE account_id = $1 AND credit_book = 'written_off' AND charge_id IS NOT NULL
        ) AS closed
        GROUP BY charge_id
        """,
        account_id,
    )
    return {
        row["charge_id"]: WrittenOff(principal=Money(row["principal"]), penalty=Money(row["penalty"]))
        for row in rows
    }
