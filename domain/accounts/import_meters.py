"""The rows of billing's files of meters and of residential prices; docs/imports.md tells the columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from domain.accounts import requisites
from domain.accounts.import_cells import Cells, Code
from domain.kernel.money import ZERO, Money

MOST_DIGITS, MOST_FRACTION_DIGITS = 12, 6
SERIAL = re.compile(r"[0-9A-Za-zА-Яа-яЁё][0-9A-Za-zА-Яа-яЁё ./_-]{0,39}")
_DIRECTIONS = {"a+": "A+", "a-": "A-", "r+": "R+", "r-": "R-", "активная": "A+", "реактивная": "R+"}
_LATIN = str.maketrans("ар−–", "ar--")
_YES_OR_NO = {"": None, "0": False, "no": False, "нет": False, "1": True, "yes": True, "да": True}


class SealCell(msgspec.Struct, frozen=True):
    number: str
    place: str = ""
    set_on: date | None = None


class MeterRow(msgspec.Struct, frozen=True, kw_only=True):
    """One register of one meter, with all that is told of the meter itself; several rows of one register
    tell the values that billing counted from on several days.

    What is None was not told and stays as it was. `zone` is as the file writes it until
    `import_checks.in_our_words` has put the code in its place.
    """

    number: str
    supplier_inn: str
    supplier_account: str
    service_code: str
    serial: str
    model: str
    installed_on: date
    unit: str | None
    digit_count: int | None
    fraction_digit_count: int | None
    transformation_ratio: Decimal | None
    max_power_kw: Decimal | None
    is_automatic: bool | None
    verified_until: date | None
    removed_on: date | None
    replaces: str | None
    place: str | None
    seals: tuple[SealCell, ...] | None
    delivery_point: str | None
    delivery_point_name: str | None
    delivery_point_address: str | None
    tariff_region: str | None
    tariff_group: str | None
    zone: str
    direction: str
    label: str
    opening_value: Decimal | None
    closing_value: Decimal | None
    billed_value: Decimal | None
    billed_on: date | None

    @property
    def subject(self) -> str:
        """Sorts removed meters first: what hung there before is known, and free to hang elsewhere."""
        return f"{int(self.removed_on is None)} {self._own}"

    @property
    def _own(self) -> str:
        return f"{self.number} {self.supplier_inn} {self.supplier_account} {self.installed_on} {self.hanging}"

    @property
    def hanging(self) -> str:
        """What the maker calls it, and the service it counts."""
        return f"{self.service_code} {self.serial} {self.model}"

    @property
    def key(self) -> str:
        return f"{self._own} {self.zone} {self.direction} {self.billed_on or ''}"

    @property
    def facts(self) -> str:
        return repr(
            (
                *(self.unit, self.digit_count, self.fraction_digit_count, self.transformation_ratio),
                *(self.max_power_kw, self.is_automatic, self.verified_until, self.removed_on, self.replaces),
                *(self.place, self.seals, self.delivery_point, self.delivery_point_name),
                *(self.delivery_point_address, self.tariff_region, self.tariff_group),
            )
        )

    @property
    def counted(self) -> Money:
        return ZERO


class TariffRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit costs a resident of a group in one zone and one range of the month's volume.

    The range is above `from_volume` up to and with `to_volume`; None: there is no upper bound.
    """

    supplier_inn: str
    service_code: str
    region: str
    group_code: str
    group_name: str
    zone: str
    range_no: int
    from_volume: Decimal
    to_volume: Decimal | None
    price: Decimal
    valid_from: date

    @property
    def subject(self) -> str:
        """Of one group, and from one day, a file tells one name."""
        return f"{self.supplier_inn} {self.service_code} {self.region} {self.group_code} {self.valid_from}"

    @property
    def key(self) -> str:
        return f"{self.subject} {self.zone} {self.range_no}"

    @property
    def facts(self) -> str:
        return repr(self.group_name)

    @property
    def counted(self) -> Money:
        return ZERO


