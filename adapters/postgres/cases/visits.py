"""Hours on offer, and the visits booked for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from adapters.postgres.cases.stored import lenient
from adapters.postgres.pool import Queryable
from domain.cases.slots import Slot
from domain.cases.steps import StepBy
from domain.cases.visits import Visit
from domain.kernel.access import Access
from domain.kernel.errors import TryAgain
from domain.kernel.ids import AccountId, CaseId, MeterId, VisitId
from domain.readings.acts import VisitAct


@dataclass(frozen=True, slots=True)
class PostgresVisits:
    connection: Queryable

    async def slots(
        self, area: str, since: datetime, until: datetime, *, is_free: bool, limit: int
    ) -> list[Slot]:
        rows = await self.connection.fetch(
            """
            SELECT slot_id AS id, area, starts_at, ends_at, capacity, taken_count FROM visit_slots
            WHERE area = $1 AND starts_at >= $2 AND starts_at < $3 AND (NOT $4 OR taken_count < capacity)
            ORDER BY starts_at, slot_id LIMIT $5
            """,
            area,
            since,
            until,
            is_free,
            limit,
        )
        return [msgspec.convert(dict(row), Slot) for row in rows]

    async def slots_locked(self, slot_ids: Sequence[UUID]) -> Mapping[UUID, Slot]:
        found = {}
        for slot_id in sorted(set(slot_ids)):
            row = await self.connection.fetchrow(
                """
                SELECT slot_id AS id, area, starts_at, ends_at, capacity, taken_count FROM visit_slots
                WHERE slot_id = $1 FOR UPDATE
                """,
                slot_id,
            )
            if row is not None:
                found[slot_id] = msgspec.convert(dict(row), Slot)
        return found

    async def save_slots(self, slots: Sequence[Slot]) -> None:
        await self.connection.executemany(
            """
            INSERT INTO visit_slots (slot_id, area, starts_at, ends_at, capacity, taken_count)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (slot_id)
            DO UPDATE SET capacity = excluded.capacity, taken_count = excluded.taken_count
            """,
            [(one.id, one.area, one.starts_at, one.ends_at, one.capacity, one.taken_count) for one in slots],
        )

    async def found(self, account_id: AccountId, visit_id: VisitId) -> Visit | None:
        row = await self.connection.fetchrow(
            "SELECT * FROM visits WHERE account_id = $1 AND visit_id = $2", account_id, visit_id
        )
        return _visit(row) if row else None

    async def of_case(self, account_id: AccountId, case_id: CaseId) -> list[Visit]:
        rows = await self.connection.fetch(
            "SELECT * FROM visits WHERE account_id = $1 AND case_id = $2 ORDER BY booked_at, visit_id",
            account_id,
            case_id,
        )
        return [_visit(row) for row in rows]

    async def add(self, visit: Visit) -> None:
        try:
            await self.connection.execute(
                """
                INSERT INTO visits (account_id, visit_id, case_id, decision_no, purpose, slot_id, starts_at,
                                    ends_at, state, by_kind, by_id, by_name, booked_at, note, meter_ids, why)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
                """,
                *(visit.account_id, visit.id, visit.case_id, visit.decision_no, visit.purpose),
                *(visit.slot_id, visit.starts_at, visit.ends_at, visit.state),
                *(visit.by.kind, visit.by.id, visit.by.name, visit.booked_at),
                *(visit.note, list(visit.meter_ids), visit.why),
            )
        except asyncpg.UniqueViolationError as error:
            raise TryAgain from error

    async def save(self, visit: Visit) -> None:
        await self.connection.execute(
            """
            UPDATE visits SET state = $3, ended_at = $4, why = $5, act = $6, acted_by = $7, meter_ids = $8
            WHERE account_id = $1 AND visit_id = $2
            """,
            *(visit.account_id, visit.id, visit.state, visit.ended_at, visit.why),
            *(visit.act, visit.acted_by, list(visit.meter_ids)),
        )

    async def of_meter(self, access: Access, meter_id: MeterId) -> list[Visit]:
        rows = await self.connection.fetch(
            """
            SELECT v.* FROM visits v
            WHERE v.account_id = $1 AND $5 = ANY (v.meter_ids)
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
            ORDER BY v.booked_at, v.visit_id
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            meter_id,
        )
        return [_visit(row) for row in rows]

    async def ended(self, account_id: AccountId) -> list[Visit]:
        rows = await self.connection.fetch(
            "SELECT * FROM visits WHERE account_id = $1 AND state IN ('missed', 'done') ORDER BY visit_id",
            account_id,
        )
        return [_visit(row) for row in rows]

    async def on_day(self, since: datetime, until: datetime, *, limit: int) -> list[Visit]:
        rows = await self.connection.fetch(
            """
            SELECT * FROM visits WHERE state = 'booked' AND starts_at >= $1 AND starts_at < $2
            ORDER BY starts_at, visit_id LIMIT $3
            """,
            since,
            until,
            limit,
        )
        return [_visit(row) for row in rows]


def _visit(row: asyncpg.Record) -> Visit:
    fields: dict[str, Any] = dict(row) | {
        "id": row["visit_id"],
        "by": StepBy(kind=row["by_kind"], id=row["by_id"], name=row["by_name"]),
        "act": lenient(row["act"], VisitAct) if row["act"] else None,
        "acted_by": msgspec.convert(row["acted_by"], StepBy) if row["acted_by"] else None,
    }
    return msgspec.convert(fields, Visit)
