"""The payment codes (QR) of an account and of each supplier account under it."""

from dataclasses import dataclass
from datetime import tzinfo

from domain.accounts.suppliers import Collection, CollectionAccount
from domain.kernel.access import Access
from domain.kernel.calendar import Period, business_day
from domain.kernel.ids import SupplierAccountId
from domain.payments.paycodes import Paycode, supplier_paycode, unified_paycode
from domain.store import Store, Transaction


@dataclass(frozen=True, slots=True)
class PaymentCodes:
    transaction: Transaction
    zone: tzinfo

    async def unified(self, access: Access) -> Paycode:
        """What a bank's application pays the whole bill by, with the sum as it is now."""
        async with self.transaction() as store:
            card = await store.accounts.card(access)
            collection = await store.terms.at(CollectionAccount, business_day(access.at, self.zone))
            return unified_paycode(
                collection=collection.details,
                number=card.account.number,
                to_pay=card.balance.to_pay,
                period=await _last_period(store, access),
            )

    async def supplier(self, access: Access, supplier_account_id: SupplierAccountId) -> Paycode:
        """The same for one supplier alone."""
        day = business_day(access.at, self.zone)
        async with self.transaction() as store:
            one = (await store.accounts.card(access)).supplier_account(supplier_account_id)
            supplier = (await store.suppliers.on(day))[one.supplier_id]
            collection = await store.terms.at(CollectionAccount, day)
            return supplier_paycode(
                supplier=supplier.details,
                collection=collection.details,
                direct=supplier.collection is Collection.DIRECT,
                number=one.number,
                to_pay=one.balance.to_pay,
                period=await _last_period(store, access),
            )


async def _last_period(store: Store, access: Access) -> Period | None:
    last = await store.accounts.charges(access, period=None, after=None, limit=1)
    return last[0].period if last else None
