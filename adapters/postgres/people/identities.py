from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from adapters.postgres.rows import struct
from domain.kernel.ids import UserId
from domain.people.identities import Identity, IdentityTaken, SignInRequest


@dataclass(frozen=True, slots=True)
class PostgresIdentities:
    connection: asyncpg.Connection

    async def add(self, identity: Identity) -> None:
        # The registry row first: it alone says whether the identity is free.
        try:
            await self.connection.execute(
                "INSERT INTO external_identities (identity, user_id, identity_id) VALUES ($1, $2, $3)",
                _key(identity.issuer, identity.subject),
                identity.user_id,
                identity.id,
            )
        except asyncpg.UniqueViolationError:
            raise IdentityTaken from None
        await self.connection.execute(
            """
            INSERT INTO user_identities
              (user_id, identity_id, provider, issuer, subject, name, linked_at, last_used_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            identity.user_id,
            identity.id,
            identity.provider,
            identity.issuer,
            identity.subject,
            identity.name,
            identity.linked_at,
            identity.last_used_at,
        )

    async def linked(self, issuer: str, subject: str) -> Identity | None:
        # Two statements: on Citus the registry and the user's rows lie on different shards.
        found = await self.connection.fetchrow(
            "SELECT user_id, identity_id FROM external_identities WHERE identity = $1", _key(issuer, subject)
        )
        if found is None:
            return None
        row = await self.connection.fetchrow(
            """
            SELECT identity_id AS id, user_id, provider, issuer, subject, name, linked_at, last_used_at
            FROM user_identities WHERE user_id = $1 AND identity_id = $2
            """,
            found["user_id"],
            found["identity_id"],
        )
        return None if row is None else struct(Identity, row)

    async def of_user(self, user_id: UserId) -> list[Identity]:
        rows = await self.connection.fetch(
            """
            SELECT identity_id AS id, user_id, provider, issuer, subject, name, linked_at, last_used_at
            FROM user_identities WHERE user_id = $1 ORDER BY linked_at, identity_id
            """,
            user_id,
        )
        return [struct(Identity, row) for row in rows]

    async def save(self, identity: Identity) -> None:
        await self.connection.execute(
            "UPDATE user_identities SET name = $3, last_used_at = $4 WHERE user_id = $1 AND identity_id = $2",
            identity.user_id,
            identity.id,
            identity.name,
            identity.last_used_at,
        )

    async def remove(self, user_id: UserId, identity_id: UUID) -> bool:
        removed = await self.connection.fetchrow(
            """
            DELETE FROM user_identities WHERE user_id = $1 AND identity_id = $2
            RETURNING issuer, subject
            """,
            user_id,
            identity_id,
        )
        if removed is None:
            return False
        await self.connection.execute(
            "DELETE FROM external_identities WHERE identity = $1",
            _key(removed["issuer"], removed["subject"]),
        )
        return True

    async def add_request(self, request: SignInRequest) -> None:
        await self.connection.execute(
            """
            INSERT INTO sign_in_requests
              (state_hash, secret_hash, provider, nonce, verifier, return_to, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            request.state_hash,
            request.secret_hash,
            request.provider,
            request.nonce,
            request.verifier,
            request.return_to,
            request.expires_at,
        )

    async def return_path(self, state_hash: bytes, provider: str) -> str | None:
        found: str | None = await self.connection.fetchval(
            "SELECT return_to FROM sign_in_requests WHERE state_hash = $1 AND provider = $2",
            state_hash,
            provider,
        )
        return found

    async def take_request(self, state_hash: bytes) -> SignInRequest | None:
        row = await self.connection.fetchrow(
            """
            DELETE FROM sign_in_requests WHERE state_hash = $1
            RETURNING state_hash, secret_hash, provider, nonce, verifier, return_to, expires_at
            """,
            state_hash,
        )
        return None if row is None else struct(SignInRequest, row)

    async def prune_requests(self, before: datetime) -> int:
        status: str = await self.connection.execute(
            "DELETE FROM sign_in_requests WHERE expires_at < $1", before
        )
        return int(status.rpartition(" ")[2])


def _key(issuer: str, subject: str) -> str:
    """The issuer is a URL of our settings and holds no bar, so the first bar parts the two."""
    return f"{issuer}|{subject}"
