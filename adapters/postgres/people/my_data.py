from dataclasses import dataclass

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.kernel.ids import UserId
from domain.people.my_data import OwnMembership, OwnSession


@dataclass(frozen=True, slots=True)
class PostgresMyData:
    connection: Queryable

    async def sessions(self, user_id: UserId, limit: int) -> list[OwnSession]:
        rows = await self.connection.fetch(
            """
            SELECT created_at, last_seen_at, ended_at, end_reason, device, ip
            FROM user_sessions WHERE user_id = $1 ORDER BY created_at DESC, session_id DESC LIMIT $2
            """,
            user_id,
            limit,
        )
        return [struct(OwnSession, row) for row in rows]

    async def memberships(self, user_id: UserId, limit: int) -> list[OwnMembership]:
        accounts = await self.connection.fetch(
            "SELECT account_id FROM user_accounts WHERE user_id = $1 ORDER BY account_id LIMIT $2",
            user_id,
            limit,
        )
        found = []
        for account in accounts:  # each lies on a shard of its own
            row = await self.connection.fetchrow(
                """
                SELECT account_id, role, scopes, added_at, valid_until
                FROM account_members WHERE account_id = $1 AND user_id = $2
                """,
                account["account_id"],
                user_id,
            )
            if row is not None:
                found.append(struct(OwnMembership, row))
        return found
