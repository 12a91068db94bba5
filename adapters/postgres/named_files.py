"""Which files rows name: whoever keeps files on DiskFiles names them here, or they are swept."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.postgres.pool import Queryable
from domain.kernel.ids import AccountId


@dataclass(frozen=True, slots=True)
class PostgresNamedFiles:
    connection: Queryable

    async def among(self, account_id: AccountId, names: Sequence[str]) -> set[str]:
        rows = await self.connection.fetch(
            """
            SELECT insistence ->> 'photo_sha256' AS name FROM readings
            WHERE account_id = $1 AND insistence ->> 'photo_sha256' IS NOT NULL
              AND insistence ->> 'photo_sha256' = ANY($2)
            """,
            account_id,
            names,
        )
        return {row["name"] for row in rows}
