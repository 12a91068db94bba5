"""What the bills of many accounts are made of: pipelined statements, each of one account."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import msgspec

from adapters.postgres.bills.facts import PostgresBillFacts
from adapters.postgres.bulk_posting import by_key_only
from domain.accounts.norms import Norm
from domain.accounts.suppliers import Tariff
from domain.bills.bills import Bill, thawed
from domain.bills.making import AccountFacts
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId


@dataclass(frozen=True, slots=True)
class PostgresIssuing:
    connection: asyncpg.Connection

    async def charged(self, period: Period, *, after: AccountId | None, limit: int) -> list[AccountId]:
        rows = await self.connection.fetch(
            """
            SELECT a.account_id FROM accounts a
            WHERE a.closed_at IS NULL AND ($2::uuid IS NULL OR a.account_id > $2)
              AND EXISTS (SELECT 1 FROM charges c WHERE c.account_id = a.account_id AND c.period = $1)
            ORDER BY a.account_id LIMIT $3
            """,
            period,
            after,
            limit,
        )
        return [row["account_id"] for row in rows]

    async def count(self, period: Period) -> int:
        count: int = await self.connection.fetchval(
            """
            SELECT count(*) FROM accounts a
            WHERE a.closed_at IS NULL
              AND EXISTS (SELECT 1 FROM charges c WHERE c.account_id = a.account_id AND c.period = $1)
            """,
            period,
        )
        return count

    async def lacking(self, account_ids: Sequence[AccountId], period: Period) -> list[AccountId]:
        rows = await self.connection.fetchmany(
            "SELECT account_id FROM bills WHERE account_id = $1 AND period >= $2 LIMIT 1",
            [(account_id, period) for account_id in account_ids],
        )
        have = {row["account_id"] for row in rows}
        return sorted(account_id for account_id in account_ids if account_id not in have)

    async def issued(self, account_ids: Sequence[AccountId], period: Period) -> list[Bill]:
        rows = await self.connection.fetchmany(
            "SELECT body FROM bills WHERE account_id = $1 AND period = $2",
            [(account_id, period) for account_id in account_ids],
        )
        return [thawed(row["body"]) for row in rows]

    async def seen(self, account_ids: Sequence[AccountId]) -> list[AccountId]:
        rows = await self.connection.fetchmany(
            "SELECT account_id FROM account_members WHERE account_id = $1 LIMIT 1",
            [(account_id,) for account_id in account_ids],
        )
        return [row["account_id"] for row in rows]

    async def tariffs(self) -> list[Tariff]:
        rows = await self.connection.fetch(
            """
            SELECT supplier_id, service_code, valid_from, price_roubles AS price, unit FROM tariffs
            ORDER BY valid_from DESC
            """
        )
        return [msgspec.convert(dict(row), Tariff) for row in rows]

    async def norms(self) -> list[Norm]:
        rows = await self.connection.fetch(
            """
            SELECT supplier_id, service_code, norm_code AS code, valid_from, name, volume, per, source
            FROM consumption_norms ORDER BY valid_from DESC
            """
        )
        return [msgspec.convert(dict(row), Norm) for row in rows]

    async def facts_locked(self, account_ids: Sequence[AccountId], period: Period) -> list[AccountFacts]:
        """What is read must be newer than the lock, so the locks come first."""
        await by_key_only(self.connection)
        rows = await self.connection.fetchmany(
            "SELECT account_id, last_no FROM account_heads WHERE account_id = $1 FOR SHARE",
            [(account_id,) for account_id in account_ids],
        )
        cuts = {row["account_id"]: row["last_no"] for row in rows}
        return await PostgresBillFacts(self.connection, period).of(cuts)
