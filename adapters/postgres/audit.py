"""Everything the audit reads, a batch of accounts at a time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TypeVar

import asyncpg

from domain.accounts.audit import ChargeRow, LedgerRows, TransferRow
from domain.accounts.books import clearing
from domain.accounts.ledger import Head
from domain.kernel.ids import AccountId, PaymentId
from domain.payments.audit_refunds import RefundRow
from domain.payments.audit_rows import AccountRows, PaymentRow, ProviderName

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PostgresAudit:
    """Reads only. What `accounts` and `names` give was read in one snapshot, so that payments going on
    meanwhile cannot look like a disagreement. On a spread database that holds per machine: whoever finds
    something reads that account again, alone. `zone` is the region's, where a business day begins."""

    connection: asyncpg.Connection
    zone: tzinfo | None = None

    async def count(self) -> int:
        return int(await self.connection.fetchval("SELECT count(*) FROM accounts"))

    async def account_id(self, number: str) -> AccountId | None:
        found: AccountId | None = await self.connection.fetchval(
            "SELECT account_id FROM account_numbers WHERE number = $1", number
        )
        return found

    async def account_ids(self, after: AccountId, limit: int) -> list[AccountId]:
        """The next accounts by id. No "or from the beginning" in the text: one plan must serve them all."""
        rows = await self.connection.fetch(
            "SELECT account_id FROM accounts WHERE account_id > $1 ORDER BY account_id LIMIT $2",
            after,
            limit,
        )
        return [row["account_id"] for row in rows]

    async def sample(self, size: int, seed: int) -> list[AccountId]:
        """So many accounts by chance; the same ones for the same seed."""
        rows = await self.connection.fetch(
            """
            SELECT account_id FROM accounts
            ORDER BY hashtextextended(account_id::text, $1), account_id LIMIT $2
            """,
            seed,
            size,
        )
        return [row["account_id"] for row in rows]

    async def accounts(self, ids: Sequence[AccountId]) -> list[AccountRows]:
        """All that is audited of these accounts."""
        async with self.connection.transaction(isolation="repeatable_read", readonly=True):
            heads = await self._heads(ids)
            books = _grouped(await self._books(ids), lambda row: (row["book"], row["balance_kopecks"]))
            transfers = _grouped(await self._transfers(ids), _transfer)
            charges = _grouped(await self._charges(ids), _charge)
            owned = _grouped(await self._supplier_accounts(ids), lambda row: row["supplier_account_id"])
            payments = _grouped(await self._payments(ids), lambda row: row)
            steps = _steps(await self._steps(list(payments)))
            refunds = _grouped(await self._refunds(ids), _refund)
            held = _grouped(await self._held(ids), lambda row: (clearing(row["agent_code"]), row["kopecks"]))
            names = await self._names([row for found in payments.values() for row in found])
        return [
            AccountRows(
                ledger=LedgerRows(
                    account_id=account_id,
                    head=heads.get(account_id),
                    books=dict(books.get(account_id, ())),
                    transfers=transfers.get(account_id, []),
                    charges=charges.get(account_id, []),
                    supplier_account_ids=frozenset(owned.get(account_id, ())),
                ),
                payments=[_payment(row, steps) for row in payments.get(account_id, ())],
                names=names,
                zone=self.zone,
                refunds=refunds.get(account_id, ()),
                held=dict(held.get(account_id, ())),
            )
            for account_id in ids
        ]

    async def names(
        self, after: tuple[str, str], limit: int
    ) -> tuple[list[ProviderName], list[ProviderName]]:
        """The next rows of the provider's ids, and what the payments they point to say themselves."""
        async with self.connection.transaction(isolation="repeatable_read", readonly=True):
            rows = await self.connection.fetch(
                """
                SELECT provider_payment_id, provider, account_id, payment_id FROM provider_payment_ids
                WHERE (provider_payment_id, provider) > ($1, $2)
                ORDER BY provider_payment_id, provider LIMIT $3
                """,
                *after,
                limit,
            )
            return [_name(row) for row in rows], await self._named(rows)

    async def names_of(self, ids: Sequence[AccountId]) -> tuple[list[ProviderName], list[ProviderName]]:
        """The same for these accounts. It looks through the whole registry: for few accounts only."""
        async with self.connection.transaction(isolation="repeatable_read", readonly=True):
            rows = await self.connection.fetch(
                """
                SELECT provider_payment_id, provider, account_id, payment_id FROM provider_payment_ids
                WHERE account_id = ANY ($1)
                """,
                ids,
            )
            return [_name(row) for row in rows], await self._named(rows)

    async def _named(self, rows: Sequence[asyncpg.Record]) -> list[ProviderName]:
        found = await self.connection.fetch(
            """
            SELECT provider_payment_id, provider, account_id, payment_id FROM payments
            WHERE account_id = ANY ($1) AND payment_id = ANY ($2) AND provider_payment_id IS NOT NULL
            """,
            [row["account_id"] for row in rows],
            [row["payment_id"] for row in rows],
        )
        return [_name(row) for row in found]

    async def _heads(self, ids: Sequence[AccountId]) -> dict[AccountId, Head]:
        rows = await self.connection.fetch(
            "SELECT account_id, last_no, last_hash FROM account_heads WHERE account_id = ANY ($1)", ids
        )
        return {
            row["account_id"]: Head(
                account_id=row["account_id"], last_no=row["last_no"], last_hash=row["last_hash"]
            )
            for row in rows
        }

    async def _books(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            "SELECT account_id, book, balance_kopecks FROM books WHERE account_id = ANY ($1)", ids
        )

    async def _transfers(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            """
            SELECT account_id, posting_id, line_no, entry_no, debit_book, credit_book, amount_kopecks,
                   charge_id, cause_kind, cause_id, cause_version, value_date, posted_at, hash
            FROM transfers WHERE account_id = ANY ($1) ORDER BY account_id, entry_no
            """,
            ids,
        )

    async def _charges(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            """
            SELECT account_id, charge_id, supplier_account_id, amount_kopecks + recalculation_kopecks,
                   penalty_kopecks, paid_kopecks, penalty_paid_kopecks, revision
            FROM charges WHERE account_id = ANY ($1)
            """,
            ids,
        )

    async def _supplier_accounts(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            "SELECT account_id, supplier_account_id FROM supplier_accounts WHERE account_id = ANY ($1)", ids
        )

    async def _payments(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            """
            SELECT account_id, payment_id, amount_kopecks, parts, explanation, state, steps_count,
                   provider, provider_payment_id, paid_at, next_check_at, brought_from
            FROM payments WHERE account_id = ANY ($1) ORDER BY account_id, created_at, payment_id
            """,
            ids,
        )

    async def _refunds(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            """
            SELECT r.account_id, r.refund_id, r.supplier_account_id, r.amount_kopecks, r.rail, r.payment_id,
                   r.provider_refund_id, r.state, r.steps_count, r.next_check_at IS NOT NULL AS is_checked,
                   array_agg(s.step_no || ':' || s.state ORDER BY s.step_no) AS steps
            FROM refunds r
            JOIN refund_steps s ON s.account_id = r.account_id AND s.refund_id = r.refund_id
            WHERE r.account_id = ANY ($1)
            GROUP BY r.account_id, r.refund_id
            """,
            ids,
        )

    async def _held(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        """Money of registries that came into suspense and has not gone back."""
        return await self.connection.fetch(
            """
            SELECT account_id, agent_code, sum(amount_kopecks)::bigint AS kopecks FROM registry_rows
            WHERE account_id = ANY ($1) AND state IN ('suspense', 'resolved')
            GROUP BY account_id, agent_code
            """,
            ids,
        )

    async def _steps(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            """
            SELECT account_id, payment_id, step_no, state FROM payment_steps
            WHERE account_id = ANY ($1) ORDER BY account_id, payment_id, step_no
            """,
            ids,
        )

    async def _names(self, payments: Sequence[asyncpg.Record]) -> dict[tuple[str, str], ProviderName]:
        wanted = [row["provider_payment_id"] for row in payments if row["provider_payment_id"]]
        if not wanted:
            return {}
        rows = await self.connection.fetch(
            """
            SELECT provider_payment_id, provider, account_id, payment_id FROM provider_payment_ids
            WHERE provider_payment_id = ANY ($1)
            """,
            wanted,
        )
        return {name.key: name for name in map(_name, rows)}


def _grouped(rows: Iterable[asyncpg.Record], made: Callable[[asyncpg.Record], T]) -> dict[AccountId, list[T]]:
    """By account, the first column, in the order they came."""
    found: dict[AccountId, list[T]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(made(row))
    return found


def _transfer(row: asyncpg.Record) -> TransferRow:
    return TransferRow(*row[1:])


def _charge(row: asyncpg.Record) -> ChargeRow:
    return ChargeRow(*row[1:])


Steps = dict[tuple[AccountId, PaymentId], list[tuple[int, str]]]


def _payment(row: asyncpg.Record, steps: Steps) -> PaymentRow:
    fields = dict(row)
    own = steps.get((fields.pop("account_id"), row["payment_id"]), [])
    return PaymentRow(**fields, steps=own)


def _refund(row: asyncpg.Record) -> RefundRow:
    fields = dict(row)
    del fields["account_id"]
    steps = [one.partition(":") for one in fields.pop("steps")]
    return RefundRow(**fields, steps=[(int(number), state) for number, _, state in steps])


def _steps(rows: Iterable[asyncpg.Record]) -> Steps:
    found: Steps = {}
    for row in rows:
        own = found.setdefault((row["account_id"], row["payment_id"]), [])
        own.append((row["step_no"], row["state"]))
    return found


def _name(row: asyncpg.Record) -> ProviderName:
    return ProviderName(row["provider_payment_id"], row["provider"], row["account_id"], row["payment_id"])
