"""Following a payment to its end: what the provider says is the only thing that moves money."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, RefundId
from domain.payments.autopay.saved import SaveMethod
from domain.payments.payments import (
    KEY_LIVES,
    CheckPayment,
    Payment,
    PaymentLetter,
    PaymentState,
    PromiseChecks,
)
from domain.payments.provider import (
    NotFoundAtProvider,
    Provider,
    ProviderPayment,
    ProviderState,
    ProviderUnreachable,
)
from domain.payments.provider_events import ProviderEvent, ReadProviderEvent
from domain.payments.receipts.keeping import MakeReceipts
from domain.payments.refund_keeping import FollowRefund
from domain.payments.settlement import settlement
from domain.store import Store, Transaction
from services.payments.starting import PaymentStart

CHECKS_AT_ONCE = 500
CLOCK_SKEW = timedelta(minutes=5)


class ProviderMismatch(Exception):
    """The provider's payment is not the one we opened. Money is not touched; a person must look."""


@dataclass(frozen=True, slots=True)
class PaymentSettlement:
    """Hears notices, asks the provider, posts what was paid."""

    transaction: Transaction
    provider: Provider
    start: PaymentStart
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    zone: tzinfo
    shop_id: str
    is_test: bool

    async def hear(self, body: bytes, remote_ip: str) -> None:
        """Keep what came, promise to read it, and let the provider go. Nothing is believed yet."""
        at = self.now()
        event = ProviderEvent(
            id=self.new_id(), provider=self.provider.name, received_at=at, remote_ip=remote_ip, body=body
        )
        async with self.transaction() as store:
            await store.provider_events.keep(event)
            await store.jobs.add(ReadProviderEvent(event_id=event.id), run_at=at)

    async def read_event(self, job: ReadProviderEvent) -> None:
        """See whom a notice is about, and check that payment with the provider."""
        async with self.transaction() as store:
            event = await store.provider_events.read(job.event_id)
            subject = self.provider.notice_subject(event.body)
            if subject is None or subject.account_id is None or subject.payment_id is None:
                await store.provider_events.judged(event.id, "not-ours", self.now())
                return
            if subject.refund_id is not None:
                verdict = await self._hear_of_refund(store, subject.account_id, subject.refund_id)
                await store.provider_events.judged(event.id, verdict, self.now())
                return
            payment = await store.payments.found(subject.account_id, subject.payment_id)
            if payment is None:
                await store.provider_events.judged(event.id, "unknown-payment", self.now())
                return
            check = CheckPayment(account_id=payment.account_id, payment_id=payment.id)
            await store.jobs.add(check, run_at=self.now(), key=f"payments.check:{payment.id}")
            await store.provider_events.judged(event.id, "check-promised", self.now())

    async def _hear_of_refund(self, store: Store, account_id: AccountId, refund_id: RefundId) -> str:
        if await store.refunds.found(account_id, refund_id) is None:
            return "unknown-refund"
        follow = FollowRefund(account_id=account_id, refund_id=refund_id)
        await store.jobs.add(follow, run_at=self.now(), key=follow.key)
        return "check-promised"

    async def promise_checks(self, job: PromiseChecks) -> None:
        """A lost notice, a crash between two transactions and a slow bank are one path: this one."""
        async with self.transaction() as store:
            due = await store.payments.waiting(self.now(), CHECKS_AT_ONCE)
        for account_id, payment_id in due:
            async with self.transaction() as store:
                check = CheckPayment(account_id=account_id, payment_id=payment_id)
                await store.jobs.add(check, run_at=self.now(), key=f"payments.check:{payment_id}")

    async def check(self, job: CheckPayment) -> None:
        """Ask how the payment stands and act on it. Safe to repeat and to run twice at once."""
        async with self.transaction() as store:
            payment = await store.payments.found(job.account_id, job.payment_id)
        if payment is None or payment.state in {PaymentState.PAID, PaymentState.FAILED}:
            return
        try:
            answer = await self._asked(payment)
        except (ProviderUnreachable, NotFoundAtProvider):
            await self._unreachable(payment)
            return
        if answer is None:
            return
        if not self._is_ours(payment, answer):
            await self._put_off(payment)
            raise ProviderMismatch(f"payment {payment.id} differs at the provider: {answer.id}")
        await self.settle(payment, answer)

    async def _asked(self, payment: Payment) -> ProviderPayment | None:
        """The provider's word, or None when the order was not known there and is dealt with."""
        if payment.provider_payment_id is not None:
            return await self.provider.read(payment.provider_payment_id)
        at = self.now()
        if at < payment.expires_at:
            opened = await self.start.open_at_provider(payment)
            if opened.provider_payment_id is None:
                return None
            return await self.provider.read(opened.provider_payment_id)
        # Too late to open it for a payer. An earlier try may have opened it unheard: look for that one.
        answer = await self.provider.find(
            payment.account_id, payment.id, payment.created_at - CLOCK_SKEW, at + CLOCK_SKEW
        )
        if answer is None:
            await self._never_opened(payment, at)
        return answer

    def _is_ours(self, payment: Payment, answer: ProviderPayment) -> bool:
        """What was re-read must be the payment we opened, in our shop."""
        ours = (payment.account_id, payment.id, payment.amount, "RUB", self.shop_id, self.is_test)
        shop_id = answer.shop_id if answer.shop_id is not None else self.shop_id
        theirs = (
            answer.account_id,
            answer.payment_id,
            answer.amount,
            answer.currency,
            shop_id,
            answer.test,
        )
        return ours == theirs

    async def _put_off(self, payment: Payment) -> None:
        """What a person must look at is not to stand first in the timer's list for ever."""
        at = self.now()
        async with self.transaction() as store:
            kept = await store.payments.locked(payment.account_id, payment.id)
            if kept.next_check_at is not None:
                await store.payments.save(kept, kept.still_waiting(at), at)

    async def settle(self, payment: Payment, answer: ProviderPayment) -> None:
        """State, money and the jobs that follow, in one transaction."""
        at = self.now()
        async with self.transaction() as store:
            kept = await store.payments.locked(payment.account_id, payment.id)
            if kept.state in {PaymentState.PAID, PaymentState.FAILED}:
                return
            if kept.provider_payment_id is None:
                named = kept.opened(answer.id, answer.confirmation, at)
                await store.payments.name_at_provider(named)
                await store.payments.save(kept, named, at)
                kept = named
            match answer.state:
                case ProviderState.SUCCEEDED:
                    paid = kept.paid(answer.paid_at or at, at)
                    paid = paid.known_as(answer.operation_id, answer.payer_digits)
                    await self._post(store, kept, paid, at)
                case ProviderState.CANCELED:
                    reason = answer.cancel_reason or "unknown"
                    await store.payments.save(kept, kept.failed(reason), at, note=reason)
                case _:
                    await store.payments.save(kept, kept.still_waiting(at), at)

    async def _post(self, store: Store, before: Payment, paid: Payment, at: datetime) -> None:
        standing = await store.ledger.standing_locked(paid.account_id)
        assert paid.paid_at is not None
        # The value date is the day the payer gave the money, not the day we learnt of it
        # (Consumer Protection Act, art. 37; Civil Code, art. 316).
        posting = settlement(paid, standing, business_day(paid.paid_at, self.zone))
        await store.ledger.post([posting], standing.head, at)
        await store.payments.save(before, paid, at)
        letter = PaymentLetter(account_id=paid.account_id, payment_id=paid.id)
        await store.jobs.add(letter, run_at=at)
        if paid.wish.save_method:
            await store.jobs.add(SaveMethod(account_id=paid.account_id, payment_id=paid.id), run_at=at)
        receipts = MakeReceipts(account_id=paid.account_id, payment_id=paid.id)
        await store.jobs.add(receipts, run_at=at)

    async def _unreachable(self, payment: Payment) -> None:
        at = self.now()
        async with self.transaction() as store:
            kept = await store.payments.locked(payment.account_id, payment.id)
            if kept.next_check_at is not None:
                await store.payments.save(kept, kept.unreachable(at), at)

    async def _never_opened(self, payment: Payment, at: datetime) -> None:
        async with self.transaction() as store:
            kept = await store.payments.locked(payment.account_id, payment.id)
            if kept.provider_payment_id is not None or kept.next_check_at is None:
                return
            after = kept.still_waiting(at)
            if at > kept.created_at + KEY_LIVES:
                after = after.never_opened()
            await store.payments.save(kept, after, at)
