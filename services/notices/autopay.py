"""Telling the owner of an autopay what is about to be taken, or why nothing was."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.accounts.accounts import AccountCard
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.money import ZERO
from domain.notices.kinds import AnyWords
from domain.notices.kinds.autopay_ahead import AutopayAhead
from domain.notices.kinds.autopay_trouble import AutopayTrouble
from domain.payments.autopay.rules import Autopay, AutopayState
from domain.payments.autopay.runs import TellOfAutopay, What
from domain.payments.autopay.stopping import AutopayStop
from domain.store import Store, Transaction
from services.notices.queueing import NoticeQueue


@dataclass(frozen=True, slots=True)
class AutopayNotices:
    """`key` signs the links that stop."""

    transaction: Transaction
    queue: NoticeQueue
    now: Callable[[], datetime]
    key: bytes

    async def tell(self, job: TellOfAutopay) -> None:
        """One notice per cause. Whoever stopped it meanwhile is told nothing of what was ahead."""
        at = self.now()
        access = Access(actor=OURSELVES, account_id=job.account_id, scope=Scope.SEE, at=at)
        async with self.transaction() as store:
            autopay = await store.autopays.locked(job.account_id, job.autopay_id)
            if autopay is None or (autopay.state is AutopayState.STOPPED and job.what is What.AHEAD):
                return
            words = await self._words(store, job, autopay, await store.accounts.card(access))
            await self.queue.tell(store, [autopay.user_id], job.account_id, words, cause=job.cause)

    async def _words(self, store: Store, job: TellOfAutopay, autopay: Autopay, card: AccountCard) -> AnyWords:
        number = card.account.number
        if job.what is not What.AHEAD:
            paused = job.reason.value if job.reason else job.what.value
            return AutopayTrouble(
                what=paused if job.what is What.PAUSED else job.what.value,
                account_number=number,
                amount=job.amount,
                limit=autopay.limit,
                again_on=job.pay_on if job.what is What.AGAIN else None,
            )
        method = await store.saved_methods.found(autopay.user_id, autopay.method_id)
        supplier = autopay.supplier_account_id
        assert job.pay_on is not None
        return AutopayAhead(
            account_number=number,
            supplier=card.supplier_account(supplier).supplier_name if supplier else None,
            amount=job.amount or ZERO,
            pay_on=job.pay_on,
            method=method.method.value if method else "",
            digits=method.title if method else "",
            stop=AutopayStop(account_id=autopay.account_id, autopay_id=autopay.id).token(self.key),
        )
