"""The rows of billing's answer about readings: what it has counted from. Columns: docs/imports.md."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from domain.accounts import requisites
from domain.accounts.import_cells import Cells, Code
from domain.accounts.import_meters import SERIAL, direction
from domain.kernel.calendar import Period
from domain.kernel.money import ZERO, Money

Nature = Literal["actual", "calculated", "control"]
_NATURES: dict[str, Nature] = {
    "": "actual",
    "actual": "actual",
    "calculated": "calculated",
    "control": "control",
    "фактические": "actual",
    "расчётные": "calculated",
    "расчетные": "calculated",
    "контрольные": "control",
}


class ReadingRow(msgspec.Struct, frozen=True, kw_only=True):
    """What billing has counted one register from in one period. `zone` is as the file writes it until
    `import_checks.in_our_words` has put the code in its place."""

    number: str
    supplier_inn: str
    supplier_account: str
    service_code: str
    serial: str
    zone: str
    direction: str
    period: Period
    taken_on: date
    value: Decimal
    nature: Nature
    bill_number: str | None

    @property
    def subject(self) -> str:
        return f"{self.number} {self.key}"

    @property
    def key(self) -> str:
        own = f"{self.supplier_inn} {self.supplier_account} {self.service_code} {self.serial}"
        return f"{own} {self.zone} {self.direction} {self.period}"

    @property
    def facts(self) -> str:
        return repr((self.taken_on, self.value, self.nature, self.bill_number))

    @property
    def counted(self) -> Money:
        return ZERO


def reading(cells: Cells) -> ReadingRow:
    value = cells.decimal("value", is_price=True)
    if value is None:
        cells.fault("value", Code.MISSING)
    return ReadingRow(
        number=cells.account_number("unified_account"),
        supplier_inn=cells.checked("supplier_inn", requisites.inn),
        supplier_account=cells.account_number("supplier_account"),
        service_code=cells.code("service"),
        serial=cells.matching("serial", SERIAL, Code.NOT_A_SERIAL),
        zone=(cells.optional("zone", limit=40) or "single").lower(),
        direction=direction(cells),
        period=cells.period("period"),
        taken_on=cells.day("taken_on"),
        value=value or Decimal(0),
        nature=cells.word("nature", _NATURES),
        bill_number=cells.optional("bill_number", limit=60),
    )
