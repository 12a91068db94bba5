"""Following a receipt to its end: the register is asked once and read until its word is final."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import msgspec

from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.ids import StaffId, UserId
from domain.payments.payments import KEY_LIVES, Payment
from domain.payments.provider import (
    NotFoundAtProvider,
    ProviderRefused,
    ProviderUnreachable,
    ProviderUnsure,
)
from domain.payments.receipts.keeping import PromiseReceipts, SendReceipt
from domain.payments.receipts.receipts import (
    Receipt,
    ReceiptId,
    ReceiptNotFailed,
    ReceiptState,
)
from domain.payments.receipts.register import (
    CashRegister,
    Contact,
    ReceiptWanted,
    RegisterAnswer,
    RegisterState,
)
from domain.payments.receipts.rules import IssuedBy, ReceiptTerms
from domain.payments.steps import Taken
from domain.store import Store, Transaction
from services.payments.receipt_making import paid_on

TRIES_AT_ONCE = 500
KEY_IS_SURE = KEY_LIVES - timedelta(hours=1)
"""Nearer to the end of its life a key might be forgotten while it travels."""


class _Asked(msgspec.Struct, frozen=True):
    receipt: Receipt
    wanted: ReceiptWanted
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class ReceiptSending:
    """`own_contact` is our address: where the receipt of a payer without a contact is sent, to be had from us
    (54-FZ, art. 1.2 p. 5)."""

    transaction: Transaction
    register: CashRegister
    now: Callable[[], datetime]
    zone: tzinfo
    own_contact: str

    async def promise(self, job: PromiseReceipts) -> None:
        async with self.transaction() as store:
            due = await store.receipts.waiting(self.now(), TRIES_AT_ONCE)
        for account_id, receipt_id in due:
            async with self.transaction() as store:
                send = SendReceipt(account_id=account_id, receipt_id=receipt_id)
                await store.jobs.add(send, run_at=self.now(), key=send.key)

    async def send(self, job: SendReceipt) -> None:
        """Ask for it, or what became of it, and act on the answer. Safe to repeat and to do twice at once."""
        asked = await self._begun(job)
        if asked is None:
            return
        try:
            attempt, answer = await self._answered(asked)
        except (ProviderUnreachable, ProviderUnsure, NotFoundAtProvider):
            await self._keep(asked.receipt, lambda kept, at: kept.unheard(at))
        except ProviderRefused as refusal:
            reason = f"{refusal.code} {refusal.parameter or ''}".strip()
            await self._keep(asked.receipt, lambda kept, at: kept.failed(reason, at))
        else:
            told = msgspec.structs.replace(asked.receipt, attempt=attempt)
            await self._keep(told, lambda kept, at: _settled(kept, answer, at), answer)

    async def try_again(self, access: Access, receipt_id: ReceiptId) -> Receipt:
        """At once, whatever the pause. ReceiptNotFound, ReceiptNotFailed."""
        at = self.now()
        async with self.transaction() as store:
            await store.accounts.card(access)
            kept = await store.receipts.locked(access.account_id, receipt_id)
            if kept.state is ReceiptState.WANTED:
                return kept
            if kept.state is not ReceiptState.FAILED:
                raise ReceiptNotFailed
            anew = kept.tried_anew(at)
            await store.receipts.save(kept, anew, Taken(at=at, by_id=StaffId(access.actor.id)))
            send = SendReceipt(account_id=kept.account_id, receipt_id=kept.id)
            await store.jobs.add(send, run_at=at, key=send.key)
        return anew

    async def _begun(self, job: SendReceipt) -> _Asked | None:
        """As the register is told. What it is told by one key is kept before anybody is asked."""
        at = self.now()
        async with self.transaction() as store:
            kept = await store.receipts.locked(job.account_id, job.receipt_id)
            payment_id = kept.payment_id
            if kept.next_try_at is None or payment_id is None:
                return None
            if kept.state is ReceiptState.FAILED:
                if kept.next_try_at > at:
                    return None
                kept = await self._anew(store, kept, at)
            payment = await store.payments.found(job.account_id, payment_id)
            assert payment is not None
            if kept.attempt_at is None:
                begun = kept.begun(await self._contact(store, payment), at)
                await store.receipts.save(kept, begun, Taken(at=at))
                kept = begun
            others = await store.receipts.of_payment(job.account_id, payment.id)
            known = {one.provider_receipt_id for one in others if one.id != kept.id}
            wanted = await self._wanted(store, kept, payment)
        return _Asked(kept, wanted, frozenset(one for one in known if one))

    async def _anew(self, store: Store, kept: Receipt, at: datetime) -> Receipt:
        anew = kept.tried_anew(at)
        await store.receipts.save(kept, anew, Taken(at=at))
        return anew

    async def _wanted(self, store: Store, receipt: Receipt, payment: Payment) -> ReceiptWanted:
        day = paid_on(payment, self.zone)
        assert receipt.contact is not None or receipt.state is not ReceiptState.WANTED
        assert receipt.attempt_at is not None
        assert payment.provider_payment_id is not None
        refund = None
        if receipt.refund_id is not None:
            refund = await store.refunds.found(receipt.account_id, receipt.refund_id)
        is_own = receipt.issued_by is IssuedBy.US
        settings = await store.supplier_receipts.on(day)
        shop = settings[receipt.issuer_id].shop_id if receipt.issuer_id and not is_own else None
        return ReceiptWanted(
            account_id=receipt.account_id,
            key=receipt.key,
            type=receipt.type,
            provider_payment_id=payment.provider_payment_id,
            provider_refund_id=refund.provider_refund_id if refund else None,
            contact=receipt.contact or Contact(),
            items=receipt.items,
            amount=receipt.amount,
            tax_system=(await store.terms.at(ReceiptTerms, day)).tax_system if is_own else None,
            on_behalf_of=None if is_own else shop,
            is_online=payment.wish.plate is None,
        )

    async def _contact(self, store: Store, payment: Payment) -> Contact:
        """The payer's address or phone. A legal entity's or sole trader's receipt names it."""
        payer = await store.customers.by_id(UserId(payment.payer_id))
        access = Access(actor=OURSELVES, account_id=payment.account_id, scope=Scope.SEE, at=self.now())
        holder = (await store.accounts.card(access)).account
        contact = Contact(email=self.own_contact)
        if payer is not None:
            contact = Contact(email=payer.email, phone=None if payer.email else str(payer.phone))
        if holder.holder_inn is None:
            return contact
        return msgspec.structs.replace(contact, name=holder.holder_name, inn=holder.holder_inn)

    async def _answered(self, asked: _Asked) -> tuple[int, RegisterAnswer]:
        """With the attempt it answers."""
        receipt = asked.receipt
        if receipt.provider_receipt_id is not None:
            return receipt.attempt, await self.register.read(receipt.provider_receipt_id)
        assert receipt.attempt_at is not None
        if self.now() < receipt.attempt_at + KEY_IS_SURE:
            return receipt.attempt, await self.register.ask(asked.wanted)
        if (found := await self.register.find(asked.wanted, asked.known)) is not None:
            return receipt.attempt, found
        fresh = await self._tried_anew(receipt)
        wanted = msgspec.structs.replace(asked.wanted, key=fresh.key)
        return fresh.attempt, await self.register.ask(wanted)

    async def _tried_anew(self, receipt: Receipt) -> Receipt:
        """A fresh key, unless another worker has taken one meanwhile."""
        at = self.now()
        async with self.transaction() as store:
            kept = await store.receipts.locked(receipt.account_id, receipt.id)
            if kept.attempt != receipt.attempt or receipt.contact is None:
                return kept
            anew = kept.tried_anew(at).begun(receipt.contact, at)
            await store.receipts.save(kept, anew, Taken(at=at))
        return anew

    async def _keep(
        self,
        receipt: Receipt,
        verb: Callable[[Receipt, datetime], Receipt],
        answer: RegisterAnswer | None = None,
    ) -> None:
        at = self.now()
        async with self.transaction() as store:
            kept = await store.receipts.locked(receipt.account_id, receipt.id)
            if not kept.is_open or kept.attempt != receipt.attempt:
                return
            if answer is not None and kept.state is ReceiptState.WANTED:
                sent = kept.sent(answer.id, at)
                await store.receipts.save(kept, sent, Taken(at=at))
                kept = sent
            after = verb(kept, at)
            if after != kept:
                await store.receipts.save(kept, after, Taken(at=at, note=after.failure))


def _settled(kept: Receipt, answer: RegisterAnswer, at: datetime) -> Receipt:
    match answer.state:
        case RegisterState.REGISTERED if answer.fiscal is not None:
            return kept.registered(answer.fiscal)
        case RegisterState.REFUSED:
            return kept.failed("canceled", at)
        case _:
            return kept.waiting(at)
