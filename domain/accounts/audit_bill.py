"""Whether the bill's lines agree with the transfers that charged and paid them. Pure.

Of each line the transfers tell three sums exactly: what the supplier billed, what is still owed of the
principal, and what of the penalty. With the line's own sums that leaves one answer for what is paid: what
payments and advances settled, less what later corrections freed into the advance.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from domain.accounts import books
from domain.accounts.audit import ChargeRow, Finding, LedgerRows, book_name, found_in
from domain.accounts.books import Kind
from domain.accounts.ledger import CauseKind
from domain.kernel.ids import ChargeId


class _Line(msgspec.Struct):
    """What the transfers of one line of the bill come to, in kopecks. `version` is the last posted."""

    billed: int = 0
    principal_open: int = 0
    penalty_open: int = 0
    version: int = 0
    owners: set[str] = msgspec.field(default_factory=set)

    def move(self, book: str, kopecks: int) -> None:
        word, owner, kind = book_name(book)
        if word == "receivable" and kind == Kind.PENALTY:
            self.penalty_open += kopecks
        elif word == "receivable":
            self.principal_open += kopecks
        elif word == "billed":
            self.billed -= kopecks
        if word in {"receivable", "billed", "advance"}:
            self.owners.add(owner)


def bill_findings(rows: LedgerRows) -> Iterator[Finding]:
    """Lines against transfers, and what is open of all lines against what each book says is owed."""
    lines = _lines(rows)
    for charge in rows.charges:
        yield from _charge(rows, charge, lines.pop(charge.charge_id, _Line()))
    for charge_id in sorted(lines):
        yield found_in(rows, "charge-unknown", "charges", f"charge_id={charge_id}", "a row", None)
    yield from _receivables(rows)


def _lines(rows: LedgerRows) -> dict[ChargeId, _Line]:
    lines: dict[ChargeId, _Line] = {}
    for row in rows.transfers:
        if row.charge_id is None:
            continue
        line = lines.get(row.charge_id)
        if line is None:
            line = lines[row.charge_id] = _Line()
        line.move(row.debit, row.kopecks)
        line.move(row.credit, -row.kopecks)
        if row.cause_kind == CauseKind.CHARGE:
            line.version = max(line.version, row.cause_version)
    return lines


def _charge(rows: LedgerRows, charge: ChargeRow, line: _Line) -> Iterator[Finding]:
    checks = (
        ("charge-billed", "principal and penalty", line.billed, charge.principal + charge.penalty),
        ("charge-paid", "paid", max(charge.principal, 0) - line.principal_open, charge.paid),
        ("charge-penalty-paid", "penalty paid", charge.penalty - line.penalty_open, charge.penalty_paid),
        # A line that has moved nothing yet is revision 1 without a posting.
        ("charge-revision", "revision", max(line.version, 1), charge.revision),
    )
    key = f"charge_id={charge.charge_id}"
    for code, what, expected, found in checks:
        if expected != found:
            yield found_in(rows, code, "charges", key, f"{what} {expected}", f"{what} {found}")
    for owner in sorted(line.owners - {str(charge.supplier_account_id)}):
        expected_owner = f"supplier_account_id={owner}, as its transfers say"
        yield found_in(rows, "charge-owner", "charges", key, expected_owner, charge.supplier_account_id)


def _receivables(rows: LedgerRows) -> Iterator[Finding]:
    """The sum of what is open on a supplier account's lines is what its books say is owed."""
    owed: dict[str, int] = {book: 0 for book in rows.books if book_name(book).word == "receivable"}
    for charge in rows.charges:
        principal = books.receivable(charge.supplier_account_id, Kind.PRINCIPAL)
        owed[principal] = owed.get(principal, 0) + max(charge.principal, 0) - charge.paid
        penalty = books.receivable(charge.supplier_account_id, Kind.PENALTY)
        owed[penalty] = owed.get(penalty, 0) + charge.penalty - charge.penalty_paid
    for book, expected in owed.items():
        found = rows.books.get(book, 0)
        if found != expected:
            yield found_in(
                rows, "receivable", "books", f"book={book}", f"{expected} open on its lines", found
            )
