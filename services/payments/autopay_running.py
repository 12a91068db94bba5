"""Running autopay: announced, paid under the account's lock, followed to its end, told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import msgspec

from domain.accounts.accounts import AccountCard, AccountNotFound
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Invalid
from domain.kernel.jobs import Job
from domain.kernel.money import ZERO, Money
from domain.payments.autopay.rules import Autopay, AutopayState, AutopayTerms, Reason
from domain.payments.autopay.runs import (
    PERMANENT,
    PromiseAutopays,
    Run,
    RunAutopay,
    RunState,
    TellOfAutopay,
    What,
    earliest_day,
    pay_at,
)
from domain.payments.autopay.saved import SavedMethod
from domain.payments.methods import PaymentLimits
from domain.payments.payments import Payment, PaymentState, Wish, WishedPart
from domain.store import Store, Transaction
from services.payments.autopay import awaiting_next, due_calendar, stopped
from services.payments.starting import PaymentStart

RULES_AT_ONCE = 500
_LOOK_AGAIN = timedelta(minutes=15)
_FOLLOW_EVERY = timedelta(minutes=1)


class _Turn(msgspec.Struct, frozen=True):
    """A rule whose time has come, and what it needs."""

    autopay: Autopay
    at: datetime
    terms: AutopayTerms
    access: Access
    card: AccountCard
    method: SavedMethod

    @property
    def to_pay(self) -> Money:
        supplier = self.autopay.supplier_account_id
        return (self.card.supplier_account(supplier) if supplier else self.card).balance.to_pay


@dataclass(frozen=True, slots=True)
class AutopayRunning:
    """One look does one step, in one transaction; the timer comes again. Safe to repeat and to do twice."""

    transaction: Transaction
    start: PaymentStart
    now: Callable[[], datetime]
    zone: tzinfo

    async def promise(self, job: PromiseAutopays) -> None:
        async with self.transaction() as store:
            due = await store.autopays.waiting(self.now(), RULES_AT_ONCE)
        for account_id, autopay_id in due:
            async with self.transaction() as store:
                run = RunAutopay(account_id=account_id, autopay_id=autopay_id)
                await store.jobs.add(run, run_at=self.now(), key=run.key)

    async def run(self, job: RunAutopay) -> None:
        payment = None
        at = self.now()
        async with self.transaction() as store:
            autopay = await store.autopays.locked(job.account_id, job.autopay_id)
            if autopay is None or autopay.next_at is None or autopay.next_at > at:
                return
            run = await store.autopays.open_run(autopay)
            if run is not None and run.state is RunState.PAYING:
                await self._follow(store, autopay, run, at)
            elif autopay.state is not AutopayState.ACTIVE:
                await store.autopays.save(autopay, autopay.looked_at(None), at)
            elif turn := await self._turn(store, autopay, at):
                if run is None:
                    await self._announce(store, turn)
                else:
                    payment = await self._pay(store, turn, run)
        if payment is not None:
            # Killed before this, the timer of payments opens it.
            await self.start.open_at_provider(payment)

    async def _turn(self, store: Store, autopay: Autopay, at: datetime) -> _Turn | None:
        """None when it cannot go on: then it is stopped or paused, and its owner told."""
        owner = await store.customers.by_id(autopay.user_id)
        if owner is None:
            await stopped(store, autopay, Reason.NO_RIGHT, at, None)
            return None
        actor = Actor(kind=ActorKind.CUSTOMER, id=owner.id, name=owner.name)
        access = Access(actor=actor, account_id=autopay.account_id, scope=Scope.PAY, at=at)
        # Whoever closes the account or pays on it waits for us, and we for them.
        await store.ledger.standing_locked(autopay.account_id)
        try:
            card = await store.accounts.card(access)
        except AccountNotFound:
            await stopped(store, autopay, Reason.NO_RIGHT, at, None)
            return None
        if card.account.closed_at is not None:
            await stopped(store, autopay, Reason.ACCOUNT_CLOSED, at, None)
            return None
        method = await store.saved_methods.found(autopay.user_id, autopay.method_id)
        if method is None or method.deleted_at is not None:
            await self._pause(store, autopay, Reason.METHOD_DELETED, at)
            return None
        terms = await store.terms.at(AutopayTerms, business_day(at, self.zone))
        return _Turn(autopay, at, terms, access, card, method)

    async def _announce(self, store: Store, turn: _Turn) -> None:
        """Nothing is taken that its owner was not told of in time."""
        autopay, at = turn.autopay, turn.at
        amount = turn.to_pay
        limits = await store.terms.at(PaymentLimits, business_day(at, self.zone))
        before = await store.autopays.run_of(autopay, autopay.occasion)
        is_over = before is not None and before.state is not RunState.ABOVE_LIMIT
        if is_over or amount < limits.least or (before is None and await self._is_put_off(store, turn)):
            # The occasion is over, there is nothing to pay on it, or its bill is due later.
            await self._next(store, autopay, max(at, pay_at(autopay.occasion, turn.terms, self.zone)))
            return
        run = Run(
            account_id=autopay.account_id,
            autopay_id=autopay.id,
            occasion=autopay.occasion,
            pay_on=max(autopay.occasion, earliest_day(at, turn.terms, self.zone)),
            amount=amount,
            state=RunState.ANNOUNCED,
            attempt=before.attempt + 1 if before else 1,
            announced_at=at,
        )
        if amount > autopay.limit:
            await store.autopays.save_run(run.ended(RunState.ABOVE_LIMIT, at))
            await self._pause(store, autopay, Reason.ABOVE_LIMIT, at, run)
            return
        await store.autopays.save_run(run)
        await store.autopays.save(autopay, autopay.looked_at(pay_at(run.pay_on, turn.terms, self.zone)), at)
        await self._tell(store, autopay, What.AHEAD, run)

    async def _is_put_off(self, store: Store, turn: _Turn) -> bool:
        """The bill may have been issued after this day was chosen."""
        return turn.autopay.is_put_off(await due_calendar(store, turn.autopay, turn.at, self.zone))

    async def _pay(self, store: Store, turn: _Turn, run: Run) -> Payment | None:
        """Under the account's lock: what is owed now, and nothing while other money may be on its way."""
        autopay, at = turn.autopay, turn.at
        if await self._is_being_paid(store, turn):
            if at < pay_at(run.pay_on, turn.terms, self.zone) + timedelta(hours=turn.terms.wait_hours):
                await store.autopays.save(autopay, autopay.looked_at(at + _LOOK_AGAIN), at)
            else:
                await self._end(store, autopay, run.ended(RunState.SKIPPED, at, "being-paid"))
            return None
        limits = await store.terms.at(PaymentLimits, business_day(at, self.zone))
        amount = min(turn.to_pay, run.amount)
        if amount < limits.least:
            note = "paid-already" if amount == ZERO else "too-little"
            await self._end(store, autopay, run.ended(RunState.SKIPPED, at, note))
            return None
        if amount > autopay.limit:
            await store.autopays.save_run(run.ended(RunState.ABOVE_LIMIT, at))
            await self._pause(store, autopay, Reason.ABOVE_LIMIT, at, run)
            return None
        wish, payment_id = _wish(turn, amount), run.next_payment_id
        try:
            payment = await self.start.keep(store, turn.access, payment_id, wish, confirm_duplicate=False)
        except Invalid as refusal:  # the method is not offered any more, the sum above its bounds
            await store.autopays.save_run(run.ended(RunState.FAILED, at, refusal.code))
            await self._pause(store, autopay, Reason.METHOD_REFUSED, at, run)
            return None
        await store.autopays.save_run(run.paying(payment.id))
        await store.autopays.save(autopay, autopay.looked_at(at + _FOLLOW_EVERY), at)
        return payment

    async def _is_being_paid(self, store: Store, turn: _Turn) -> bool:
        """Another payment that may still be paid, or a registry whose money is not posted yet."""
        if await store.payments.is_awaiting(turn.autopay.account_id):
            return True
        account = turn.card.account
        numbers = [account.number, account.gis_number, *(one.number for one in turn.card.supplier_accounts)]
        return await store.autopays.is_in_registries([one for one in numbers if one])

    async def _follow(self, store: Store, autopay: Autopay, run: Run, at: datetime) -> None:
        assert run.payment_id is not None
        payment = await store.payments.found(run.account_id, run.payment_id)
        assert payment is not None
        if payment.state is PaymentState.PAID:
            await self._end(store, autopay, run.ended(RunState.PAID, at))
        elif payment.next_check_at is not None:
            later = at + (_FOLLOW_EVERY if payment.is_open else _LOOK_AGAIN)
            await store.autopays.save(autopay, autopay.looked_at(later), at)
        else:
            await self._refused(store, autopay, run, payment.failure or "unknown", at)

    async def _refused(self, store: Store, autopay: Autopay, run: Run, why: str, at: datetime) -> None:
        """Tried again after some days; a method that is of no use any more pauses the rule."""
        terms = await store.terms.at(AutopayTerms, business_day(at, self.zone))
        pauses = terms.retry_after_days[run.attempt - 1 :]
        is_active = autopay.state is AutopayState.ACTIVE
        if is_active and pauses and why not in PERMANENT:
            again = run.put_off(business_day(at, self.zone) + timedelta(days=pauses[0]), why)
            await store.autopays.save_run(again)
            look = pay_at(again.pay_on, terms, self.zone)
            await store.autopays.save(autopay, autopay.looked_at(look), at)
            await self._tell(store, autopay, What.AGAIN, again)
            return
        failed = run.ended(RunState.FAILED, at, why)
        if is_active and why in PERMANENT:
            await store.autopays.save_run(failed)
            await self._pause(store, autopay, PERMANENT[why], at, failed)
            return
        await self._tell(store, autopay, What.FAILED, failed)
        await self._end(store, autopay, failed)

    async def _end(self, store: Store, autopay: Autopay, run: Run) -> None:
        assert run.ended_at is not None
        await store.autopays.save_run(run)
        await self._next(store, autopay, run.ended_at)

    async def _next(self, store: Store, autopay: Autopay, at: datetime) -> None:
        after = autopay.looked_at(None)
        if autopay.state is AutopayState.ACTIVE:
            after = await awaiting_next(store, autopay, at, self.zone)
        await store.autopays.save(autopay, after, at)

    async def _pause(
        self, store: Store, autopay: Autopay, reason: Reason, at: datetime, run: Run | None = None
    ) -> None:
        open_run = await store.autopays.open_run(autopay)
        if open_run is not None and open_run.state is RunState.ANNOUNCED:
            await store.autopays.save_run(open_run.ended(RunState.SKIPPED, at, reason.value))
        paused = autopay.paused(reason)
        await store.autopays.save(autopay, paused, at)
        await self._tell(store, paused, What.PAUSED, run)

    async def _tell(self, store: Store, autopay: Autopay, what: What, run: Run | None) -> None:
        told: Job = TellOfAutopay(
            account_id=autopay.account_id,
            autopay_id=autopay.id,
            what=what,
            step=autopay.steps_count,
            reason=autopay.reason,
            occasion=run.occasion if run else None,
            attempt=run.attempt if run else 1,
            amount=run.amount if run else None,
            pay_on=run.pay_on if run else None,
        )
        await store.jobs.add(told, run_at=self.now())


def _wish(turn: _Turn, amount: Money) -> Wish:
    supplier = turn.autopay.supplier_account_id
    return Wish(
        amount=None if supplier else amount,
        parts=(WishedPart(supplier_account_id=supplier, amount=amount),) if supplier else None,
        method=turn.method.method,
        saved_method_id=turn.method.id,
    )
