from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from adapters.postgres.rows import struct
from domain.kernel.ids import SessionId
from domain.people.sessions import MOST_LISTED, Ending, Session


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
              ended_at, end_reason, slide_seconds, device, ip
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
              access_expires_at = $7, refresh_expires_at = $8, ended_at = $9, end_reason = $10,
              slide_seconds = $11
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
            session.slide_seconds,
        )

    async def open_of(self, owner_id: UUID, at: datetime) -> list[Session]:
        rows = await self.connection.fetch(
            """
            SELECT staff_id AS owner_id, session_id AS id, secret_hash, family_hash, refresh_hash,
              refresh_no, created_at, last_seen_at, access_expires_at, refresh_expires_at,
              ended_at, end_reason, slide_seconds, device, ip
            FROM staff_sessions WHERE staff_id = $1 AND ended_at IS NULL AND refresh_expires_at > $2
            ORDER BY last_seen_at DESC, session_id DESC LIMIT $3
            """,
            owner_id,
            at,
            MOST_LISTED,
        )
        return [struct(Session, row) for row in rows]

    async def end_all(
        self, owner_id: UUID, reason: Ending, at: datetime, *, but: SessionId | None
    ) -> list[SessionId]:
        rows = await self.connection.fetch(
            """
            UPDATE staff_sessions SET ended_at = $3, end_reason = $2
            WHERE staff_id = $1 AND ended_at IS NULL AND session_id IS DISTINCT FROM $4
            RETURNING session_id
            """,
            owner_id,
            reason,
            at,
            but,
        )
        return [SessionId(row["session_id"]) for row in rows]
