"""What becomes of a reading after its verdict: insisted on, decided, used by billing."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from domain.kernel.errors import Conflict, Forbidden
from domain.kernel.ids import ReadingId
from domain.readings.judging import Histories, Replaced
from domain.readings.meters import Direction
from domain.readings.past import History, Kept
from domain.readings.readings import (
    Insistence,
    Reading,
    ReadingSource,
    ReadingState,
    Reason,
    RegisterReading,
)


class NothingToInsistOn(Conflict):
    code = "reading-not-insistable"
    text = "Nothing of this reading can be put before an operator"
    remedy = "Send the reading anew with the figures corrected"


class NothingToDecide(Conflict):
    code = "reading-not-awaiting"
    text = "This reading does not wait for a decision"
    remedy = "Look at it again: its sender may have corrected it, or somebody has decided"


class OperatorsOnly(Forbidden):
    code = "operators-only"
    text = "Only our operators decide on readings"


def insisted(reading: Reading, insistence: Insistence) -> Reading:
    """Put before an operator what was refused or asked about; what waits already gets the photo too."""
    if not any(value.may_insist or value.operator_since for value in reading.values):
        raise NothingToInsistOn
    values = tuple(value.insisted(insistence.at) if value.may_insist else value for value in reading.values)
    return replace(reading, values=values, insistence=insistence)


def is_insisted_alike(reading: Reading, comment: str, photo_sha256: str | None) -> bool:
    kept = reading.insistence
    return kept is not None and (kept.comment, kept.photo_sha256) == (comment, photo_sha256)


def decided(reading: Reading, histories: Histories, *, accept: bool) -> tuple[Reading, tuple[Replaced, ...]]:
    """The operator's word on all values that wait for it, and what they replace."""
    waiting = [value for value in reading.values if value.operator_since]
    if not waiting:
        raise NothingToDecide
    values = tuple(
        value.decided(accept=accept) if value.operator_since else value for value in reading.values
    )
    replaced = [
        each
        for value in waiting
        if accept
        for each in gone(standing_of(value, histories), reading.id, Reason.CORRECTED)
    ]
    return replace(reading, values=values), tuple(replaced)


def released(reading: Reading, registers: Iterable[tuple[str, Direction]]) -> Reading:
    """An act on the spot has confirmed these registers' values."""
    which = set(registers)
    values = tuple(
        value.decided(accept=True) if value.register in which else value for value in reading.values
    )
    return replace(reading, values=values)


def is_decided_alike(reading: Reading, *, accept: bool) -> bool:
    """Whether the same word was given already."""
    to = ReadingState.ACCEPTED_WITH_WARNING if accept else ReadingState.REFUSED
    return any(value.reason is Reason.DECIDED and value.state is to for value in reading.values)


def standing_of(value: RegisterReading, histories: Histories) -> list[Kept]:
    """What its sender, or another one, has sent of the same register and period and what stands."""
    history = histories.get(value.register, History())
    return [
        one
        for one in history.latest
        if one.is_standing and one.source is not ReadingSource.BILLING and one.value.period == value.period
    ]


def gone(kept: Iterable[Kept], by: ReadingId, reason: Reason) -> list[Replaced]:
    return [
        Replaced(before=one, after=one.value.replaced(by, reason)) for one in kept if one.reading_id != by
    ]
