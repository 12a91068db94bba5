"""Payments of many accounts posted in one transaction: what one account's adapter does row by row is done
here by COPY and pipelined statements, each of one account. The rules and the hashes are the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from adapters.postgres.bulk_posting import ESCAPED, TRANSFER_COLUMNS, by_key_only, pieces, transfer_line
from adapters.postgres.ledger import MOVE_BOOKS, OPEN_CHARGES, SETTLE_LINES, open_charge
from domain.accounts.books import Book, payment
from domain.accounts.charges import OpenCharge
from domain.accounts.ledger import AlreadyPosted, Head, Posting, Standing, movements, sealed, settled_lines
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money
from domain.payments.registries.posting import ComingIn, Home, HomePosting, OwnSupplierAccount

_PAYMENT_COLUMNS = (
    *("account_id", "payment_id", "payer_id", "wish", "method", "amount_kopecks", "parts", "explanation"),
    *("state", "steps_count", "late", "provider", "provider_payment_id", "attempt", "created_at"),
    *("expires_at", "paid_at", "operation_id", "brought_from"),
)
_NULL = "\\N"
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class PostgresRegistryLedger:
    connection: asyncpg.Connection

    async def homes_locked(self, ids: Sequence[AccountId]) -> dict[AccountId, Home]:
        await by_key_only(self.connection)
        keys = [(account_id,) for account_id in ids]
        heads = await self.connection.fetchmany(
            """
            SELECT account_id, last_no, last_hash, closed FROM account_heads WHERE account_id = $1 FOR UPDATE
            """,
            keys,
        )
        charges = await self._charges(keys)
        balances = await self._balances(keys)
        owned = await self._supplier_accounts(keys)
        return {
            row["account_id"]: Home(
                standing=Standing(
                    head=Head(
                        account_id=row["account_id"], last_no=row["last_no"], last_hash=row["last_hash"]
                    ),
                    charges=tuple(charges.get(row["account_id"], ())),
                    balances=balances.get(row["account_id"], {}),
                ),
                supplier_accounts=owned.get(row["account_id"], ()),
                is_closed=row["closed"],
            )
            for row in heads
        }

    async def _charges(self, keys: Sequence[tuple[AccountId]]) -> dict[AccountId, list[OpenCharge]]:
        rows = await self.connection.fetchmany(OPEN_CHARGES, keys)
        found: dict[AccountId, list[OpenCharge]] = {}
        for row in rows:
            found.setdefault(row["account_id"], []).append(open_charge(row))
        return found

    async def _balances(self, keys: Sequence[tuple[AccountId]]) -> dict[AccountId, dict[Book, Money]]:
        rows = await self.connection.fetchmany(
            """
            SELECT account_id, book, balance_kopecks FROM books
            WHERE account_id = $1 AND balance_kopecks <> 0
            """,
            keys,
        )
        found: dict[AccountId, dict[Book, Money]] = {}
        for row in rows:
            found.setdefault(row["account_id"], {})[Book(row["book"])] = Money(row["balance_kopecks"])
        return found

    async def _supplier_accounts(
        self, keys: Sequence[tuple[AccountId]]
    ) -> dict[AccountId, list[OwnSupplierAccount]]:
        rows = await self.connection.fetchmany(
            """
            SELECT a.account_id, a.supplier_account_id, s.inn
            FROM supplier_accounts a JOIN suppliers s ON s.supplier_id = a.supplier_id
            WHERE a.account_id = $1
            """,
            keys,
        )
        found: dict[AccountId, list[OwnSupplierAccount]] = {}
        for row in rows:
            own = OwnSupplierAccount(id=row["supplier_account_id"], supplier_inn=row["inn"])
            found.setdefault(row["account_id"], []).append(own)
        return found

    async def post(self, homes: Sequence[HomePosting], at: datetime) -> None:
        coming = [one for home in homes for one in home.coming]
        try:
            await self._copy("payments", _PAYMENT_COLUMNS, [_payment_line(one) for one in coming])
            await self._names(coming)
            await self._post([(home.before, [one.posting for one in home.coming]) for home in homes], at)
        except asyncpg.UniqueViolationError as error:
            raise AlreadyPosted from error
        await self._steps(coming, at)

    async def _names(self, coming: Sequence[ComingIn]) -> None:
        lines = [
            f"{_text(str(one.payment.provider_payment_id))}\t{one.payment.provider}\t"
            f"{one.payment.account_id}\t{one.payment.id}\n"
            for one in coming
        ]
        columns = ("provider_payment_id", "provider", "account_id", "payment_id")
        await self._copy("provider_payment_ids", columns, lines)

    async def _steps(self, coming: Sequence[ComingIn], at: datetime) -> None:
        posted_at = _moment(at)
        lines = [
            f"{one.payment.account_id}\t{one.payment.id}\t1\t{one.payment.state.value}\t{posted_at}\n"
            for one in coming
        ]
        await self._copy("payment_steps", ("account_id", "payment_id", "step_no", "state", "at"), lines)

    async def _post(self, accounts: Sequence[tuple[Standing, Sequence[Posting]]], at: datetime) -> None:
        heads, lines, posted_at = [], [], _moment(at)
        for before, postings in accounts:
            head = before.head
            for posting in postings:
                entries, head = sealed(posting, head, at)
                lines += [transfer_line(posting, entry, posted_at) for entry in entries]
            heads.append((head.account_id, head.last_no, head.last_hash))
        await self._copy("transfers", TRANSFER_COLUMNS, lines)
        await self._move_books(accounts)
        await self._settle_lines(accounts)
        await self.connection.executemany(
            "UPDATE account_heads SET last_no = $2, last_hash = $3 WHERE account_id = $1", heads
        )

    async def _move_books(self, accounts: Sequence[tuple[Standing, Sequence[Posting]]]) -> None:
        """A payment's own book is new and ends at nothing: it needs no look at what stood before."""
        args: list[tuple[Any, ...]] = []
        own: list[str] = []
        for before, postings in accounts:
            account_id = before.head.account_id
            moved = movements(transfer for posting in postings for transfer in posting.transfers)
            passed = {payment(PaymentId(posting.cause.id)) for posting in postings}
            own += [f"{account_id}\t{book}\t0\n" for book in passed]
            books = sorted(moved.keys() - passed)
            args.append((account_id, books, [moved[book].kopecks for book in books]))
        await self._copy("books", ("account_id", "book", "balance_kopecks"), own)
        await self.connection.executemany(MOVE_BOOKS, args)

    async def _settle_lines(self, accounts: Sequence[tuple[Standing, Sequence[Posting]]]) -> None:
        args: list[tuple[Any, ...]] = []
        for before, postings in accounts:
            if lines := settled_lines(postings):
                closed = lines.values()
                args.append(
                    (
                        before.head.account_id,
                        list(lines),
                        [principal.kopecks for principal, _ in closed],
                        [penalty.kopecks for _, penalty in closed],
                    )
                )
        await self.connection.executemany(SETTLE_LINES, args)

    async def _copy(self, table: str, columns: Sequence[str], lines: Sequence[str]) -> None:
        if lines:
            await self.connection.copy_to_table(table, columns=columns, source=pieces(lines))


def _payment_line(one: ComingIn) -> str:
    payment = one.payment
    paid_at = _moment(payment.paid_at) if payment.paid_at else _NULL
    operation = _text(str(payment.provider_payment_id))
    return (
        f"{payment.account_id}\t{payment.id}\t{payment.payer_id}\t{_json(payment.wish)}\t"
        f"{payment.wish.method.value}\t{payment.amount.kopecks}\t{_json(payment.parts)}\t"
        f"{_json(one.explanation)}\t{payment.state.value}\t{payment.steps_count}\tf\t{payment.provider}\t"
        f"{operation}\t{payment.attempt}\t{_moment(payment.created_at)}\t{_moment(payment.expires_at)}\t"
        f"{paid_at}\t{operation}\t{payment.brought_from or _NULL}\n"
    )


def _json(value: object) -> str:
    return _text(_encoder.encode(value).decode())


def _text(value: str) -> str:
    return value.translate(ESCAPED) if "\\" in value or not value.isprintable() else value


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S.%f%z}"
