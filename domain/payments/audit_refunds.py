"""Whether refunds agree with their timelines, the ledger, and what was paid. Pure: rows in, findings out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from uuid import UUID

import msgspec

from domain.accounts import books
from domain.accounts.audit import Finding, LedgerRows, TransferRow, found_in
from domain.accounts.ledger import CauseKind
from domain.kernel.ids import PaymentId, RefundId, SupplierAccountId
from domain.kernel.lifecycle import ForbiddenMove
from domain.payments.refunds import BANK, LIFECYCLE, OFFSET, RefundState

_FINAL = frozenset(state.value for state in RefundState if LIFECYCLE.is_final(state))


class RefundRow(msgspec.Struct, frozen=True, kw_only=True):
    """What of `refunds` concerns money and its timeline; `steps` are the states by step number."""

    refund_id: RefundId
    supplier_account_id: SupplierAccountId
    amount_kopecks: int
    rail: str
    payment_id: PaymentId | None
    provider_refund_id: str | None
    state: str
    steps_count: int
    is_checked: bool
    steps: Sequence[tuple[int, str]] = ()


def refunded_kopecks(refunds: Sequence[RefundRow]) -> dict[str, int]:
    """What has left, by the clearing book it left through. What was counted towards another debt is here."""
    left: dict[str, int] = {}
    for row in refunds:
        if row.state == RefundState.CONFIRMED and row.rail != OFFSET:
            book = books.clearing(row.rail)
            left[book] = left.get(book, 0) + row.amount_kopecks
    return left


def refund_findings(
    rows: LedgerRows, refunds: Sequence[RefundRow], paid: Mapping[PaymentId, int]
) -> Iterator[Finding]:
    """`paid` are the sums of the account's paid payments, in kopecks."""
    posted: dict[UUID, dict[int, list[TransferRow]]] = {}
    for row in rows.transfers:
        if row.cause_kind == CauseKind.REFUND:
            posted.setdefault(row.cause_id, {}).setdefault(row.cause_version, []).append(row)
    for refund in refunds:
        yield from _state(rows, refund)
        yield from _timeline(rows, refund)
        yield from _posted(rows, refund, posted.pop(refund.refund_id, {}))
    for refund_id in posted:
        yield found_in(rows, "refund-unknown", "refunds", f"refund_id={refund_id}", "a row", None)
    yield from _within_payments(rows, refunds, paid)
    yield from _reserve(rows, refunds)


def _finding(rows: LedgerRows, row: RefundRow, code: str, expected: object, found: object) -> Finding:
    return found_in(rows, code, "refunds", f"refund_id={row.refund_id}", expected, found)


def _state(rows: LedgerRows, row: RefundRow) -> Iterator[Finding]:
    is_by_provider = row.rail not in {BANK, OFFSET}
    wanted = is_by_provider and row.state not in _FINAL
    if row.is_checked != wanted:
        expected = "a next check" if wanted else "nothing more to check"
        yield _finding(rows, row, "refund-check", f"{expected}: {row.state}", f"is_checked={row.is_checked}")
    if is_by_provider and row.state == RefundState.CONFIRMED and row.provider_refund_id is None:
        yield _finding(rows, row, "refund-provider-id", "the provider's id of a confirmed refund", "none")


def _timeline(rows: LedgerRows, row: RefundRow) -> Iterator[Finding]:
    numbers = [number for number, _ in row.steps]
    if numbers != list(range(1, row.steps_count + 1)):
        yield _finding(rows, row, "refund-steps", f"steps 1 to {row.steps_count}", f"steps {numbers}")
    last = row.steps[-1][1] if row.steps else None
    if last != row.state:
        yield _finding(rows, row, "refund-last-step", f"last step {row.state}", f"last step {last}")
    for (_, now), (number, then) in pairwise(row.steps):
        if not _may_follow(now, then):
            key = f"refund_id={row.refund_id} step_no={number}"
            yield found_in(rows, "refund-move", "refund_steps", key, f"a move from {now}", then)


def _may_follow(now: str, then: str) -> bool:
    try:
        LIFECYCLE.check(RefundState(now), RefundState(then))
    except (ForbiddenMove, ValueError):
        return False
    return True


def _posted(
    rows: LedgerRows, row: RefundRow, postings: Mapping[int, Sequence[TransferRow]]
) -> Iterator[Finding]:
    """Set aside once out of the advance; then once out of the reserve, to where its end says."""
    ahead = books.advance(row.supplier_account_id)
    wanted = {1: [(str(ahead), str(books.REFUND_RESERVE), row.amount_kopecks)]}
    if row.state == RefundState.CONFIRMED:
        to = books.TRANSIT if row.rail == OFFSET else books.clearing(row.rail)
        wanted[2] = [(str(books.REFUND_RESERVE), str(to), row.amount_kopecks)]
    elif row.state == RefundState.FAILED:
        wanted[2] = [(str(books.REFUND_RESERVE), str(ahead), row.amount_kopecks)]
    found = {
        version: [(line.debit, line.credit, line.kopecks) for line in lines]
        for version, lines in sorted(postings.items())
    }
    if found != wanted:
        yield _finding(rows, row, "refund-posted", wanted, found)


def _within_payments(
    rows: LedgerRows, refunds: Sequence[RefundRow], paid: Mapping[PaymentId, int]
) -> Iterator[Finding]:
    """Never more through a payment than was paid by it."""
    through: dict[PaymentId, int] = {}
    for row in refunds:
        if row.payment_id is not None and row.state != RefundState.FAILED:
            through[row.payment_id] = through.get(row.payment_id, 0) + row.amount_kopecks
    for payment_id, kopecks in through.items():
        if kopecks > paid.get(payment_id, 0):
            expected = f"at most {paid.get(payment_id, 0)} returned through it"
            yield found_in(
                rows, "refund-above-paid", "refunds", f"payment_id={payment_id}", expected, kopecks
            )


def _reserve(rows: LedgerRows, refunds: Sequence[RefundRow]) -> Iterator[Finding]:
    """What is set aside is what is under way."""
    expected = -sum(row.amount_kopecks for row in refunds if row.state not in _FINAL)
    found = rows.books.get(books.REFUND_RESERVE, 0)
    if found != expected:
        key = f"book={books.REFUND_RESERVE}"
        yield found_in(rows, "refund-reserve", "books", key, f"{-expected} in refunds under way", -found)
