"""Settlements that are broken on purpose: whoever looks after the money must find each of them out."""

import random

from msgspec import structs

from domain.kernel.calendar import business_day
from domain.payments.payments import PaymentLetter
from domain.payments.provider import ProviderState
from domain.payments.settlement import settlement
from services.payments.settling import PaymentSettlement


class Posts(PaymentSettlement):
    """Pays in two transactions instead of one."""

    async def settle(self, payment, answer):
        if answer.state is not ProviderState.SUCCEEDED:
            await super().settle(payment, answer)
            return
        at = self.now()
        for do in self.in_turn():
            async with self.transaction() as store:
                kept = await store.payments.locked(payment.account_id, payment.id)
                if kept.state != "paid" or do is not self.say_paid:
                    await do(store, kept, kept if kept.state == "paid" else kept.paid(answer.paid_at, at), at)

    async def post(self, store, kept, paid, at):
        standing = await store.ledger.standing_locked(paid.account_id)
        posting = settlement(paid, standing, business_day(paid.paid_at, self.zone))
        await store.ledger.post([replaced(posting, self.version())], standing.head, at)

    async def say_paid(self, store, kept, paid, at):
        await store.payments.save(kept, paid, at)
        await store.jobs.add(PaymentLetter(account_id=paid.account_id, payment_id=paid.id), run_at=at)

    def version(self):
        return 1


def replaced(posting, version):
    return structs.replace(posting, cause=structs.replace(posting.cause, version=version))


class PostsFirst(Posts):
    """Then a death in between leaves a payment that can never be settled: it has posted already."""

    def in_turn(self):
        return self.post, self.say_paid


class SaysPaidFirst(Posts):
    """Then a death in between leaves a paid payment whose money was never posted."""

    def in_turn(self):
        return self.say_paid, self.post


class PostsAgain(PostsFirst):
    """Then a death in between posts twice, as each try is a cause of its own."""

    def version(self):
        return random.randint(2, 10**9)
