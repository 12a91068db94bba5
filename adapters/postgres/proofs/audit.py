"""The seals of chosen accounts as the audit looks at them."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from adapters.postgres.proofs.seals import seal_of
from domain.accounts.proofs.seals import KeptSeal, SealRows
from domain.kernel.ids import AccountId


@dataclass(frozen=True, slots=True)
class PostgresSealAudit:
    connection: asyncpg.Connection

    async def accounts(self, ids: Sequence[AccountId]) -> list[SealRows]:
        """Read in one snapshot."""
        async with self.connection.transaction(isolation="repeatable_read", readonly=True):
            heads = await self._heads(ids)
            kept: dict[AccountId, list[KeptSeal]] = {}
            for row in await self._seals(ids):
                seal = KeptSeal(seal=seal_of(row), leaf=row["leaf"], entry_hash=row["hash"])
                kept.setdefault(row["account_id"], []).append(seal)
        return [
            SealRows(
                account_id=row["account_id"],
                last_no=row["last_no"],
                sealed_no=row["sealed_no"],
                seals=kept.get(row["account_id"], []),
            )
            for row in heads
        ]

    async def _heads(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            "SELECT account_id, last_no, sealed_no FROM account_heads WHERE account_id = ANY ($1)", ids
        )

    async def _seals(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            """
            SELECT s.account_id, s.day, s.after_no, s.last_no, s.last_hash, s.salt, s.leaf, t.hash
            FROM day_seals s
            LEFT JOIN transfers t ON t.account_id = s.account_id AND t.entry_no = s.last_no
            WHERE s.account_id = ANY ($1) ORDER BY s.account_id, s.last_no
            """,
            ids,
        )
