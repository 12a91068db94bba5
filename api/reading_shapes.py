"""Readings as they are sent and shown."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from api.reading_costs import CostOut
from api.texts import catalogue, translated
from domain.kernel.access import ActorKind
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, MeterId, ReadingId
from domain.readings.keeping import ReadingStep
from domain.readings.meters import Direction, Zone
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

Comment = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
STATES = {
    ReadingState.RECEIVED: "Received",
    ReadingState.CHECKED: "Checked",
    ReadingState.ACCEPTED: "Accepted",
    ReadingState.ACCEPTED_WITH_WARNING: "Accepted with a warning",
    ReadingState.NEEDS_CONFIRMATION: "Needs a confirmation",
    ReadingState.REFUSED: "Not accepted",
    ReadingState.USED: "Used in the bill",
    ReadingState.REPLACED: "Replaced",
}
SOURCES = {
    ReadingSource.CABINET: "Sent in the cabinet",
    ReadingSource.GUEST: "Sent by the account number, without signing in",
    ReadingSource.FILE: "Sent in a workbook",
    ReadingSource.EMAIL: "Sent by e-mail",
    ReadingSource.PHONE: "Told by phone",
    ReadingSource.VOICE: "Told to the voice assistant or a partner",
    ReadingSource.STAFF: "Written down by staff",
    ReadingSource.BILLING: "Came from billing",
}
AWAITS_OPERATOR = "An operator is looking at it"
REASONS = {
    Reason.CORRECTED: "Another figure was sent instead",
    Reason.CALCULATED: "Billing has counted by an estimate instead",
    Reason.CONTROL: "Billing has counted by a control reading instead",
    Reason.OTHER: "Billing has counted by another reading of the meter instead",
    Reason.INSISTED: "The sender insists",
    Reason.DECIDED: "An operator has decided",
    Reason.BILLED: "Billing has counted by it",
}


class ValueIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The figure on the meter's face, before any ratio, for a zone and direction that the meter has."""

    zone: Annotated[str, Meta(pattern=r"^[a-z_]{1,20}$")] = "single"
    direction: Direction = Direction.A_PLUS
    value: Annotated[Decimal, Meta(examples=["4512"])]


class ReadingIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A figure for each register; one that is left out may be sent later.

    `corrects` is the reading that this one should stand instead of: needed only when its period is closed,
    and then an operator decides. `by_phone`: staff write down what a customer says.
    """

    taken_on: date
    values: Annotated[tuple[ValueIn, ...], Meta(min_length=1, max_length=16)]
    comment: Comment | None = None
    corrects: ReadingId | None = None
    by_phone: bool = False

    def submission(self, reading_id: ReadingId, meter_id: MeterId) -> Submission:
        return Submission(
            id=reading_id,
            meter_id=meter_id,
            taken_on=self.taken_on,
            values=tuple(
                ValueGiven(zone=one.zone, direction=one.direction, value=one.value) for one in self.values
            ),
            comment=self.comment,
            corrects=self.corrects,
        )

    def source(self, kind: ActorKind) -> ReadingSource:
        """By who sends it: a system speaks for callers, staff for themselves or for a caller."""
        if kind is ActorKind.STAFF:
            return ReadingSource.PHONE if self.by_phone else ReadingSource.STAFF
        return ReadingSource.VOICE if kind is ActorKind.SYSTEM else ReadingSource.CABINET


class VerdictFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule has found. `code` is stable, `text`, `expected` (the range in words) and `remedy` are for
    people, `fields` are the figures and days in them."""

    code: str
    severity: Severity
    text: str
    expected: str
    remedy: str
    fields: dict[str, str]

    @classmethod
    def of(cls, finding: Finding, language: str) -> Self:
        words = finding.words(catalogue(language).gettext)
        return cls(
            code=finding.code,
            severity=finding.severity,
            text=words.text,
            expected=words.expected,
            remedy=words.remedy,
            fields=finding.fields,
        )


def _state_text(state: ReadingState, values: Sequence[RegisterReading]) -> str:
    """Of these values together; “an operator is looking” where nothing waits for the sender."""
    deciding = [value for value in values if value.state is state]
    return AWAITS_OPERATOR if all(value.operator_since for value in deciding) else STATES[state]


