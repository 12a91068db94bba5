"""Setting who issues a supplier's receipts and what stands in them. It is recorded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

import msgspec

from domain.accounts.suppliers import Supplier, SupplierUnknown
from domain.kernel.access import Actor
from domain.kernel.calendar import business_day
from domain.payments.receipts.rules import SupplierReceipts
from domain.people.staff_changes import StaffAct, noted
from domain.store import Transaction


@dataclass(frozen=True, slots=True)
class ReceiptSettings:
    transaction: Transaction
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    zone: tzinfo

    async def all(self) -> tuple[Sequence[Supplier], Sequence[SupplierReceipts]]:
        async with self.transaction() as store:
            suppliers = await store.suppliers.on(business_day(self.now(), self.zone))
            return list(suppliers.values()), await store.supplier_receipts.all()

    async def save(self, actor: Actor, setting: SupplierReceipts, reason: str) -> None:
        """For payments of its day and later; receipts that were made stay as they are. SupplierUnknown."""
        async with self.transaction() as store:
            if setting.supplier_id not in await store.suppliers.on(business_day(self.now(), self.zone)):
                raise SupplierUnknown(field="supplier_id")
            await store.supplier_receipts.save(setting)
            entry = noted(
                actor,
                StaffAct.RECEIPTS_SET,
                None,
                id=self.new_id(),
                at=self.now(),
                reason=reason,
                **msgspec.to_builtins(setting),
            )
            await store.staff_log.add(entry)
