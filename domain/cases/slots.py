"""Hours on offer for visits, each of one service area, with so many places."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.errors import Conflict, Invalid, NotFound
from domain.kernel.ids import KABINET, derived
from domain.kernel.terms import Term

REGION = "region"
"""The service area of whatever no other one names, as long as the term says so."""


class SlotNotFound(NotFound):
    code = "visit-slot-not-found"
    text = "There is no such time on offer"
    remedy = "Choose another time"


class SlotFull(Conflict):
    code = "visit-slot-full"
    text = "That time has just been taken"
    remedy = "Choose another time"


class SlotPast(Conflict):
    code = "visit-slot-past"
    text = "That time is over or has begun"
    remedy = "Choose a later time"


class AreaUnknown(Invalid):
    code = "visit-area-unknown"
    text = "There is no service area “{area}”"
    remedy = "Name one of these: {known}"


class SlotTaken(Conflict):
    code = "visit-slot-taken"
    text = "{taken} visits are booked for that time already"
    remedy = "Leave at least as many places"


class SlotTimesWrong(Invalid):
    code = "visit-slot-times"
    text = "A time on offer ends after it begins, within a day"
    remedy = "Correct the times"


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """Where one pool of crews goes: to the addresses in which one of `addresses` stands."""

    code: str
    name: str
    addresses: tuple[str, ...] = ()


class Areas(Term, frozen=True, kw_only=True):
    """The service areas; `otherwise` has what none of them names."""

    name: ClassVar[str] = "visits.areas"

    areas: tuple[Area, ...] = ()
    otherwise: Area

    def of(self, address: str) -> Area:
        """The area that names most of the address."""
        text = address.casefold()
        named = [
            (len(part), area) for area in self.areas for part in area.addresses if part.casefold() in text
        ]
        return max(named, key=lambda one: one[0], default=(0, self.otherwise))[1]

    def checked(self, code: str) -> str:
        """AreaUnknown."""
        known = [area.code for area in (self.otherwise, *self.areas)]
        if code not in known:
            raise AreaUnknown(field="slots", area=code, known=", ".join(known))
        return code


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """Hours in which `capacity` visits can be made in one service area."""

    id: UUID
    area: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken_count: int = 0

    @property
    def free_count(self) -> int:
        return self.capacity - self.taken_count

    @classmethod
    def offered(cls, area: str, starts_at: datetime, ends_at: datetime, capacity: int) -> Slot:
        """The id is the area's and the hours' own: offered again, it is the same slot."""
        if not 0 < (ends_at - starts_at).total_seconds() <= 86_400:
            raise SlotTimesWrong(field="slots")
        name = f"visit slot {area} {starts_at.timestamp():.0f} {ends_at.timestamp():.0f}"
        slot_id = derived(KABINET, name)
        return cls(id=slot_id, area=area, starts_at=starts_at, ends_at=ends_at, capacity=capacity)

    def with_capacity(self, capacity: int) -> Slot:
        if capacity < self.taken_count:
            raise SlotTaken(field="slots", taken=self.taken_count)
        return replace(self, capacity=capacity)

    def taken(self, at: datetime) -> Slot:
        """One place less. SlotPast, SlotFull."""
        if self.starts_at <= at:
            raise SlotPast(field="slot_id")
        if self.taken_count >= self.capacity:
            raise SlotFull(field="slot_id")
        return replace(self, taken_count=self.taken_count + 1)

    def given_back(self) -> Slot:
        return replace(self, taken_count=self.taken_count - 1)
