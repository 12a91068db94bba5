"""Telling of a new bill whoever may see it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.bills.bills import Bill, TellOfBill, thawed
from domain.kernel.access import OURSELVES, Access, Scope
from domain.notices.kinds.bill_ready import BillReady
from domain.notices.notices import Notice, NoticeId
from domain.notices.words import Channel
from domain.store import Transaction
from services.notices.queueing import NoticeQueue


@dataclass(frozen=True, slots=True)
class BillNotices:
    transaction: Transaction
    queue: NoticeQueue
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    async def tell(self, job: TellOfBill) -> None:
        """One notice per bill and reader; whoever has no address is told nothing."""
        at = self.now()
        access = Access(actor=OURSELVES, account_id=job.account_id, scope=Scope.SEE, at=at)
        async with self.transaction() as store:
            bill = thawed(await store.bills.body(access, job.period))
            circle = (await store.delegations.circle(access)).in_force(at)
            wanted = []
            for user_id in sorted(one.user_id for one in circle if Scope.SEE in one.scopes):
                reader = await store.customers.by_id(user_id)
                if reader is None or reader.email is None:
                    continue
                notice = Notice(
                    id=NoticeId(self.new_id()),
                    user_id=user_id,
                    account_id=job.account_id,
                    channel=Channel.EMAIL,
                    cause=f"bill/{job.account_id}/{job.period}",
                    address=reader.email,
                    words=_words(bill),
                    made_at=at,
                )
                wanted.append((notice, await store.notice_preferences.of(user_id)))
            await self.queue.put(store, Channel.EMAIL, wanted)


def _words(bill: Bill) -> BillReady:
    return BillReady(
        account_number=bill.account_number,
        address=bill.address,
        period=bill.period,
        to_pay=bill.to_pay,
        due_on=bill.due_on,
    )
