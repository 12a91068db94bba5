"""Telling suppliers what was collected: a registry of each closed day, made once; the same line by line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID

from domain.accounts.suppliers import Supplier
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId
from domain.payments.supplier_registries.collected import (
    CollectedLine,
    CollectedReading,
    DayNotSealed,
    Place,
    SupplierCommission,
    collected,
)
from domain.payments.supplier_registries.files import (
    MakeSupplierRegistries,
    SupplierNotFound,
    SupplierRegistry,
    made,
)
from domain.store import Transaction

BEFORE_ALL = AccountId(UUID(int=0))
ACCOUNTS_AT_ONCE = 500
DAYS_BACK = 366
"""Registries that are missing are made so far back."""


@dataclass(frozen=True, slots=True)
class SupplierTelling:
    """`reading` reads closed days of the ledger, which never change."""

    transaction: Transaction
    reading: CollectedReading
    now: Callable[[], datetime]
    zone: tzinfo

    async def supplier(self, inn: str) -> Supplier:
        """SupplierNotFound."""
        for one in await self.suppliers():
            if one.inn == inn:
                return one
        raise SupplierNotFound

    async def made(self, supplier: Supplier, day: date) -> SupplierRegistry:
        """The registry of a closed day: made now, or the one that was made before. DayNotSealed."""
        if not await self.reading.is_sealed(day):
            raise DayNotSealed(day=str(day))
        async with self.transaction() as store:
            kept = await store.supplier_registries.of(supplier.id, day)
            commission = await store.terms.at(SupplierCommission, day)
        if kept is None:
            lines = await self._lines(supplier, day)
            while kept is None:
                async with self.transaction() as store:
                    number = await store.supplier_registries.next_number(supplier.id)
                    new, body = made(supplier, day, number, lines, commission, self.zone, self.now())
                    await store.supplier_registries.add(new, body)
                    kept = await store.supplier_registries.of(supplier.id, day)
        return kept

    async def work(self, _: MakeSupplierRegistries) -> None:
        """Safe to repeat."""
        last = business_day(self.now(), self.zone)
        async with self.transaction() as store:
            last_days = await store.supplier_registries.last_days()
        for supplier in await self.suppliers():
            first = last_days.get(supplier.id, last - timedelta(days=DAYS_BACK))
            for day in await self.reading.sealed_days(first, last):
                await self.made(supplier, day)

    async def after(self, supplier: Supplier, after: Place | None, limit: int) -> list[CollectedLine]:
        """The next lines of closed days, by day, account and entry."""
        found: list[CollectedLine] = []
        first = after.day if after else date.min
        for day in await self.reading.sealed_days(first, business_day(self.now(), self.zone)):
            beyond = BEFORE_ALL
            if after and after.day == day:
                beyond = AccountId(UUID(int=max(after.account_id.int - 1, 0)))
            while len(found) < limit:
                moved, last = await self.reading.moved(supplier.id, day, beyond, ACCOUNTS_AT_ONCE)
                if last is None:
                    break
                beyond = last
                found += [one for one in collected(day, moved) if after is None or one.place > after]
            if len(found) >= limit:
                break
        return found[:limit]

    async def _lines(self, supplier: Supplier, day: date) -> Sequence[CollectedLine]:
        found: list[CollectedLine] = []
        beyond = BEFORE_ALL
        while True:
            moved, last = await self.reading.moved(supplier.id, day, beyond, ACCOUNTS_AT_ONCE)
            if last is None:
                return found
            beyond = last
            found += collected(day, moved)

    async def suppliers(self) -> list[Supplier]:
        """By INN, as their terms stand today."""
        async with self.transaction() as store:
            found = await store.suppliers.on(business_day(self.now(), self.zone))
        return sorted(found.values(), key=lambda one: one.inn)
