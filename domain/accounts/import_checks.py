"""What a row, or a whole file, is checked against besides its own form."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from domain.accounts.import_cells import Code, Fault
from domain.accounts.import_meters import MeterRow, TariffRow
from domain.accounts.import_norms import NormRow
from domain.accounts.import_readings import ReadingRow
from domain.accounts.import_rows import AccountRow, ChargeRow, OpeningRow, Row
from domain.kernel.money import ZERO, Money


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the few reference tables hold. `zones`: codes by every word for them, in lower case; `norms`:
    supplier's INN, service and code of each."""

    supplier_inns: frozenset[str]
    service_codes: frozenset[str]
    zones: Mapping[str, str] = {}
    norms: frozenset[tuple[str, str, str]] = frozenset()


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Control totals: how many rows, and their sum (charges: amount, recalculation and penalty less benefit;
    opening balances: debt and penalty less overpayment). None: not given."""

    rows: int | None = None
    sum: Money | None = None

    def faults(self, rows: int, sum: Money) -> list[Fault]:
        found = []
        if self.rows is not None and self.rows != rows:
            found.append(Fault(row_no=0, field="rows", code=Code.TOTAL_ROWS, value=f"{rows}"))
        if self.sum is not None and self.sum != sum:
            found.append(Fault(row_no=0, field="sum", code=Code.TOTAL_SUM, value=_roubles(sum)))
        return found


def _roubles(sum: Money) -> str:
    sign = "-" if sum < ZERO else ""
    return f"{sign}{abs(sum.kopecks) // 100}.{abs(sum.kopecks) % 100:02d}"


def in_our_words(row: Row, known: Known) -> Row:
    """The row with the code of its zone, where that is known."""
    if isinstance(row, MeterRow | TariffRow | ReadingRow) and row.zone in known.zones:
        return replace(row, zone=known.zones[row.zone])
    return row


def known_faults(row_no: int, row: Row, known: Known) -> list[Fault]:
    """Suppliers and services must have been imported before whatever names them."""
    found = []

    def fault(field: str, code: Code, value: str) -> None:
        found.append(Fault(row_no=row_no, field=field, code=code, value=value))

    if (
        isinstance(row, AccountRow | OpeningRow | ChargeRow | TariffRow | NormRow | MeterRow | ReadingRow)
        and row.supplier_inn not in known.supplier_inns
    ):
        fault("supplier_inn", Code.UNKNOWN_SUPPLIER, row.supplier_inn)
    if (
        isinstance(row, OpeningRow | ChargeRow | TariffRow | NormRow | MeterRow | ReadingRow)
        and row.service_code not in known.service_codes
    ):
        fault("service", Code.UNKNOWN_SERVICE, row.service_code)
    if isinstance(row, TariffRow | MeterRow | ReadingRow) and row.zone not in known.zones:
        fault("zone", Code.UNKNOWN_ZONE, row.zone)
    if (
        isinstance(row, ChargeRow)
        and row.norm is not None
        and (row.supplier_inn, row.service_code, row.norm) not in known.norms
    ):
        fault("norm", Code.UNKNOWN_NORM, row.norm)
    return found


def whole_faults(rows: int, sum: Money, *controls: Totals | None) -> list[Fault]:
    """The file against its control totals, whoever gave them."""
    if not rows:
        return [Fault(row_no=0, field="rows", code=Code.NO_ROWS)]
    return [fault for control in controls if control for fault in control.faults(rows, sum)]
