"""Accounts found by what a customer says of themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from adapters.postgres.pool import Queryable
from domain.accounts.accounts import AccountKind
from domain.accounts.searching import FoundAccount, FoundBy, Wanted, Word, masked
from domain.people.phones import Phone


@dataclass(frozen=True, slots=True)
class PostgresAccountSearch:
    """Numbers are found in their registries, words by the index of migration 0056."""

    connection: Queryable

    async def found(self, wanted: Wanted, *, limit: int) -> list[FoundAccount]:
        ways = {row["account_id"]: FoundBy(row["way"]) for row in await self._of_number(wanted.number, limit)}
        if wanted.phone:
            for account_id in await self._of_phone(wanted.phone, limit):
                ways.setdefault(account_id, FoundBy.PHONE)
        rows = list(await self._accounts(list(ways), limit))
        if wanted.words and len(rows) < limit:
            rows += [
                row for row in await self._of_words(wanted.words, limit) if row["account_id"] not in ways
            ]
        return [_found(row, ways) for row in rows[:limit]]

    async def _of_number(self, number: str, limit: int) -> Sequence[asyncpg.Record]:
        """Of an account found twice the last way counts: the commonest meaning of a number."""
        accounts = await self.connection.fetch(
            "SELECT account_id, 'number' AS way FROM account_numbers WHERE number = $1", number
        )
        with_suppliers = await self.connection.fetch(
            """
            SELECT account_id, 'supplier-number' AS way FROM supplier_account_numbers
            WHERE number = $1 LIMIT $2
            """,
            number,
            limit,
        )
        meters = await self.connection.fetch(
            "SELECT account_id, 'meter' AS way FROM meter_serials WHERE serial = $1 LIMIT $2", number, limit
        )
        cases = await self.connection.fetch(
            "SELECT account_id, 'case' AS way FROM case_numbers WHERE number = $1", number.upper()
        )
        return [*cases, *meters, *with_suppliers, *accounts]

    async def _of_phone(self, phone: Phone, limit: int) -> list[UUID]:
        """Billing knows a phone of the holder; whoever signed up has another, maybe."""
        told = await self.connection.fetch(
            "SELECT account_id FROM accounts WHERE phone = $1 ORDER BY account_id LIMIT $2", phone, limit
        )
        user_id = await self.connection.fetchval("SELECT user_id FROM user_logins WHERE login = $1", phone)
        own = await self.connection.fetch(
            "SELECT account_id FROM user_accounts WHERE user_id = $1 ORDER BY account_id LIMIT $2",
            user_id,
            limit,
        )
        return [row["account_id"] for row in (*own, *told)]

    async def _accounts(self, account_ids: Sequence[UUID], limit: int) -> Sequence[asyncpg.Record]:
        rows: Sequence[asyncpg.Record] = await self.connection.fetch(
            """
            SELECT account_id, number, kind, holder_name, address, closed_at FROM accounts
            WHERE account_id = ANY ($1::uuid[]) AND kind <> 'registry' ORDER BY number LIMIT $2
            """,
            account_ids,
            limit,
        )
        return rows

    async def _of_words(self, words: Sequence[Word], limit: int) -> Sequence[asyncpg.Record]:
        rows: Sequence[asyncpg.Record] = await self.connection.fetch(
            """
            SELECT account_id, number, kind, holder_name, address, closed_at FROM accounts
            WHERE to_tsvector('simple', translate(lower(holder_name || ' ' || address),
                                                  'ё.,/-_"«»()', 'е          '))
                  @@ to_tsquery('simple', $1)
              AND kind <> 'registry'
            ORDER BY number LIMIT $2
            """,
            " & ".join(one.text if one.is_whole else f"{one.text}:*" for one in words),
            limit,
        )
        return rows


def _found(row: asyncpg.Record, ways: Mapping[UUID, FoundBy]) -> FoundAccount:
    kind = AccountKind(row["kind"])
    return FoundAccount(
        id=row["account_id"],
        number=row["number"],
        kind=kind,
        holder=masked(row["holder_name"], kind),
        address=row["address"],
        is_closed=row["closed_at"] is not None,
        found_by=ways.get(row["account_id"], FoundBy.WORDS),
    )
