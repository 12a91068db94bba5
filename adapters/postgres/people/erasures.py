"""Emptying a person. ERASED names what becomes of each table of the group `user`: here, or by the port of
its own that services/people/erasure.py asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import asyncpg

from adapters.postgres.rows import struct
from domain.kernel.ids import AccountId, SessionId, UserId
from domain.people.erasure import Erasure, ProofKind

ERASED: Mapping[str, str] = MappingProxyType(
    {
        "users": "emptied: the row stays for what refers to it",
        "user_sessions": "deleted",
        "user_accounts": "left one by one, with the mirror account_members",
        "user_passkeys": "removed, with the registry",
        "user_identities": "removed, with the registry",
        "user_factors": "forgotten",
        "user_fallback_codes": "forgotten",
        "user_consents": "withdrawn; address and device emptied",
        "erasures": "written",
        "notices": "deleted",
        "notice_preferences": "deleted",
        "saved_methods": "deleted",
    }
)
"""A test compares it with the declared tables: a new one must say what erasure does to it."""


@dataclass(frozen=True, slots=True)
class PostgresErasures:
    connection: asyncpg.Connection

    async def found(self, user_id: UserId) -> Erasure | None:
        # The person's row first: two erasures of one person go one after the other.
        await self.connection.fetchval("SELECT true FROM users WHERE user_id = $1 FOR UPDATE", user_id)
        row = await self.connection.fetchrow(
            """
            SELECT user_id, erased_at, proof, accounts_left, sessions_ended, consents_withdrawn
            FROM erasures WHERE user_id = $1
            """,
            user_id,
        )
        return None if row is None else struct(Erasure, row)

    async def accounts_of(self, user_id: UserId) -> list[AccountId]:
        rows = await self.connection.fetch(
            "SELECT account_id FROM user_accounts WHERE user_id = $1 ORDER BY account_id", user_id
        )
        return [row["account_id"] for row in rows]

    async def forget_phone(self, account_id: AccountId, user_id: UserId) -> None:
        await self.connection.execute(
            "UPDATE invitations SET phone = '' WHERE account_id = $1 AND accepted_by = $2",
            account_id,
            user_id,
        )

    async def forget_sendings(self, account_id: AccountId, user_id: UserId) -> None:
        # Files of drafts: the next sweep takes them, with their bytes.
        await self.connection.execute(
            """
            UPDATE attachments SET by_name = '', changed_at = to_timestamp(0)
            WHERE account_id = $1 AND by_id = $2 AND NOT is_told AND state <> 'checking' AND NOT EXISTS (
              SELECT FROM cases c
              WHERE c.account_id = attachments.account_id AND c.case_id = attachments.case_id)
            """,
            account_id,
            user_id,
        )
        await self.connection.execute(
            "DELETE FROM case_drafts WHERE account_id = $1 AND by_id = $2", account_id, user_id
        )
        await self.connection.execute(
            """
            UPDATE reading_files SET sender = jsonb_set(sender, '{name}', '""')
            WHERE account_id = $1 AND sender ->> 'id' = $2
            """,
            account_id,
            str(user_id),
        )

    async def erase(
        self, user_id: UserId, proof: ProofKind, at: datetime, *, accounts_left: int
    ) -> tuple[Erasure, list[SessionId]]:
        sessions = await self.connection.fetch(
            "DELETE FROM user_sessions WHERE user_id = $1 RETURNING session_id", user_id
        )
        erasure = Erasure(
            user_id=user_id,
            erased_at=at,
            proof=proof,
            accounts_left=accounts_left,
            sessions_ended=len(sessions),
            consents_withdrawn=await self._withdraw_consents(user_id, at),
        )
        await self.connection.execute("DELETE FROM notices WHERE user_id = $1", user_id)
        await self.connection.execute("DELETE FROM saved_methods WHERE user_id = $1", user_id)
        await self.connection.execute("DELETE FROM notice_preferences WHERE user_id = $1", user_id)
        await self._empty_person(user_id)
        await self._note(erasure)
        return erasure, [SessionId(row["session_id"]) for row in sessions]

    async def _withdraw_consents(self, user_id: UserId, at: datetime) -> int:
        status: str = await self.connection.execute(
            """
            UPDATE user_consents SET withdrawn_at = greatest($2, given_at)
            WHERE user_id = $1 AND withdrawn_at IS NULL
            """,
            user_id,
            at,
        )
        await self.connection.execute(
            "UPDATE user_consents SET ip = '', device = '' WHERE user_id = $1", user_id
        )
        return int(status.rpartition(" ")[2])

    async def _empty_person(self, user_id: UserId) -> None:
        phone = await self.connection.fetchval("SELECT phone FROM users WHERE user_id = $1", user_id)
        await self.connection.execute(
            "DELETE FROM user_logins WHERE login = $1 AND user_id = $2", phone, user_id
        )
        await self.connection.execute(
            """
            UPDATE users SET phone = '', email = NULL, name = '', password_hash = NULL WHERE user_id = $1
            """,
            user_id,
        )

    async def _note(self, erasure: Erasure) -> None:
        await self.connection.execute(
            """
            INSERT INTO erasures (user_id, erased_at, proof, accounts_left, sessions_ended,
              consents_withdrawn)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            erasure.user_id,
            erasure.erased_at,
            erasure.proof,
            erasure.accounts_left,
            erasure.sessions_ended,
            erasure.consents_withdrawn,
        )
