"""Whether a payment's day and its frozen reasons agree with what was posted. Pure: rows in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

import msgspec

from domain.accounts.audit import Finding, LedgerRows, TransferRow, found_in
from domain.kernel.calendar import business_day
from domain.kernel.ids import PaymentId
from domain.kernel.money import Money
from domain.payments.explanation import Line, Part

_REGIONS = (timedelta(hours=2), timedelta(hours=12))
"""How far the clocks of this country's regions are from UTC, where the zone is not given."""


class _Sum(msgspec.Struct, frozen=True, gc=False):
    amount: Money


class _Dealt(msgspec.Struct, frozen=True, gc=False):
    line: Line
    amount: Money


class _Tier(msgspec.Struct, frozen=True, gc=False):
    name: str
    offered: Money
    dealt: tuple[_Dealt, ...]


class _Spread(msgspec.Struct, frozen=True, gc=False):
    addressed: _Sum
    tiers: tuple[_Tier, ...]


class _Reasons(msgspec.Struct, frozen=True, gc=False):
    """What of an Explanation concerns sums."""

    spreads: tuple[_Spread, ...]


def day_findings(
    rows: LedgerRows,
    payment_id: PaymentId,
    paid_at: datetime | None,
    postings: Iterable[Sequence[TransferRow]],
    zone: tzinfo | None,
) -> Iterator[Finding]:
    """A payment counts from the business day it was paid on, whenever it was posted."""
    if paid_at is None:
        return
    if zone is not None:
        days = {business_day(paid_at, zone)}
    else:
        days = {(paid_at + offset).date() for offset in _REGIONS}
    for lines in postings:
        wrong = sorted({line.value_date for line in lines if line.value_date not in days})
        if wrong:
            key = f"posting_id={lines[0].posting_id}"
            expected = f"value_date={min(days)}: payment {payment_id} was paid at {paid_at}"
            yield found_in(rows, "payment-value-date", "transfers", key, expected, f"value_date={wrong[0]}")


def reason_findings(
    rows: LedgerRows, payment_id: PaymentId, amount_kopecks: int, parts: Sequence[Part], explanation: Any
) -> Iterator[Finding]:
    """The frozen explanation gives away exactly the payment, and exactly as its parts say."""
    key = f"payment_id={payment_id}"
    try:
        reasons = msgspec.convert(explanation, _Reasons)
    except msgspec.ValidationError as error:
        yield found_in(rows, "payment-explanation", "payments", key, "a readable explanation", error)
        return
    whole = sum(spread.addressed.amount.kopecks for spread in reasons.spreads)
    if whole != amount_kopecks:
        found = f"an explanation of {whole}"
        yield found_in(
            rows, "payment-explanation", "payments", key, f"an explanation of {amount_kopecks}", found
        )
    for tier in (tier for spread in reasons.spreads for tier in spread.tiers):
        dealt = sum(one.amount.kopecks for one in tier.dealt)
        if dealt > tier.offered.kopecks:
            expected = f"at most {tier.offered.kopecks} dealt by {tier.name}"
            yield found_in(rows, "payment-explanation", "payments", key, expected, dealt)
    yield from _compared(rows, key, _explained(reasons), _parted(parts))


def _compared(
    rows: LedgerRows, key: str, explained: dict[Line, int], parted: dict[Line, int]
) -> Iterator[Finding]:
    for line in sorted(explained.keys() | parted.keys(), key=str):
        if explained.get(line, 0) != parted.get(line, 0):
            where = f"supplier account {line.supplier_account_id}, charge {line.charge_id}, {line.kind}"
            expected = f"{explained.get(line, 0)} to {where}, as explained"
            found = f"{parted.get(line, 0)} in the parts"
            yield found_in(rows, "payment-explanation", "payments", key, expected, found)


def _explained(reasons: _Reasons) -> dict[Line, int]:
    found: dict[Line, int] = {}
    for spread in reasons.spreads:
        for dealt in (dealt for tier in spread.tiers for dealt in tier.dealt):
            found[dealt.line] = found.get(dealt.line, 0) + dealt.amount.kopecks
    return found


def _parted(parts: Sequence[Part]) -> dict[Line, int]:
    found: dict[Line, int] = {}
    for one in (one for part in parts for one in part.lines):
        found[one.line] = found.get(one.line, 0) + one.amount.kopecks
    return found
