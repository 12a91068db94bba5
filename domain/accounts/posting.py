"""How charges and opening balances move the books. Pure: the services lock, ask these, and post."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from uuid import UUID

import msgspec

from domain.accounts.books import CORRECTIONS, WRITTEN_OFF, Book, Kind, advance, billed, receivable
from domain.accounts.charges import Charge, OpenCharge
from domain.accounts.ledger import Cause, CauseKind, Posting, Transfer
from domain.accounts.written_off import NOTHING, WrittenOff
from domain.kernel.ids import AccountId, ChargeId, SupplierAccountId
from domain.kernel.money import ZERO, Money


class ChargeState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A charge as it is kept: the last revision's sums and what of them is closed, paid or written off."""

    charge_id: ChargeId
    supplier_account_id: SupplierAccountId
    principal: Money
    penalty: Money
    paid: Money
    penalty_paid: Money
    revision: int
    written_off: WrittenOff = NOTHING


def first_or_corrected(
    account_id: AccountId, charge: Charge, before: ChargeState | None, value_date: date
) -> tuple[ChargeState, Posting | None]:
    """Post a new charge whole, or only the difference to what stood before; None when nothing differs.

    A decrease first closes what is unpaid of the line, then takes back what was written off of it; what
    had been paid of it becomes the supplier's advance. Nothing already posted is rewritten.
    """
    if before is None:
        return _first(account_id, charge, value_date)
    principal, penalty, revision = charge.principal, charge.penalty, before.revision + 1
    freed = _overpaid(before.paid, principal)
    penalty_freed = _overpaid(before.penalty_paid, penalty)
    undone = min(freed, before.written_off.principal)
    penalty_undone = min(penalty_freed, before.written_off.penalty)
    transfers = (
        *_raised(undone, receivable(charge.supplier_account_id, Kind.PRINCIPAL), WRITTEN_OFF, charge.id),
        *_raised(
            penalty_undone, receivable(charge.supplier_account_id, Kind.PENALTY), WRITTEN_OFF, charge.id
        ),
        *_difference(charge, Kind.PRINCIPAL, before.principal, principal, freed - undone),
        *_difference(charge, Kind.PENALTY, before.penalty, penalty, penalty_freed - penalty_undone),
    )
    if not transfers:
        return before, None
    now = ChargeState(
        charge_id=charge.id,
        supplier_account_id=charge.supplier_account_id,
        principal=principal,
        penalty=penalty,
        paid=before.paid - freed,
        penalty_paid=before.penalty_paid - penalty_freed,
        revision=revision,
    )
    cause = Cause(kind=CauseKind.CHARGE, id=charge.id, version=revision)
    return now, Posting(account_id=account_id, cause=cause, value_date=value_date, transfers=transfers)


def _first(account_id: AccountId, charge: Charge, value_date: date) -> tuple[ChargeState, Posting | None]:
    principal, penalty, charge_id = charge.principal, charge.penalty, charge.id
    supplier_account_id = charge.supplier_account_id
    now = ChargeState(
        charge_id=charge_id,
        supplier_account_id=supplier_account_id,
        principal=principal,
        penalty=penalty,
        paid=ZERO,
        penalty_paid=ZERO,
        revision=1,
    )
    source = billed(supplier_account_id)
    transfers = []
    if principal > ZERO:
        owed = receivable(supplier_account_id, Kind.PRINCIPAL)
        transfers.append(Transfer(debit=owed, credit=source, amount=principal, charge_id=charge_id))
    elif principal < ZERO:
        ahead = advance(supplier_account_id)
        transfers.append(Transfer(debit=source, credit=ahead, amount=-principal, charge_id=charge_id))
    if penalty > ZERO:
        owed = receivable(supplier_account_id, Kind.PENALTY)
        transfers.append(Transfer(debit=owed, credit=source, amount=penalty, charge_id=charge_id))
    if not transfers:
        return now, None
    return now, Posting(
        account_id=account_id,
        cause=Cause(kind=CauseKind.CHARGE, id=charge_id),
        value_date=value_date,
        transfers=tuple(transfers),
    )


def _overpaid(paid: Money, charged: Money) -> Money:
    return max(ZERO, paid - max(charged, ZERO)) if paid else ZERO


def _difference(charge: Charge, kind: Kind, was: Money, now: Money, freed: Money) -> tuple[Transfer, ...]:
    """A negative sum is the supplier's debt to the customer: it stands in the advance."""
    source = billed(charge.supplier_account_id)
    owed = _raised(
        max(now, ZERO) - max(was, ZERO) + freed,
        receivable(charge.supplier_account_id, kind),
        source,
        charge.id,
    )
    if now >= ZERO and was >= ZERO and not freed:
        return owed
    ahead = advance(charge.supplier_account_id)
    return owed + _raised(max(-now, ZERO) - max(-was, ZERO) + freed, source, ahead, charge.id)


def _raised(change: Money, debit: Book, credit: Book, charge_id: ChargeId) -> tuple[Transfer, ...]:
    """From credit to debit, or back where the change is below zero."""
    if change > ZERO:
        return (Transfer(debit=debit, credit=credit, amount=change, charge_id=charge_id),)
    if change < ZERO:
        return (Transfer(debit=credit, credit=debit, amount=-change, charge_id=charge_id),)
    return ()


def advance_applied(
    account_id: AccountId,
    supplier_account_id: SupplierAccountId,
    ahead: Money,
    lines: Sequence[OpenCharge],
    *,
    cause_id: UUID,
    version: int,
    value_date: date,
) -> Posting | None:
    """Let a supplier's advance meet that supplier's charges: principal first, the oldest first.

    `lines` are that supplier account's open charges; `ahead` is its advance, not negative.
    """
    transfers = []
    for line, kind, wanted in _oldest_first(lines):
        taken = min(ahead, wanted)
        if taken:
            transfers.append(
                Transfer(
                    debit=advance(supplier_account_id),
                    credit=receivable(supplier_account_id, kind),
                    amount=taken,
                    charge_id=line.charge_id,
                )
            )
            ahead -= taken
    if not transfers:
        return None
    cause = Cause(kind=CauseKind.ADVANCE, id=cause_id, version=version)
    return Posting(account_id=account_id, cause=cause, value_date=value_date, transfers=tuple(transfers))


def _oldest_first(lines: Iterable[OpenCharge]) -> Iterator[tuple[OpenCharge, Kind, Money]]:
    by_age = sorted(lines, key=lambda line: (line.period, line.service_code, line.charge_id))
    for line in by_age:
        yield line, Kind.PRINCIPAL, line.open
    for line in by_age:
        yield line, Kind.PENALTY, line.penalty_open


def opening_overpayment(
    account_id: AccountId,
    supplier_account_id: SupplierAccountId,
    overpayment: Money,
    *,
    cause_id: UUID,
    value_date: date,
) -> Posting:
    """What the supplier held ahead before this ledger began."""
    ahead = Transfer(debit=CORRECTIONS, credit=advance(supplier_account_id), amount=overpayment)
    cause = Cause(kind=CauseKind.OPENING, id=cause_id)
    return Posting(account_id=account_id, cause=cause, value_date=value_date, transfers=(ahead,))
