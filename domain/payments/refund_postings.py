"""How a refund moves the books: set aside, paid out, given back. Pure: services lock, ask these, and post."""

from __future__ import annotations

from datetime import date

from domain.accounts import books
from domain.accounts.ledger import Cause, CauseKind, Posting, Standing, Transfer
from domain.accounts.posting import advance_applied
from domain.kernel.money import ZERO
from domain.payments.refunds import Refund, RefundState


def prepared(refund: Refund, on: date) -> Posting:
    """Out of the advance, so that nothing else can use it."""
    taken = Transfer(
        debit=books.advance(refund.supplier_account_id), credit=books.REFUND_RESERVE, amount=refund.amount
    )
    return _posting(refund, 1, on, taken)


def paid_out(refund: Refund) -> Posting:
    """From what was set aside to whoever has paid it out for us, or on its way to another debt."""
    assert refund.state is RefundState.CONFIRMED and refund.ended_on
    to = books.TRANSIT if refund.is_offset else books.clearing(refund.rail)
    gone = Transfer(debit=books.REFUND_RESERVE, credit=to, amount=refund.amount)
    return _posting(refund, 2, refund.ended_on, gone)


def given_back(refund: Refund) -> Posting:
    """Into the advance again."""
    assert refund.state is RefundState.FAILED and refund.ended_on
    ahead = books.advance(refund.supplier_account_id)
    back = Transfer(debit=books.REFUND_RESERVE, credit=ahead, amount=refund.amount)
    return _posting(refund, 2, refund.ended_on, back)


def met(refund: Refund, standing: Standing) -> Posting | None:
    """What was given back meets what that supplier has charged meanwhile. `standing` is as before it."""
    assert refund.state is RefundState.FAILED and refund.ended_on
    owner = refund.supplier_account_id
    return advance_applied(
        refund.account_id,
        owner,
        max(ZERO, refund.amount - standing.balance(books.advance(owner))),
        [line for line in standing.charges if line.supplier_account_id == owner],
        cause_id=refund.id,
        version=1,
        value_date=refund.ended_on,
    )


def _posting(refund: Refund, version: int, on: date, transfer: Transfer) -> Posting:
    cause = Cause(kind=CauseKind.REFUND, id=refund.id, version=version)
    return Posting(account_id=refund.account_id, cause=cause, value_date=on, transfers=(transfer,))
