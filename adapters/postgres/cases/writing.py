"""How a case and what belongs to it is written, each table by one statement."""

from collections.abc import Sequence

from adapters.postgres.pool import Queryable
from domain.cases.cases import Case
from domain.cases.effects import Performed
from domain.cases.moves import is_open
from domain.cases.steps import Step
from domain.kernel.ids import AccountId


async def insert_case(connection: Queryable, case: Case) -> None:
    await connection.execute(
        """
        INSERT INTO cases (account_id, case_id, number, family, kind, form, form_version, channel, by_kind,
                           by_id, by_name, received_at, state, is_open, due_on, is_paused, holder, holder_id,
                           decision, decisions_count, step_no, agree_on)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                $21, $22)
        """,
        case.account_id,
        case.id,
        case.number,
        case.family,
        case.kind,
        case.form,
        case.form.version,
        case.channel,
        case.by.kind,
        case.by.id,
        case.by.name,
        case.received_at,
        case.state,
        is_open(case),
        case.due_on,
        case.is_paused,
        case.holder,
        case.holder_id,
        case.decision,
        case.decisions_count,
        case.step_no,
        case.agree_on,
    )
    await connection.execute(
        "INSERT INTO case_numbers (number, account_id, case_id) VALUES ($1, $2, $3)",
        case.number,
        case.account_id,
        case.id,
    )


async def update_case(connection: Queryable, case: Case) -> None:
    await connection.execute(
        """
        UPDATE cases SET state = $3, is_open = $4, due_on = $5, is_paused = $6, holder = $7, holder_id = $8,
                         decision = $9, decisions_count = $10, step_no = $11, agree_on = $12
        WHERE account_id = $1 AND case_id = $2
        """,
        case.account_id,
        case.id,
        case.state,
        is_open(case),
        case.due_on,
        case.is_paused,
        case.holder,
        case.holder_id,
        case.decision,
        case.decisions_count,
        case.step_no,
        case.agree_on,
    )


async def insert_steps(connection: Queryable, account_id: AccountId, steps: Sequence[Step]) -> None:
    await connection.execute(
        """
        INSERT INTO case_steps (account_id, case_id, step_no, at, by_kind, by_id, by_name, verb, state,
                                public_note, inner_note, holder, until)
        SELECT $1, * FROM unnest($2::uuid[], $3::int[], $4::timestamptz[], $5::text[], $6::uuid[],
                                 $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
                                 $13::timestamptz[])
        """,
        account_id,
        [step.case_id for step in steps],
        [step.no for step in steps],
        [step.at for step in steps],
        [step.by.kind for step in steps],
        [step.by.id for step in steps],
        [step.by.name for step in steps],
        [step.verb for step in steps],
        [step.state for step in steps],
        [step.public_note for step in steps],
        [step.inner_note for step in steps],
        [step.holder for step in steps],
        [step.until for step in steps],
    )


async def insert_decision(connection: Queryable, case: Case, effects_count: int) -> None:
    decision = case.decision
    assert decision is not None
    await connection.execute(
        """
        INSERT INTO case_decisions (account_id, case_id, decision_no, decision, outcome, decided_at,
                                    effects_count)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        case.account_id,
        case.id,
        decision.no,
        decision,
        decision.outcome,
        decision.at,
        effects_count,
    )


async def insert_effects(connection: Queryable, account_id: AccountId, effects: Sequence[Performed]) -> None:
    if not effects:
        return
    await connection.execute(
        """
        INSERT INTO case_effects (account_id, case_id, decision_no, effect_no, kind, reference, is_annulment)
        SELECT $1, * FROM unnest($2::uuid[], $3::int[], $4::int[], $5::text[], $6::text[], $7::boolean[])
        """,
        account_id,
        [one.case_id for one in effects],
        [one.decision for one in effects],
        [one.no for one in effects],
        [one.kind for one in effects],
        [one.reference for one in effects],
        [one.is_annulment for one in effects],
    )
