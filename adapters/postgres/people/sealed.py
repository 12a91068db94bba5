from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from adapters.postgres.rows import struct
from domain.people.sealed import SealedSecret, SealedSort


@dataclass(frozen=True, slots=True)
class PostgresSealedSecrets:
    pool: asyncpg.Pool

    async def count(self, sort: SealedSort) -> int:
        """Report over all people: how many secrets there are."""
        if sort is SealedSort.CUSTOMER_FACTORS:
            found: int = await self.pool.fetchval("SELECT count(*) FROM user_factors")
        elif sort is SealedSort.STAFF_FACTORS:
            found = await self.pool.fetchval("SELECT count(*) FROM staff_factors")
        else:
            found = await self.pool.fetchval(
                "SELECT count(*) FROM api_keys WHERE sealed_signing_secret IS NOT NULL"
            )
        return found

    async def page(self, sort: SealedSort, after: UUID, limit: int) -> Sequence[SealedSecret]:
        """Report over all people: their secrets, page by page."""
        if sort is SealedSort.CUSTOMER_FACTORS:
            rows = await self.pool.fetch(
                """
                SELECT user_id AS owner_id, sealed FROM user_factors
                WHERE user_id > $1 ORDER BY user_id LIMIT $2
                """,
                after,
                limit,
            )
        elif sort is SealedSort.STAFF_FACTORS:
            rows = await self.pool.fetch(
                """
                SELECT staff_id AS owner_id, sealed FROM staff_factors
                WHERE staff_id > $1 ORDER BY staff_id LIMIT $2
                """,
                after,
                limit,
            )
        else:
            rows = await self.pool.fetch(
                """
                SELECT api_key_id AS owner_id, sealed_signing_secret AS sealed FROM api_keys
                WHERE api_key_id > $1 AND sealed_signing_secret IS NOT NULL ORDER BY api_key_id LIMIT $2
                """,
                after,
                limit,
            )
        return [struct(SealedSecret, row) for row in rows]

    async def replace(self, sort: SealedSort, kept: SealedSecret, sealed: bytes) -> bool:
        values = (kept.owner_id, kept.sealed, sealed)
        if sort is SealedSort.CUSTOMER_FACTORS:
            done: str = await self.pool.execute(
                "UPDATE user_factors SET sealed = $3 WHERE user_id = $1 AND sealed = $2", *values
            )
        elif sort is SealedSort.STAFF_FACTORS:
            done = await self.pool.execute(
                "UPDATE staff_factors SET sealed = $3 WHERE staff_id = $1 AND sealed = $2", *values
            )
        else:
            done = await self.pool.execute(
                """
                UPDATE api_keys SET sealed_signing_secret = $3
                WHERE api_key_id = $1 AND sealed_signing_secret = $2
                """,
                *values,
            )
        return done == "UPDATE 1"
