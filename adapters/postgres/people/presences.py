"""The check of a token: one query by primary key at each request."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from adapters.postgres.store import CONNECTION_LOST
from domain.kernel.access import Actor, ActorKind, Scope
from domain.kernel.errors import Unavailable
from domain.kernel.ids import SessionId
from domain.people.sessions import Presence
from domain.people.staff import SCOPES, Role
from domain.people.tokens import AccessToken, Holder, KeyToken


@dataclass(frozen=True, slots=True)
class PostgresPresences:
    pool: asyncpg.Pool

    async def of(self, shown: AccessToken | KeyToken) -> Presence | None:
        try:
            if isinstance(shown, KeyToken):
                return await self._system(shown)
            if shown.holder is Holder.STAFF:
                return await self._staff(shown)
            return await self._customer(shown)
        except CONNECTION_LOST as error:
            raise Unavailable from error

    async def saw(self, shown: AccessToken | KeyToken, at: datetime) -> None:
        if isinstance(shown, KeyToken):
            await self.pool.execute(
                "UPDATE api_keys SET last_used_at = $2 WHERE api_key_id = $1", shown.api_key_id, at
            )
        elif shown.holder is Holder.STAFF:
            await self.pool.execute(
                """
                UPDATE staff_sessions SET last_seen_at = $3, access_expires_at = CASE
                  WHEN slide_seconds IS NULL THEN access_expires_at
                  ELSE LEAST($3::timestamptz + slide_seconds * interval '1 second', refresh_expires_at)
                END
                WHERE staff_id = $1 AND session_id = $2
                """,
                shown.owner_id,
                shown.session_id,
                at,
            )
        else:
            await self.pool.execute(
                """
                UPDATE user_sessions SET last_seen_at = $3, access_expires_at = CASE
                  WHEN slide_seconds IS NULL THEN access_expires_at
                  ELSE LEAST($3::timestamptz + slide_seconds * interval '1 second', refresh_expires_at)
                END
                WHERE user_id = $1 AND session_id = $2
                """,
                shown.owner_id,
                shown.session_id,
                at,
            )

    def forget(self, owner_id: UUID, session_id: SessionId) -> None:
        """Nothing is remembered here."""

    async def _customer(self, shown: AccessToken) -> Presence | None:
        row = await self.pool.fetchrow(
            """
            SELECT s.secret_hash, s.access_expires_at, s.last_seen_at, u.name,
              ARRAY(
                SELECT c.document_id FROM user_consents c
                WHERE c.user_id = s.user_id AND c.withdrawn_at IS NULL
              ) AS agreed
            FROM user_sessions s JOIN users u ON u.user_id = s.user_id
            WHERE s.user_id = $1 AND s.session_id = $2 AND s.ended_at IS NULL
            """,
            shown.owner_id,
            shown.session_id,
        )
        if row is None:
            return None
        actor = Actor(
            kind=ActorKind.CUSTOMER,
            id=shown.owner_id,
            name=row["name"],
            session_id=shown.session_id,
            agreed=frozenset(row["agreed"]),
        )
        return _presence(actor, row)

    async def _staff(self, shown: AccessToken) -> Presence | None:
        row = await self.pool.fetchrow(
            """
            SELECT s.secret_hash, s.access_expires_at, s.last_seen_at, m.name, m.role,
              f.confirmed_at IS NULL AS must_enrol
            FROM staff_sessions s JOIN staff m ON m.staff_id = s.staff_id
              LEFT JOIN staff_factors f ON f.staff_id = s.staff_id
            WHERE s.staff_id = $1 AND s.session_id = $2 AND s.ended_at IS NULL AND m.disabled_at IS NULL
            """,
            shown.owner_id,
            shown.session_id,
        )
        if row is None:
            return None
        actor = Actor(
            kind=ActorKind.STAFF,
            id=shown.owner_id,
            name=row["name"],
            session_id=shown.session_id,
            role=row["role"],
            scopes=frozenset() if row["must_enrol"] else SCOPES[Role(row["role"])],
            must_enrol=row["must_enrol"],
        )
        return _presence(actor, row)

    async def _system(self, shown: KeyToken) -> Presence | None:
        row = await self.pool.fetchrow(
            """
            SELECT k.secret_hash, k.expires_at, k.last_used_at, s.name, k.scopes
            FROM api_keys k JOIN systems s ON s.system_id = k.system_id
            WHERE k.api_key_id = $1 AND k.revoked_at IS NULL
            """,
            shown.api_key_id,
        )
        if row is None:
            return None
        scopes = frozenset(Scope(scope) for scope in row["scopes"])
        return Presence(
            actor=Actor(kind=ActorKind.SYSTEM, id=shown.api_key_id, name=row["name"], scopes=scopes),
            secret_hash=row["secret_hash"],
            expires_at=row["expires_at"],
            last_seen_at=row["last_used_at"],
        )


def _presence(actor: Actor, row: asyncpg.Record) -> Presence:
    return Presence(
        actor=actor,
        secret_hash=row["secret_hash"],
        expires_at=row["access_expires_at"],
        last_seen_at=row["last_seen_at"],
    )
