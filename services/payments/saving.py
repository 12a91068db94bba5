"""Saving the way a payment was paid, which its payer agreed to, and forgetting it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.kernel.ids import SavedMethodId, UserId, derived
from domain.payments.autopay.saved import SavedMethod, SavedMethodNotFound, SaveMethod
from domain.payments.payments import PaymentState
from domain.payments.provider import Provider
from domain.store import Transaction


@dataclass(frozen=True, slots=True)
class MethodSaving:
    transaction: Transaction
    provider: Provider
    now: Callable[[], datetime]

    async def save(self, job: SaveMethod) -> None:
        """Once, however often the job runs. Nothing when the payer's bank did not let it be saved."""
        async with self.transaction() as store:
            payment = await store.payments.found(job.account_id, job.payment_id)
        if payment is None or payment.state is not PaymentState.PAID or not payment.wish.save_method:
            return
        assert payment.provider_payment_id is not None
        answer = await self.provider.read(payment.provider_payment_id)
        if answer.saved is None:
            return
        method = SavedMethod(
            id=SavedMethodId(derived(payment.id, "saved method")),
            user_id=UserId(payment.payer_id),
            provider=payment.provider,
            token=answer.saved.token,
            method=payment.wish.method,
            title=answer.saved.title,
            payment_id=payment.id,
            saved_at=self.now(),
        )
        async with self.transaction() as store:
            if await store.customers.by_id(method.user_id) is not None:
                await store.saved_methods.add_once(method)

    async def mine(self, user_id: UserId) -> Sequence[SavedMethod]:
        async with self.transaction() as store:
            return await store.saved_methods.of_user(user_id)

    async def delete(self, user_id: UserId, id: SavedMethodId) -> None:
        """No new payment is made by it. Autopays by it are paused when their turn comes.

        SavedMethodNotFound.
        """
        async with self.transaction() as store:
            if not await store.saved_methods.delete(user_id, id, self.now()):
                raise SavedMethodNotFound
