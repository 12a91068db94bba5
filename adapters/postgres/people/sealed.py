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
        elif sort is SealedSort.WEBHOOK_SECRETS:
            found = await self.pool.fetchval("SELECT count(*) FROM webhook_endpoints")
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
        elif sort is SealedSort.WEBHOOK_SECRETS:
            rows = await self.pool.fetch(
                """
                SELECT endpoint_id AS owner_id, sealed FROM webhook_endpoints
                WHERE endpoint_id > $1 ORDER BY endpoint_id LIMIT $2
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
        elif sort is SealedSort.WEBHOOK_SECRETS:
            account_id = await self._account_of_webhook(kept.owner_id)
            done = await self.pool.execute(
                """
                UPDATE webhook_endpoints SET sealed = $3
                WHERE endpoint_id = $1 AND sealed = $2 AND account_id = $4
                """,
                *values,
                account_id,
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

    async def _account_of_webhook(self, endpoint_id: UUID) -> UUID | None:
        """Report over all accounts: whose it is."""
        found: UUID | None = await self.pool.fetchval(
            "SELECT account_id FROM webhook_endpoints WHERE endpoint_id = $1", endpoint_id
        )
        return found
