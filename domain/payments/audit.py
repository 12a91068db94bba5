"""Whether one account's payments agree with their parts, their timeline and the ledger. Pure: rows in,
findings out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from uuid import UUID

import msgspec

from domain.accounts import books
from domain.accounts.audit import (
    Finding,
    LedgerRows,
    TransferRow,
    book_name,
    found_in,
    ledger_findings,
    moved_kopecks,
)
from domain.accounts.audit_bill import bill_findings
from domain.accounts.ledger import CauseKind
from domain.kernel.lifecycle import ForbiddenMove
from domain.payments.audit_reasons import day_findings, reason_findings
from domain.payments.audit_refunds import refund_findings, refunded_kopecks
from domain.payments.audit_rows import AccountRows, PaymentRow, ProviderName, Totals
from domain.payments.explanation import Part
from domain.payments.payments import LIFECYCLE, PaymentState

_OPEN = frozenset((PaymentState.CREATED.value, PaymentState.AWAITING_PAYER.value))
_FINAL = frozenset(state.value for state in PaymentState if LIFECYCLE.is_final(state))


def account_findings(rows: AccountRows) -> list[Finding]:
    """Everything that does not agree on one account."""
    paid = {row.payment_id: row.amount_kopecks for row in rows.payments if row.state == PaymentState.PAID}
    return [
        *ledger_findings(rows.ledger),
        *bill_findings(rows.ledger),
        *payment_findings(rows),
        *refund_findings(rows.ledger, rows.refunds, paid),
    ]


def account_totals(rows: AccountRows) -> Totals:
    transfers = rows.ledger.transfers
    moved = moved_kopecks(transfers)
    return Totals(
        accounts=1,
        transfers=len(transfers),
        payments=len(rows.payments),
        paid=sum(row.amount_kopecks for row in rows.payments if row.state == PaymentState.PAID),
        received=sum(kopecks for book, kopecks in moved.items() if book_name(book).word == "clearing"),
        posted=sum(row.kopecks for row in transfers if book_name(row.debit).word == "payment"),
        refunded=sum(refunded_kopecks(rows.refunds).values()),
        transit=moved.get(books.TRANSIT, 0),
        brought=sum(row.amount_kopecks for row in rows.payments if row.brought_from),
        held=sum(rows.held.values()),
    )


def total_findings(totals: Totals, *, are_all: bool = True) -> Iterator[Finding]:
    """Money in equals money posted and not returned, over all accounts that were looked at. Between two
    accounts there is nothing, when `are_all` accounts were."""
    kept = totals.paid - totals.refunded - totals.brought + totals.held
    for code, table, expected, what, found in (
        (
            "money-received",
            "clearing books",
            kept,
            "in paid payments and suspense, less refunds",
            totals.received,
        ),
        ("money-posted", "transfers from payment books", totals.paid, "in paid payments", totals.posted),
        ("money-transit", "transit books", 0 if are_all else totals.transit, "in transit", totals.transit),
    ):
        if found != expected:
            yield Finding(
                code=code,
                account_id=None,
                table=table,
                key="all accounts",
                expected=f"{expected} {what}",
                found=str(found),
            )


def name_findings(names: Sequence[ProviderName], kept: Sequence[ProviderName]) -> Iterator[Finding]:
    """Rows of the registry must say what the payments they point to say; `kept` are those payments."""
    said = {(name.account_id, name.payment_id): name for name in kept}
    for name in names:
        own = said.get((name.account_id, name.payment_id))
        if own != name:
            yield Finding(
                code="provider-id-stray",
                account_id=name.account_id,
                table="provider_payment_ids",
                key=f"provider_payment_id={name.provider_payment_id} provider={name.provider}",
                expected=f"the payment {name.payment_id} under this id",
                found="another id there" if own else "no payment with an id there",
            )


def payment_findings(rows: AccountRows) -> Iterator[Finding]:
    posted: dict[UUID, dict[UUID, list[TransferRow]]] = {}
    for row in rows.ledger.transfers:
        if row.cause_kind == CauseKind.PAYMENT:
            posted.setdefault(row.cause_id, {}).setdefault(row.posting_id, []).append(row)
    for payment in rows.payments:
        postings = list(posted.pop(payment.payment_id, {}).values())
        yield from _state(rows.ledger, payment)
        yield from _timeline(rows.ledger, payment)
        yield from _name(rows, payment)
        yield from _posted(rows.ledger, payment, postings)
        yield from day_findings(rows.ledger, payment.payment_id, payment.paid_at, postings, rows.zone)
        yield from _parts(rows.ledger, payment, postings)
    for payment_id in posted:
        yield found_in(rows.ledger, "payment-unknown", "payments", f"payment_id={payment_id}", "a row", None)
    yield from _received(rows)


def _finding(rows: LedgerRows, row: PaymentRow, code: str, expected: object, found: object) -> Finding:
    return found_in(rows, code, "payments", f"payment_id={row.payment_id}", expected, found)


def _state(rows: LedgerRows, row: PaymentRow) -> Iterator[Finding]:
    if (row.state == PaymentState.PAID) != (row.paid_at is not None):
        yield _finding(rows, row, "payment-paid-at", f"paid_at as of {row.state}", f"paid_at={row.paid_at}")
    if row.state in _FINAL and row.next_check_at is not None:
        found = f"next_check_at={row.next_check_at}"
        yield _finding(rows, row, "payment-still-checked", f"nothing more to check: {row.state}", found)
    if row.state in _OPEN and row.next_check_at is None:
        yield _finding(rows, row, "payment-forgotten", f"a next check: {row.state}", "next_check_at=None")


def _timeline(rows: LedgerRows, row: PaymentRow) -> Iterator[Finding]:
    numbers = [number for number, _ in row.steps]
    if numbers != list(range(1, row.steps_count + 1)):
        yield _finding(rows, row, "payment-steps", f"steps 1 to {row.steps_count}", f"steps {numbers}")
    last = row.steps[-1][1] if row.steps else None
    if last != row.state:
        yield _finding(rows, row, "payment-last-step", f"last step {row.state}", f"last step {last}")
    for (_, now), (number, then) in pairwise(row.steps):
        if not _may_follow(now, then):
            key = f"payment_id={row.payment_id} step_no={number}"
            yield found_in(rows, "payment-move", "payment_steps", key, f"a move from {now}", then)


@lru_cache(maxsize=256)
def _may_follow(now: str, then: str) -> bool:
    try:
        LIFECYCLE.check(PaymentState(now), PaymentState(then))
    except (ForbiddenMove, ValueError):
        return False
    return True


def _name(rows: AccountRows, row: PaymentRow) -> Iterator[Finding]:
    if row.provider_payment_id is None:
        if row.state == PaymentState.PAID:
            yield _finding(rows.ledger, row, "provider-id", "the provider's id of a paid payment", "none")
        return
    said = ProviderName(row.provider_payment_id, row.provider, rows.ledger.account_id, row.payment_id)
    kept = rows.names.get(said.key)
    if kept != said:
        key = f"provider_payment_id={said.provider_payment_id} provider={said.provider}"
        found = f"account_id={kept.account_id} payment_id={kept.payment_id}" if kept else None
        expected = f"account_id={said.account_id} payment_id={said.payment_id}"
        yield found_in(rows.ledger, "provider-id", "provider_payment_ids", key, expected, found)


def _posted(
    rows: LedgerRows, row: PaymentRow, postings: Sequence[Sequence[TransferRow]]
) -> Iterator[Finding]:
    """Paid means posted once, whole, from the provider's clearing book."""
    wanted = 1 if row.state == PaymentState.PAID else 0
    if len(postings) != wanted:
        yield _finding(
            rows, row, "payment-posted", f"{wanted} posting(s): {row.state}", f"{len(postings)} posting(s)"
        )
    clearing = books.TRANSIT if row.brought_from else books.clearing(row.provider)
    own = books.payment(row.payment_id)
    for lines in postings:
        received = sum(line.kopecks for line in lines if (line.debit, line.credit) == (clearing, own))
        if received != row.amount_kopecks:
            expected = f"{row.amount_kopecks} from {clearing} to {own}"
            yield _transfers(rows, lines, "payment-received", expected, received)


