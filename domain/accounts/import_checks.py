"""What a row, or a whole file, is checked against besides its own form."""

from __future__ import annotations

import msgspec

from domain.accounts.import_cells import Code, Fault
from domain.accounts.import_rows import AccountRow, ChargeRow, OpeningRow, Row
from domain.kernel.money import ZERO, Money


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the few reference tables hold."""

    supplier_inns: frozenset[str]
    service_codes: frozenset[str]


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Control totals: how many rows, and their sum (charges: amount, recalculation and penalty;
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


def known_faults(row_no: int, row: Row, known: Known) -> list[Fault]:
    """Suppliers and services must have been imported before whatever names them."""
    found = []
    if isinstance(row, AccountRow | OpeningRow | ChargeRow) and row.supplier_inn not in known.supplier_inns:
        found.append(
            Fault(row_no=row_no, field="supplier_inn", code=Code.UNKNOWN_SUPPLIER, value=row.supplier_inn)
        )
    if isinstance(row, OpeningRow | ChargeRow) and row.service_code not in known.service_codes:
        found.append(Fault(row_no=row_no, field="service", code=Code.UNKNOWN_SERVICE, value=row.service_code))
    return found


def whole_faults(rows: int, sum: Money, *controls: Totals | None) -> list[Fault]:
    """The file against its control totals, whoever gave them."""
    if not rows:
        return [Fault(row_no=0, field="rows", code=Code.NO_ROWS)]
    return [fault for control in controls if control for fault in control.faults(rows, sum)]
