"""Staged lines of whole accounts, in the order of their ids and of the file."""

from collections.abc import AsyncIterator

import asyncpg

from domain.accounts.billing import BillLine
from domain.kernel.ids import AccountId

LONG_SECONDS = 3600.0


async def batches(
    connection: asyncpg.Connection, size: int, after: AccountId | None
) -> AsyncIterator[list[BillLine]]:
    cursor = await connection.cursor(
        """
        SELECT account_id, supplier_account_id, supplier_inn, supplier_account, service, period, bill_number,
               volume, unit, tariff, amount_kopecks, recalculation_kopecks, penalty_kopecks,
               overpayment_kopecks, benefit_kopecks, norm, norm_count
        FROM bill WHERE $1::uuid IS NULL OR account_id > $1 ORDER BY account_id, place
        """,
        after,
        timeout=LONG_SECONDS,
    )
    left: list[BillLine] = []
    while fetched := await cursor.fetch(size, timeout=LONG_SECONDS):
        lines = left + [BillLine(*row) for row in fetched]
        # The last account may go on in the next portion.
        last, cut = lines[-1].account_id, len(lines)
        while cut and lines[cut - 1].account_id == last:
            cut -= 1
        left = lines[cut:]
        if cut:
            yield lines[:cut]
    if left:
        yield left
