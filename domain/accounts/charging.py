"""Billing's charges meet one account: what is new, what differs, and what an advance then pays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.accounts.books import Book, advance
from domain.accounts.charges import Charge, OpenCharge
from domain.accounts.ledger import Cause, Head, Posting, movements, settled_lines
from domain.accounts.posting import ChargeState, advance_applied, first_or_corrected, opening_overpayment
from domain.accounts.written_off import NOTHING, WrittenOff
from domain.kernel.ids import AccountId, ChargeId, SupplierAccountId
from domain.kernel.money import ZERO, Money


class KeptCharge(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A charge as it is kept. `revision` counts its postings, from 1."""

    charge: Charge
    revision: int

    def state(self, written_off: WrittenOff) -> ChargeState:
        return ChargeState(
            charge_id=self.charge.id,
            supplier_account_id=self.charge.supplier_account_id,
            principal=self.charge.principal,
            penalty=self.charge.penalty,
            paid=self.charge.paid,
            penalty_paid=self.charge.penalty_paid,
            revision=self.revision,
            written_off=written_off,
        )


class Overpayment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a supplier held ahead before this ledger began. `cause_id` is the same for the same row."""

    supplier_account_id: SupplierAccountId
    amount: Money
    cause_id: UUID


class AccountCharges(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What billing says of one account. Charges in `if_kept` come to nothing: they only correct what
    stood before."""

    account_id: AccountId
    charges: Sequence[Charge]
    overpayments: Sequence[Overpayment] = ()
    if_kept: frozenset[ChargeId] = frozenset()


class BilledStanding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One account while its head is locked: the charges that billing names or that are still open,
    every book, what was written off of its lines, and which opening overpayments were posted before."""

    head: Head
    kept: Mapping[ChargeId, KeptCharge]
    balances: Mapping[Book, Money]
    opened: frozenset[UUID] = frozenset()
    written_off: Mapping[ChargeId, WrittenOff] = msgspec.field(default_factory=dict)
    is_closed: bool = False


class Charged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What billing's word comes to: postings, how far each book moves, and the charges to write.

    `before` is the standing it was reckoned from. Charges and opening overpayments are counted:
    `unchanged` is what billing had said before.
    """

    before: BilledStanding
    postings: Sequence[Posting]
    moved: Mapping[Book, Money]
    added: Sequence[KeptCharge]
    changed: Sequence[KeptCharge]
    new: int
    corrected: int
    unchanged: int


class BulkLedger(Protocol):
    """The ledger of many accounts in one transaction."""

    async def standings_locked(self, asked: Sequence[AccountCharges]) -> list[BilledStanding]:
        """Each account as it stands, locked one after another; `asked` is sorted by account id."""

    async def post(self, outcomes: Sequence[Charged], at: datetime) -> None:
        """Write the postings, the charges, the books and the heads of all of them."""


def charged(asked: AccountCharges, standing: BilledStanding, value_date: date) -> Charged:
    """What billing says is posted as differences to what stands; then each supplier's advance meets
    that supplier's open charges."""
    account_id, kept = asked.account_id, standing.kept
    postings: list[Posting] = []
    moved_by: dict[SupplierAccountId, Cause] = {}
    added: dict[ChargeId, KeptCharge] = {}
    changed: dict[ChargeId, KeptCharge] = {}
    unchanged = 0
    for charge in asked.charges:
        before = kept.get(charge.id)
        if before is None and charge.id in asked.if_kept:
            continue
        stood = before.state(standing.written_off.get(charge.id, NOTHING)) if before else None
        state, posting = first_or_corrected(account_id, charge, stood, value_date)
        if posting is not None:
            postings.append(posting)
            moved_by[charge.supplier_account_id] = posting.cause
        if before is None:
            added[charge.id] = KeptCharge(charge=charge, revision=state.revision)
            continue
        now = replace(charge, paid=state.paid, penalty_paid=state.penalty_paid)
        if now == before.charge:
            unchanged += 1
        else:
            changed[charge.id] = KeptCharge(charge=now, revision=state.revision)
    new, corrected = len(added), len(changed)
    for overpayment in asked.overpayments:
        if overpayment.cause_id in standing.opened:
            unchanged += 1
            continue
        posting = _opened(account_id, overpayment, value_date)
        postings.append(posting)
        new += 1
        moved_by[overpayment.supplier_account_id] = posting.cause
    moved = movements(transfer for posting in postings for transfer in posting.transfers)
    ahead = _ahead(standing, moved, moved_by)
    if ahead:
        applied = _applied(account_id, ahead, {**kept, **changed, **added}, moved_by, value_date)
        for posting in applied:
            _settle(posting, kept, added, changed)
        postings += applied
        moved = movements(transfer for posting in postings for transfer in posting.transfers)
    return Charged(
        before=standing,
        postings=postings,
        moved=moved,
        added=list(added.values()),
        changed=list(changed.values()),
        new=new,
        corrected=corrected,
        unchanged=unchanged,
    )


