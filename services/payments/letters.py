"""Telling the payer that the money has arrived."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.ids import UserId
from domain.kernel.letters import Mail
from domain.payments.payment_letters import payment_letter
from domain.payments.payments import PaymentLetter
from domain.people.consents import Purpose, is_stopped
from domain.store import Transaction


@dataclass(frozen=True, slots=True)
class PaymentLetters:
    transaction: Transaction
    mail: Mail
    now: Callable[[], datetime]

    async def send(self, job: PaymentLetter) -> None:
        """One letter per payment; after a crash between sending and noting it, the same one again
        under the same Message-ID."""
        access = Access(actor=OURSELVES, account_id=job.account_id, scope=Scope.SEE, at=self.now())
        async with self.transaction() as store:
            view = await store.payments.view(access, job.payment_id)
            payer = await store.customers.by_id(UserId(view.payment.payer_id))
            card = await store.accounts.card(access)
            consents = await store.consents.of_user(payer.id) if payer else []
        # The letter belongs to the contract, yet whoever took back the wish for letters gets none.
        if payer and payer.email and not is_stopped(Purpose.EMAIL_NOTICES, consents):
            await self.mail.send(payment_letter(view.payment, card, payer.email))
