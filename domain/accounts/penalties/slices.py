"""One charge cut into slices that share a fate: paid on the same day, free of penalty on the same days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

import msgspec

from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, ChargeId, SupplierAccountId, SupplierId
from domain.kernel.money import Money

ALWAYS, NEVER_ENDS = date(1900, 1, 1), date(9999, 12, 31)


class Move(msgspec.Struct, frozen=True, gc=False):
    """So much on that day; below zero where it was taken back."""

    day: date
    amount: Money


class ReliefWhy(StrEnum):
    BANKRUPTCY = "bankruptcy"
    CORRECTION = "correction"
    BILLED_LATE = "billed-late"


class Relief(msgspec.Struct, frozen=True, kw_only=True):
    """`amount` of a charge bears no penalty from `since` through `until`: what was paid last of it.

    `cause_id` is the case that decided so; an amount below zero takes back what the same case relieved.
    """

    amount: Money
    since: date
    until: date
    why: ReliefWhy
    cause_id: UUID | None = None


class KeptRelief(msgspec.Struct, frozen=True, kw_only=True):
    """A relief as a decision sets it."""

    id: UUID
    account_id: AccountId
    charge_id: ChargeId
    relief: Relief
    cause_id: UUID


class Debt(msgspec.Struct, frozen=True, kw_only=True):
    """One charge as it is kept with what its transfers tell: how billing set its principal, and what closed
    it by value date. `principal` is above zero."""

    charge_id: ChargeId
    supplier_account_id: SupplierAccountId
    supplier_id: SupplierId
    service_code: str
    period: Period
    principal: Money
    paid: Money
    billed: tuple[Move, ...] = ()
    settled: tuple[Move, ...] = ()
    reliefs: tuple[Relief, ...] = ()


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """`settled_on` is None while it is unpaid."""

    amount: Money
    settled_on: date | None
    free: tuple[Relief, ...] = ()


class _Layer(msgspec.Struct):
    """Kopecks `low` to `high` of a charge, those paid first at the bottom."""

    low: int
    high: int
    day: date


def slices(debt: Debt) -> list[Slice]:
    """They add up to the principal. Who pays a part pays the bottom of what is left; what billing raised
    later and what is relieved lies at the top."""
    whole, paid = debt.principal.kopecks, debt.paid.kopecks
    settled = _layers(_in_order(debt.settled), paid)
    free = [*_billed_late(debt), *_relieved(debt)]
    cuts = {0, whole, paid}
    cuts |= {edge for layer in settled for edge in (layer.low, layer.high)}
    cuts |= {edge for layer, _ in free for edge in (layer.low, layer.high)}
    found: dict[tuple[date | None, tuple[Relief, ...]], int] = {}
    for low, high in pairwise(sorted(cut for cut in cuts if 0 <= cut <= whole)):
        paid_on = next((layer.day for layer in settled if layer.low <= low < layer.high), None)
        reliefs = tuple(relief for layer, relief in free if layer.low <= low < layer.high)
        key = (paid_on, reliefs)
        found[key] = found.get(key, 0) + high - low
    return [
        Slice(amount=Money(kopecks), settled_on=paid_on, free=reliefs)
        for (paid_on, reliefs), kopecks in found.items()
    ]


def _in_order(moves: Iterable[Move]) -> list[Move]:
    """By value date; what is taken back goes after everything it may take."""
    moves = list(moves)
    given = sorted((move for move in moves if move.amount.kopecks > 0), key=lambda move: move.day)
    return given + [move for move in moves if move.amount.kopecks < 0]


def _layers(moves: Sequence[Move], most: int) -> list[_Layer]:
    """Each move on top of those before; one below zero takes the top away. Nothing lies above `most`."""
    layers: list[_Layer] = []
    for move in moves:
        top = layers[-1].high if layers else 0
        if move.amount.kopecks > 0:
            layers.append(_Layer(top, top + move.amount.kopecks, move.day))
            continue
        layers = _below(layers, top + move.amount.kopecks)
    return _below(layers, most)


def _below(layers: Iterable[_Layer], most: int) -> list[_Layer]:
    return [_Layer(layer.low, min(layer.high, most), layer.day) for layer in layers if layer.low < most]


def _billed_late(debt: Debt) -> Iterator[tuple[_Layer, Relief]]:
    """Nobody delays what is not billed yet."""
    for layer in _layers(debt.billed, debt.principal.kopecks):
        amount = Money(layer.high - layer.low)
        yield layer, Relief(amount=amount, since=ALWAYS, until=layer.day, why=ReliefWhy.BILLED_LATE)


def _relieved(debt: Debt) -> Iterator[tuple[_Layer, Relief]]:
    """From the top down, each reason for itself; a relief that was taken back is gone."""
    sums: dict[tuple[ReliefWhy, str, date], int] = {}
    ends: dict[tuple[ReliefWhy, str, date], date] = {}
    for relief in debt.reliefs:
        key = (relief.why, str(relief.cause_id), relief.since)
        sums[key] = sums.get(key, 0) + relief.amount.kopecks
        if relief.amount.kopecks > 0:
            ends[key] = relief.until
    tops = dict.fromkeys(ReliefWhy, debt.principal.kopecks)
    for (why, cause, since), kopecks in sorted(sums.items()):
        top, until = tops[why], ends.get((why, cause, since), since)
        low = max(0, top - kopecks)
        if low < top:
            tops[why] = low
            yield _Layer(low, top, until), Relief(amount=Money(top - low), since=since, until=until, why=why)
