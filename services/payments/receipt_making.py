"""Making receipts: of a payment that was paid, of a refund that has left, anew when they were wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from uuid import UUID

from domain.accounts.suppliers import CollectionAccount
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, PaymentId, StaffId
from domain.kernel.money import total
from domain.payments.payments import Payment, PaymentState
from domain.payments.provider import Method
from domain.payments.receipts.items import Sheet, Supplied, advance_item, less, sheets, taken_back
from domain.payments.receipts.keeping import MakeReceipts, MakeRefundReceipts, SendReceipt
from domain.payments.receipts.receipts import (
    Receipt,
    ReceiptsRight,
    ReceiptState,
    ReceiptsUnderWay,
    receipts_of,
    reversal,
    standing,
)
from domain.payments.receipts.register import ReceiptType
from domain.payments.receipts.rules import IssuedBy, ReceiptRules, ReceiptTerms, VatRates
from domain.payments.refunds import Refund, RefundState
from domain.payments.steps import Taken
from domain.store import Store, Transaction

_MISSING_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ReceiptMaking:
    """Receipts of a payment are made while its row is locked; each is added once, whoever repeats."""

    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo

    async def make(self, job: MakeReceipts) -> None:
        async with self.transaction() as store:
            await self._made(store, await store.payments.locked(job.account_id, job.payment_id))

    async def make_missing(self) -> int:
        """Receipts of paid payments that have none, such as those paid before there were receipts: how many
        payments they were."""
        count, after = 0, UUID(int=0)
        while True:
            async with self.transaction() as store:
                page = await store.receipts.without(after, _MISSING_AT_ONCE)
            for account_id, payment_id in page:
                await self.make(MakeReceipts(account_id=account_id, payment_id=payment_id))
            count += len(page)
            if len(page) < _MISSING_AT_ONCE:
                return count
            after = page[-1][1]

    async def make_refund(self, job: MakeRefundReceipts) -> None:
        """What went back by the provider, in the words and at the rates it was paid. What a payment order
        brought back has no operation at the provider: its receipt is made elsewhere, and listed here."""
        async with self.transaction() as store:
            refund = await store.refunds.found(job.account_id, job.refund_id)
            if refund is None or refund.state is not RefundState.CONFIRMED:
                return
            sheet = await self._by_bank(store, refund)
            if refund.payment_id is not None:
                payment = await store.payments.locked(refund.account_id, refund.payment_id)
                sheet = await self._back(store, refund, payment, await self._made(store, payment))
            made = receipts_of([sheet], refund.account_id, refund.payment_id, self.now(), refund_id=refund.id)
            await self._add(store, made)

    async def correct(self, access: Access, payment_id: PaymentId, reason: str) -> list[Receipt]:
        """Take back what a payment's receipts say wrongly and make it anew, by what is set of the suppliers
        for the day of the payment. The new receipts and those that take back.

        PaymentNotFound, ReceiptsUnderWay, ReceiptsRight.
        """
        at, by_id = self.now(), StaffId(access.actor.id)
        async with self.transaction() as store:
            await store.accounts.card(access)
            payment = await store.payments.locked(access.account_id, payment_id)
            if not is_ours(payment):
                raise ReceiptsRight
            kept = await store.receipts.of_payment(access.account_id, payment_id)
            if any(one.is_open for one in kept):
                raise ReceiptsUnderWay
            stands, wanted = standing(kept), await self._sheets(store, payment)
            wrong = [one for one in stands if not any(one.says(sheet) for sheet in wanted)]
            lacking = [sheet for sheet in wanted if not any(one.says(sheet) for one in stands)]
            if not wrong and not lacking:
                raise ReceiptsRight
            generation = 1 + max((one.generation for one in kept), default=0)
            made = [reversal(one, at) for one in wrong if one.state is ReceiptState.REGISTERED]
            made += receipts_of(lacking, payment.account_id, payment.id, at, generation=generation)
            for one in wrong:
                if one.state is not ReceiptState.REGISTERED:
                    await store.receipts.save(one, one.withdrawn(), Taken(at=at, by_id=by_id, note=reason))
            await self._add(store, made, by_id=by_id, note=reason)
        return made

    async def _made(self, store: Store, payment: Payment) -> list[Receipt]:
        """Those there are, or new ones."""
        kept = await store.receipts.of_payment(payment.account_id, payment.id)
        if not is_ours(payment) or any(one.type is ReceiptType.PAYMENT for one in kept):
            return kept
        made = receipts_of(await self._sheets(store, payment), payment.account_id, payment.id, self.now())
        await self._add(store, made)
        return made

    async def _add(
        self, store: Store, made: Sequence[Receipt], *, by_id: StaffId | None = None, note: str | None = None
    ) -> None:
        for receipt in made:
            if await store.receipts.add_once(receipt, by_id=by_id, note=note) and receipt.is_open:
                send = SendReceipt(account_id=receipt.account_id, receipt_id=receipt.id)
                await store.jobs.add(send, run_at=self.now(), key=send.key)

    async def _sheets(self, store: Store, payment: Payment) -> list[Sheet]:
        day = paid_on(payment, self.zone)
        return sheets(payment.parts, day, await self._supplied(store, payment.account_id, day))

    async def _back(
        self, store: Store, refund: Refund, payment: Payment, receipts: Sequence[Receipt]
    ) -> Sheet:
        """Of the payment's items those that go back; what they do not reach is an advance of that day."""
        owner = refund.supplier_account_id
        stands = standing(receipts)
        gone = [item for one in receipts if one.refund_id not in {None, refund.id} for item in one.items]
        left = less([item for one in stands for item in one.items], gone)
        back = taken_back(left, owner, refund.amount)
        issuer = next(
            (one for one in stands if any(item.supplier_account_id == owner for item in one.items)), None
        )
        day = paid_on(payment, self.zone)
        supplied = await self._supplied(store, refund.account_id, day)
        card = supplied.card.supplier_account(owner)
        if rest := refund.amount - total(item.amount for item in back):
            back.append(advance_item(card, rest, supplied.setting(card.supplier_id), day, supplied))
        return Sheet(
            issued_by=issuer.issued_by if issuer else IssuedBy.US,
            issuer_id=issuer.issuer_id if issuer else None,
            items=tuple(back),
        )

    async def _by_bank(self, store: Store, refund: Refund) -> Sheet:
        day = refund.ended_on or business_day(self.now(), self.zone)
        supplied = await self._supplied(store, refund.account_id, day)
        card = supplied.card.supplier_account(refund.supplier_account_id)
        setting = supplied.setting(card.supplier_id)
        item = advance_item(card, refund.amount, setting, day, supplied)
        return Sheet(issued_by=IssuedBy.ELSEWHERE, issuer_id=None, items=(item,))

    async def _supplied(self, store: Store, account_id: AccountId, day: date) -> Supplied:
        access = Access(actor=OURSELVES, account_id=account_id, scope=Scope.SEE, at=self.now())
        return Supplied(
            card=await store.accounts.card(access),
            suppliers=await store.suppliers.on(day),
            services=await store.suppliers.services(),
            rules=ReceiptRules(
                terms=await store.terms.at(ReceiptTerms, day),
                rates=await store.terms.at(VatRates, day),
                suppliers=await store.supplier_receipts.on(day),
                own_inn=(await store.terms.at(CollectionAccount, day)).details.inn,
            ),
        )


def is_ours(payment: Payment) -> bool:
    """Whether its receipts are ours to make: it came through our provider. Who takes money at a desk or by an
    own terminal gives the receipt there."""
    return payment.state is PaymentState.PAID and payment.wish.method is not Method.REGISTRY


def paid_on(payment: Payment, zone: tzinfo) -> date:
    assert payment.paid_at is not None
    return business_day(payment.paid_at, zone)
