"""What must hold of the money whatever has died on the way. Each test of crashes ends here.

Reckoned from the rows by themselves, beside `kabinet audit`, so that neither can hide the other's mistake.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from adapters.postgres.audit import PostgresAudit
from domain.accounts.ledger import (
    FIRST_HASH,
    Cause,
    CauseKind,
    Posting,
    Transfer,
    entry_hash,
)
from domain.kernel.ids import AccountId
from domain.kernel.money import Money
from domain.payments.audit import account_findings

Order = Mapping[str, Any]
"""A payment as the provider shows it."""

_FINAL = """
SELECT payment_id, state FROM payments WHERE account_id = ANY ($1)
AND NOT (state IN ('paid', 'failed') OR state = 'expired' AND next_check_at IS NULL)
"""


async def money_is_whole(
    pool: asyncpg.Pool, orders: Iterable[Order], account_ids: Sequence[UUID] | None = None
) -> int:
    """Money in equals money posted, every payment final, every account's books sound. Gives the kopecks.

    `orders` are all that the provider knows; `account_ids` None: all accounts.
    """
    if account_ids is None:
        account_ids = [row["account_id"] for row in await pool.fetch("SELECT account_id FROM accounts")]
    not_final = await pool.fetch(_FINAL, account_ids)
    assert not not_final, f"not final: {[tuple(row) for row in not_final]}"
    assert await pool.fetch("SELECT kind, last_error FROM account_jobs WHERE state = 'dead'") == []
    assert await pool.fetch("SELECT kind, last_error FROM local_jobs WHERE state = 'dead'") == []
    taken = _taken([one for one in orders if one["metadata"].get("account_id") in set(map(str, account_ids))])
    paid = await pool.fetch(
        "SELECT payment_id, amount_kopecks FROM payments WHERE state = 'paid' AND account_id = ANY ($1)",
        account_ids,
    )
    assert {str(row["payment_id"]): row["amount_kopecks"] for row in paid} == taken, (
        "the provider's money and our paid payments differ"
    )
    clearing = 0
    for account_id in account_ids:
        clearing += await _books_are_sound(pool, account_id)
    assert clearing == sum(taken.values()), "money in differs from money posted"
    await _audit_agrees(pool, account_ids)
    return clearing


def _taken(orders: Sequence[Order]) -> dict[str, int]:
    """Kopecks that the provider took, by our payment's id. No payment has two orders."""
    opened = Counter(one["metadata"]["payment_id"] for one in orders)
    assert all(count == 1 for count in opened.values()), f"opened twice: {opened.most_common(3)}"
    return {
        one["metadata"]["payment_id"]: int(one["amount"]["value"].replace(".", ""))
        for one in orders
        if one["status"] == "succeeded"
    }


async def _books_are_sound(pool: asyncpg.Pool, account_id: UUID) -> int:
    """The chain is unbroken, each cause has posted once, each book holds what its transfers say, and each
    payment's book is empty. Gives what stands in clearing."""
    rows = await pool.fetch(
        "SELECT * FROM transfers WHERE account_id = $1 ORDER BY entry_no",
        account_id,
    )
    last, moved, postings = FIRST_HASH, Counter[str](), {}
    for number, row in enumerate(rows, start=1):
        assert row["entry_no"] == number, f"a gap before the entry {row['entry_no']}"
        last = _hash(last, row)
        assert last == row["hash"], f"the chain is broken at the entry {number}"
        moved[row["debit_book"]] += row["amount_kopecks"]
        moved[row["credit_book"]] -= row["amount_kopecks"]
        cause = (row["cause_kind"], row["cause_id"], row["cause_version"])
        assert postings.setdefault(cause, row["posting_id"]) == row["posting_id"], f"posted twice: {cause}"
    head = await pool.fetchrow(
        "SELECT last_no, last_hash FROM account_heads WHERE account_id = $1", account_id
    )
    assert tuple(head) == (len(rows), last), "the head is not the chain's end"
    books = await pool.fetch("SELECT book, balance_kopecks FROM books WHERE account_id = $1", account_id)
    assert {row["book"]: row["balance_kopecks"] for row in books} == dict(moved), "a book differs"
    assert not [book for book, kopecks in moved.items() if book.startswith("payment:") and kopecks]
    posted = Counter(cause_id for kind, cause_id, _ in postings if kind == "payment")
    paid = await pool.fetch(
        "SELECT payment_id FROM payments WHERE state = 'paid' AND account_id = $1", account_id
    )
    assert posted == Counter(row["payment_id"] for row in paid), "paid and posted are not the same payments"
    return sum(kopecks for book, kopecks in moved.items() if book.startswith("clearing:"))


def _hash(before: bytes, row: asyncpg.Record) -> bytes:
    transfer = Transfer(
        debit=row["debit_book"],
        credit=row["credit_book"],
        amount=Money(row["amount_kopecks"]),
        charge_id=row["charge_id"],
    )
    cause = Cause(kind=CauseKind(row["cause_kind"]), id=row["cause_id"], version=row["cause_version"])
    posting = Posting(
        account_id=row["account_id"], cause=cause, value_date=row["value_date"], transfers=(transfer,)
    )
    return entry_hash(before, row["entry_no"], row["line_no"], posting, transfer, row["posted_at"])


async def _audit_agrees(pool: asyncpg.Pool, account_ids: Sequence[UUID]) -> None:
    async with pool.acquire() as connection:
        for rows in await PostgresAudit(connection).accounts([AccountId(one) for one in account_ids]):
            assert account_findings(rows) == []
