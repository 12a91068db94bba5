"""Whether a paid payment's receipts add up to it. Pure: rows in, findings out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from uuid import UUID

import msgspec

from domain.accounts.audit import Finding
from domain.kernel.ids import AccountId, PaymentId, RefundId
from domain.kernel.lifecycle import ForbiddenMove
from domain.payments.receipts.receipts import LIFECYCLE, ReceiptId, ReceiptState
from domain.payments.receipts.register import ReceiptType

_RETRIED = frozenset({ReceiptState.WANTED, ReceiptState.SENT})


class ReceiptRow(msgspec.Struct, frozen=True, kw_only=True):
    """`items_kopecks` are the sums of its items; `steps` the states by step number."""

    receipt_id: ReceiptId
    payment_id: PaymentId | None
    refund_id: RefundId | None
    type: str
    reverses: ReceiptId | None
    amount_kopecks: int
    items_kopecks: Sequence[int]
    state: str
    is_retried: bool
    has_fiscal: bool
    has_contact: bool
    steps_count: int
    steps: Sequence[tuple[int, str]] = ()


class ReceiptedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """`paid` are the sums of payments that came through the provider, `refunded` those of refunds that have
    left; in kopecks. `awaited` are payments and refunds whose receipts are about to be made."""

    account_id: AccountId
    paid: Mapping[PaymentId, int]
    refunded: Mapping[RefundId, int]
    awaited: frozenset[UUID]
    receipts: Sequence[ReceiptRow]


class ReceiptTotals(msgspec.Struct, frozen=True, kw_only=True):
    receipts: int = 0
    by_state: Mapping[str, int] = {}
    unreceipted: int = 0
    """Paid payments without any receipt: `kabinet receipts make` makes them."""

    def __add__(self, other: ReceiptTotals) -> ReceiptTotals:
        states = sorted({*self.by_state, *other.by_state})
        by_state = {one: self.by_state.get(one, 0) + other.by_state.get(one, 0) for one in states}
        return ReceiptTotals(
            receipts=self.receipts + other.receipts,
            by_state=by_state,
            unreceipted=self.unreceipted + other.unreceipted,
        )


def receipt_totals(rows: Sequence[ReceiptedAccount]) -> ReceiptTotals:
    totals = ReceiptTotals()
    for one in rows:
        named = {row.payment_id for row in one.receipts}
        states = dict[str, int]()
        for row in one.receipts:
            states[row.state] = states.get(row.state, 0) + 1
        missing = sum(payment not in named and payment not in one.awaited for payment in one.paid)
        totals += ReceiptTotals(receipts=len(one.receipts), by_state=states, unreceipted=missing)
    return totals


def receipt_findings(rows: ReceiptedAccount) -> Iterator[Finding]:
    for row in rows.receipts:
        yield from _whole(rows, row)
        yield from _timeline(rows, row)
    reversed_ids = {row.reverses for row in rows.receipts}
    stands = dict[UUID, int]()
    for row in rows.receipts:
        root = row.refund_id or row.payment_id
        if root is None or row.reverses or row.receipt_id in reversed_ids:
            continue
        if row.state != ReceiptState.WITHDRAWN:
            stands[root] = stands.get(root, 0) + row.amount_kopecks
    known = dict[UUID, int]([*rows.paid.items(), *rows.refunded.items()])
    for of, kopecks in stands.items():
        expected = known.get(of)
        if kopecks != expected:
            key = f"of={of}"
            yield _finding(rows, "receipt-sum", key, f"{expected} in receipts of what was paid", kopecks)


def _finding(rows: ReceiptedAccount, code: str, key: str, expected: object, found: object) -> Finding:
    return Finding(
        code=code,
        account_id=rows.account_id,
        table="fiscal_receipts",
        key=key,
        expected=str(expected),
        found=str(found),
    )


def _whole(rows: ReceiptedAccount, row: ReceiptRow) -> Iterator[Finding]:
    key = f"receipt_id={row.receipt_id}"
    if sum(row.items_kopecks) != row.amount_kopecks:
        yield _finding(rows, "receipt-items", key, f"items of {row.amount_kopecks}", sum(row.items_kopecks))
    is_registered = row.state == ReceiptState.REGISTERED
    if row.has_fiscal != is_registered:
        yield _finding(rows, "receipt-fiscal", key, f"fiscal data as of {row.state}", row.has_fiscal)
    if row.has_contact and is_registered:
        yield _finding(rows, "receipt-contact", key, "the contact forgotten", "kept")
    if row.state in _RETRIED and not row.is_retried:
        yield _finding(rows, "receipt-forgotten", key, f"a next try: {row.state}", "none")
    if row.reverses and row.type != ReceiptType.REFUND:
        yield _finding(rows, "receipt-reversal", key, "money back", row.type)


def _timeline(rows: ReceiptedAccount, row: ReceiptRow) -> Iterator[Finding]:
    key = f"receipt_id={row.receipt_id}"
    numbers = [number for number, _ in row.steps]
    if numbers != list(range(1, row.steps_count + 1)):
        yield _finding(rows, "receipt-steps", key, f"steps 1 to {row.steps_count}", f"steps {numbers}")
    last = row.steps[-1][1] if row.steps else None
    if last != row.state:
        yield _finding(rows, "receipt-last-step", key, f"last step {row.state}", f"last step {last}")
    for (_, now), (_, then) in pairwise(row.steps):
        try:
            LIFECYCLE.check(ReceiptState(now), ReceiptState(then))
        except ForbiddenMove:
            yield _finding(rows, "receipt-move", key, f"a move from {now}", then)
