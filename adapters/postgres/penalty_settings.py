"""Settings of penalties in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from adapters.postgres.pool import Queryable
from domain.accounts.penalties.rules import SupplierSetting
from domain.accounts.penalties.settings import AccountDebtor
from domain.kernel.ids import AccountId


@dataclass(frozen=True, slots=True)
class PostgresPenaltySettings:
    connection: Queryable

    async def of_suppliers(self) -> Sequence[SupplierSetting]:
        rows = await self.connection.fetch(
            """
            SELECT supplier_id, valid_from, reckoned_by FROM supplier_penalties
            ORDER BY supplier_id, valid_from
            """
        )
        return [msgspec.convert(dict(row), SupplierSetting) for row in rows]

    async def of_account(self, account_id: AccountId) -> Sequence[AccountDebtor]:
        rows = await self.connection.fetch(
            """
            SELECT account_id, valid_from, debtor FROM account_debtors
            WHERE account_id = $1 ORDER BY valid_from
            """,
            account_id,
        )
        return [msgspec.convert(dict(row), AccountDebtor) for row in rows]

    async def set_supplier(self, setting: SupplierSetting) -> None:
        await self.connection.execute(
            """
            INSERT INTO supplier_penalties (supplier_id, valid_from, reckoned_by) VALUES ($1, $2, $3)
            ON CONFLICT (supplier_id, valid_from) DO UPDATE SET reckoned_by = excluded.reckoned_by
            """,
            setting.supplier_id,
            setting.valid_from,
            setting.reckoned_by,
        )

    async def set_debtor(self, setting: AccountDebtor) -> None:
        await self.connection.execute(
            """
            INSERT INTO account_debtors (account_id, valid_from, debtor) VALUES ($1, $2, $3)
            ON CONFLICT (account_id, valid_from) DO UPDATE SET debtor = excluded.debtor
            """,
            setting.account_id,
            setting.valid_from,
            setting.debtor,
        )
        # By no rules any more: the next run reckons it anew.
        await self.connection.execute(
            "UPDATE penalty_marks SET rules = '' WHERE account_id = $1", setting.account_id
        )
