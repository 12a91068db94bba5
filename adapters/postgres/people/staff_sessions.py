from dataclasses import dataclass
from uuid import UUID

import asyncpg

from adapters.postgres.rows import struct
from domain.kernel.ids import SessionId
from domain.people.sessions import Session


@dataclass(frozen=True, slots=True)
class PostgresStaffSessions:
    """Sessions of staff."""

    connection: asyncpg.Connection

    async def add(self, session: Session) -> None:
        await self.connection.execute(
            """
            INSERT INTO staff_sessions (staff_id, session_id, secret_hash, family_hash, refresh_hash,
              refresh_no, created_at, last_seen_at, access_expires_at, refresh_expires_at, device, ip)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            session.owner_id,
            session.id,
            session.secret_hash,
            session.family_hash,
            session.refresh_hash,
            session.refresh_no,
            session.created_at,
            session.last_seen_at,
            session.access_expires_at,
            session.refresh_expires_at,
            session.device,
            session.ip,
        )

    async def locked(self, owner_id: UUID, session_id: SessionId) -> Session | None:
        row = await self.connection.fetchrow(
            """
            SELECT staff_id AS owner_id, session_id AS id, secret_hash, family_hash, refresh_hash,
              refresh_no, created_at, last_seen_at, access_expires_at, refresh_expires_at,
              ended_at, end_reason, device, ip
            FROM staff_sessions WHERE staff_id = $1 AND session_id = $2 FOR UPDATE
            """,
            owner_id,
            session_id,
        )
        return None if row is None else struct(Session, row)

    async def save(self, session: Session) -> None:
        await self.connection.execute(
            """
            UPDATE staff_sessions
            SET secret_hash = $3, refresh_hash = $4, refresh_no = $5, last_seen_at = $6,
              access_expires_at = $7, refresh_expires_at = $8, ended_at = $9, end_reason = $10
            WHERE staff_id = $1 AND session_id = $2
            """,
            session.owner_id,
            session.id,
            session.secret_hash,
            session.refresh_hash,
            session.refresh_no,
            session.last_seen_at,
            session.access_expires_at,
            session.refresh_expires_at,
            session.ended_at,
            session.end_reason,
        )
