from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Union
from uuid import UUID

import asyncpg
import msgspec

from domain.people.four_eyes import Action, Approval
from domain.people.staff import Role


@dataclass(frozen=True, slots=True)
class PostgresApprovals:
    connection: asyncpg.Connection

    async def add(self, approval: Approval) -> None:
        await self.connection.execute(
            """
            INSERT INTO approvals (approval_id, kind, action, reason, asked_by, asked_by_name, asked_role,
              asked_at, expires_at, is_refused)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, false)
            """,
            approval.id,
            _kind(type(approval.action)),
            approval.action,
            approval.reason,
            approval.asked_by,
            approval.asked_by_name,
            approval.asked_role,
            approval.asked_at,
            approval.expires_at,
        )

    async def locked(self, id: UUID) -> Approval | None:
        row = await self.connection.fetchrow(
            """
            SELECT approval_id AS id, action, reason, asked_by, asked_by_name, asked_role, asked_at,
              expires_at, decided_by, decided_by_name, decided_at, is_refused
            FROM approvals WHERE approval_id = $1 FOR UPDATE
            """,
            id,
        )
        return None if row is None else _approval(row)

    async def waiting(self, action: Action, asked_by: UUID, at: datetime) -> Approval | None:
        row = await self.connection.fetchrow(
            """
            SELECT approval_id AS id, action, reason, asked_by, asked_by_name, asked_role, asked_at,
              expires_at, decided_by, decided_by_name, decided_at, is_refused
            FROM approvals
            WHERE kind = $1 AND asked_by = $2 AND action = $3 AND decided_at IS NULL AND expires_at > $4
            ORDER BY asked_at LIMIT 1
            """,
            _kind(type(action)),
            asked_by,
            action,
            at,
        )
        return None if row is None else _approval(row)

    async def waiting_about(
        self, kinds: Collection[type[Action]], about: Sequence[Mapping[str, object]], at: datetime
    ) -> list[Approval]:
        rows = await self.connection.fetch(
            """
            SELECT approval_id AS id, action, reason, asked_by, asked_by_name, asked_role, asked_at,
              expires_at, decided_by, decided_by_name, decided_at, is_refused
            FROM approvals
            WHERE kind = ANY ($1) AND action @> ANY ($2::jsonb[]) AND decided_at IS NULL AND expires_at > $3
            ORDER BY asked_at
            """,
            [_kind(kind) for kind in kinds],
            about,
            at,
        )
        return [_approval(row) for row in rows]

    async def save(self, approval: Approval) -> None:
        await self.connection.execute(
            """
            UPDATE approvals SET decided_by = $2, decided_by_name = $3, decided_at = $4, is_refused = $5
            WHERE approval_id = $1
            """,
            approval.id,
            approval.decided_by,
            approval.decided_by_name,
            approval.decided_at,
            approval.is_refused,
        )

    async def newest(self, kinds: Collection[type[Action]], limit: int) -> list[Approval]:
        rows = await self.connection.fetch(
            """
            SELECT approval_id AS id, action, reason, asked_by, asked_by_name, asked_role, asked_at,
              expires_at, decided_by, decided_by_name, decided_at, is_refused
            FROM approvals WHERE kind = ANY ($1) ORDER BY asked_at DESC, approval_id DESC LIMIT $2
            """,
            [_kind(kind) for kind in kinds],
            limit,
        )
        return [_approval(row) for row in rows]


def _approval(row: asyncpg.Record) -> Approval:
    fields = dict(row)
    # Every feature's actions are imported by the time anything is asked of a database.
    kinds: Any = Union[tuple(Action.__subclasses__())]  # noqa: UP007 - made at run time
    action: Action = msgspec.convert(fields.pop("action"), kinds)
    role = fields.pop("asked_role")
    return Approval(**fields, action=action, asked_role=Role(role) if role else None)


def _kind(kind: type[Action]) -> str:
    return str(kind.__struct_config__.tag)
