"""Postings for tests that only care that money moves."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import asyncpg

from adapters.postgres.store import Transactions
from domain.accounts.books import CORRECTIONS, advance
from domain.accounts.ledger import Cause, CauseKind, Posting, Transfer
from domain.kernel.money import Money
from infra.clock import new_id
from tests.households import Household


async def post(
    pool: asyncpg.Pool, clock: Callable[[], datetime], home: Household, cause_id: UUID | None = None
) -> None:
    """One posting of two lines; the clock is read before the head is locked, as everywhere."""
    at = clock()
    ahead = advance(home.supplier_accounts["heat"])
    posting = Posting(
        account_id=home.account_id,
        cause=Cause(kind=CauseKind.OPENING, id=cause_id or new_id()),
        value_date=at.date(),
        transfers=tuple(Transfer(debit=CORRECTIONS, credit=ahead, amount=Money(n)) for n in (100, 250)),
    )
    async with Transactions(pool, clock, new_id)() as store:
        standing = await store.ledger.standing_locked(home.account_id)
        await asyncio.sleep(0)
        await store.ledger.post([posting], standing.head, at)
