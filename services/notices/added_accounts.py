"""Telling those who manage an account that somebody added it to their own by its paper bill."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.kernel.access import OURSELVES, Access, Scope
from domain.notices.kinds.account_added import AccountAdded
from domain.people.grants import TellOfAdded
from domain.store import Transaction
from services.notices.queueing import NoticeQueue


@dataclass(frozen=True, slots=True)
class AddedAccountNotices:
    transaction: Transaction
    queue: NoticeQueue
    now: Callable[[], datetime]

    async def tell(self, job: TellOfAdded) -> None:
        """One notice to each who manages the account, but not to whoever came."""
        access = Access(actor=OURSELVES, account_id=job.account_id, scope=Scope.SEE, at=self.now())
        async with self.transaction() as store:
            card = await store.accounts.card(access)
            words = AccountAdded(account_number=card.account.number, day=job.day, may_manage=job.may_manage)
            circle = await store.delegations.circle(access)
            managing = (one.user_id for one in circle.managing(access.at) if one.user_id != job.user_id)
            cause = f"account-added/{job.record_id}"
            await self.queue.tell(store, sorted(managing), job.account_id, words, cause=cause)
