"""Setting up autopay and stopping it: by its owner in the cabinet, or by the link of a letter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from msgspec.structs import replace

from domain.accounts.accounts import AccountClosed, AccountNotFound
from domain.accounts.due_dates import DueDates
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, AutopayId, UserId
from domain.payments.autopay.rules import (
    Autopay,
    AutopayIdTaken,
    AutopayNeedsAddress,
    AutopayNotFound,
    AutopayState,
    AutopayTerms,
    DueCalendar,
    Plan,
    Reason,
    TooManyAutopays,
)
from domain.payments.autopay.runs import AutopayView, RunState, announce_at, earliest_day
from domain.payments.autopay.saved import SavedMethodNotFound, SavingForPeople
from domain.store import Store, Transaction

_STILL_WANTED = timedelta(days=20)
"""A bill that was above the limit is paid when the limit is raised within so many days."""


@dataclass(frozen=True, slots=True)
class AutopayService:
    """A rule changes only while its row is locked."""

    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo

    async def plan(self, access: Access, id: AutopayId, plan: Plan) -> tuple[Autopay, bool]:
        """The rule as it is wanted, and whether it is new. The same again changes nothing; another plan
        changes it, and a paused one goes on.

        AccountNotFound, AccountClosed, SavingForPeople, SavedMethodNotFound, AutopayWhen, AutopayIdTaken,
        AutopayStopped, AutopayNeedsAddress, TooManyAutopays.
        """
        user_id, at = access.actor.user_id, self.now()
        if user_id is None:
            raise SavingForPeople
        plan.checked()
        async with self.transaction() as store:
            await self._check(store, access, user_id, plan)
            # The account's lock: two requests with one id meet here.
            await store.ledger.standing_locked(access.account_id)
            kept = await store.autopays.locked(access.account_id, id)
            if kept is None:
                return await self._added(store, access, id, plan), True
            if kept.user_id != user_id:
                raise AutopayIdTaken
            if kept.state is AutopayState.ACTIVE and kept.plan == plan:
                return kept, False
            after = kept.replanned(plan)
            if await store.autopays.open_run(kept) is None:
                after = await self._going_on(store, kept, after, at)
            await store.autopays.save(kept, after, at, by_id=user_id)
        return after, False

    async def stop(self, access: Access, id: AutopayId) -> Autopay:
        """For good; asked again, the same. AutopayNotFound."""
        async with self.transaction() as store:
            await store.accounts.card(access)
            kept = await store.autopays.locked(access.account_id, id)
            if kept is None:
                raise AutopayNotFound
            return await stopped(store, kept, Reason.BY_OWNER, self.now(), access.actor.id)

    async def stop_by_link(self, account_id: AccountId, id: AutopayId) -> Autopay:
        """Whoever holds the letter. AutopayNotFound."""
        async with self.transaction() as store:
            kept = await store.autopays.locked(account_id, id)
            if kept is None:
                raise AutopayNotFound
            return await stopped(store, kept, Reason.BY_LINK, self.now(), kept.user_id)

    async def views(self, access: Access, id: AutopayId | None = None) -> Sequence[AutopayView]:
        async with self.transaction() as store:
            found = await store.autopays.views(access, id)
            if not found:
                await self._check_known(store, access)
            if id is not None and not found:
                raise AutopayNotFound
        return found

    async def _check_known(self, store: Store, access: Access) -> None:
        """AccountNotFound for those who may neither see the account nor pay for it."""
        try:
            await store.accounts.card(access)
        except AccountNotFound:
            if access.actor.user_id is None:
                raise
            await store.accounts.card(replace(access, scope=Scope.PAY))

    async def _check(self, store: Store, access: Access, user_id: UserId, plan: Plan) -> None:
        card = await store.accounts.card(access)
        if card.account.closed_at is not None:
            raise AccountClosed
        if plan.supplier_account_id is not None:
            card.supplier_account(plan.supplier_account_id)
        owner = await store.customers.by_id(user_id)
        if owner is None or owner.email is None:
            raise AutopayNeedsAddress
        method = await store.saved_methods.found(user_id, plan.saved_method_id)
        if method is None or method.deleted_at is not None:
            raise SavedMethodNotFound(field="saved_method_id")

    async def _going_on(self, store: Store, kept: Autopay, after: Autopay, at: datetime) -> Autopay:
        """What it was paused at is announced anew, while it is not long ago; else its next day."""
        last = await store.autopays.run_of(kept, kept.occasion)
        is_missed = kept.reason is Reason.ABOVE_LIMIT and last is not None
        if is_missed and business_day(at, self.zone) <= kept.occasion + _STILL_WANTED:
            return after.awaiting(kept.occasion, at)
        return await awaiting_next(store, after, at, self.zone)

    async def _added(self, store: Store, access: Access, id: AutopayId, plan: Plan) -> Autopay:
        at = self.now()
        terms = await store.terms.at(AutopayTerms, business_day(at, self.zone))
        if await store.autopays.count(access.account_id) >= terms.most_rules:
            raise TooManyAutopays(most=terms.most_rules)
        made = Autopay.planned(id, access.account_id, UserId(access.actor.id), plan, at)
        made = await awaiting_next(store, made, at, self.zone)
        await store.autopays.add(made, access.actor.id)
        return made


async def stopped(store: Store, kept: Autopay, reason: Reason, at: datetime, by_id: UUID | None) -> Autopay:
    """What is announced is not paid; what is being paid at this moment is followed to its end."""
    if kept.state is AutopayState.STOPPED:
        return kept
    run = await store.autopays.open_run(kept)
    if run is not None and run.state is RunState.ANNOUNCED:
        await store.autopays.save_run(run.ended(RunState.SKIPPED, at, reason.value))
    is_paying = run is not None and run.state is RunState.PAYING
    after = kept.stopped(reason, next_at=kept.next_at if is_paying else None)
    await store.autopays.save(kept, after, at, by_id=by_id)
    return after


async def awaiting_next(store: Store, autopay: Autopay, at: datetime, zone: tzinfo) -> Autopay:
    """With its next day that can be announced in time."""
    terms = await store.terms.at(AutopayTerms, business_day(at, zone))
    calendar = await due_calendar(store, autopay, at, zone)
    day = autopay.next_pay_day(earliest_day(at, terms, zone), calendar)
    return autopay.awaiting(day, max(announce_at(day, terms, zone), at))


async def due_calendar(store: Store, autopay: Autopay, at: datetime, zone: tzinfo) -> DueCalendar:
    today = business_day(at, zone)
    return DueCalendar(
        due_dates=await store.terms.at(DueDates, today),
        days=await store.calendar.working_days(),
        owed=await store.autopays.owed(autopay.account_id, today),
    )
