"""Meters of an account as their holders see them, and the points where a contract takes energy."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, SkipValidation
from msgspec import Meta

from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from api.texts import language_of, translated
from domain.accounts.accounts import Accounts
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, DeliveryPointId, MeterId, SupplierAccountId
from domain.readings.meters import (
    BY_HAND_TEXTS,
    TOTAL,
    ByHand,
    DeliveryPoint,
    Direction,
    Meter,
    MeterNotFound,
    Meters,
    Register,
    Seal,
    Zone,
)
from domain.readings.readings import plain, shown

EXPIRED = "The verification ended on {verified_until}: readings are taken, and billing may count otherwise"
Serial = Annotated[str, Meta(min_length=1, max_length=40)]


def _language(request: Request[Any, Any, Any]) -> str:
    return language_of(request.headers.get("accept-language"))


def _plain(value: Decimal | None) -> Decimal | None:
    return None if value is None else plain(value)


class ZoneOut(msgspec.Struct, frozen=True, kw_only=True):
    """`hours` are of the region's time. `is_control`: the sum of the other zones, never billed."""

    code: str
    label: str
    hours: str
    is_control: bool

    @classmethod
    def of(cls, zone: Zone) -> Self:
        return cls(code=zone.code, label=zone.label, hours=zone.hours, is_control=zone.code == TOTAL)


class BilledOut(msgspec.Struct, frozen=True, kw_only=True):
    value: Decimal
    on: date


class RegisterOut(msgspec.Struct, frozen=True, kw_only=True):
    """`label` is what stands on the meter's face. Values are as the meter shows them; `billed` is the last
    one that billing has told us of."""

    zone: ZoneOut
    direction: Direction
    label: str
    unit: str
    opening_value: Decimal | None
    closing_value: Decimal | None
    billed: BilledOut | None

    @classmethod
    def of(cls, register: Register, unit: str, zones: Mapping[str, Zone]) -> Self:
        billed = None
        if register.billed_value is not None and register.billed_on is not None:
            billed = BilledOut(value=plain(register.billed_value), on=register.billed_on)
        return cls(
            zone=ZoneOut.of(zones[register.zone]),
            direction=register.direction,
            label=register.label,
            unit=unit,
            opening_value=_plain(register.opening_value),
            closing_value=_plain(register.closing_value),
            billed=billed,
        )


class VerificationOut(msgspec.Struct, frozen=True, kw_only=True):
    """`until` is its last day; null: not known. `text` says what follows when it has passed."""

    until: date | None
    has_expired: bool
    text: str

    @classmethod
    def of(cls, meter: Meter, today: date, language: str) -> Self:
        expired = not meter.is_verified_on(today)
        until = shown(meter.verified_until.isoformat()) if meter.verified_until else ""
        return cls(
            until=meter.verified_until,
            has_expired=expired,
            text=translated(language, EXPIRED, verified_until=until) if expired else "",
        )


class ByHandOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody may type the meter's readings in today; if not, `code` and `text` say why."""

    is_taken: bool
    code: ByHand | None
    text: str

    @classmethod
    def of(cls, meter: Meter, today: date, language: str) -> Self:
        why = meter.closed_to_hand(today)
        if why is None:
            return cls(is_taken=True, code=None, text="")
        removed_on = shown(meter.removed_on.isoformat()) if meter.removed_on else ""
        installed_on = shown(meter.installed_on.isoformat())
        since = shown(meter.not_admitted_since.isoformat()) if meter.not_admitted_since else ""
        text = translated(
            language,
            BY_HAND_TEXTS[why],
            removed_on=removed_on,
            installed_on=installed_on,
            not_admitted_since=since,
        )
        return cls(is_taken=False, code=why, text=text)


class MeterOut(msgspec.Struct, frozen=True, kw_only=True):
    """`digit_count` is of the whole part. Values times `transformation_ratio` are units of `unit`.

    A meter that was replaced stays, with its closing values: `replaced_by` leads to the one in its place.
    """

    id: MeterId
    supplier_account_id: SupplierAccountId
    delivery_point: DeliveryPoint | None
    service: str
    unit: str
    serial: str
    model: str
    place: str
    digit_count: int
    fraction_digit_count: int
    transformation_ratio: Decimal
    max_power_kw: Decimal | None
    is_automatic: bool
    installed_on: date
    removed_on: date | None
    replaces: MeterId | None
    replaced_by: MeterId | None
    verification: VerificationOut
    by_hand: ByHandOut
    seals: tuple[Seal, ...]
    registers: list[RegisterOut]