class VerdictOut(msgspec.Struct, frozen=True, kw_only=True):
    """One register's figure and its fate.

    `state_text` and `reason_text` say it in words. `previous` is what it was compared with, `consumption`
    is since then, in units of the meter and with its ratio. `awaits`: who has the next word. `may_insist`:
    an operator will look if you insist. `same_as`: the reading that had brought this figure already.
    """

    zone: str
    zone_label: str
    direction: Direction
    value: Decimal
    state: ReadingState
    state_text: str
    period: Period
    previous: Decimal | None
    previous_on: date | None
    consumption: Decimal | None
    findings: list[VerdictFinding]
    may_insist: bool
    awaits: str | None
    reason: Reason | None
    reason_text: str | None
    bill_number: str | None
    replaced_by: ReadingId | None
    same_as: ReadingId | None

    @classmethod
    def of(cls, value: RegisterReading, zones: Mapping[str, Zone], language: str) -> Self:
        say = partial(translated, language)
        return cls(
            zone=value.zone,
            zone_label=zones[value.zone].label if value.zone in zones else value.zone,
            direction=value.direction,
            value=plain(value.value),
            state=value.state,
            state_text=say(_state_text(value.state, [value])),
            period=value.period,
            previous=None if value.previous is None else plain(value.previous),
            previous_on=value.previous_on,
            consumption=None if value.consumption is None else plain(value.consumption),
            findings=[VerdictFinding.of(finding, language) for finding in value.findings],
            may_insist=value.may_insist and value.same_as is None,
            awaits=_awaits(value),
            reason=value.reason,
            reason_text=say(REASONS[value.reason]) if value.reason else None,
            bill_number=value.bill_number,
            replaced_by=value.replaced_by,
            same_as=value.same_as,
        )


def _awaits(value: RegisterReading) -> str | None:
    if value.state is not ReadingState.NEEDS_CONFIRMATION:
        return None
    return "operator" if value.operator_since else "sender"


class InsistenceOut(msgspec.Struct, frozen=True, kw_only=True):
    comment: str
    at: datetime
    has_photo: bool


class StepOut(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the timeline of one register's figure. `note` is what was written beside it."""

    zone: str
    direction: Direction
    state: ReadingState
    state_text: str
    at: datetime
    reason: Reason | None
    note: str | None

    @classmethod
    def of(cls, step: ReadingStep, language: str) -> Self:
        return cls(
            zone=step.zone,
            direction=step.direction,
            state=step.state,
            state_text=translated(language, STATES[step.state]),
            at=step.at,
            reason=step.reason,
            note=step.note,
        )


class ReadingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A reading with the verdict on each of its figures; `state` is the least favourable of them."""

    id: ReadingId
    account_id: AccountId
    meter_id: MeterId
    state: ReadingState
    state_text: str
    taken_on: date
    received_at: datetime
    source: ReadingSource
    source_text: str
    sent_by: UUID
    sent_by_kind: ActorKind
    values: list[VerdictOut]
    comment: str | None
    corrects: ReadingId | None
    insistence: InsistenceOut | None

    @classmethod
    def of(cls, reading: Reading, zones: Mapping[str, Zone], language: str) -> Self:
        return cls(**fields_of(reading, zones, language))


class ReadingStory(ReadingOut, frozen=True, kw_only=True):
    """With its timeline, and what it would cost at the prices in force."""

    steps: list[StepOut]
    cost: CostOut


def fields_of(reading: Reading, zones: Mapping[str, Zone], language: str) -> dict[str, Any]:
    kept = reading.insistence
    known = ("state", "values", "insistence", "state_text", "source_text")
    rest = {name: getattr(reading, name) for name in ReadingOut.__struct_fields__ if name not in known}
    values: Sequence[RegisterReading] = (*reading.values, *reading.repeats)
    return rest | {
        "state": reading.state,
        "state_text": translated(language, _state_text(reading.state, values)),
        "source_text": translated(language, SOURCES[reading.source]),
        "values": [VerdictOut.of(value, zones, language) for value in values],
        "insistence": InsistenceOut(comment=kept.comment, at=kept.at, has_photo=kept.photo_sha256 is not None)
        if kept
        else None,
    }