def _opened(account_id: AccountId, overpayment: Overpayment, value_date: date) -> Posting:
    return opening_overpayment(
        account_id,
        overpayment.supplier_account_id,
        overpayment.amount,
        cause_id=overpayment.cause_id,
        value_date=value_date,
    )


def _ahead(
    standing: BilledStanding, moved: Mapping[Book, Money], touched: Iterable[SupplierAccountId]
) -> dict[SupplierAccountId, Money]:
    """The advances, old or just freed, of the supplier accounts that moved."""
    found = {}
    for supplier_account_id in touched:
        book = advance(supplier_account_id)
        before, change = standing.balances.get(book), moved.get(book)
        if before or change:
            ahead = -((before or ZERO) + (change or ZERO))
            if ahead > ZERO:
                found[supplier_account_id] = ahead
    return found


def _applied(
    account_id: AccountId,
    ahead: Mapping[SupplierAccountId, Money],
    lines: Mapping[ChargeId, KeptCharge],
    moved_by: Mapping[SupplierAccountId, Cause],
    value_date: date,
) -> list[Posting]:
    """Let each advance meet its open charges. Its cause is that of the posting that brought the two
    together: that one posts once, and so does this."""
    found = []
    for supplier_account_id, sum_ahead in ahead.items():
        applied = advance_applied(
            account_id,
            supplier_account_id,
            sum_ahead,
            [_open(line.charge) for line in lines.values() if _is_open(line.charge, supplier_account_id)],
            cause_id=moved_by[supplier_account_id].id,
            version=moved_by[supplier_account_id].version,
            value_date=value_date,
        )
        if applied:
            found.append(applied)
    return found


def _settle(
    posting: Posting,
    kept: Mapping[ChargeId, KeptCharge],
    added: dict[ChargeId, KeptCharge],
    changed: dict[ChargeId, KeptCharge],
) -> None:
    """Mark what the advance pays as paid, on new lines and on those that stood open before."""
    for charge_id, (principal, penalty) in settled_lines([posting]).items():
        into = added if charge_id in added else changed
        line = into.get(charge_id) or kept[charge_id]
        now = replace(
            line.charge, paid=line.charge.paid + principal, penalty_paid=line.charge.penalty_paid + penalty
        )
        into[charge_id] = KeptCharge(charge=now, revision=line.revision)


def _is_open(charge: Charge, supplier_account_id: SupplierAccountId) -> bool:
    return charge.supplier_account_id == supplier_account_id and (
        max(charge.principal, ZERO) > charge.paid or charge.penalty > charge.penalty_paid
    )


def _open(charge: Charge) -> OpenCharge:
    return OpenCharge(
        charge_id=charge.id,
        supplier_account_id=charge.supplier_account_id,
        service_code=charge.service_code,
        period=charge.period,
        charged=charge.principal,
        open=max(charge.principal, ZERO) - charge.paid,
        penalty_charged=charge.penalty,
        penalty_open=charge.penalty - charge.penalty_paid,
    )
