"""What of a bill is still to pay today."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from domain.bills.bills import Bill
from domain.kernel.calendar import Period
from domain.kernel.ids import SupplierAccountId
from domain.kernel.money import ZERO, Money, total

OpenLines = Mapping[tuple[Period, SupplierAccountId], Money]
"""What is open of the charges of each month, by supplier account; above zero."""


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """`asked` stands on the bill; `left` of it is open, by supplier account and in all."""

    asked: Money
    left: Money
    by_part: Mapping[SupplierAccountId, Money] = {}

    @property
    def is_paid(self) -> bool:
        return self.asked > ZERO and self.left == ZERO

    @property
    def is_paid_in_part(self) -> bool:
        return ZERO < self.left < self.asked


def left_of(bill: Bill, open_lines: OpenLines) -> Left:
    """A bill asks for the months before it as well. What billing added since is for the next bill to ask."""
    by_part = {
        part.id: min(
            part.to_pay,
            total(
                amount
                for (period, owner), amount in open_lines.items()
                if owner == part.id and period <= bill.period
            ),
        )
        for part in bill.suppliers
    }
    return Left(asked=bill.to_pay, left=total(by_part.values()), by_part=by_part)


def left_of_card(period: Period, asked: Money, open_lines: OpenLines) -> Left:
    """The same of a bill in the archive, without its suppliers."""
    is_open = total(amount for (month, _), amount in open_lines.items() if month <= period)
    return Left(asked=asked, left=min(asked, is_open))
