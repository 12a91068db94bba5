"""Keeping what was done with a case: its steps, what the clock then says, and the promise to tell of it."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from msgspec.structs import replace

from domain.cases.cases import Case, TellOfStep
from domain.cases.clock import Clock, Deadlines
from domain.cases.moves import Moved, submitted
from domain.cases.steps import Step
from domain.cases.ticking import clock, rule_for
from domain.kernel.calendar import business_day
from domain.kernel.terms import Terms
from domain.kernel.working_days import Calendar
from domain.store import Store


async def keep_new(
    store: Store, case: Case, verbs: Sequence[Callable[[Case], Moved]], at: datetime, zone: tzinfo
) -> Case:
    """A new case with its first step, and further ones in the order given."""
    moved, steps = submitted(case).case, [submitted(case).step]
    for verb in verbs:
        moved, step = verb(moved)
        steps.append(step)
    timed = _timed(moved, await clock_of(store.terms, store.calendar, moved, steps, zone, at))
    await store.cases.add(timed, steps)
    await _promise_telling(store, timed, steps, at)
    return timed


async def keep(store: Store, before: Case, moved: Sequence[Moved], at: datetime, zone: tzinfo) -> Case:
    """What became of a case that is held locked. The last of `moved` is how it is now."""
    steps = [one.step for one in moved]
    every = [*await store.cases.steps(before.account_id, before.id), *steps]
    after = moved[-1].case
    timed = _timed(after, await clock_of(store.terms, store.calendar, after, every, zone, at))
    await store.cases.save(before, timed, steps)
    await _promise_telling(store, timed, steps, at)
    return timed


async def timed_anew(store: Store, case: Case, at: datetime, zone: tzinfo) -> Case:
    """A case that is held locked, as the clock has it now."""
    steps = await store.cases.steps(case.account_id, case.id)
    return _timed(case, await clock_of(store.terms, store.calendar, case, steps, zone, at))


async def clock_of(
    terms: Terms, calendar: Calendar, case: Case, steps: Sequence[Step], zone: tzinfo, now: datetime
) -> Clock:
    """The open clock, by the deadlines in force on the day the case was received."""
    deadlines = await terms.at(Deadlines, business_day(case.received_at, zone))
    rule = rule_for(deadlines, case.kind, case.form.ground, case.channel)
    return clock(case.received_at, steps, rule, await calendar.working_days(), zone, now)


def _timed(case: Case, told: Clock) -> Case:
    agreement = told.agreement
    agree_on = agreement.due_on if agreement and agreement.kept_at is None else None
    return replace(case, due_on=told.due_on, is_paused=told.is_paused, agree_on=agree_on)


async def _promise_telling(store: Store, case: Case, steps: Sequence[Step], at: datetime) -> None:
    for step in steps:
        if step.is_public:
            job = TellOfStep(account_id=case.account_id, case_id=case.id, step_no=step.no)
            await store.jobs.add(job, run_at=at)
