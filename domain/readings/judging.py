"""A submission becomes a reading: each value compared with what stands, judged, and set in its place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from domain.kernel.access import Actor
from domain.kernel.ids import AccountId, ReadingId
from domain.readings.checks import Facts, findings
from domain.readings.checks.table import verdict
from domain.readings.meters import Direction, Meter
from domain.readings.past import History, Kept, past_of
from domain.readings.readings import (
    Finding,
    Reading,
    ReadingSource,
    ReadingState,
    Reason,
    RegisterReading,
    Severity,
    plain,
)
from domain.readings.submissions import Submission, ValueGiven
from domain.readings.windows import Rules

Histories = Mapping[tuple[str, Direction], History]

REPEATED = Finding(
    code="reading-already-accepted",
    severity=Severity.WARN,
    text="This figure is accepted already",
    remedy="Nothing is to be done",
)
AWAITED = Finding(
    code="reading-already-awaits",
    severity=Severity.CONFIRM,
    text="This figure was sent already and needs a confirmation",
    remedy="Correct it, or insist on that reading and add a photo",
    may_insist=True,
)


class Replaced(msgspec.Struct, frozen=True, kw_only=True):
    """A value that stood, and as it is now."""

    before: Kept
    after: RegisterReading


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    reading: Reading
    replaced: tuple[Replaced, ...] = ()


class Judge(msgspec.Struct, frozen=True, kw_only=True):
    """Judges what one actor sends to one account on one business day."""

    account_id: AccountId
    actor: Actor
    source: ReadingSource
    at: datetime
    today: date
    rules: Rules

    def judged(self, submission: Submission, meter: Meter, histories: Histories) -> Judged:
        """The verdicts. Nobody's value is refused for another's fault: each is judged by itself."""
        values, repeats, replaced = [], [], []
        for given in submission.values:
            history = histories.get((given.zone, given.direction), History())
            if same := _same(given, submission, history, self._period):
                repeats.append(_repeat(same))
                replaced += _withdrawn(same, history)
                continue
            facts = self._facts(given, submission, meter, histories)
            value = _value(facts, self.at)
            values.append(value)
            if value.state is not ReadingState.REFUSED:
                replaced += _replaced(value, facts, submission.id)
        reading = Reading(
            id=submission.id,
            account_id=self.account_id,
            meter_id=meter.id,
            taken_on=submission.taken_on,
            received_at=self.at,
            source=self.source,
            sent_by=self.actor.id,
            sent_by_kind=self.actor.kind,
            values=tuple(values),
            repeats=tuple(repeats),
            comment=submission.comment,
            corrects=submission.corrects,
            source_id=submission.source_id,
        )
        return Judged(reading=reading, replaced=tuple(replaced))

    @property
    def _period(self) -> str:
        return self.rules.window.period_on(self.today)

    def _facts(self, given: ValueGiven, submission: Submission, meter: Meter, histories: Histories) -> Facts:
        history = histories.get((given.zone, given.direction), History())
        closed = _closed(submission, history, self._period)
        period = closed.value.period if closed else self._period
        past = past_of(
            meter,
            given.zone,
            given.direction,
            history,
            period,
            least_days=self.rules.limits.average_least_days,
        )
        return Facts(
            meter=meter,
            zone=given.zone,
            direction=given.direction,
            value=given.value,
            taken_on=submission.taken_on,
            received_on=self.today,
            period=period,
            window=self.rules.window,
            limits=self.rules.limits,
            past=past,
            zones=_zones(given.direction, submission, histories, period),
            corrects=closed,
            later=None if closed else _later(submission, history, period),
            overtaken_by=next(
                (one for one in (past.current, past.pending) if one and one.received_at > self.at), None
            ),
        )


def _own(history: History) -> list[Kept]:
    """What was sent to us, without billing's own values."""
    return [one for one in history.latest if one.source is not ReadingSource.BILLING]


def _same(given: ValueGiven, submission: Submission, history: History, period: str) -> Kept | None:
    """The value that says the same already: of this period, or of the same day."""
    same = [
        one
        for one in _own(history)
        if one.value.value == given.value
        and (one.value.period == period or one.taken_on == submission.taken_on)
    ]
    standing = (one for one in same if one.is_standing)
    return next(standing, None) or next((one for one in same if _is_pending(one)), None)


def _is_pending(one: Kept) -> bool:
    return one.value.state is ReadingState.NEEDS_CONFIRMATION


def _repeat(same: Kept) -> RegisterReading:
    finding = REPEATED if same.is_standing else AWAITED
    return replace(same.value, same_as=same.reading_id, findings=(finding,))


def _withdrawn(same: Kept, history: History) -> list[Replaced]:
    """Who sends again what stands takes back what they had sent in between."""
    if not same.is_standing:
        return []
    return [
        _gone(one, same.reading_id)
        for one in _own(history)
        if _is_pending(one) and one.value.period == same.value.period
    ]


def _closed(submission: Submission, history: History, period: str) -> Kept | None:
    """The value of a closed period, or of one that is in a bill, that this one should stand instead of."""
    for one in _own(history):
        is_closed = one.value.period < period or one.value.state is ReadingState.USED
        is_meant = submission.corrects == one.reading_id or one.taken_on == submission.taken_on
        in_bill = one.value.period == period and one.value.state is ReadingState.USED
        if one.is_standing and is_closed and (is_meant or in_bill):
            return one
    return None


def _later(submission: Submission, history: History, period: str) -> Kept | None:
    """A value of a period before that was taken on a later day than this one."""
    before = (one for one in history.latest if one.is_standing and one.value.period < period)
    return next((one for one in before if one.taken_on > submission.taken_on), None)


def _zones(
    direction: Direction, submission: Submission, histories: Histories, period: str
) -> dict[str, Decimal]:
    """The figures of the period by zone: those that stand, and over them those sent now."""
    zones = {
        zone: one.value.value
        for (zone, its_direction), history in histories.items()
        for one in _own(history)
        if its_direction is direction and one.is_standing and one.value.period == period
    }
    sent = {given.zone: given.value for given in submission.values if given.direction is direction}
    return zones | sent


def _value(facts: Facts, at: datetime) -> RegisterReading:
    found = findings(facts)
    state = verdict(found)
    refused = state is ReadingState.REFUSED
    last = facts.past.last
    asks_operator = facts.corrects is not None and state is ReadingState.NEEDS_CONFIRMATION
    received = RegisterReading(
        zone=facts.zone,
        direction=facts.direction,
        value=facts.value,
        state=ReadingState.RECEIVED,
        period=facts.period,
        findings=found,
        previous=plain(last.value) if last else None,
        previous_on=last.on if last else None,
        consumption=None if refused or facts.consumption is None else plain(facts.consumption),
        operator_since=at if asks_operator else None,
    )
    return received.moved(ReadingState.CHECKED).moved(state)


def _replaced(value: RegisterReading, facts: Facts, by: ReadingId) -> list[Replaced]:
    """What no longer counts: an open word on the register always, a standing value once this one stands."""
    gone = [facts.past.pending]
    if value.state is not ReadingState.NEEDS_CONFIRMATION:
        gone.append(facts.past.current)
    return [_gone(one, by) for one in gone if one is not None]


def _gone(one: Kept, by: ReadingId) -> Replaced:
    return Replaced(before=one, after=one.value.replaced(by, Reason.CORRECTED))
