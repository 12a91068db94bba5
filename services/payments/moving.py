"""Bringing a payment from the account it was paid to by mistake: both accounts in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from domain.cases.effects import EffectDone
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Conflict, NotFound, Refusal
from domain.payments.explanation import AllocationRule
from domain.payments.moving import (
    MovePayment,
    PaymentNotToMove,
    TellOfMovedMoney,
    brought,
    check_movable,
    spread_over,
    taken_away,
)
from domain.payments.registries.rows import RegistryRow, RowState
from domain.payments.registries.targets import Target
from domain.store import Store, Transaction
from services.payments.suspense import send_home

_MOVED = "{amount} was moved to this account, counted from {day}."
_NOT_MOVED = "{amount} could not be moved: {reason}."


@dataclass(frozen=True, slots=True)
class PaymentMoving:
    """Locks: the payment, then both heads by id. `translate` gives the words of the case's timeline."""

    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo
    translate: Callable[[str], str]

    async def move(self, job: MovePayment) -> None:
        """Moved once, however often the job runs: the case hears of it, or of why it could not be."""
        try:
            await self._moved(job)
        except (Conflict, NotFound) as refusal:
            await self._refused(job, refusal)

    async def _moved(self, job: MovePayment) -> None:
        at = self.now()
        async with self.transaction() as store:
            row = await store.suspense.by_payment(job.from_account_id, job.payment_id)
            if row is not None:
                await self._from_suspense(store, job, row)
                return
            payment = await store.payments.locked(job.from_account_id, job.payment_id)
            standings = {
                account_id: await store.ledger.standing_locked(account_id)
                for account_id in sorted([job.from_account_id, job.account_id])
            }
            day = business_day(payment.paid_at or at, self.zone)
            text = self.translate(_MOVED).format(amount=job.amount, day=f"{day:%d.%m.%Y}")
            if payment.moved_at and await store.posted_payments.is_moved_to(job.account_id, payment.id):
                await self._tell(store, job, text, is_last=True)
                return
            check_movable(payment, job.amount, await store.refunds.of_account(job.from_account_id))
            posted = await store.posted_payments.posted(job.from_account_id, job.payment_id)
            away = taken_away(payment, posted, day)
            rule = await store.terms.at(AllocationRule, business_day(at, self.zone))
            to = Access(actor=OURSELVES, account_id=job.account_id, scope=Scope.SEE, at=at)
            card = await store.accounts.card(to)
            owners = [one.id for one in card.supplier_accounts]
            parts = spread_over(payment.amount, owners, standings[job.account_id], rule)
            here = brought(payment.id, job.account_id, parts, day)
            await store.ledger.post([away], standings[job.from_account_id].head, at)
            await store.ledger.post([here], standings[job.account_id].head, at)
            await store.payments.save(payment, payment.moved_away(at), at)
            left = TellOfMovedMoney(
                account_id=job.from_account_id,
                cause=f"moved-away/{payment.id}",
                amount=job.amount,
                day=day,
                has_come=False,
            )
            await store.jobs.add(left, run_at=at)
            await self._tell(store, job, text, is_last=True)

    async def _from_suspense(self, store: Store, job: MovePayment, row: RegistryRow) -> None:
        """Nobody's money so far: it comes as a payment, counted from its own day."""
        is_here = row.state is RowState.RESOLVED and row.to_account_id == job.account_id
        if row.amount != job.amount or not (is_here or row.state is RowState.SUSPENSE):
            raise PaymentNotToMove
        if not is_here:
            target = Target(account_id=job.account_id)
            note = f"case {job.case_id}"
            await send_home(store, row, target, OURSELVES, note, self.now(), self.zone)
        day = business_day(row.paid_at, self.zone)
        text = self.translate(_MOVED).format(amount=job.amount, day=f"{day:%d.%m.%Y}")
        await self._tell(store, job, text, is_last=True)

    async def _refused(self, job: MovePayment, refusal: Refusal) -> None:
        async with self.transaction() as store:
            reason = self.translate(refusal.text)
            text = self.translate(_NOT_MOVED).format(amount=job.amount, reason=reason)
            await self._tell(store, job, text, is_last=False)

    async def _tell(self, store: Store, job: MovePayment, text: str, *, is_last: bool) -> None:
        told = EffectDone(
            account_id=job.account_id,
            case_id=job.case_id,
            key=f"move:{job.payment_id}:{'moved' if is_last else 'refused'}",
            public_note=text,
            is_last=is_last,
        )
        await store.jobs.add(told, run_at=self.now())
