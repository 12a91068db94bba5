"""The rows of billing's files of norms; docs/imports.md tells the columns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from domain.accounts import requisites
from domain.accounts.import_cells import Cells, Code
from domain.kernel.money import ZERO, Money


class NormRow(msgspec.Struct, frozen=True, kw_only=True):
    """How many units a month one `per` is counted, from `valid_from` on."""

    supplier_inn: str
    service_code: str
    norm_code: str
    name: str
    volume: Decimal
    per: str
    source: str
    valid_from: date

    @property
    def key(self) -> str:
        return f"{self.supplier_inn} {self.service_code} {self.norm_code} {self.valid_from}"

    @property
    def subject(self) -> str:
        return self.key

    @property
    def facts(self) -> str:
        return ""

    @property
    def counted(self) -> Money:
        return ZERO


def norm(cells: Cells) -> NormRow:
    if cells.optional("volume") is None:
        cells.fault("volume", Code.MISSING)
    return NormRow(
        supplier_inn=cells.checked("supplier_inn", requisites.inn),
        service_code=cells.code("service"),
        norm_code=cells.code("norm"),
        name=cells.text("name", limit=200),
        volume=cells.decimal("volume", is_price=True) or Decimal(0),
        per=cells.text("per", limit=40),
        source=cells.text("source", limit=200),
        valid_from=cells.day("valid_from"),
    )
