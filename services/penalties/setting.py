"""Setting who reckons penalties and by whose rules: asked for by one, approved by another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from domain.accounts.penalties.rules import SupplierSetting
from domain.accounts.penalties.settings import AccountDebtor, SetDebtor, SetReckonedBy
from domain.accounts.suppliers import Supplier, SupplierUnknown
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId
from domain.people.four_eyes import Approval
from domain.people.staff_changes import StaffAct, noted
from domain.store import AskSecond, Store, Transaction

Setting = SetReckonedBy | SetDebtor


@dataclass(frozen=True, slots=True)
class PenaltySetting:
    """`alone` is for who runs the installation at its own machine. It is recorded all the same."""

    transaction: Transaction
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    zone: tzinfo
    ask_second: AskSecond

    async def of_suppliers(self) -> tuple[Sequence[Supplier], Sequence[SupplierSetting]]:
        async with self.transaction() as store:
            suppliers = await store.suppliers.on(business_day(self.now(), self.zone))
            return list(suppliers.values()), await store.penalty_settings.of_suppliers()

    async def of_account(self, access: Access) -> Sequence[AccountDebtor]:
        async with self.transaction() as store:
            await store.accounts.card(access)
            return await store.penalty_settings.of_account(access.account_id)

    async def ask(self, actor: Actor, action: Setting, reason: str) -> Approval:
        """The request for a second person; the same request again, while it waits.

        SupplierUnknown, AccountNotFound, ScopeMissing.
        """
        at = self.now()
        async with self.transaction() as store:
            await self._check(store, actor, action)
            waiting = await store.approvals.waiting(action, actor.id, at)
            return waiting or await self.ask_second(store, actor, action, reason)

    async def set_alone(self, actor: Actor, action: Setting, reason: str) -> None:
        """SupplierUnknown, AccountNotFound."""
        async with self.transaction() as store:
            await self._check(store, actor, action)
            await self.do(store, action, actor, reason)

    async def do(self, store: Store, action: Setting, actor: Actor, reason: str) -> Callable[[], None]:
        """Agreed on."""
        whose: AccountId | UUID
        if isinstance(action, SetReckonedBy):
            whose, value = action.supplier_id, action.reckoned_by.value
            setting = SupplierSetting(
                supplier_id=action.supplier_id, valid_from=action.valid_from, reckoned_by=action.reckoned_by
            )
            await store.penalty_settings.set_supplier(setting)
        else:
            whose, value = action.account_id, action.debtor.value
            debtor = AccountDebtor(
                account_id=action.account_id, valid_from=action.valid_from, debtor=action.debtor
            )
            await store.penalty_settings.set_debtor(debtor)
        entry = noted(
            actor,
            StaffAct.PENALTIES_SET,
            None,
            id=self.new_id(),
            at=self.now(),
            reason=reason,
            of=str(whose),
            valid_from=str(action.valid_from),
            value=value,
        )
        await store.staff_log.add(entry)
        return lambda: None

    async def _check(self, store: Store, actor: Actor, action: Setting) -> None:
        if isinstance(action, SetDebtor):
            access = Access(actor=actor, account_id=action.account_id, scope=Scope.ADMINISTER, at=self.now())
            await store.accounts.card(access)
        elif action.supplier_id not in await store.suppliers.on(business_day(self.now(), self.zone)):
            raise SupplierUnknown(field="supplier_id")
