"""Opening a payment: freeze the spread, then ask the provider for a way to pay."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from domain.accounts.accounts import AccountCard, AccountClosed
from domain.accounts.ledger import Standing
from domain.accounts.suppliers import CollectionAccount
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import PaymentId, UserId
from domain.payments.autopay.saved import SavingForPeople
from domain.payments.explanation import Explanation, Part
from domain.payments.methods import FAILURES_UNTIL_DOWN, PaymentLimits
from domain.payments.orders import order_for
from domain.payments.payments import BillBeingPaid, Payment, PaymentIdTaken, PaymentState, Wish
from domain.payments.provider import (
    OrderWanted,
    Provider,
    ProviderPayment,
    ProviderRefused,
    ProviderUnreachable,
    ProviderUnsure,
)
from domain.store import Store, Transaction
from services.payments.spreading import spread

CRASH_CHECK_AFTER = timedelta(seconds=30)
"""If we die between keeping the payment and the provider's answer, the timer takes over after this."""


@dataclass(frozen=True, slots=True)
class PaymentStart:
    """Preview, start and resume payments. Safe to repeat with the same id at any moment."""

    transaction: Transaction
    provider: Provider
    now: Callable[[], datetime]
    zone: tzinfo
    default_return_url: str

    async def preview(self, access: Access, wish: Wish) -> tuple[tuple[Part, ...], Explanation]:
        """Where the sum would go if it were paid now. Nothing is kept."""
        async with self.transaction() as store:
            card = await store.accounts.card(access)
            standing = await store.ledger.standing_locked(access.account_id)
            return await spread(store, wish, card, standing, business_day(access.at, self.zone))

    async def start(
        self, access: Access, payment_id: PaymentId, wish: Wish, *, confirm_duplicate: bool
    ) -> tuple[Payment, bool]:
        """The payment, and whether this call made it. Asked again, it goes on from where it stopped."""
        payment, is_new = await self._kept(access, payment_id, wish, confirm_duplicate=confirm_duplicate)
        # After the deadline the timer looks for what was opened unheard; the provider may have forgotten
        # the key by now, and a repeated request would open a second order.
        if payment.state is PaymentState.CREATED and access.at < payment.expires_at:
            payment = await self.open_at_provider(payment)
        return payment, is_new

    async def _kept(
        self, access: Access, payment_id: PaymentId, wish: Wish, *, confirm_duplicate: bool
    ) -> tuple[Payment, bool]:
        async with self.transaction() as store:
            card = await store.accounts.card(access)
            if kept := await store.payments.found(access.account_id, payment_id):
                return _same(kept, access, wish), False
            standing = await store.ledger.standing_locked(access.account_id)
            # Equal requests meet here: the second one finds what the first has kept.
            if kept := await store.payments.found(access.account_id, payment_id):
                return _same(kept, access, wish), False
            payment = await self._made(
                store, access, payment_id, wish, card, standing, confirm_duplicate=confirm_duplicate
            )
        return payment, True

    async def keep(
        self, store: Store, access: Access, payment_id: PaymentId, wish: Wish, *, confirm_duplicate: bool
    ) -> Payment:
        """A new payment within the transaction of a caller, who holds what lets nobody else make it."""
        card = await store.accounts.card(access)
        standing = await store.ledger.standing_locked(access.account_id)
        return await self._made(
            store, access, payment_id, wish, card, standing, confirm_duplicate=confirm_duplicate
        )

    async def _made(
        self,
        store: Store,
        access: Access,
        payment_id: PaymentId,
        wish: Wish,
        card: AccountCard,
        standing: Standing,
        *,
        confirm_duplicate: bool,
    ) -> Payment:
        if await store.accounts.is_closed(access.account_id):
            raise AccountClosed
        if wish.save_method and access.actor.user_id is None:
            raise SavingForPeople
        day = business_day(access.at, self.zone)
        parts, explanation = await spread(store, wish, card, standing, day)
        if not confirm_duplicate:
            await _refuse_duplicate(store, access, parts)
        limits = await store.terms.at(PaymentLimits, day)
        deadline = access.at + timedelta(seconds=limits.expires_after_seconds)
        payment = Payment(
            id=payment_id,
            account_id=access.account_id,
            payer_id=access.actor.id,
            wish=wish,
            amount=wish.checked(limits),
            parts=parts,
            state=PaymentState.CREATED,
            provider=self.provider.name,
            created_at=access.at,
            expires_at=wish.plate.until if wish.plate else deadline,
            next_check_at=access.at + CRASH_CHECK_AFTER,
        )
        return await store.payments.add_once(payment, explanation)

    async def open_at_provider(self, payment: Payment) -> Payment:
        """Ask for a way to pay. Between two transactions: a slow provider must not hold our locks."""
        order = await self._order(payment)
        try:
            answer = await self.provider.open(order)
        except ProviderRefused as refusal:
            return await self._unopened(payment, refused=refusal.code)
        except (ProviderUnsure, ProviderUnreachable):
            return await self._unopened(payment, refused=None)
        return await self._opened(payment, answer)

    async def _order(self, payment: Payment) -> OrderWanted:
        day = business_day(payment.created_at, self.zone)
        access = Access(
            actor=OURSELVES, account_id=payment.account_id, scope=Scope.PAY, at=payment.created_at
        )
        async with self.transaction() as store:
            return order_for(
                payment,
                await store.accounts.card(access),
                await store.suppliers.on(day),
                await store.terms.at(CollectionAccount, day),
                return_url=self.default_return_url,
                zone=self.zone,
                saved_token=await _saved_token(store, payment),
            )

    async def _opened(self, payment: Payment, answer: ProviderPayment) -> Payment:
        async with self.transaction() as store:
            kept = await store.payments.locked(payment.account_id, payment.id)
            # An equal request was refused meanwhile: that stands, and nobody is shown the way to pay.
            if kept.provider_payment_id is None and kept.state is not PaymentState.FAILED:
                opened = kept.opened(answer.id, answer.confirmation, self.now())
                await store.payments.name_at_provider(opened)
                await store.payments.save(kept, opened, self.now())
                await store.health.worked(kept.wish.method)
                kept = opened
        return kept

    async def _unopened(self, payment: Payment, *, refused: str | None) -> Payment:
        """A refusal is final; anything else leaves the order open or not, and is asked again."""
        at = self.now()
        async with self.transaction() as store:
            kept = await store.payments.locked(payment.account_id, payment.id)
            if kept.state is not PaymentState.CREATED:
                return kept
            after = kept.failed(refused) if refused else kept.unreachable(at)
            await store.payments.save(kept, after, at, note=refused)
            await store.health.failed(kept.wish.method, at, down_from=FAILURES_UNTIL_DOWN)
        return after


def _same(kept: Payment, access: Access, wish: Wish) -> Payment:
    if (kept.payer_id, kept.wish) != (access.actor.id, wish):
        raise PaymentIdTaken
    return kept


async def _saved_token(store: Store, payment: Payment) -> str | None:
    """The provider's word for the saved method. Of a person who was erased meanwhile none is left: the
    payment's own id is no method's, and the order is refused."""
    if payment.wish.saved_method_id is None:
        return None
    saved = await store.saved_methods.found(UserId(payment.payer_id), payment.wish.saved_method_id)
    return saved.token if saved else str(payment.id)


async def _refuse_duplicate(store: Store, access: Access, parts: tuple[Part, ...]) -> None:
    for other in await store.payments.open_on(access.account_id):
        if other.expires_at > access.at and other.pays_the_same_bill_as(parts):
            raise BillBeingPaid(payment_id=other.id)