def _parts(rows: LedgerRows, row: PaymentRow, postings: Sequence[Sequence[TransferRow]]) -> Iterator[Finding]:
    try:
        parts = msgspec.convert(row.parts, tuple[Part, ...])
    except msgspec.ValidationError as error:
        yield _finding(rows, row, "payment-parts", "readable parts", error)
        return
    whole = sum(part.amount.kopecks for part in parts)
    if whole != row.amount_kopecks:
        yield _finding(rows, row, "payment-parts", f"parts of {row.amount_kopecks}", f"parts of {whole}")
    frozen: dict[str, int] = {}
    for part in parts:
        owner = str(part.supplier_account_id)
        frozen[owner] = frozen.get(owner, 0) + part.amount.kopecks
        in_lines = sum(line.amount.kopecks for line in part.lines)
        if in_lines != part.amount.kopecks:
            expected = f"lines of {part.amount.kopecks} in the part of {owner}"
            yield _finding(rows, row, "payment-part-lines", expected, f"lines of {in_lines}")
    yield from reason_findings(rows, row.payment_id, row.amount_kopecks, parts, row.explanation)
    for lines in postings:
        yield from _spread(rows, row, lines, frozen)


def _spread(
    rows: LedgerRows, row: PaymentRow, lines: Sequence[TransferRow], frozen: Mapping[str, int]
) -> Iterator[Finding]:
    """Each supplier account gets exactly its frozen part, on its lines or ahead of them."""
    own = books.payment(row.payment_id)
    spread: dict[str, int] = {}
    for line in lines:
        if line.debit == own:
            owner = book_name(line.credit).owner
            spread[owner] = spread.get(owner, 0) + line.kopecks
    for owner in sorted(frozen.keys() | spread.keys()):
        if frozen.get(owner, 0) != spread.get(owner, 0):
            expected = f"{frozen.get(owner, 0)} to supplier account {owner}"
            yield _transfers(rows, lines, "payment-spread", expected, spread.get(owner, 0))


def _transfers(
    rows: LedgerRows, lines: Sequence[TransferRow], code: str, expected: object, found: object
) -> Finding:
    return found_in(rows, code, "transfers", f"posting_id={lines[0].posting_id}", expected, found)


def _received(rows: AccountRows) -> Iterator[Finding]:
    """What stands in clearing is what was paid and not returned, provider by provider."""
    paid = {book: -kopecks for book, kopecks in refunded_kopecks(rows.refunds).items()}
    for book, kopecks in rows.held.items():
        paid[book] = paid.get(book, 0) + kopecks
    for row in rows.payments:
        if row.state == PaymentState.PAID and row.brought_from is None:
            book = books.clearing(row.provider)
            paid[book] = paid.get(book, 0) + row.amount_kopecks
    kept = {book for book in rows.ledger.books if book_name(book).word == "clearing"}
    for name in sorted(kept.union(paid)):
        found, expected_kopecks = rows.ledger.books.get(name, 0), paid.get(name, 0)
        if found != expected_kopecks:
            expected = f"{expected_kopecks} in paid payments, less refunds"
            yield found_in(rows.ledger, "clearing", "books", f"book={name}", expected, found)
