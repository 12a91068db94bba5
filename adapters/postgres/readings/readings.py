"""Readings in PostgreSQL: kept, found, listed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg
import msgspec
from msgspec.structs import replace

from adapters.postgres.pool import Queryable
from adapters.postgres.readings import stored, writing
from adapters.postgres.readings.histories import histories
from adapters.postgres.readings.latest import sent_since
from domain.accounts.accounts import AccountNotFound
from domain.kernel.access import Access, Actor
from domain.kernel.errors import TryAgain
from domain.kernel.ids import AccountId, MeterId, ReadingId
from domain.readings.judging import Replaced
from domain.readings.keeping import (
    Awaiting,
    AwaitingCursor,
    Consumed,
    ReadingCursor,
    ReadingQuestion,
    ReadingView,
    SendingAccount,
)
from domain.readings.meters import Direction
from domain.readings.past import History, RegisterKey
from domain.readings.readings import Reading, ReadingNotFound, RegisterReading


@dataclass(frozen=True, slots=True)
class PostgresReadings:
    connection: Queryable

    async def sending_account(self, access: Access) -> SendingAccount:
        row = await self.connection.fetchrow(
            """
            SELECT kind, reading_group, closed_at IS NOT NULL AS is_closed FROM accounts
            WHERE account_id = $1
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
        )
        if row is None:
            raise AccountNotFound
        groups = tuple(group for group in (row["reading_group"], row["kind"]) if group)
        return SendingAccount(groups=groups, is_closed=row["is_closed"])

    async def histories(
        self, account_id: AccountId, registers: Sequence[RegisterKey], *, since: date
    ) -> Mapping[RegisterKey, History]:
        return await histories(self.connection, account_id, registers, since)

    async def found(
        self, account_id: AccountId, reading_ids: Sequence[ReadingId]
    ) -> dict[ReadingId, Reading]:
        rows = await self.connection.fetch(
            """
            SELECT r.*, (SELECT jsonb_agg(to_jsonb(v) ORDER BY v.zone, v.direction)::text
                         FROM register_readings v
                         WHERE v.account_id = $1 AND v.reading_id = r.reading_id) AS values
            FROM readings r WHERE r.account_id = $1 AND r.reading_id = ANY ($2)
            """,
            account_id,
            reading_ids,
        )
        kept = await self._with_repeats(account_id, [stored.reading(row) for row in rows])
        return {reading.id: reading for reading in kept}

    async def _with_repeats(self, account_id: AccountId, readings: list[Reading]) -> list[Reading]:
        """Values that were accepted already, as they stand now."""
        asked = sorted({value.same_as for one in readings for value in one.repeats if value.same_as})
        if not asked:
            return readings
        rows = await self.connection.fetch(
            """
            SELECT reading_id, to_jsonb(v)::text AS value FROM register_readings v
            WHERE account_id = $1 AND reading_id = ANY ($2)
            """,
            account_id,
            asked,
        )
        now: dict[tuple[ReadingId | None, str, Direction], RegisterReading] = {}
        for row in rows:
            value = stored.value(row["value"])
            now[row["reading_id"], value.zone, value.direction] = value
        return [replace(one, repeats=tuple(_as_now(value, now) for value in one.repeats)) for one in readings]

    async def add(self, readings: Sequence[Reading], replaced: Sequence[Replaced], actor: Actor) -> None:
        if not readings:
            return
        account_id, at = readings[0].account_id, readings[0].received_at
        await self._replace(account_id, replaced)
        try:
            await writing.insert_readings(self.connection, account_id, readings)
        except asyncpg.UniqueViolationError as error:
            raise TryAgain from error
        await writing.insert_values(self.connection, account_id, readings)
        steps = [step for reading in readings for step in writing.steps_of_new(reading)]
        steps += [_step(one.before.reading_id, one.after) for one in replaced]
        await writing.insert_steps(self.connection, account_id, steps, actor, at)

    async def move(
        self, account_id: AccountId, moved: Sequence[Replaced], actor: Actor, at: datetime
    ) -> None:
        """Values that billing has used or replaced, each with its step."""
        if moved:
            await self._replace(account_id, moved)
            steps = [_step(one.before.reading_id, one.after) for one in moved]
            await writing.insert_steps(self.connection, account_id, steps, actor, at)

    async def save(
        self,
        before: Reading,
        after: Reading,
        replaced: Sequence[Replaced],
        actor: Actor,
        at: datetime,
        note: str | None = None,
    ) -> None:
        account_id = after.account_id
        await self._replace(account_id, replaced)
        steps_before = {value.register: value.steps_count for value in before.values}
        await writing.update_values(
            self.connection, account_id, [(after.id, value) for value in after.values]
        )
        steps = [
            _step(after.id, value, note)
            for value in after.values
            if value.steps_count > steps_before[value.register]
        ]
        steps += [_step(one.before.reading_id, one.after) for one in replaced]
        await writing.insert_steps(self.connection, account_id, steps, actor, at)
        if after.insistence != before.insistence:
            await self.connection.execute(
                "UPDATE readings SET insistence = $3 WHERE account_id = $1 AND reading_id = $2",
                account_id,
                after.id,
                after.insistence,
            )

    async def _replace(self, account_id: AccountId, replaced: Sequence[Replaced]) -> None:
        """First of all: the unique index lets one value stand per register and period."""
        changed = [(one.before.reading_id, one.after) for one in replaced]
        if changed:
            await writing.update_values(self.connection, account_id, changed)

    async def view(self, access: Access, meter_id: MeterId, reading_id: ReadingId) -> ReadingView:
        row = await self.connection.fetchrow(
            """
            SELECT r.*,
                   (SELECT jsonb_agg(to_jsonb(v) ORDER BY v.zone, v.direction)::text FROM register_readings v
                    WHERE v.account_id = $1 AND v.reading_id = $6) AS values,
                   (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.zone, s.direction, s.step_no)::text
                    FROM reading_steps s WHERE s.account_id = $1 AND s.reading_id = $6) AS steps
            FROM readings r
            WHERE r.account_id = $1 AND r.meter_id = $5 AND r.reading_id = $6
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            meter_id,
            reading_id,
        )
        if row is None:
            raise ReadingNotFound
        [reading] = await self._with_repeats(access.account_id, [stored.reading(row)])
        return ReadingView(reading=reading, steps=stored.steps(row["steps"]))

    async def listed(
        self,
        access: Access,
        meter_id: MeterId,
        question: ReadingQuestion,
        *,
        before: ReadingCursor | None,
        limit: int,
    ) -> list[Reading]:
        rows = await self.connection.fetch(
            """
            SELECT r.*, (SELECT jsonb_agg(to_jsonb(v) ORDER BY v.zone, v.direction)::text
                         FROM register_readings v
                         WHERE v.account_id = $1 AND v.reading_id = r.reading_id) AS values
            FROM readings r
            WHERE r.account_id = $1 AND r.meter_id = $5
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
              AND EXISTS (
                    SELECT 1 FROM register_readings v
                    WHERE v.account_id = $1 AND v.reading_id = r.reading_id
                      AND ($7::text IS NULL OR v.state = $7) AND ($8::text IS NULL OR v.period = $8))
              AND ($6::text IS NULL OR r.source = $6)
              AND ($9::timestamptz IS NULL OR (r.received_at, r.reading_id) < ($9, $10::uuid))
            ORDER BY r.received_at DESC, r.reading_id DESC LIMIT $11
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            meter_id,
            question.source,
            question.state,
            question.period,
            before.received_at if before else None,
            before.reading_id if before else None,
            limit,
        )
        return await self._with_repeats(access.account_id, [stored.reading(row) for row in rows])

    async def sent_since(self, access: Access, since: datetime) -> list[Reading]:
        found = await sent_since(self.connection, access, since)
        return await self._with_repeats(access.account_id, list(found))

    async def consumed(self, access: Access, meter_ids: Sequence[MeterId], *, since: date) -> list[Consumed]:
        rows = await self.connection.fetch(
            """
            SELECT meter_id, zone, direction, period, taken_on, value, previous_on, consumption, source,
                   nature
            FROM register_readings
            WHERE account_id = $1 AND meter_id = ANY ($5) AND taken_on >= $6
              AND state IN ('accepted', 'accepted_with_warning', 'used')
              AND ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM account_members m
                    WHERE m.account_id = $1 AND m.user_id = $2 AND $3 = ANY (m.scopes)
                      AND (m.valid_until IS NULL OR m.valid_until > $4)))
            ORDER BY taken_on, zone, direction
            """,
            access.account_id,
            access.actor.user_id,
            access.scope,
            access.at,
            meter_ids,
            since,
        )
        return [msgspec.convert(dict(row), Consumed) for row in rows]

    async def awaiting(self, *, after: AwaitingCursor | None, limit: int) -> list[Awaiting]:
        """Report over all accounts: what an operator is to decide on."""
        rows = await self.connection.fetch(
            """
            SELECT r.*, a.number AS account_number, m.serial, w.since,
                   (SELECT jsonb_agg(to_jsonb(v) ORDER BY v.zone, v.direction)::text FROM register_readings v
                    WHERE v.account_id = r.account_id AND v.reading_id = r.reading_id) AS values
            FROM (SELECT account_id, reading_id, min(operator_since) AS since FROM register_readings
                  WHERE operator_since IS NOT NULL GROUP BY account_id, reading_id) w
            JOIN readings r ON r.account_id = w.account_id AND r.reading_id = w.reading_id
            JOIN accounts a ON a.account_id = w.account_id
            JOIN meters m ON m.account_id = w.account_id AND m.meter_id = r.meter_id
            WHERE $1::timestamptz IS NULL OR (w.since, w.reading_id) > ($1, $2::uuid)
            ORDER BY w.since, w.reading_id LIMIT $3
            """,
            after.since if after else None,
            after.reading_id if after else None,
            limit,
        )
        return [
            Awaiting(
                account_id=row["account_id"],
                account_number=row["account_number"],
                since=row["since"],
                serial=row["serial"],
                reading=stored.reading(row),
            )
            for row in rows
        ]


def _as_now(
    value: RegisterReading, now: Mapping[tuple[ReadingId | None, str, Direction], RegisterReading]
) -> RegisterReading:
    return replace(
        now[value.same_as, value.zone, value.direction], same_as=value.same_as, findings=value.findings
    )


def _step(reading_id: ReadingId, value: RegisterReading, note: str | None = None) -> writing.Step:
    return writing.Step(
        reading_id, value.zone, value.direction, value.steps_count, value.state, value.reason, note
    )
