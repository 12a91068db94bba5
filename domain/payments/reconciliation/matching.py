"""Which credit of the bank pays which registry: by the payment order's number and the sum, or one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from domain.payments.reconciliation.facts import CREDIT_WITHIN, Collected, Credit


def paired(files: Sequence[Collected], credits: Sequence[Credit]) -> list[tuple[Collected, Credit | None]]:
    """Each file with its credit. A credit pays one file; the earliest file is served first."""
    free = sorted(credits, key=lambda one: (one.paid_at, str(one.registry_id), one.row_no))
    found: dict[int, Credit] = {}
    order = sorted(range(len(files)), key=lambda no: (files[no].last_paid_at, files[no].name, no))
    for is_pair in (_by_both, _by_order, _by_sum):
        for no in order:
            if no in found or not files[no].transferred:
                continue
            credit = next((one for one in free if _is_near(files[no], one) and is_pair(files[no], one)), None)
            if credit:
                found[no] = credit
                free.remove(credit)
    return [(file, found.get(no)) for no, file in enumerate(files)]


def _is_near(file: Collected, credit: Credit) -> bool:
    """Statements tell days, registries moments: a credit of the same day may seem to come before."""
    return file.last_paid_at.date() <= credit.paid_at.date() or (
        -1 <= (credit.paid_at - file.last_paid_at).days <= CREDIT_WITHIN.days
    )


def _by_both(file: Collected, credit: Credit) -> bool:
    return _by_order(file, credit) and _by_sum(file, credit)


def _by_order(file: Collected, credit: Credit) -> bool:
    number = file.order_number
    if not number:
        return False
    return credit.reference == number or bool(re.search(rf"(?<!\d){re.escape(number)}(?!\d)", credit.purpose))


def _by_sum(file: Collected, credit: Credit) -> bool:
    return credit.amount in {file.expected, file.transferred}
