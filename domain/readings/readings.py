"""A reading of a meter: what was sent, the verdict on each register's value, and its fate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.access import ActorKind
from domain.kernel.calendar import Period
from domain.kernel.errors import Conflict, NotFound
from domain.kernel.figures import figure
from domain.kernel.ids import AccountId, MeterId, ReadingId
from domain.kernel.lifecycle import Lifecycle
from domain.readings.meters import Direction


class ReadingState(StrEnum):
    """Of one register's value. The state of a whole reading is the least favourable of its values'."""

    RECEIVED = "received"
    CHECKED = "checked"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_WARNING = "accepted_with_warning"
    NEEDS_CONFIRMATION = "needs_confirmation"
    REFUSED = "refused"
    USED = "used"
    REPLACED = "replaced"


# Billing's own values are used from the first, unjudged. A value refused or asked about is put before an
# operator when its sender insists; one already used in a bill is replaced when billing's control reading or
# an operator's decision says otherwise.
LIFECYCLE = Lifecycle(
    {
        ReadingState.RECEIVED: frozenset({ReadingState.CHECKED}),
        ReadingState.CHECKED: frozenset(
            {
                ReadingState.ACCEPTED,
                ReadingState.ACCEPTED_WITH_WARNING,
                ReadingState.NEEDS_CONFIRMATION,
                ReadingState.REFUSED,
                ReadingState.USED,
            }
        ),
        ReadingState.ACCEPTED: frozenset({ReadingState.USED, ReadingState.REPLACED}),
        ReadingState.ACCEPTED_WITH_WARNING: frozenset({ReadingState.USED, ReadingState.REPLACED}),
        ReadingState.NEEDS_CONFIRMATION: frozenset(
            {
                ReadingState.NEEDS_CONFIRMATION,
                ReadingState.ACCEPTED,
                ReadingState.ACCEPTED_WITH_WARNING,
                ReadingState.REFUSED,
                ReadingState.REPLACED,
            }
        ),
        ReadingState.REFUSED: frozenset({ReadingState.NEEDS_CONFIRMATION}),
        ReadingState.USED: frozenset({ReadingState.REPLACED}),
    }
)
STANDING = frozenset({ReadingState.ACCEPTED, ReadingState.ACCEPTED_WITH_WARNING, ReadingState.USED})
"""The value counts."""
_LEAST_FAVOURABLE_FIRST = (
    ReadingState.REFUSED,
    ReadingState.NEEDS_CONFIRMATION,
    ReadingState.RECEIVED,
    ReadingState.CHECKED,
    ReadingState.REPLACED,
    ReadingState.ACCEPTED_WITH_WARNING,
    ReadingState.ACCEPTED,
    ReadingState.USED,
)


class ReadingSource(StrEnum):
    CABINET = "cabinet"
    GUEST = "guest"
    """By the account's number and the meter's serial, without a sign-in."""
    FILE = "file"
    EMAIL = "email"
    PHONE = "phone"
    VOICE = "voice"
    STAFF = "staff"
    BILLING = "billing"


class Nature(StrEnum):
    """Seen on the meter by its owner, estimated by billing, or taken by a controller on the spot."""

    ACTUAL = "actual"
    CALCULATED = "calculated"
    CONTROL = "control"


class Reason(StrEnum):
    """Why a value is where it is now."""

    CORRECTED = "corrected"
    """The same sender sent another value before the cut-off, or an operator took the correction."""

    CALCULATED = "calculated"
    CONTROL = "control"
    OTHER = "other"
    """Billing has counted from another value seen on the meter, such as the grid company's."""

    INSISTED = "insisted"
    DECIDED = "decided"
    BILLED = "billed"


class Severity(StrEnum):
    REFUSE = "refuse"
    CONFIRM = "confirm"
    WARN = "warn"


EXPECTED = "Expected: {expected}"


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rule has to say about a value. `text`, `expected` (the range in words) and `remedy` are
    English message ids with `{fields}`; days in `fields` are ISO, numbers have a decimal point.

    `may_insist`: a refusal that an operator may overrule.
    """

    code: str
    severity: Severity
    text: str
    fields: dict[str, str] = {}
    expected: str = ""
    remedy: str = ""
    may_insist: bool = False

    def words(self, translate: Callable[[str], str]) -> Words:
        """The texts for people, by a gettext function."""
        filled = {name: _told(name, value) for name, value in self.fields.items()}

        def said(message: str) -> str:
            return translate(message).format(**filled) if message else ""

        expected = said(self.expected)
        if expected:
            # A fragment in the middle of a sentence, wherever it is shown.
            expected = translate(EXPECTED).format(expected=expected[0].lower() + expected[1:])
        return Words(text=said(self.text), expected=expected, remedy=said(self.remedy))


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """A finding in a person's language."""

    text: str
    expected: str
    remedy: str


_MONTH = re.compile(r"(\d{4})-(\d\d)")
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_FRACTION = re.compile(r"-?\d+\.\d+")
_WHOLE = re.compile(r"-?\d+")