class Showing(msgspec.Struct, frozen=True, kw_only=True):
    """What showing one account's meters takes besides themselves."""

    zones: Mapping[str, Zone]
    points: Mapping[DeliveryPointId, DeliveryPoint]
    replaced_by: Mapping[MeterId, MeterId]
    today: date
    language: str

    def out(self, meter: Meter) -> MeterOut:
        return MeterOut(
            id=meter.id,
            supplier_account_id=meter.supplier_account_id,
            delivery_point=self.points[meter.delivery_point_id] if meter.delivery_point_id else None,
            service=meter.service_code,
            unit=meter.unit,
            serial=meter.serial,
            model=meter.model,
            place=meter.place,
            digit_count=meter.digit_count,
            fraction_digit_count=meter.fraction_digit_count,
            transformation_ratio=plain(meter.transformation_ratio),
            max_power_kw=_plain(meter.max_power_kw),
            is_automatic=meter.is_automatic,
            installed_on=meter.installed_on,
            removed_on=meter.removed_on,
            replaces=meter.replaces,
            replaced_by=self.replaced_by.get(meter.id),
            verification=VerificationOut.of(meter, self.today, self.language),
            by_hand=ByHandOut.of(meter, self.today, self.language),
            seals=meter.seals,
            registers=[
                RegisterOut.of(one, meter.unit_of(one.direction), self.zones) for one in meter.registers
            ],
        )


async def showing_of(
    meters: Meters, access: Access, hanging: Sequence[Meter], zone: ZoneInfo, language: str
) -> Showing:
    return Showing(
        zones=await meters.zones(),
        points={point.id: point for point in await meters.delivery_points(access)},
        replaced_by={meter.replaces: meter.id for meter in hanging if meter.replaces},
        today=business_day(access.at, zone),
        language=language,
    )


@get("/accounts/{account_id:uuid}/meters", opt={"access": Scope.SEE}, responses=responses(401, 403, 404, 422))
async def list_meters(
    request: Request[Any, Any, Any],
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    meters: NamedDependency[SkipValidation[Meters]],
    zone: NamedDependency[ZoneInfo],
    removed: FromQuery[bool | None] = None,
    delivery_point: FromQuery[DeliveryPointId | None] = None,
    serial: FromQuery[Serial | None] = None,
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[MeterOut]:
    """The account's meters by delivery point, removed ones too unless `removed` is false, with their
    registers."""
    every = await meters.of_account(access)
    if not every:
        await accounts.card(access)  # nothing hangs, or nothing to see: that is for the account to say
    found = [
        meter
        for meter in every
        if (removed is None or (meter.removed_on is not None) is removed)
        and (delivery_point is None or meter.delivery_point_id == delivery_point)
        and (serial is None or meter.serial == serial)
    ]
    after = end_of(cursor, MeterId)
    begin = next((place for place, meter in enumerate(found, start=1) if meter.id == after), 0)
    page = found[begin : begin + limit]
    showing = await showing_of(meters, access, every, zone, _language(request))
    is_last = begin + limit >= len(found)
    return Page(
        items=[showing.out(meter) for meter in page], next=None if is_last else cursor_of(page[-1].id)
    )


@get(
    "/accounts/{account_id:uuid}/meters/{meter_id:uuid}",
    opt={"access": Scope.SEE},
    responses=responses(401, 403, 404, 422),
)
async def get_meter(
    request: Request[Any, Any, Any],
    account_id: FromPath[AccountId],
    meter_id: FromPath[MeterId],
    access: NamedDependency[Access],
    meters: NamedDependency[SkipValidation[Meters]],
    zone: NamedDependency[ZoneInfo],
) -> MeterOut:
    """One meter: its registers with zones and hours, seals, verification, what it replaces, and whether its
    readings are taken by hand."""
    every = await meters.of_account(access)
    for meter in every:
        if meter.id == meter_id:
            return (await showing_of(meters, access, every, zone, _language(request))).out(meter)
    raise MeterNotFound


@get(
    "/accounts/{account_id:uuid}/delivery-points",
    opt={"access": Scope.SEE},
    responses=responses(401, 403, 404, 422),
)
async def list_delivery_points(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    meters: NamedDependency[SkipValidation[Meters]],
) -> Page[DeliveryPoint]:
    """Where the contract takes energy, by the code it is called by. A resident's account has none."""
    points = await meters.delivery_points(access)
    if not points:
        await accounts.card(access)
    return Page(items=list(points))


meters = Router("/", tags=["meters"], route_handlers=[list_meters, get_meter, list_delivery_points])
