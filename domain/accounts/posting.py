"""How charges and opening balances move the books. Pure: the services lock, ask these, and post."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.accounts.books import CORRECTIONS, Kind, advance, billed, receivable
from domain.accounts.charges import Charge, OpenCharge
from domain.accounts.ledger import Cause, CauseKind, Posting, Transfer
from domain.kernel.ids import AccountId, ChargeId, SupplierAccountId
from domain.kernel.money import ZERO, Money


class ChargeState(msgspec.Struct, frozen=True, kw_only=True):
    """A charge as it is kept: the last revision's sums and what of them is paid."""

    charge_id: ChargeId
    supplier_account_id: SupplierAccountId
    principal: Money
    penalty: Money
    paid: Money
    penalty_paid: Money
    revision: int


def first_or_corrected(
    account_id: AccountId, charge: Charge, before: ChargeState | None, value_date: date
) -> tuple[ChargeState, Posting | None]:
    """Post a new charge whole, or only the difference to what stood before; None when nothing differs.

    A decrease first closes what is unpaid of the line; what had been paid of it becomes the
    supplier's advance. Nothing already posted is rewritten.
    """
    was = before or ChargeState(
        charge_id=charge.id,
        supplier_account_id=charge.supplier_account_id,
        principal=ZERO,
        penalty=ZERO,
        paid=ZERO,
        penalty_paid=ZERO,
        revision=0,
    )
    now = replace(was, principal=charge.principal, penalty=charge.penalty, revision=was.revision + 1)
    freed = _overpaid(was.paid, now.principal)
    penalty_freed = _overpaid(was.penalty_paid, now.penalty)
    transfers = (
        *_difference(charge, Kind.PRINCIPAL, was.principal, now.principal, freed),
        *_difference(charge, Kind.PENALTY, was.penalty, now.penalty, penalty_freed),
    )
    if not transfers:
        return replace(now, revision=max(was.revision, 1)), None
    cause = Cause(kind=CauseKind.CHARGE, id=charge.id, version=now.revision)
    now = replace(now, paid=was.paid - freed, penalty_paid=was.penalty_paid - penalty_freed)
    return now, Posting(account_id=account_id, cause=cause, value_date=value_date, transfers=transfers)


def _overpaid(paid: Money, charged: Money) -> Money:
    return max(ZERO, paid - max(charged, ZERO))


def _difference(charge: Charge, kind: Kind, was: Money, now: Money, freed: Money) -> Iterator[Transfer]:
    """A negative sum is the supplier's debt to the customer: it stands in the advance."""
    owed = receivable(charge.supplier_account_id, kind)
    ahead = advance(charge.supplier_account_id)
    source = billed(charge.supplier_account_id)
    owed_change = max(now, ZERO) - max(was, ZERO) + freed
    ahead_change = max(-now, ZERO) - max(-was, ZERO) + freed
    if owed_change > ZERO:
        yield Transfer(debit=owed, credit=source, amount=owed_change, charge_id=charge.id)
    if owed_change < ZERO:
        yield Transfer(debit=source, credit=owed, amount=-owed_change, charge_id=charge.id)
    if ahead_change > ZERO:
        yield Transfer(debit=source, credit=ahead, amount=ahead_change, charge_id=charge.id)
    if ahead_change < ZERO:
        yield Transfer(debit=ahead, credit=source, amount=-ahead_change, charge_id=charge.id)


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
