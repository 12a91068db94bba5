from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from adapters.postgres.pool import Queryable
from domain.kernel.access import Access, Scope
from domain.kernel.ids import AccountId, InvitationId, UserId
from domain.people.delegation import Grant
from domain.people.invitations import Invitation
from domain.people.memberships import MemberRole
from domain.people.phones import Phone


@dataclass(frozen=True, slots=True)
class PostgresInvitations:
    connection: Queryable

    async def add(self, invitation: Invitation) -> None:
        await self.connection.execute(
            """
            INSERT INTO invitations (account_id, invitation_id, phone, role, scopes, valid_until,
              invited_by, made_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            invitation.account_id,
            invitation.id,
            invitation.phone,
            invitation.grant.role,
            sorted(invitation.grant.scopes),
            invitation.grant.valid_until,
            invitation.invited_by,
            invitation.made_at,
            invitation.expires_at,
        )

    async def found(self, account_id: AccountId, id: UUID) -> Invitation | None:
        row = await self.connection.fetchrow(
            "SELECT * FROM invitations WHERE account_id = $1 AND invitation_id = $2", account_id, id
        )
        return None if row is None else _invitation(row)

    async def save(self, invitation: Invitation) -> None:
        before = await self.found(invitation.account_id, invitation.id)
        await self.connection.execute(
            """
            UPDATE invitations
            SET code_hash = $3, accepted_by = $4, accepted_at = $5, withdrawn_at = $6
            WHERE account_id = $1 AND invitation_id = $2
            """,
            invitation.account_id,
            invitation.id,
            invitation.code_hash,
            invitation.accepted_by,
            invitation.accepted_at,
            invitation.withdrawn_at,
        )
        if before is None or before.code_hash == invitation.code_hash:
            return
        await self.connection.execute(
            "DELETE FROM invitation_codes WHERE code_hash = $1", before.code_hash or ""
        )
        await self.connection.execute(
            "INSERT INTO invitation_codes (code_hash, account_id, invitation_id) VALUES ($1, $2, $3)",
            invitation.code_hash,
            invitation.account_id,
            invitation.id,
        )

    async def by_code(self, code_hash: str) -> tuple[AccountId, InvitationId] | None:
        row = await self.connection.fetchrow(
            "SELECT account_id, invitation_id FROM invitation_codes WHERE code_hash = $1", code_hash
        )
        return None if row is None else (row["account_id"], row["invitation_id"])

    async def open_on(self, account_id: AccountId, at: datetime) -> list[Invitation]:
        rows = await self.connection.fetch(
            """
            SELECT * FROM invitations
            WHERE account_id = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > $2
            """,
            account_id,
            at,
        )
        return [_invitation(row) for row in rows]

    async def listed(self, access: Access) -> list[Invitation]:
        rows = await self.connection.fetch(
            """
            SELECT * FROM invitations
            WHERE account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
            ORDER BY made_at DESC, invitation_id LIMIT 100
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
        )
        return [_invitation(row) for row in rows]


def _invitation(row: asyncpg.Record) -> Invitation:
    return Invitation(
        id=InvitationId(row["invitation_id"]),
        account_id=AccountId(row["account_id"]),
        phone=Phone(row["phone"]),
        grant=Grant(
            role=MemberRole(row["role"]),
            scopes=frozenset(map(Scope, row["scopes"])),
            valid_until=row["valid_until"],
        ),
        invited_by=UserId(row["invited_by"]),
        made_at=row["made_at"],
        expires_at=row["expires_at"],
        code_hash=row["code_hash"],
        accepted_by=row["accepted_by"],
        accepted_at=row["accepted_at"],
        withdrawn_at=row["withdrawn_at"],
    )
