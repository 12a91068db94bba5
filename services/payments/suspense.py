"""Money in suspense finds its account, or goes back: by a person, by two, or by itself beyond doubt."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from msgspec.structs import replace

from domain.accounts.accounts import AccountNotFound
from domain.kernel.access import OURSELVES, Access, Actor, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId
from domain.payments.explanation import AllocationRule
from domain.payments.registries.posting import HomePosting, coming_in, given_back, meant, sent_home
from domain.payments.registries.rows import RegistryRow, RowState
from domain.payments.registries.suggestions import (
    Candidate,
    Suggestion,
    SuspenseTerms,
    suggestions,
    surely,
)
from domain.payments.registries.suspense import (
    AccountCannotTake,
    AskedOf,
    IdentifySuspense,
    NotInSuspense,
    ResolveSuspense,
    ReturnSuspense,
    RowStep,
    SuspenseAskedOtherwise,
)
from domain.payments.registries.targets import Target
from domain.people.four_eyes import Approval
from domain.store import AskSecond, Store, Transaction

IDENTIFIED_AT_ONCE = 50
_ASKED_FOR = (ResolveSuspense, ReturnSuspense)
RowKey = tuple[AccountId, int]
"""The registry and the number of its row."""


@dataclass(frozen=True, slots=True)
class SuspenseService:
    """Locks: the row, then both heads by id."""

    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo
    ask_second: AskSecond

    async def told(self, registry_id: AccountId, row_no: int) -> tuple[RegistryRow, list[RowStep]]:
        """The row and its story. RowNotFound."""
        async with self.transaction() as store:
            row = await store.suspense.locked(registry_id, row_no)
            return row, await store.suspense.steps(registry_id, row_no)

    async def suggested(self, registry_id: AccountId, row_no: int) -> list[Suggestion]:
        """Whose it may be, the best first. RowNotFound."""
        async with self.transaction() as store:
            row = await store.suspense.locked(registry_id, row_no)
            return await self._suggested(store, row)

    async def asked(self, rows: Collection[RowKey]) -> dict[RowKey, AskedOf]:
        """What of these rows waits for a second person, and what for."""
        about = [{"account_id": registry_id, "row_no": row_no} for registry_id, row_no in rows]
        async with self.transaction() as store:
            waiting = await store.approvals.waiting_about(_ASKED_FOR, about, self.now())
            homes = [one.action.to_account_id for one in waiting if isinstance(one.action, ResolveSuspense)]
            numbers = await store.suspense.numbers(homes) if homes else {}
        return {key: _asked_of(one, numbers) for one in waiting if (key := _about(one))}

    async def resolve(
        self, actor: Actor, registry_id: AccountId, row_no: int, target: Target, reason: str
    ) -> RegistryRow | Approval:
        """The row at its end, or the request for a second person. The same again is harmless.

        RowNotFound, NotInSuspense, AccountNotFound, AccountCannotTake, SuspenseAskedOtherwise.
        """
        async with self.transaction() as store:
            row = await store.suspense.locked(registry_id, row_no)
            if row.state is RowState.RESOLVED and row.to_account_id == target.account_id:
                return row
            _check_open(row)
            if not await self._takes_two(store, row):
                return await send_home(store, row, target, actor, reason, self.now(), self.zone)
            await self._check_target(store, target)
            action = ResolveSuspense(
                account_id=row.account_id,
                row_no=row.row_no,
                to_account_id=target.account_id,
                to_supplier_account_id=target.supplier_account_id,
                asked_by_name=actor.name,
            )
            return await self._asked(store, actor, action, reason)

    async def give_back(
        self, actor: Actor, registry_id: AccountId, row_no: int, returned_on: date, order: str, reason: str
    ) -> RegistryRow | Approval:
        """The money went back to its sender by the payment order `order`. As `resolve`."""
        async with self.transaction() as store:
            row = await store.suspense.locked(registry_id, row_no)
            if row.state is RowState.RETURNED:
                return row
            _check_open(row)
            action = ReturnSuspense(
                account_id=row.account_id,
                row_no=row.row_no,
                returned_on=returned_on,
                order_number=order,
                asked_by_name=actor.name,
            )
            if await self._takes_two(store, row):
                return await self._asked(store, actor, action, reason)
            return await self._returned(store, row, action, actor, reason)

    async def _asked(
        self, store: Store, actor: Actor, action: ResolveSuspense | ReturnSuspense, reason: str
    ) -> Approval:
        """One request waits for a row, whoever has asked and however often: the row is locked."""
        about = {"account_id": action.account_id, "row_no": action.row_no}
        waiting = await store.approvals.waiting_about(_ASKED_FOR, [about], self.now())
        if not waiting:
            return await self.ask_second(store, actor, action, reason)
        if not action.is_same(waiting[0].action):
            raise SuspenseAskedOtherwise(by=waiting[0].asked_by_name)
        return waiting[0]

    async def do_resolve(
        self, store: Store, action: ResolveSuspense, actor: Actor, reason: str
    ) -> Callable[[], None]:
        """The second person agreed."""
        row = await store.suspense.locked(action.account_id, action.row_no)
        _check_open(row)
        target = Target(account_id=action.to_account_id, supplier_account_id=action.to_supplier_account_id)
        note = f"{action.asked_by_name}: {reason}"
        await send_home(store, row, target, actor, note, self.now(), self.zone)
        return lambda: None

    async def do_return(
        self, store: Store, action: ReturnSuspense, actor: Actor, reason: str
    ) -> Callable[[], None]:
        """The second person agreed."""
        row = await store.suspense.locked(action.account_id, action.row_no)
        _check_open(row)
        await self._returned(store, row, action, actor, f"{action.asked_by_name}: {reason}")
        return lambda: None

    async def identify(self, job: IdentifySuspense) -> None:
        """Each row in a transaction of its own; the next ones by a job of their own."""
        async with self.transaction() as store:
            rows = await store.suspense.of_registry(job.account_id, job.after_row_no, IDENTIFIED_AT_ONCE)
        for row in rows:
            await self._identify(row)
        if len(rows) == IDENTIFIED_AT_ONCE:
            following = IdentifySuspense(account_id=job.account_id, after_row_no=rows[-1].row_no)
            async with self.transaction() as store:
                await store.jobs.add(following, run_at=self.now(), key=following.key)

    async def _identify(self, known: RegistryRow) -> None:
        async with self.transaction() as store:
            row = await store.suspense.locked(known.account_id, known.row_no)
            if row.state is not RowState.SUSPENSE:
                return
            found = await self._suggested(store, row)
            terms = await self._terms(store)
            target = surely(found, terms)
            if target is None:
                return
            note = f"{found[0].score}: {', '.join(found[0].evidence)}"
            try:
                await send_home(store, row, target, OURSELVES, note, self.now(), self.zone)
            except AccountCannotTake:
                return  # a person decides

    async def _suggested(self, store: Store, row: RegistryRow) -> list[Suggestion]:
        """What is to pay is looked at on the best of them only."""
        prefixes = (await self._terms(store)).number_prefixes
        near = {one.account_id: one for one in await store.suspense.near(row, prefixes)}
        best = [near[one.account_id] for one in suggestions(row, near.values())]
        return suggestions(row, [await self._with_balance(store, one) for one in best])

    async def _with_balance(self, store: Store, one: Candidate) -> Candidate:
        access = Access(actor=OURSELVES, account_id=one.account_id, scope=Scope.SEE, at=self.now())
        return replace(one, to_pay=(await store.accounts.card(access)).balance.to_pay)

    async def _takes_two(self, store: Store, row: RegistryRow) -> bool:
        return row.amount > (await self._terms(store)).alone_up_to

    async def _terms(self, store: Store) -> SuspenseTerms:
        return await store.terms.at(SuspenseTerms, business_day(self.now(), self.zone))

    async def _check_target(self, store: Store, target: Target) -> None:
        """What could not be done is not asked for."""
        access = Access(actor=OURSELVES, account_id=target.account_id, scope=Scope.SEE, at=self.now())
        card = await store.accounts.card(access)
        if target.supplier_account_id is not None:
            card.supplier_account(target.supplier_account_id)
        if card.account.closed_at is not None or not card.supplier_accounts:
            raise AccountCannotTake

    async def _returned(
        self, store: Store, row: RegistryRow, action: ReturnSuspense, actor: Actor, reason: str
    ) -> RegistryRow:
        at = self.now()
        standing = await store.ledger.standing_locked(row.account_id)
        await store.ledger.post([given_back(row, action.returned_on)], standing.head, at)
        ended = row.ended(RowState.RETURNED, at)
        note = f"{action.order_number}, {action.returned_on:%d.%m.%Y}: {reason}"
        await store.registry_rows.save([ended])
        await store.suspense.step([ended], RowStep.by(actor, ended.state, at, note), actor.id)
        return ended


async def send_home(
    store: Store, row: RegistryRow, target: Target, actor: Actor, note: str, at: datetime, zone: tzinfo
) -> RegistryRow:
    """Two postings through transit, counted from the day the payer gave the money. The row is locked.

    AccountNotFound, AccountCannotTake.
    """
    day = business_day(at, zone)
    homes = await store.registry_ledger.homes_locked(sorted([row.account_id, target.account_id]))
    if target.account_id not in homes or target.account_id == row.account_id:
        raise AccountNotFound(field="account_id")
    home = homes[target.account_id]
    agents = {one.code: one for one in await store.payment_agents.all(day)}
    agent = agents.get(row.agent_code)
    owners = meant(home, target.supplier_account_id, agent.supplier_inn if agent else None)
    if home.is_closed or not owners:
        raise AccountCannotTake
    rule = await store.terms.at(AllocationRule, day)
    one = coming_in(row, target.account_id, home.standing, owners, rule, zone, brought_from=row.account_id)
    leaving = sent_home(row, business_day(row.paid_at, zone))
    await store.ledger.post([leaving], homes[row.account_id].standing.head, at)
    await store.registry_ledger.post([HomePosting(before=home.standing, coming=[one])], at)
    ended = row.came_to(target.account_id, target.supplier_account_id).ended(RowState.RESOLVED, at)
    await store.registry_rows.save([ended])
    await store.suspense.step([ended], RowStep.by(actor, ended.state, at, note), actor.id)
    return ended


def _check_open(row: RegistryRow) -> None:
    if row.state is not RowState.SUSPENSE:
        raise NotInSuspense(state=row.state)


def _about(approval: Approval) -> RowKey | None:
    action = approval.action
    if not isinstance(action, ResolveSuspense | ReturnSuspense):
        return None
    return action.account_id, action.row_no


def _asked_of(approval: Approval, numbers: Mapping[AccountId, str]) -> AskedOf:
    action = approval.action
    return AskedOf(
        by_name=approval.asked_by_name,
        at=approval.asked_at,
        reason=approval.reason,
        to_number=numbers.get(action.to_account_id) if isinstance(action, ResolveSuspense) else None,
    )
