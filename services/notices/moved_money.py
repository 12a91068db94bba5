"""Telling whoever may see an account that money has come to it or left it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.kernel.access import OURSELVES, Access, Scope
from domain.notices.kinds.money_moved import MoneyMoved
from domain.payments.moving import TellOfMovedMoney
from domain.store import Transaction
from services.notices.queueing import NoticeQueue


@dataclass(frozen=True, slots=True)
class MovedMoneyNotices:
    transaction: Transaction
    queue: NoticeQueue
    now: Callable[[], datetime]

    async def tell(self, job: TellOfMovedMoney) -> None:
        """One notice per cause and reader."""
        at = self.now()
        access = Access(actor=OURSELVES, account_id=job.account_id, scope=Scope.SEE, at=at)
        async with self.transaction() as store:
            number = (await store.accounts.card(access)).account.number
            words = MoneyMoved(account_number=number, amount=job.amount, day=job.day, has_come=job.has_come)
            circle = (await store.delegations.circle(access)).in_force(at)
            readers = sorted(one.user_id for one in circle if Scope.SEE in one.scopes)
            await self.queue.tell(store, readers, job.account_id, words, cause=job.cause)
