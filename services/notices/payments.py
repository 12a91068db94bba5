"""Telling the payer that the money has arrived."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.accounts.accounts import AccountCard
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.ids import UserId
from domain.notices.kinds.payment_done import PaidPart, PaymentDone
from domain.notices.notices import Notice, NoticeId
from domain.notices.words import Channel
from domain.payments.payments import Payment, PaymentLetter
from domain.store import Transaction
from services.notices.queueing import NoticeQueue


@dataclass(frozen=True, slots=True)
class PaymentNotices:
    transaction: Transaction
    queue: NoticeQueue
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    async def tell(self, job: PaymentLetter) -> None:
        """One notice per payment. Whoever has no cabinet or no address is told nothing."""
        access = Access(actor=OURSELVES, account_id=job.account_id, scope=Scope.SEE, at=self.now())
        async with self.transaction() as store:
            view = await store.payments.view(access, job.payment_id)
            payer = await store.customers.by_id(UserId(view.payment.payer_id))
            if payer is None or payer.email is None:
                return
            card = await store.accounts.card(access)
            notice = Notice(
                id=NoticeId(self.new_id()),
                user_id=payer.id,
                account_id=job.account_id,
                channel=Channel.EMAIL,
                cause=f"payment-done/{job.payment_id}",
                address=payer.email,
                words=_words(view.payment, card),
                made_at=self.now(),
            )
            preferences = await store.notice_preferences.of(payer.id)
            await self.queue.put(store, Channel.EMAIL, [(notice, preferences)])


def _words(payment: Payment, card: AccountCard) -> PaymentDone:
    by_id = {one.id: one for one in card.supplier_accounts}
    return PaymentDone(
        payment_id=str(payment.id),
        account_number=card.account.number,
        amount=payment.amount,
        parts=tuple(
            PaidPart(
                supplier=by_id[part.supplier_account_id].supplier_name,
                number=by_id[part.supplier_account_id].number,
                amount=part.amount,
            )
            for part in payment.parts
        ),
    )
