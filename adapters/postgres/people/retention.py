"""Deleting what is past its term: of people and staff, and the rights they had. What is old is looked up
over all; each owner's rows go by their key."""

from dataclasses import dataclass
from datetime import datetime

from adapters.postgres.people.retention_of_dealings import DealingsRetention, by_owner


@dataclass(frozen=True, slots=True)
class PostgresRetention(DealingsRetention):
    """Implements `Retention`."""

    async def sessions(self, before: datetime, limit: int) -> int:
        """Report over all people: sessions that were over before that."""
        rows = await self.connection.fetch(
            """
            SELECT user_id, session_id FROM user_sessions
            WHERE least(ended_at, refresh_expires_at) < $1
            ORDER BY least(ended_at, refresh_expires_at) LIMIT $2
            """,
            before,
            limit,
        )
        for user_id, session_ids in by_owner(rows):
            await self.connection.execute(
                "DELETE FROM user_sessions WHERE user_id = $1 AND session_id = ANY($2)", user_id, session_ids
            )
        return len(rows)

    async def staff_sessions(self, before: datetime, limit: int) -> int:
        status: str = await self.connection.execute(
            """
            DELETE FROM staff_sessions WHERE (staff_id, session_id) IN (
              SELECT staff_id, session_id FROM staff_sessions
              WHERE least(ended_at, refresh_expires_at) < $1 LIMIT $2)
            """,
            before,
            limit,
        )
        return int(status.rpartition(" ")[2])

    async def views(self, before: datetime, limit: int) -> int:
        """Report over all accounts: looks of staff older than that."""
        rows = await self.connection.fetch(
            "SELECT account_id, view_id FROM account_views WHERE at < $1 ORDER BY at LIMIT $2", before, limit
        )
        for account_id, view_ids in by_owner(rows):
            await self.connection.execute(
                "DELETE FROM account_views WHERE account_id = $1 AND view_id = ANY($2)", account_id, view_ids
            )
        return len(rows)

    async def consents(self, before: datetime, limit: int) -> int:
        """Report over all people: consents withdrawn before that."""
        rows = await self.connection.fetch(
            """
            SELECT user_id, consent_id FROM user_consents
            WHERE withdrawn_at < $1 ORDER BY withdrawn_at LIMIT $2
            """,
            before,
            limit,
        )
        for user_id, consent_ids in by_owner(rows):
            await self.connection.execute(
                "DELETE FROM user_consents WHERE user_id = $1 AND consent_id = ANY($2)", user_id, consent_ids
            )
        return len(rows)

    async def notices(self, before: datetime, limit: int) -> int:
        """Report over all people: notices made before that."""
        rows = await self.connection.fetch(
            "SELECT user_id, notice_id FROM notices WHERE made_at < $1 ORDER BY made_at LIMIT $2",
            before,
            limit,
        )
        for user_id, notice_ids in by_owner(rows):
            await self.connection.execute(
                "DELETE FROM notices WHERE user_id = $1 AND notice_id = ANY($2)", user_id, notice_ids
            )
        return len(rows)

    async def erasures(self, before: datetime, limit: int) -> int:
        """Report over all people: erasures older than that."""
        rows = await self.connection.fetch(
            "SELECT user_id FROM erasures WHERE erased_at < $1 ORDER BY erased_at LIMIT $2", before, limit
        )
        for row in rows:
            await self.connection.execute("DELETE FROM erasures WHERE user_id = $1", row["user_id"])
        return len(rows)

    async def staff_log(self, before: datetime, limit: int) -> int:
        status: str = await self.connection.execute(
            """
            DELETE FROM staff_log WHERE entry_id IN (
              SELECT entry_id FROM staff_log WHERE at < $1 ORDER BY at LIMIT $2)
            """,
            before,
            limit,
        )
        return int(status.rpartition(" ")[2])

    async def approvals(self, before: datetime, limit: int) -> int:
        status: str = await self.connection.execute(
            """
            DELETE FROM approvals WHERE approval_id IN (
              SELECT approval_id FROM approvals WHERE asked_at < $1 ORDER BY asked_at LIMIT $2)
            """,
            before,
            limit,
        )
        return int(status.rpartition(" ")[2])

    async def invitations(self, before: datetime, limit: int) -> int:
        """Report over all accounts: invitations that ran out before that, and their codes."""
        rows = await self.connection.fetch(
            """
            SELECT account_id, invitation_id, code_hash FROM invitations
            WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
            """,
            before,
            limit,
        )
        for code_hash in sorted(row["code_hash"] for row in rows if row["code_hash"]):
            await self.connection.execute("DELETE FROM invitation_codes WHERE code_hash = $1", code_hash)
        for account_id, ids in by_owner((row["account_id"], row["invitation_id"]) for row in rows):
            await self.connection.execute(
                "DELETE FROM invitations WHERE account_id = $1 AND invitation_id = ANY($2)", account_id, ids
            )
        return len(rows)
