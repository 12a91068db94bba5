"""Whose letters are taken for which account. The account's list decides; the registry only finds it."""

from dataclasses import dataclass

import msgspec

from adapters.postgres.pool import Queryable
from adapters.postgres.rows import struct
from domain.accounts.accounts import AccountNotFound
from domain.kernel.access import Access
from domain.kernel.ids import AccountId
from domain.mail.senders import Sender, SenderAccount, SenderNotFound, TooManySenders


@dataclass(frozen=True, slots=True)
class PostgresSenders:
    connection: Queryable

    async def of_account(self, access: Access) -> list[Sender]:
        rows = await self.connection.fetch(
            """
            SELECT a.account_id, s.email, s.is_sure, s.added_at, s.added_by_kind, s.added_by, s.added_by_name
            FROM accounts a LEFT JOIN account_senders s ON s.account_id = a.account_id
            WHERE a.account_id = $1 AND ($2::uuid IS NULL OR EXISTS (
              SELECT FROM account_members m WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
              AND (m.valid_until IS NULL OR m.valid_until > $4)))
            ORDER BY s.email
            """,
            *(access.account_id, access.actor.user_id, access.scope, access.at),
        )
        if not rows:
            raise AccountNotFound
        return [struct(Sender, row) for row in rows if row["email"] is not None]

    async def add(self, sender: Sender, most: int) -> Sender:
        # The account's row first: two that add at once count one after the other.
        await self.connection.execute(
            "SELECT FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE", sender.account_id
        )
        count = await self.connection.fetchval(
            "SELECT count(*) FROM account_senders WHERE account_id = $1 AND email <> $2",
            *(sender.account_id, sender.email),
        )
        if count >= most:
            raise TooManySenders(most=most)
        row = await self.connection.fetchrow(
            """
            INSERT INTO account_senders
              (account_id, email, is_sure, added_at, added_by_kind, added_by, added_by_name)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (account_id, email)
            DO UPDATE SET is_sure = account_senders.is_sure OR excluded.is_sure
            RETURNING account_id, email, is_sure, added_at, added_by_kind, added_by, added_by_name
            """,
            *msgspec.structs.astuple(sender),
        )
        await self.connection.execute(
            "INSERT INTO sender_addresses (email, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            *(sender.email, sender.account_id),
        )
        assert row is not None
        return struct(Sender, row)

    async def remove(self, account_id: AccountId, email: str) -> None:
        gone = await self.connection.fetchval(
            "DELETE FROM account_senders WHERE account_id = $1 AND email = $2 RETURNING true",
            *(account_id, email),
        )
        if not gone:
            raise SenderNotFound
        await self.connection.execute(
            "DELETE FROM sender_addresses WHERE email = $1 AND account_id = $2", email, account_id
        )

    async def accounts_of(self, email: str, limit: int) -> list[SenderAccount]:
        named = await self.connection.fetch(
            "SELECT account_id FROM sender_addresses WHERE email = $1 ORDER BY account_id LIMIT $2",
            *(email, limit),
        )
        found = []
        for one in named:
            row = await self.connection.fetchrow(
                """
                SELECT a.account_id, a.number, s.is_sure
                FROM account_senders s JOIN accounts a ON a.account_id = s.account_id
                WHERE s.account_id = $1 AND s.email = $2 AND a.closed_at IS NULL
                """,
                *(one["account_id"], email),
            )
            if row is not None:
                found.append(struct(SenderAccount, row))
        return sorted(found, key=lambda account: account.number)

    async def make_sure(self, account_id: AccountId, email: str) -> None:
        await self.connection.execute(
            "UPDATE account_senders SET is_sure = true WHERE account_id = $1 AND email = $2 AND NOT is_sure",
            *(account_id, email),
        )

    async def account_by_number(self, number: str) -> AccountId | None:
        found = await self.connection.fetchval(
            "SELECT account_id FROM account_numbers WHERE number = $1", number
        )
        return None if found is None else AccountId(found)