def shown(value: str) -> str:
    """A day as 25.11.2026, a month as 11.2026, a fraction as 1 075,2; anything else as it is."""
    if month := _MONTH.fullmatch(value):
        return f"{month[2]}.{month[1]}"
    if day := _DAY.fullmatch(value):
        return f"{day[3]}.{day[2]}.{day[1]}"
    return figure(Decimal(value)) if _FRACTION.fullmatch(value) else value


_FIGURES = frozenset(
    {"value", "last", "newer", "kept", "least", "most", "consumption", "estimate", "added", "total"}
)
"""Places of a text that a figure of a meter fills; other digits are the number of something."""


def _told(name: str, value: str) -> str:
    return figure(int(value)) if name in _FIGURES and _WHOLE.fullmatch(value) else shown(value)


def plain(value: Decimal) -> Decimal:
    """The same number as people write it, without trailing zeros: 4000, not 4000.000000 or 4E+3."""
    short = value.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


class ReadingNotFound(NotFound):
    code = "reading-not-found"
    text = "There is no such reading"


class ReadingIdTaken(Conflict):
    code = "reading-id-taken"
    text = "Another reading already has this id"
    remedy = "Make a fresh id for a new reading"


class RegisterReading(msgspec.Struct, frozen=True, kw_only=True):
    """One register's value with its own state.

    `previous` and `previous_on` are what it was compared with. `consumption` is in the meter's unit, with
    the transformation ratio. `same_as` names the reading that had brought this value already.
    `operator_since`: an operator is to decide.
    """

    zone: str
    direction: Direction
    value: Decimal
    state: ReadingState
    period: Period
    findings: tuple[Finding, ...] = ()
    previous: Decimal | None = None
    previous_on: date | None = None
    consumption: Decimal | None = None
    nature: Nature = Nature.ACTUAL
    bill_number: str | None = None
    replaced_by: ReadingId | None = None
    reason: Reason | None = None
    operator_since: datetime | None = None
    same_as: ReadingId | None = None
    steps_count: int = 1

    @property
    def register(self) -> tuple[str, Direction]:
        return self.zone, self.direction

    @property
    def may_insist(self) -> bool:
        """Whether an operator may be asked to look at it; not when one has decided."""
        if self.reason is Reason.DECIDED:
            return False
        if self.state is ReadingState.NEEDS_CONFIRMATION:
            return self.operator_since is None
        hard = [finding for finding in self.findings if finding.severity is Severity.REFUSE]
        return self.state is ReadingState.REFUSED and all(finding.may_insist for finding in hard)

    def moved(self, to: ReadingState, reason: Reason | None = None) -> RegisterReading:
        then = LIFECYCLE.check(self.state, to)
        return replace(self, state=then, reason=reason, steps_count=self.steps_count + 1)

    def insisted(self, at: datetime) -> RegisterReading:
        """An operator is asked to decide."""
        return replace(self.moved(ReadingState.NEEDS_CONFIRMATION, Reason.INSISTED), operator_since=at)

    def decided(self, *, accept: bool) -> RegisterReading:
        """The operator's word. What was found stays beside it."""
        to = ReadingState.ACCEPTED_WITH_WARNING if accept else ReadingState.REFUSED
        return replace(self.moved(to, Reason.DECIDED), operator_since=None)

    def replaced(self, by: ReadingId, reason: Reason) -> RegisterReading:
        moved = self.moved(ReadingState.REPLACED, reason)
        return replace(moved, replaced_by=by, operator_since=None)

    def used(self, bill_number: str | None) -> RegisterReading:
        return replace(self.moved(ReadingState.USED, Reason.BILLED), bill_number=bill_number)

    def billed_anew(self, bill_number: str) -> RegisterReading:
        """Another bill has taken the place of the one it was used in."""
        assert self.state is ReadingState.USED
        steps = self.steps_count + 1
        return replace(self, bill_number=bill_number, reason=Reason.BILLED, steps_count=steps)


class Insistence(msgspec.Struct, frozen=True, kw_only=True):
    """“I insist”: why, and a photo of the meter's face by its SHA-256."""

    comment: str
    at: datetime
    photo_sha256: str | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One sending about one meter. `repeats` are values that were accepted already: the accepted ones."""

    id: ReadingId
    account_id: AccountId
    meter_id: MeterId
    taken_on: date
    received_at: datetime
    source: ReadingSource
    sent_by: UUID
    sent_by_kind: ActorKind
    values: tuple[RegisterReading, ...]
    repeats: tuple[RegisterReading, ...] = ()
    comment: str | None = None
    corrects: ReadingId | None = None
    source_id: UUID | None = None
    insistence: Insistence | None = None

    @property
    def state(self) -> ReadingState:
        return worst(value.state for value in (*self.values, *self.repeats))

    @property
    def periods(self) -> frozenset[Period]:
        """Those its values count for."""
        return frozenset(value.period for value in (*self.values, *self.repeats))

    def verdict(self, zone: str, direction: Direction) -> RegisterReading:
        """The verdict on one register's value. KeyError when it was not among those sent."""
        for value in (*self.values, *self.repeats):
            if value.register == (zone, direction):
                return value
        raise KeyError(zone, direction)


def worst(states: Iterable[ReadingState]) -> ReadingState:
    """The least favourable."""
    return min(states, key=_LEAST_FAVOURABLE_FIRST.index)
