"""It is time to send readings: which meters still lack one, and until when."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import msgspec

from domain.kernel.calendar import Period
from domain.notices.words import Basis, Words

MOST_METERS_NAMED = 10
"""In one letter; of more it says how many."""


class MeterLine(msgspec.Struct, frozen=True, kw_only=True):
    """A meter that lacks a reading. `registers` are the labels on its face ("T2") where only some do."""

    serial: str
    place: str
    registers: tuple[str, ...] = ()


class ReadingReminder(Words, frozen=True, kw_only=True, tag="reading-reminder"):
    """`until` is the last day of the window, included."""

    title: ClassVar[str] = "A reminder to send meter readings"
    basis: ClassVar[Basis] = Basis.CONSENT

    account_number: str
    address: str
    period: Period
    until: date
    meters: tuple[MeterLine, ...]
    more_meters: int = 0

    @classmethod
    def sample(cls) -> ReadingReminder:
        return cls(
            account_number="6600000001",
            address="г. Примерск, ул. Мира, д. 1, кв. 2",
            period="2026-11",
            until=date(2026, 11, 25),
            meters=(
                MeterLine(serial="00123456", place="Прихожая"),
                MeterLine(serial="00777001", place="Гараж", registers=("T2",)),
            ),
        )
