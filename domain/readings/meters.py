"""Meters, their registers per tariff zone, their seals, and the points where a contract takes energy.

Zones are data (`tariff_zones`): code, label, hours, and the words files write for them. A zone is
never told by the place of a register on the meter's face.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

import msgspec

from domain.kernel.access import Access
from domain.kernel.errors import NotFound
from domain.kernel.ids import AccountId, DeliveryPointId, MeterId, SupplierAccountId

SINGLE = "single"
"""The zone of a register that counts around the clock."""
TOTAL = "total"
"""The sum of the other registers, kept by the meter itself: a control, never billed."""


class MeterNotFound(NotFound):
    code = "meter-not-found"
    text = "There is no such meter on this account"


class Direction(StrEnum):
    """Active and reactive energy, taken from the grid (+) or given to it (−)."""

    A_PLUS = "A+"
    A_MINUS = "A-"
    R_PLUS = "R+"
    R_MINUS = "R-"


_REACTIVE_WAYS = frozenset({Direction.R_PLUS, Direction.R_MINUS})
_REACTIVE = {"кВт·ч": "квар·ч", "МВт·ч": "Мвар·ч"}
"""What a register of reactive energy shows, by the unit of the active ones on the same meter."""


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """`synonyms` are in lower case, as files and people write them. `place` sorts for people only."""

    code: str
    label: str
    hours: str
    synonyms: tuple[str, ...] = ()
    place: int = 0


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """One row of figures. `label` is what stands on the meter's face ("T1"), `zone_label` the zone's own.

    Opening is what it showed when installed, closing when removed; `billed` is the last value billing
    has told us of. All in units of the meter, before the transformation ratio.
    """

    zone: str
    direction: Direction = Direction.A_PLUS
    label: str = ""
    zone_label: str = ""
    opening_value: Decimal | None = None
    closing_value: Decimal | None = None
    billed_value: Decimal | None = None
    billed_on: date | None = None

    @property
    def called(self) -> str:
        """The one name that people read of it everywhere: “Пик (T1)”."""
        return register_name(self.zone_label or self.zone, self.label)


def register_name(zone: str, label: str) -> str:
    return f"{zone} ({label})" if label else zone


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """`place` is where it sits ("terminal cover"), in the words of billing."""

    number: str
    place: str = ""
    set_on: date | None = None
    removed_on: date | None = None


class ByHand(StrEnum):
    """Why readings of a meter are not taken by hand."""

    AUTOMATIC = "meter-automatic"
    REMOVED = "meter-removed"
    NOT_ADMITTED = "meter-not-admitted"
    NOT_YET = "meter-not-installed-yet"


BY_HAND_TEXTS: Mapping[ByHand, str] = {
    ByHand.AUTOMATIC: "The meter sends its readings itself: there is nothing to enter",
    ByHand.REMOVED: "The meter was removed on {removed_on}: readings are taken from the meter in its place",
    ByHand.NOT_ADMITTED: "The meter is not admitted since {not_admitted_since}: its readings do not count",
    ByHand.NOT_YET: "The meter is counted from {installed_on} on",
}


class Meter(msgspec.Struct, frozen=True, kw_only=True):
    """One meter from the day it was installed to the day it was removed, with both its days of
    reading. `replaces` is the meter that hung there before. `digit_count` is of the whole part.
    Since `not_admitted_since`, by an act of ours, its readings are not taken.
    """

    id: MeterId
    account_id: AccountId
    supplier_account_id: SupplierAccountId
    delivery_point_id: DeliveryPointId | None = None
    service_code: str
    unit: str
    serial: str
    model: str = ""
    digit_count: int = 6
    fraction_digit_count: int = 0
    transformation_ratio: Decimal = Decimal(1)
    max_power_kw: Decimal | None = None
    is_automatic: bool = False
    verified_until: date | None = None
    installed_on: date
    removed_on: date | None = None
    replaces: MeterId | None = None
    place: str = ""
    tariff_region: str | None = None
    tariff_group: str | None = None
    not_admitted_since: date | None = None
    seals: tuple[Seal, ...] = ()
    registers: tuple[Register, ...]

    def register(self, zone: str, direction: Direction = Direction.A_PLUS) -> Register | None:
        for one in self.registers:
            if one.zone == zone and one.direction is direction:
                return one
        return None

    def unit_of(self, direction: Direction) -> str:
        """Reactive energy has a unit of its own; all else is counted in the meter's."""
        return _REACTIVE.get(self.unit, self.unit) if direction in _REACTIVE_WAYS else self.unit

    def is_installed_on(self, day: date) -> bool:
        """The day of a replacement belongs to both meters: each has a value on it."""
        return self.installed_on <= day and (self.removed_on is None or day <= self.removed_on)

    def is_verified_on(self, day: date) -> bool:
        """A meter whose verification is not known passes for verified: billing has no term to tell."""
        return self.verified_until is None or day <= self.verified_until

    def closed_to_hand(self, day: date) -> ByHand | None:
        """Why readings as of `day` are not taken by hand; None when they are."""
        if self.removed_on is not None and day > self.removed_on:
            return ByHand.REMOVED
        if day < self.installed_on:
            return ByHand.NOT_YET
        if self.not_admitted_since is not None and day >= self.not_admitted_since:
            return ByHand.NOT_ADMITTED
        return ByHand.AUTOMATIC if self.is_automatic else None


class DeliveryPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a contract takes energy; `code` is the number the contract and billing call it by."""

    id: DeliveryPointId
    account_id: AccountId
    code: str
    name: str
    address: str


class Meters(Protocol):
    """`access` is checked in the WHERE: what the actor may not see is not there."""

    async def of_account(self, access: Access) -> Sequence[Meter]:
        """All of them, removed ones too, by delivery point, service and day. Without the right: none."""

    async def of(self, access: Access, meter_id: MeterId) -> Meter:
        """MeterNotFound when there is none, or the actor may not see it."""

    async def locked(self, account_id: AccountId, meter_ids: Sequence[MeterId]) -> Sequence[Meter]:
        """Those of `meter_ids` that the account has, by id, locked to the end of the transaction."""

    async def save(self, before: Sequence[Meter], after: Sequence[Meter]) -> None:
        """Of one account, under its meters' locks: what differs, and new ones. SerialHangs,
        ServiceUnknown."""

    async def in_accounts(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Sequence[Meter]]:
        """For work of our own on many accounts at once: nobody's right is asked."""

    async def delivery_points(self, access: Access) -> Sequence[DeliveryPoint]: ...

    async def zones(self) -> Mapping[str, Zone]:
        """Every zone by its code."""

    async def account_of_serial(self, serial: str) -> Sequence[AccountId]:
        """Who has a meter of this serial now: several when makers gave the same number."""
