"""Telling of a new bill whoever may see it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.accounts.accounts import AccountKind
from domain.bills.bills import Bill, TellOfBill, thawed
from domain.kernel.access import OURSELVES, Access, Scope
from domain.notices.kinds.bill_ready import BillReady
from domain.store import Transaction
from services.notices.queueing import NoticeQueue


@dataclass(frozen=True, slots=True)
class BillNotices:
    transaction: Transaction
    queue: NoticeQueue
    now: Callable[[], datetime]

    async def tell(self, job: TellOfBill) -> None:
        """One notice per bill and reader."""
        at = self.now()
        access = Access(actor=OURSELVES, account_id=job.account_id, scope=Scope.SEE, at=at)
        async with self.transaction() as store:
            bill = thawed(await store.bills.body(access, job.period))
            circle = (await store.delegations.circle(access)).in_force(at)
            readers = sorted(one.user_id for one in circle if Scope.SEE in one.scopes)
            await self.queue.tell(
                store,
                readers,
                job.account_id,
                _words(bill),
                cause=f"bill/{job.account_id}/{job.period}",
            )


def _words(bill: Bill) -> BillReady:
    return BillReady(
        account_number=bill.account_number,
        address=bill.address,
        period=bill.period,
        to_pay=bill.to_pay,
        due_on=bill.due_on,
        is_contract=bill.kind is AccountKind.CONTRACT,
    )
