"""The month's offsets of advances, as the summary receipt says them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, tzinfo

from domain.accounts.suppliers import Supplier
from domain.kernel.calendar import Period, first_day, last_day, next_period
from domain.kernel.ids import SupplierId
from domain.payments.receipts.offsets import MetAdvances, Offset, summary
from domain.payments.receipts.rules import suppliers_vat
from domain.store import Transaction


@dataclass(frozen=True, slots=True)
class ReceiptOffsets:
    transaction: Transaction
    met: MetAdvances
    zone: tzinfo

    async def of(self, month: Period) -> tuple[dict[SupplierId, Supplier], Sequence[Offset]]:
        """The suppliers by id, and the lines of the summary receipt."""
        day = last_day(month)
        async with self.transaction() as store:
            vat = await suppliers_vat(store.terms, store.supplier_receipts, day)
            suppliers = await store.suppliers.on(day)
        starts, ends = (
            datetime.combine(first_day(one), time(), self.zone) for one in (month, next_period(month))
        )
        return suppliers, summary(await self.met.between(starts, ends), vat)
