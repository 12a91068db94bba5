"""What the audit reads of cases, a batch of accounts at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import asyncpg

from domain.cases.audit import AuditedAccount, AuditedCase, AuditedEffect, AuditedSlot
from domain.kernel.ids import AccountId


@dataclass(frozen=True, slots=True)
class PostgresCaseAudit:
    """Reads only, in one snapshot."""

    connection: asyncpg.Connection

    async def accounts(self, ids: Sequence[AccountId]) -> list[AuditedAccount]:
        """Those of the accounts that have cases, or anything posted for some."""
        async with self.connection.transaction(isolation="repeatable_read", readonly=True):
            cases = await self._cases(ids)
            effects = await self._effects(ids)
            charges = await self._stray_charges(ids)
            postings = await self._stray_postings(ids)
        found = {row["account_id"] for rows in (cases, effects, charges, postings) for row in rows}
        return [
            AuditedAccount(
                account_id=account_id,
                cases=[_case(row) for row in _of(account_id, cases)],
                effects=[_effect(row) for row in _of(account_id, effects)],
                stray_charges=[row["charge_id"] for row in _of(account_id, charges)],
                stray_postings=[row["posting_id"] for row in _of(account_id, postings)],
            )
            for account_id in sorted(found)
        ]

    async def _cases(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            """
            SELECT c.account_id, c.case_id, c.number, c.state, c.is_open, c.step_no, c.decisions_count,
                   (SELECT array_agg(s.step_no || ':' || s.state ORDER BY s.step_no) FROM case_steps s
                    WHERE s.account_id = c.account_id AND s.case_id = c.case_id) AS steps,
                   (SELECT array_agg(d.decision_no || ':' || d.effects_count ORDER BY d.decision_no)
                    FROM case_decisions d
                    WHERE d.account_id = c.account_id AND d.case_id = c.case_id) AS decisions
            FROM cases c WHERE c.account_id = ANY ($1)
            """,
            ids,
        )

    async def _effects(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        """A posting is as many as its causes. That charges are posted as they say, the bills' audit tells."""
        return await self.connection.fetch(
            """
            SELECT e.*, CASE e.kind
                WHEN 'posting' THEN (
                    SELECT count(DISTINCT (t.cause_kind, t.cause_id, t.cause_version)) FROM transfers t
                    WHERE t.account_id = e.account_id AND t.posting_id = e.reference::uuid)
                WHEN 'charge' THEN (
                    SELECT count(*) FROM charges c
                    WHERE c.account_id = e.account_id AND c.charge_id = e.reference::uuid)
                END AS times_posted
            FROM case_effects e WHERE e.account_id = ANY ($1)
            ORDER BY e.case_id, e.decision_no, e.effect_no
            """,
            ids,
        )

    async def _stray_charges(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        """A correction bears the number of its case as that of its bill."""
        return await self.connection.fetch(
            """
            SELECT c.account_id, c.charge_id FROM charges c
            JOIN cases k ON k.account_id = c.account_id AND k.number = c.bill_number
            WHERE c.account_id = ANY ($1) AND NOT EXISTS (
                SELECT 1 FROM case_effects e
                WHERE e.account_id = c.account_id AND e.case_id = k.case_id AND e.kind = 'charge'
                  AND e.reference = c.charge_id::text)
            """,
            ids,
        )

    async def _stray_postings(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        """What is written off or made good is so by a case, always."""
        return await self.connection.fetch(
            """
            SELECT DISTINCT t.account_id, t.posting_id FROM transfers t
            WHERE t.account_id = ANY ($1) AND t.cause_kind IN ('write-off', 'compensation') AND NOT EXISTS (
                SELECT 1 FROM case_effects e
                WHERE e.account_id = t.account_id AND e.kind = 'posting'
                  AND e.reference = t.posting_id::text)
            """,
            ids,
        )


async def audited_slots(connection: asyncpg.Connection) -> list[AuditedSlot]:
    """Report over all accounts: hours on offer are of none, and their visits of many."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        slots = await connection.fetch("SELECT slot_id, taken_count FROM visit_slots")
        visits = await connection.fetch(
            """
            SELECT slot_id, count(*) AS visits_count FROM visits
            WHERE state IN ('booked', 'done', 'missed') GROUP BY slot_id
            """
        )
    taken = {row["slot_id"]: row["taken_count"] for row in slots}
    counts = {row["slot_id"]: row["visits_count"] for row in visits}
    return [
        AuditedSlot(slot_id=slot_id, taken_count=taken.get(slot_id, 0), visits_count=counts.get(slot_id, 0))
        for slot_id in sorted(taken.keys() | counts.keys())
    ]


def _of(account_id: AccountId, rows: Iterable[asyncpg.Record]) -> list[asyncpg.Record]:
    return [row for row in rows if row["account_id"] == account_id]


def _case(row: asyncpg.Record) -> AuditedCase:
    steps = [one.partition(":") for one in row["steps"] or ()]
    decisions = [one.partition(":") for one in row["decisions"] or ()]
    return AuditedCase(
        case_id=row["case_id"],
        number=row["number"],
        state=row["state"],
        is_open=row["is_open"],
        step_no=row["step_no"],
        decisions_count=row["decisions_count"],
        steps=[(int(number), state) for number, _, state in steps],
        decisions=[(int(number), int(count)) for number, _, count in decisions],
    )


def _effect(row: asyncpg.Record) -> AuditedEffect:
    return AuditedEffect(
        case_id=row["case_id"],
        decision=row["decision_no"],
        no=row["effect_no"],
        kind=row["kind"],
        reference=row["reference"],
        is_annulment=row["is_annulment"],
        times_posted=row["times_posted"],
    )
