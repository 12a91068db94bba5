from dataclasses import dataclass
from datetime import datetime

import asyncpg

from adapters.postgres.rows import struct
from domain.kernel.ids import UserId
from domain.people.passkeys import Passkey, PasskeyChallenge, PasskeyTaken


@dataclass(frozen=True, slots=True)
class PostgresPasskeys:
    connection: asyncpg.Connection

    async def add(self, passkey: Passkey) -> None:
        # The registry row first: it alone says whether the key is kept already.
        try:
            await self.connection.execute(
                "INSERT INTO passkey_credentials (credential, user_id) VALUES ($1, $2)",
                passkey.credential_id.hex(),
                passkey.user_id,
            )
        except asyncpg.UniqueViolationError:
            raise PasskeyTaken from None
        await self.connection.execute(
            """
            INSERT INTO user_passkeys
              (user_id, credential_id, public_key, sign_count, name, transports, created_at, last_used_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            passkey.user_id,
            passkey.credential_id,
            passkey.public_key,
            passkey.sign_count,
            passkey.name,
            passkey.transports,
            passkey.created_at,
            passkey.last_used_at,
        )

    async def of_user(self, user_id: UserId) -> list[Passkey]:
        rows = await self.connection.fetch(
            """
            SELECT user_id, credential_id, public_key, sign_count, name, transports, created_at, last_used_at
            FROM user_passkeys WHERE user_id = $1 ORDER BY created_at, credential_id
            """,
            user_id,
        )
        return [struct(Passkey, row) for row in rows]

    async def locked(self, credential_id: bytes) -> Passkey | None:
        # Two statements: on Citus the registry and the user's rows lie on different shards.
        user_id = await self.connection.fetchval(
            "SELECT user_id FROM passkey_credentials WHERE credential = $1", credential_id.hex()
        )
        row = await self.connection.fetchrow(
            """
            SELECT user_id, credential_id, public_key, sign_count, name, transports, created_at, last_used_at
            FROM user_passkeys WHERE user_id = $1 AND credential_id = $2 FOR UPDATE
            """,
            user_id,
            credential_id,
        )
        return None if row is None else struct(Passkey, row)

    async def save(self, passkey: Passkey) -> None:
        await self.connection.execute(
            """
            UPDATE user_passkeys SET sign_count = $3, last_used_at = $4
            WHERE user_id = $1 AND credential_id = $2
            """,
            passkey.user_id,
            passkey.credential_id,
            passkey.sign_count,
            passkey.last_used_at,
        )

    async def remove(self, user_id: UserId, credential_id: bytes) -> bool:
        removed = await self.connection.fetchval(
            "DELETE FROM user_passkeys WHERE user_id = $1 AND credential_id = $2 RETURNING true",
            user_id,
            credential_id,
        )
        if removed:
            await self.connection.execute(
                "DELETE FROM passkey_credentials WHERE credential = $1", credential_id.hex()
            )
        return removed is not None

    async def add_challenge(self, challenge: PasskeyChallenge) -> None:
        await self.connection.execute(
            "INSERT INTO passkey_challenges (value, user_id, expires_at) VALUES ($1, $2, $3)",
            challenge.value,
            challenge.user_id,
            challenge.expires_at,
        )

    async def take_challenge(self, value: bytes) -> PasskeyChallenge | None:
        row = await self.connection.fetchrow(
            "DELETE FROM passkey_challenges WHERE value = $1 RETURNING value, user_id, expires_at", value
        )
        return None if row is None else struct(PasskeyChallenge, row)

    async def prune_challenges(self, before: datetime) -> int:
        status: str = await self.connection.execute(
            "DELETE FROM passkey_challenges WHERE expires_at < $1", before
        )
        return int(status.rpartition(" ")[2])
