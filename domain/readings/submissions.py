"""What somebody sends: the figures of one meter's registers on one day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from domain.kernel.errors import Invalid
from domain.kernel.ids import MeterId, ReadingId
from domain.readings.meters import Direction

VALUE_MAX_DIGITS = 30


class ReadingUnreadable(Invalid):
    code = "reading-unreadable"
    text = "“{value}” is not a reading"
    remedy = "Give the digits on the meter's face, such as 4512 or 4512.5"


class RegisterTwice(Invalid):
    code = "register-twice"
    text = "One register is given twice"
    remedy = "Give one figure for each zone and direction"


class ValueGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, order=True):
    """One register's value as it was sent. Refuses (ReadingUnreadable) what is no writable number."""

    zone: str
    direction: Direction = Direction.A_PLUS
    value: Decimal

    def __post_init__(self) -> None:
        value = self.value
        # The exponent first: 1E999999999 must not be written out to be measured.
        if (
            not value.is_finite()
            or abs(value.adjusted()) > VALUE_MAX_DIGITS
            or len(f"{value:f}") > VALUE_MAX_DIGITS
        ):
            raise ReadingUnreadable(field="values", value=str(value)[:VALUE_MAX_DIGITS])


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sends about one meter. Two with one id must say the same.

    `corrects` names the reading it should stand instead of; `source_id` the file or letter it came in.
    """

    id: ReadingId
    meter_id: MeterId
    taken_on: date
    values: tuple[ValueGiven, ...]
    comment: str | None = None
    corrects: ReadingId | None = None
    source_id: UUID | None = None

    def __post_init__(self) -> None:
        if len({(one.zone, one.direction) for one in self.values}) < len(self.values):
            raise RegisterTwice(field="values")
