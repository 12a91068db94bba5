"""Cases in PostgreSQL: kept with their steps, decisions and effects, found, listed, queued."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
import msgspec

from adapters.postgres.cases import writing
from adapters.postgres.cases.stored import decision_of, form_of
from adapters.postgres.pool import Queryable
from domain.cases.cases import (
    Case,
    CaseCursor,
    CaseNotFound,
    CaseQuestion,
    CaseView,
    Channel,
    Family,
    QueueCursor,
    QueueQuestion,
)
from domain.cases.effects import Performed
from domain.cases.states import CaseState
from domain.cases.steps import Step, StepBy
from domain.kernel.access import Access, ActorKind
from domain.kernel.errors import TryAgain
from domain.kernel.ids import AccountId, CaseId

_Row = asyncpg.Record | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PostgresCases:
    connection: Queryable

    async def next_number(self, on: date) -> str:
        """The counter's row is locked until the transaction ends: use one of its own."""
        number = await self.connection.fetchval(
            """
            INSERT INTO case_counters (year, last_no) VALUES ($1, 1)
            ON CONFLICT (year) DO UPDATE SET last_no = case_counters.last_no + 1 RETURNING last_no
            """,
            on.year,
        )
        return f"К-{on.year}-{number:06d}"

    async def add(self, case: Case, steps: Sequence[Step]) -> None:
        try:
            await writing.insert_case(self.connection, case)
        except asyncpg.UniqueViolationError as error:
            raise TryAgain from error
        await writing.insert_steps(self.connection, case.account_id, steps)

    async def found(self, account_id: AccountId, case_id: CaseId) -> Case | None:
        row = await self.connection.fetchrow(
            "SELECT * FROM cases WHERE account_id = $1 AND case_id = $2", account_id, case_id
        )
        return _case(row) if row else None

    async def locked(self, account_id: AccountId, case_id: CaseId) -> Case:
        row = await self.connection.fetchrow(
            "SELECT * FROM cases WHERE account_id = $1 AND case_id = $2 FOR UPDATE", account_id, case_id
        )
        if row is None:
            raise CaseNotFound
        return _case(row)

    async def locked_for(self, access: Access, case_id: CaseId) -> Case:
        row = await self.connection.fetchrow(
            """
            SELECT c.* FROM cases c
            WHERE c.account_id = $1 AND c.case_id = $2
              AND ($3::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $3 AND $4 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $5)))
            FOR UPDATE OF c
            """,
            access.account_id,
            case_id,
            access.actor.user_id,
            access.scope,
            access.at,
        )
        if row is None:
            raise CaseNotFound
        return _case(row)

    async def save(self, before: Case, after: Case, steps: Sequence[Step]) -> None:
        assert after.received_at == before.received_at
        assert after.step_no == before.step_no + len(steps)
        await writing.update_case(self.connection, after)
        await writing.insert_steps(self.connection, after.account_id, steps)

    async def decided(self, case: Case, effects: Sequence[Performed]) -> None:
        await writing.insert_decision(self.connection, case, len(effects))
        await self.performed(case.account_id, effects)

    async def performed(self, account_id: AccountId, effects: Sequence[Performed]) -> None:
        await writing.insert_effects(self.connection, account_id, effects)

    async def effects(self, account_id: AccountId, case_id: CaseId) -> list[Performed]:
        rows = await self.connection.fetch(
            """
            SELECT case_id, decision_no AS decision, effect_no AS no, kind, reference, is_annulment
            FROM case_effects WHERE account_id = $1 AND case_id = $2 ORDER BY decision_no, effect_no
            """,
            account_id,
            case_id,
        )
        return [msgspec.convert(dict(row), Performed) for row in rows]

    async def steps(self, account_id: AccountId, case_id: CaseId) -> list[Step]:
        rows = await self.connection.fetch(
            "SELECT * FROM case_steps WHERE account_id = $1 AND case_id = $2 ORDER BY step_no",
            account_id,
            case_id,
        )
        return [step_of(row) for row in rows]

    async def view(self, access: Access, case_id: CaseId) -> CaseView:
        """One statement: what it gives stood so at one moment."""
        row = await self.connection.fetchrow(
            """
            SELECT c.*,
                   (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.step_no) FROM case_steps s
                    WHERE s.account_id = $1 AND s.case_id = $2) AS steps,
                   (SELECT jsonb_agg(d.decision ORDER BY d.decision_no) FROM case_decisions d
                    WHERE d.account_id = $1 AND d.case_id = $2) AS decisions,
                   (SELECT jsonb_agg(jsonb_build_object(
                                'case_id', e.case_id, 'decision', e.decision_no, 'no', e.effect_no,
                                'kind', e.kind, 'reference', e.reference, 'is_annulment', e.is_annulment)
                            ORDER BY e.decision_no, e.effect_no)
                    FROM case_effects e WHERE e.account_id = $1 AND e.case_id = $2) AS effects,
                   ARRAY(SELECT a.paper FROM attachments a
                         WHERE a.account_id = $1 AND a.case_id = $2 AND a.paper IS NOT NULL
                           AND a.state IN ('kept', 'checking')) AS papers
            FROM cases c
            WHERE c.account_id = $1 AND c.case_id = $2
              AND ($3::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $3 AND $4 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $5)))
            """,
            access.account_id,
            case_id,
            access.actor.user_id,
            access.scope,
            access.at,
        )
        if row is None:
            raise CaseNotFound
        return CaseView(
            case=_case(row),
            steps=_seen([step_of(step) for step in row["steps"] or ()], access),
            decisions=tuple(decision_of(one, row["kind"]) for one in row["decisions"] or ()),
            effects=msgspec.convert(row["effects"] or (), tuple[Performed, ...]),
            papers=frozenset(row["papers"]),
        )

    async def of_account(
        self, access: Access, question: CaseQuestion, *, after: CaseCursor | None, limit: int
    ) -> list[Case]:
        rows = await self.connection.fetch(
            """
            SELECT * FROM cases
            WHERE account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
              AND ($5::text IS NULL OR family = $5)
              AND ($6::text IS NULL OR kind = $6)
              AND ($7::text IS NULL OR state = $7)
              AND ($8::boolean IS NULL OR is_open = $8)
              AND ($9::timestamptz IS NULL OR (received_at, case_id) < ($9, $10::uuid))
            ORDER BY received_at DESC, case_id DESC LIMIT $11
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            question.family,
            question.kind,
            question.state,
            question.is_open,
            after.received_at if after else None,
            after.case_id if after else None,
            limit,
        )
        return [_case(row) for row in rows]

    async def of_number(self, number: str) -> tuple[AccountId, CaseId] | None:
        row = await self.connection.fetchrow(
            "SELECT account_id, case_id FROM case_numbers WHERE number = $1", number
        )
        return (row["account_id"], row["case_id"]) if row else None

    async def queue(self, question: QueueQuestion, *, after: QueueCursor | None, limit: int) -> list[Case]:
        """Report over all accounts: open cases, or those of one state. What is not asked for is folded away
        before the plan is made: each order is read as its index stands."""
        rows = await self.connection.fetch(
            """
            SELECT * FROM cases
            WHERE CASE WHEN $1::text IS NULL THEN is_open ELSE state = $1 END
              AND ($2::text IS NULL OR kind = $2)
              AND ($3::text IS NULL OR family = $3)
              AND ($4::uuid IS NULL OR holder_id = $4)
              AND ($5::boolean IS NULL OR (holder_id IS NULL) = $5)
              AND ($6::date IS NULL OR due_on < $6)
              AND ($9::uuid IS NULL OR CASE WHEN $12::boolean
                THEN (received_at, case_id) < ($8::timestamptz, $9)
                ELSE (is_paused, due_on, received_at, case_id) > ($10::boolean, $7::date, $8, $9) END)
            ORDER BY CASE WHEN $12 THEN received_at END DESC, CASE WHEN $12 THEN case_id END DESC,
                is_paused, due_on, received_at, case_id
            LIMIT $11
            """,
            question.state,
            question.kind,
            question.family,
            question.holder_id,
            question.is_free,
            question.due_before,
            after.due_on if after else None,
            after.received_at if after else None,
            after.case_id if after else None,
            after.is_paused if after else None,
            limit,
            question.newest_first,
        )
        return [_case(row) for row in rows]


def _case(row: asyncpg.Record) -> Case:
    return Case(
        id=row["case_id"],
        account_id=row["account_id"],
        number=row["number"],
        family=Family(row["family"]),
        kind=row["kind"],
        form=form_of(row["kind"], row["form_version"], row["form"]),
        channel=Channel(row["channel"]),
        by=_by(row),
        received_at=row["received_at"],
        state=CaseState(row["state"]),
        due_on=row["due_on"],
        is_paused=row["is_paused"],
        agree_on=row["agree_on"],
        holder=row["holder"],
        holder_id=row["holder_id"],
        decision=decision_of(row["decision"], row["kind"]) if row["decision"] else None,
        decisions_count=row["decisions_count"],
        step_no=row["step_no"],
    )


def _by(row: _Row) -> StepBy:
    return StepBy(kind=ActorKind(row["by_kind"]), id=row["by_id"], name=row["by_name"])


def step_of(row: _Row) -> Step:
    fields = {name: row[name] for name in _STEP_FIELDS}
    by = {"kind": row["by_kind"], "id": row["by_id"], "name": row["by_name"]}
    return msgspec.convert({**fields, "no": row["step_no"], "by": by}, Step)


_STEP_FIELDS = ("case_id", "at", "verb", "state", "public_note", "inner_note", "holder", "until")


def _seen(steps: Sequence[Step], access: Access) -> tuple[Step, ...]:
    """Inner notes are for staff."""
    if access.actor.kind is ActorKind.STAFF:
        return tuple(steps)
    return tuple(msgspec.structs.replace(step, inner_note="") for step in steps if step.is_public)
