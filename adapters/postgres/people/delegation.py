from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.accounts.accounts import AccountNotFound
from domain.kernel.access import Access
from domain.kernel.ids import AccountId, UserId
from domain.people.delegation import Circle, HandOver
from domain.people.grants import GrantRecord
from domain.people.memberships import Membership


@dataclass(frozen=True, slots=True)
class PostgresDelegations:
    connection: Queryable

    async def circle(self, access: Access) -> Circle:
        account = await self.connection.fetchrow(
            """
            SELECT account_id, closed_at, transfer_from, transfer_to, transfer_at
            FROM accounts
            WHERE account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
        )
        return await self._circle(account)

    async def circle_locked(self, access: Access) -> Circle:
        """The lock comes first: what is read must be newer than it."""
        await self.connection.execute(
            "SELECT 1 FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE", access.account_id
        )
        return await self.circle(access)

    async def _circle(self, account: asyncpg.Record | None) -> Circle:
        if account is None:
            raise AccountNotFound
        rows = await self.connection.fetch(
            """
            SELECT account_id, user_id, scopes, role, added_at, valid_until
            FROM account_members WHERE account_id = $1 ORDER BY added_at, user_id
            """,
            account["account_id"],
        )
        promised = None
        if account["transfer_at"]:
            promised = HandOver(
                from_user_id=account["transfer_from"],
                to_user_id=account["transfer_to"],
                at=account["transfer_at"],
            )
        return Circle(
            account_id=account["account_id"],
            members=tuple(struct(Membership, row) for row in rows),
            closed_at=account["closed_at"],
            promised=promised,
        )

    async def keep(self, membership: Membership) -> None:
        await self.connection.execute(
            """
            INSERT INTO account_members (account_id, user_id, scopes, role, valid_until, added_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (account_id, user_id) DO UPDATE
            SET scopes = excluded.scopes, role = excluded.role, valid_until = excluded.valid_until,
                added_at = excluded.added_at
            """,
            membership.account_id,
            membership.user_id,
            sorted(membership.scopes),
            membership.role,
            membership.valid_until,
            membership.added_at,
        )
        await self.connection.execute(
            """
            INSERT INTO user_accounts (user_id, account_id, added_at)
            VALUES ($1, $2, $3) ON CONFLICT (user_id, account_id) DO NOTHING
            """,
            membership.user_id,
            membership.account_id,
            membership.added_at,
        )

    async def end(self, account_id: AccountId, user_id: UserId) -> None:
        await self.connection.execute(
            "DELETE FROM account_members WHERE account_id = $1 AND user_id = $2", account_id, user_id
        )
        await self.connection.execute(
            "DELETE FROM user_accounts WHERE user_id = $1 AND account_id = $2", user_id, account_id
        )

    async def record(self, record: GrantRecord) -> None:
        await self.connection.execute(
            """
            INSERT INTO account_grants (account_id, grant_id, what, user_id, invitation_id, role, scopes,
              valid_until, by_kind, by_id, at, reason)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            record.account_id,
            record.id,
            record.what,
            record.user_id,
            record.invitation_id,
            record.role,
            sorted(record.scopes),
            record.valid_until,
            record.by_kind,
            record.by_id,
            record.at,
            record.reason,
        )

    async def log(self, access: Access, *, before: UUID | None, limit: int) -> list[GrantRecord]:
        """Ids grow with time."""
        rows = await self.connection.fetch(
            """
            SELECT grant_id AS id, account_id, what, user_id, invitation_id, role, scopes, valid_until,
                   by_kind, by_id, at, reason
            FROM account_grants
            WHERE account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
              AND ($5::uuid IS NULL OR grant_id < $5)
            ORDER BY grant_id DESC LIMIT $6
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            before,
            limit,
        )
        return [msgspec.convert(dict(row), GrantRecord) for row in rows]

    async def last_moment(self, account_id: AccountId, user_id: UserId) -> list[GrantRecord]:
        rows = await self.connection.fetch(
            """
            SELECT grant_id AS id, account_id, what, user_id, invitation_id, role, scopes, valid_until,
                   by_kind, by_id, at, reason
            FROM account_grants
            WHERE account_id = $1
              AND at = (SELECT at FROM account_grants WHERE account_id = $1 AND user_id = $2
                        ORDER BY grant_id DESC LIMIT 1)
            ORDER BY grant_id
            """,
            account_id,
            user_id,
        )
        return [msgspec.convert(dict(row), GrantRecord) for row in rows]

    async def promise(self, account_id: AccountId, change: HandOver | None) -> None:
        await self.connection.execute(
            """
            UPDATE accounts SET transfer_from = $2, transfer_to = $3, transfer_at = $4
            WHERE account_id = $1
            """,
            account_id,
            change.from_user_id if change else None,
            change.to_user_id if change else None,
            change.at if change else None,
        )

    async def hand_over(self, account_id: AccountId, at: datetime) -> None:
        await self.connection.execute(
            """
            UPDATE accounts
            SET held_since = $2, transfer_from = NULL, transfer_to = NULL, transfer_at = NULL
            WHERE account_id = $1
            """,
            account_id,
            at,
        )

    async def close(self, account_id: AccountId, at: datetime) -> None:
        number = await self.connection.fetchval(
            """
            UPDATE accounts
            SET closed_at = $2, transfer_from = NULL, transfer_to = NULL, transfer_at = NULL
            WHERE account_id = $1 RETURNING number
            """,
            account_id,
            at,
        )
        await self.connection.execute(
            "UPDATE account_heads SET closed = true WHERE account_id = $1", account_id
        )
        await self.connection.execute("UPDATE account_numbers SET closed = true WHERE number = $1", number)
