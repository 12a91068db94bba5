"""A paid payment's way into the books: its frozen parts, posted unchanged."""

from __future__ import annotations

from datetime import date

from domain.accounts import books
from domain.accounts.books import Book, Kind
from domain.accounts.ledger import Cause, CauseKind, Posting, Standing, Transfer
from domain.kernel.ids import ChargeId, SupplierAccountId
from domain.kernel.money import ZERO, Money
from domain.payments.payments import Payment


def settlement(payment: Payment, standing: Standing, value_date: date) -> Posting:
    """Debit clearing, credit the payment; then debit the payment, credit each line it pays.

    Money that was brought here from suspense comes out of transit instead. What a line can no longer take
    (it was paid or lowered meanwhile) becomes that supplier's advance.
    """
    source = books.payment(payment.id)
    received = books.TRANSIT if payment.brought_from else books.clearing(payment.provider)
    transfers = [Transfer(debit=received, credit=source, amount=payment.amount)]
    unpaid = _unpaid(standing)
    for part in payment.parts:
        ahead = ZERO
        for part_line in part.lines:
            charge_id, kind = part_line.line.charge_id, part_line.line.kind
            ahead += part_line.amount
            if charge_id is None or kind is None:
                continue
            fits = min(part_line.amount, unpaid.get((charge_id, kind), ZERO))
            if fits:
                unpaid[charge_id, kind] -= fits
                owed = books.receivable(part.supplier_account_id, kind)
                transfers.append(Transfer(debit=source, credit=owed, amount=fits, charge_id=charge_id))
                ahead -= fits
        if ahead:
            transfers.append(_to_advance(source, part.supplier_account_id, ahead))
    return Posting(
        account_id=payment.account_id,
        cause=Cause(kind=CauseKind.PAYMENT, id=payment.id),
        value_date=value_date,
        transfers=tuple(transfers),
    )


def _to_advance(source: Book, owner: SupplierAccountId, amount: Money) -> Transfer:
    return Transfer(debit=source, credit=books.advance(owner), amount=amount)


def _unpaid(standing: Standing) -> dict[tuple[ChargeId, Kind], Money]:
    unpaid = {(line.charge_id, Kind.PRINCIPAL): line.open for line in standing.charges}
    return unpaid | {(line.charge_id, Kind.PENALTY): line.penalty_open for line in standing.charges}
