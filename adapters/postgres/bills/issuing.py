"""What the bills of many accounts are made of: pipelined statements, each of one account."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import asyncpg
import msgspec

from adapters.postgres.bills.facts import PostgresBillFacts
from adapters.postgres.bulk_posting import by_key_only
from domain.accounts.norms import Norm
from domain.accounts.suppliers import Tariff
from domain.bills.bills import Bill, thawed
from domain.bills.making import AccountFacts
from domain.bills.pricing import PriceGroup, ResidentialPrices
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, SupplierId
from domain.readings.cost import Price, PriceList
from domain.readings.readings import plain


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

    async def residential_prices(self) -> ResidentialPrices:
        rows = await self.connection.fetch(
            """
            SELECT supplier_id, service_code, region, group_code, valid_from, group_name, zone, range_no,
                   from_volume, to_volume, price_roubles AS price
            FROM residential_prices
            ORDER BY valid_from DESC, supplier_id, service_code, region, group_code, zone, range_no
            """
        )
        found: dict[tuple[SupplierId, str, PriceGroup], list[PriceList]] = defaultdict(list)
        for _, of_list in groupby(rows, key=lambda row: tuple(row.values())[:5]):
            head, *rest = of_list
            prices = tuple(_price(row) for row in (head, *rest))
            group = head["region"], head["group_code"]
            found[head["supplier_id"], head["service_code"], group].append(
                PriceList(valid_from=head["valid_from"], group_name=head["group_name"], prices=prices)
            )
        return found

    async def facts_locked(self, account_ids: Sequence[AccountId], period: Period) -> list[AccountFacts]:
        """What is read must be newer than the lock, so the locks come first."""
        await by_key_only(self.connection)
        rows = await self.connection.fetchmany(
            "SELECT account_id, last_no FROM account_heads WHERE account_id = $1 FOR SHARE",
            [(account_id,) for account_id in account_ids],
        )
        cuts = {row["account_id"]: row["last_no"] for row in rows}
        return await PostgresBillFacts(self.connection, period).of(cuts)


def _price(row: asyncpg.Record) -> Price:
    ends = row["to_volume"]
    return Price(
        zone=row["zone"],
        range_no=row["range_no"],
        from_volume=plain(row["from_volume"]),
        to_volume=None if ends is None else plain(ends),
        price=plain(row["price"]),
    )
