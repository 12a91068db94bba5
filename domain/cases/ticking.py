"""The open clock as a pure function of the case's steps, the rule and the calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo

from msgspec.structs import replace

from domain.cases.clock import Agreement, Clock, DayUnit, DeadlineRule, Deadlines, Pause, Promise, SentOn
from domain.cases.states import ANSWERED, CaseState
from domain.cases.steps import Step, StepVerb
from domain.kernel.calendar import business_day
from domain.kernel.working_days import WorkingDays

_STARTS_AGAIN = frozenset({StepVerb.REOPEN, StepVerb.APPEAL})


def rule_for(deadlines: Deadlines, kind: str, ground: str | None, channel: str | None = None) -> DeadlineRule:
    """The rule of the kind that names most of ground and channel, else the one for all others."""
    fitting = [
        rule
        for rule in deadlines.rules
        if rule.kind == kind and rule.ground in (None, ground) and rule.channel in (None, channel)
    ]
    narrowest = max(
        fitting, key=lambda rule: (rule.ground is not None, rule.channel is not None), default=None
    )
    return narrowest or deadlines.otherwise


def first_due(received_at: datetime, rule: DeadlineRule, days: WorkingDays, zone: tzinfo) -> date:
    """The last day for the answer to a case just received, or just opened again."""
    return _term_end(business_day(received_at, zone), rule, days)


def clock(
    received_at: datetime,
    steps: Sequence[Step],
    rule: DeadlineRule,
    days: WorkingDays,
    zone: tzinfo,
    now: datetime,
) -> Clock:
    """Count anew from the steps. Reopening or an appeal gives the whole term again from that day."""
    since = max((step.at for step in steps if step.verb in _STARTS_AGAIN), default=received_at)
    counted = [step for step in steps if step.at >= since]
    answered_at = _answered_at(counted)
    pauses = tuple(_pauses(counted, rule))
    promises = tuple(_promises(counted, zone))
    sent_on = _sent_on(counted, rule, days, zone)
    due_on = first_due(since, rule, days, zone)
    due_on = _moved_by_pauses(due_on, pauses, rule, days, zone, answered_at or now)
    latest_on = days.next_worked(due_on + timedelta(days=rule.later_days)) if rule.later_days else None
    later = [promise.due_on for promise in promises]
    if sent_on and not rule.answers_for_others:
        later.append(sent_on.due_on)
    due_on = max([due_on, *later])
    is_paused = bool(pauses) and pauses[-1].until is None
    today = business_day(answered_at or now, zone)
    return Clock(
        received_at=received_at,
        due_on=due_on,
        rule=rule,
        pauses=pauses,
        promises=promises,
        sent_on=sent_on,
        latest_on=latest_on,
        agreement=_agreement(since, counted, pauses, rule, days, zone, now),
        holder=next((step.holder for step in reversed(steps) if step.holder), None),
        is_paused=is_paused,
        answered_at=answered_at,
        is_late=today > due_on and not is_paused,
        days_left=None if answered_at else (due_on - today).days,
    )


def _term_end(day: date, rule: DeadlineRule, days: WorkingDays) -> date:
    """Counted from the next day (Civil Code, art. 191)."""
    if rule.unit is DayUnit.WORKING:
        return days.after(day, rule.days)
    return days.next_worked(day + timedelta(days=rule.days))


def _answered_at(steps: Sequence[Step]) -> datetime | None:
    """When the case came to rest, if it rests."""
    if not steps or steps[-1].state not in ANSWERED:
        return None
    at = steps[-1].at
    for step in reversed(steps):
        if step.state not in ANSWERED:
            break
        at = step.at
    return at


def _pauses(steps: Sequence[Step], rule: DeadlineRule) -> Iterator[Pause]:
    """While something is awaited from the applicant, where the rule lets the days stand still."""
    asked: Step | None = None
    for step in steps:
        waits = step.state is CaseState.WAITING_FOR_APPLICANT
        if waits and asked is None and rule.pauses:
            asked = step
        elif not waits and asked is not None:
            yield Pause(since=asked.at, until=step.at, why=asked.public_note)
            asked = None
    if asked is not None:
        yield Pause(since=asked.at, until=None, why=asked.public_note)


def _moved_by_pauses(
    due_on: date,
    pauses: Sequence[Pause],
    rule: DeadlineRule,
    days: WorkingDays,
    zone: tzinfo,
    now: datetime,
) -> date:
    """Later by the days of each pause, in the rule's own days."""
    working = calendar = 0
    for pause in pauses:
        since, until = business_day(pause.since, zone), business_day(pause.until or now, zone)
        working += days.between(since, until)
        calendar += (until - since).days
    if rule.unit is DayUnit.WORKING:
        return days.after(due_on, working)
    return days.next_worked(due_on + timedelta(days=calendar)) if calendar else due_on


def _agreement(
    since: datetime,
    steps: Sequence[Step],
    pauses: Sequence[Pause],
    rule: DeadlineRule,
    days: WorkingDays,
    zone: tzinfo,
    now: datetime,
) -> Agreement | None:
    """Hours are on offer from the decision to come. Who else comes has a term of their own."""
    if rule.agree_days is None or any(step.verb is StepVerb.SEND_ON for step in steps):
        return None
    kept_at = next((step.at for step in steps if step.state in ANSWERED), None)
    own = replace(rule, days=rule.agree_days, unit=DayUnit.WORKING)
    due_on = _term_end(business_day(since, zone), own, days)
    due_on = _moved_by_pauses(due_on, pauses, own, days, zone, kept_at or now)
    is_paused = bool(pauses) and pauses[-1].until is None
    is_late = business_day(kept_at or now, zone) > due_on and not is_paused
    return Agreement(due_on=due_on, kept_at=kept_at, is_late=is_late)


def _promises(steps: Sequence[Step], zone: tzinfo) -> Iterator[Promise]:
    for step in steps:
        if step.verb is StepVerb.PROMISE and step.until is not None:
            yield Promise(made_at=step.at, due_on=business_day(step.until, zone), why=step.public_note)


def _sent_on(steps: Sequence[Step], rule: DeadlineRule, days: WorkingDays, zone: tzinfo) -> SentOn | None:
    """The other's own term, while the case is with them or was last."""
    sent = next((step for step in reversed(steps) if step.verb is StepVerb.SEND_ON), None)
    if sent is None or rule.sent_on_days is None:
        return None
    due_on = days.next_worked(business_day(sent.at, zone) + timedelta(days=rule.sent_on_days))
    return SentOn(to=sent.holder or "", at=sent.at, due_on=due_on)
