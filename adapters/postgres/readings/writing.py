"""New readings, changed values and their steps, some hundred at a time: each table in one statement."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from adapters.postgres.pool import Queryable
from domain.kernel.access import Actor
from domain.kernel.ids import AccountId, ReadingId
from domain.readings.readings import Reading, ReadingState, Reason, RegisterReading


class Step(NamedTuple):
    reading_id: ReadingId
    zone: str
    direction: str
    step_no: int
    state: ReadingState
    reason: Reason | None
    note: str | None


def steps_of_new(reading: Reading) -> Iterable[Step]:
    """A new value has passed received and checked to come where it is."""
    for value in reading.values:
        passed = (ReadingState.RECEIVED, ReadingState.CHECKED, value.state)
        assert value.steps_count == len(passed)
        for number, state in enumerate(passed, start=1):
            yield Step(reading.id, value.zone, value.direction, number, state, None, None)


async def insert_readings(connection: Queryable, account_id: AccountId, readings: Sequence[Reading]) -> None:
    await connection.execute(
        """
        INSERT INTO readings (account_id, reading_id, meter_id, taken_on, received_at, source, sent_by,
                              sent_by_kind, repeats, comment, corrects, source_id)
        SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::date[], $5::timestamptz[], $6::text[],
                                 $7::uuid[], $8::text[], $9::jsonb[], $10::text[], $11::uuid[], $12::uuid[])
        """,
        account_id,
        [one.id for one in readings],
        [one.meter_id for one in readings],
        [one.taken_on for one in readings],
        [one.received_at for one in readings],
        [one.source for one in readings],
        [one.sent_by for one in readings],
        [one.sent_by_kind for one in readings],
        [one.repeats for one in readings],
        [one.comment for one in readings],
        [one.corrects for one in readings],
        [one.source_id for one in readings],
    )


async def insert_values(connection: Queryable, account_id: AccountId, readings: Sequence[Reading]) -> None:
    new = [(one, value) for one in readings for value in one.values]
    await connection.execute(
        """
        INSERT INTO register_readings
            (account_id, reading_id, zone, direction, meter_id, taken_on, period, value, nature, source,
             state, findings, previous, previous_on, consumption, bill_number, operator_since, steps_count)
        SELECT $1, * FROM unnest(
            $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::date[], $7::text[], $8::numeric[], $9::text[],
            $10::text[], $11::text[], $12::jsonb[], $13::numeric[], $14::date[], $15::numeric[], $16::text[],
            $17::timestamptz[], $18::int[])
        """,
        account_id,
        [one.id for one, _ in new],
        [value.zone for _, value in new],
        [value.direction for _, value in new],
        [one.meter_id for one, _ in new],
        [one.taken_on for one, _ in new],
        [value.period for _, value in new],
        [value.value for _, value in new],
        [value.nature for _, value in new],
        [one.source for one, _ in new],
        [value.state for _, value in new],
        [value.findings for _, value in new],
        [value.previous for _, value in new],
        [value.previous_on for _, value in new],
        [value.consumption for _, value in new],
        [value.bill_number for _, value in new],
        [value.operator_since for _, value in new],
        [value.steps_count for _, value in new],
    )


async def update_values(
    connection: Queryable, account_id: AccountId, changed: Sequence[tuple[ReadingId, RegisterReading]]
) -> None:
    await connection.execute(
        """
        UPDATE register_readings v
        SET state = n.state, reason = n.reason, bill_number = n.bill_number, replaced_by = n.replaced_by,
            operator_since = n.operator_since, steps_count = n.steps_count
        FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[],
                    $9::timestamptz[], $10::int[])
             AS n (reading_id, zone, direction, state, reason, bill_number, replaced_by, operator_since,
                   steps_count)
        WHERE v.account_id = $1 AND v.reading_id = n.reading_id AND v.zone = n.zone
          AND v.direction = n.direction
        """,
        account_id,
        [reading_id for reading_id, _ in changed],
        [value.zone for _, value in changed],
        [value.direction for _, value in changed],
        [value.state for _, value in changed],
        [value.reason for _, value in changed],
        [value.bill_number for _, value in changed],
        [value.replaced_by for _, value in changed],
        [value.operator_since for _, value in changed],
        [value.steps_count for _, value in changed],
    )


async def insert_steps(
    connection: Queryable, account_id: AccountId, steps: Sequence[Step], actor: Actor, at: datetime
) -> None:
    await connection.execute(
        """
        INSERT INTO reading_steps (account_id, reading_id, zone, direction, step_no, state, reason, note, at,
                                   by_kind, by_id)
        SELECT $1, n.*, $9, $10, $11
        FROM unnest($2::uuid[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[]) AS n
        """,
        account_id,
        [step.reading_id for step in steps],
        [step.zone for step in steps],
        [step.direction for step in steps],
        [step.step_no for step in steps],
        [step.state for step in steps],
        [step.reason for step in steps],
        [step.note for step in steps],
        at,
        actor.kind,
        actor.id,
    )