def meter(cells: Cells) -> MeterRow:
    row = MeterRow(
        number=cells.account_number("unified_account"),
        supplier_inn=cells.checked("supplier_inn", requisites.inn),
        supplier_account=cells.account_number("supplier_account"),
        service_code=cells.code("service"),
        serial=cells.matching("serial", SERIAL, Code.NOT_A_SERIAL),
        model=cells.optional("model", limit=100) or "",
        installed_on=cells.day("installed_on"),
        unit=cells.optional("unit", limit=20),
        digit_count=cells.count("digits", least=1, most=MOST_DIGITS),
        fraction_digit_count=cells.count("fraction_digits", least=0, most=MOST_FRACTION_DIGITS),
        transformation_ratio=cells.decimal("ratio", is_price=True),
        max_power_kw=cells.decimal("max_power_kw", is_price=True),
        is_automatic=cells.word("automatic", _YES_OR_NO),
        verified_until=_day(cells, "verified_until"),
        removed_on=_day(cells, "removed_on"),
        replaces=cells.optional("replaces", limit=40),
        place=cells.optional("place"),
        seals=_seals(cells),
        delivery_point=cells.optional("delivery_point", limit=60),
        delivery_point_name=cells.optional("delivery_point_name"),
        delivery_point_address=cells.optional("delivery_point_address", limit=300),
        tariff_region=cells.code("tariff_region") if cells.optional("tariff_region") else None,
        tariff_group=cells.code("tariff_group") if cells.optional("tariff_group") else None,
        zone=(cells.optional("zone", limit=40) or "single").lower(),
        direction=direction(cells),
        label=cells.optional("label", limit=20) or "",
        opening_value=cells.decimal("opening_value", is_price=True),
        closing_value=cells.decimal("closing_value", is_price=True),
        billed_value=cells.decimal("billed_value", is_price=True),
        billed_on=_day(cells, "billed_on"),
    )
    _check_days(row, cells)
    _check_figures(row, cells)
    return row


def tariff(cells: Cells) -> TariffRow:
    row = TariffRow(
        supplier_inn=cells.checked("supplier_inn", requisites.inn),
        service_code=cells.code("service"),
        region=cells.code("region"),
        group_code=cells.code("group"),
        group_name=cells.optional("group_name") or "",
        zone=(cells.optional("zone", limit=40) or "single").lower(),
        range_no=cells.count("range", least=1, most=9) or 1,
        from_volume=cells.decimal("from_volume", is_price=True) or Decimal(0),
        to_volume=cells.decimal("to_volume", is_price=True),
        price=cells.decimal("price", is_price=True) or Decimal(0),
        valid_from=cells.day("valid_from"),
    )
    if cells.optional("price") is None:
        cells.fault("price", Code.MISSING)
    if row.to_volume is not None and row.to_volume <= row.from_volume:
        cells.fault("to_volume", Code.ENDS_BEFORE)
    return row


def _day(cells: Cells, field: str) -> date | None:
    return cells.day(field) if cells.optional(field) else None


def direction(cells: Cells) -> str:
    text = (cells.optional("direction") or "A+").lower().replace(" ", "")
    found = _DIRECTIONS.get(text) or _DIRECTIONS.get(text.translate(_LATIN))
    if found is None:
        cells.fault("direction", Code.NOT_ONE_OF)
    return found or "A+"


def _seals(cells: Cells) -> tuple[SealCell, ...] | None:
    """ "0012345 terminal cover 2024-05-31; 0012346": number, place, day; the last two may be left out."""
    text = cells.optional("seals", limit=1000)
    if text is None:
        return None
    found: dict[str, SealCell] = {}
    for piece in filter(None, (one.strip() for one in text.split(";"))):
        number, *words = piece.split()
        set_on = _iso(words[-1]) if words else None
        place = " ".join(words[:-1] if set_on else words)
        if len(number) > 40 or number in found:
            cells.fault("seals", Code.DUPLICATE if number in found else Code.TOO_LONG)
        found[number] = SealCell(number, place, set_on)
    return tuple(found.values())


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2024-05-31") else None
    except ValueError:
        return None


def _check_days(row: MeterRow, cells: Cells) -> None:
    if row.removed_on is not None and row.removed_on < row.installed_on:
        cells.fault("removed_on", Code.ENDS_BEFORE)
    if row.closing_value is not None and row.removed_on is None:
        cells.fault("removed_on", Code.MISSING)
    if (row.billed_value is None) != (row.billed_on is None):
        cells.fault("billed_on" if row.billed_on is None else "billed_value", Code.MISSING)
    if row.billed_on is not None and row.billed_on < row.installed_on:
        cells.fault("billed_on", Code.ENDS_BEFORE)
    if row.delivery_point is None and (row.delivery_point_name or row.delivery_point_address):
        cells.fault("delivery_point", Code.MISSING)


def _check_figures(row: MeterRow, cells: Cells) -> None:
    if row.transformation_ratio == 0:
        cells.fault("ratio", Code.NOT_A_NUMBER)
    if row.digit_count is None:
        return
    figures: Mapping[str, Decimal | None] = {
        "opening_value": row.opening_value,
        "closing_value": row.closing_value,
        "billed_value": row.billed_value,
    }
    for field, value in figures.items():
        if value is not None and value >= 10**row.digit_count:
            cells.fault(field, Code.TOO_MANY_DIGITS)
