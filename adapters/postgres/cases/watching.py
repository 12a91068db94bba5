"""The look behind live timelines: a few statements for however many watchers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from adapters.postgres.cases.cases import step_of
from domain.cases.steps import Step
from domain.cases.watching import CaseKey, Watcher
from domain.kernel.access import ActorKind, Scope
from domain.kernel.ids import AccountId, CaseId


@dataclass(frozen=True, slots=True)
class PostgresCaseWatch:
    pool: asyncpg.Pool

    async def admitted(self, watchers: Sequence[Watcher], at: datetime) -> set[Watcher]:
        of = {kind: [one for one in watchers if one.kind is kind] for kind in ActorKind}
        customers = await self._customers(of[ActorKind.CUSTOMER], at)
        staff = await self._staff(of[ActorKind.STAFF], at)
        return customers | staff | await self._systems(of[ActorKind.SYSTEM], at)

    async def last_steps(self, cases: Sequence[CaseKey]) -> dict[CaseKey, int]:
        """Report over all accounts that somebody watches."""
        rows = await self.pool.fetch(
            """
            SELECT account_id, case_id, step_no FROM cases
            WHERE account_id = ANY ($1::uuid[]) AND case_id = ANY ($2::uuid[])
            """,
            *_keys(cases),
        )
        return {_key(row): row["step_no"] for row in rows}

    async def steps_after(self, seen: Mapping[CaseKey, int]) -> dict[CaseKey, list[Step]]:
        """Report over all accounts that somebody watches and something happened with."""
        found: dict[CaseKey, list[Step]] = {case: [] for case in seen}
        rows = await self.pool.fetch(
            """
            SELECT * FROM case_steps
            WHERE account_id = ANY ($1::uuid[]) AND case_id = ANY ($2::uuid[]) AND step_no > $3
            ORDER BY account_id, case_id, step_no
            """,
            *_keys(seen),
            min(seen.values(), default=0),
        )
        for row in rows:
            if row["step_no"] > seen.get(_key(row), row["step_no"]):
                found[_key(row)].append(step_of(row))
        return found

    async def _customers(self, watchers: Sequence[Watcher], at: datetime) -> set[Watcher]:
        """Report over all accounts that somebody watches."""
        if not watchers:
            return set()
        members = await self.pool.fetch(
            """
            SELECT account_id, user_id FROM account_members
            WHERE account_id = ANY ($1::uuid[]) AND user_id = ANY ($2::uuid[]) AND $3 = ANY (scopes)
              AND (valid_until IS NULL OR valid_until > $4)
            """,
            sorted({one.account_id for one in watchers}),
            sorted({one.id for one in watchers}),
            Scope.SEE,
            at,
        )
        sessions = await self.pool.fetch(
            """
            SELECT session_id FROM user_sessions
            WHERE user_id = ANY ($1::uuid[]) AND session_id = ANY ($2::uuid[]) AND ended_at IS NULL
              AND access_expires_at > $3
            """,
            sorted({one.id for one in watchers}),
            [one.session_id for one in watchers],
            at,
        )
        may_see = {(row["account_id"], row["user_id"]) for row in members}
        is_open = {row["session_id"] for row in sessions}
        return {one for one in watchers if (one.account_id, one.id) in may_see and one.session_id in is_open}

    async def _staff(self, watchers: Sequence[Watcher], at: datetime) -> set[Watcher]:
        if not watchers:
            return set()
        rows = await self.pool.fetch(
            """
            SELECT s.session_id FROM staff_sessions s JOIN staff m ON m.staff_id = s.staff_id
            WHERE s.session_id = ANY ($1::uuid[]) AND s.ended_at IS NULL AND s.access_expires_at > $2
              AND m.disabled_at IS NULL
            """,
            [one.session_id for one in watchers],
            at,
        )
        is_open = {row["session_id"] for row in rows}
        return {one for one in watchers if one.session_id in is_open}

    async def _systems(self, watchers: Sequence[Watcher], at: datetime) -> set[Watcher]:
        if not watchers:
            return set()
        rows = await self.pool.fetch(
            """
            SELECT api_key_id FROM api_keys
            WHERE api_key_id = ANY ($1::uuid[]) AND revoked_at IS NULL AND expires_at > $2
            """,
            [one.id for one in watchers],
            at,
        )
        is_open = {row["api_key_id"] for row in rows}
        return {one for one in watchers if one.id in is_open}


def _keys(cases: Collection[CaseKey]) -> tuple[list[AccountId], list[CaseId]]:
    return sorted({account_id for account_id, _ in cases}), sorted({case_id for _, case_id in cases})


def _key(row: asyncpg.Record) -> CaseKey:
    return row["account_id"], row["case_id"]
