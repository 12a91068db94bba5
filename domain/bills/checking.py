"""Whether the code on a paper is one of a bill of ours, word for word.

Forged doubles of bills differ in the payee, the sum or the account; so every value is compared with the
code that was printed. A bill is found by its number only, which nobody can guess: without it the answer
tells nothing about any account.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from domain.bills.bills import Bill
from domain.kernel.ids import SupplierAccountId
from domain.payments.paycodes import parse

_SUMS = frozenset({"Sum", "AddAmount"})


class Verdict(StrEnum):
    OURS = "ours"
    PAID = "paid"
    """Ours, and nothing is open of that month and those before it."""
    OTHER_SUM = "other-sum"
    """Everything but the sum is as we printed it."""
    NOT_OURS = "not-ours"


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """`supplier_account_id` of one supplier's code; None of the code for all."""

    is_sum_right: bool
    supplier_account_id: SupplierAccountId | None = None


def matched(values: Mapping[str, str], bill: Bill) -> Matched | None:
    """The code of `bill` that `values` were read from; None when none of them has that payee and account."""
    printed = [(bill.code, None), *((part.code, part.id) for part in bill.suppliers)]
    for code, supplier_account_id in printed:
        if code is None:
            continue
        ours = parse(code)
        if _without_sums(ours) == _without_sums(values):
            is_right = _sums(ours) == _sums(values)
            return Matched(is_sum_right=is_right, supplier_account_id=supplier_account_id)
    return None


def _without_sums(values: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in values.items() if key not in _SUMS}


def _sums(values: Mapping[str, str]) -> dict[str, str]:
    return {key: values[key] for key in _SUMS if key in values}
