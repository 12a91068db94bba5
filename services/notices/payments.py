"""Telling the payer that the money has arrived."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.accounts.accounts import AccountCard
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.ids import UserId
from domain.notices.kinds.payment_done import PaidPart, PaymentDone
from domain.payments.payments import Payment, PaymentLetter
from domain.store import Transaction
from services.notices.queueing import NoticeQueue


@dataclass(frozen=True, slots=True)
class PaymentNotices:
    transaction: Transaction
    queue: NoticeQueue
    now: Callable[[], datetime]

    async def tell(self, job: PaymentLetter) -> None:
        """One notice per payment."""
        access = Access(actor=OURSELVES, account_id=job.account_id, scope=Scope.SEE, at=self.now())
        async with self.transaction() as store:
            view = await store.payments.view(access, job.payment_id)
            card = await store.accounts.card(access)
            await self.queue.tell(
                store,
                [UserId(view.payment.payer_id)],
                job.account_id,
                _words(view.payment, card),
                cause=f"payment-done/{job.payment_id}",
            )


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
