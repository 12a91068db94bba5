"""Following a refund to its end: the provider is told once and asked until its word is final, or people give
a payment order to the bank and say what became of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from domain.accounts.accounts import AccountCard
from domain.kernel.access import Access, Actor
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, RefundId, StaffId
from domain.payments.payments import KEY_LIVES
from domain.payments.provider import (
    NotFoundAtProvider,
    Provider,
    ProviderRefund,
    ProviderRefused,
    ProviderState,
    ProviderUnreachable,
    ProviderUnsure,
)
from domain.payments.refund_keeping import FollowRefund, PromiseRefundChecks
from domain.payments.refundable import Refundable, RefundTerms, refundable
from domain.payments.refunds import Refund, RefundNotByBank, RefundNotFound, RefundState
from domain.payments.steps import Taken
from domain.store import Store, Transaction
from services.payments.refund_ending import ended, told

CHECKS_AT_ONCE = 500
KEY_IS_SURE = KEY_LIVES - timedelta(hours=1)
"""Nearer to the end of its life a key might be forgotten while it travels."""

_SENT = "The refund of {amount} is on its way."


class RefundMismatch(Exception):
    """The provider's refund is not the one we asked for. Money is not touched; a person must look."""


@dataclass(frozen=True, slots=True)
class RefundService:
    """A refund changes only while its account's head is locked. `translate` gives the words of the case's
    timeline."""

    transaction: Transaction
    provider: Provider
    now: Callable[[], datetime]
    zone: tzinfo
    translate: Callable[[str], str]

    async def refundable(self, access: Access) -> tuple[AccountCard, list[Refundable]]:
        """What can be returned of each supplier account of this account, as it stands now."""
        today = business_day(access.at, self.zone)
        async with self.transaction() as store:
            await store.accounts.card(access)
            standing = await store.ledger.standing_locked(access.account_id)
            card = await store.accounts.card(access)
            return card, refundable(
                standing,
                [one.id for one in card.supplier_accounts],
                await store.payments.paid_on(access.account_id),
                await store.refunds.of_account(access.account_id),
                await store.terms.at(RefundTerms, today),
                today,
                self.zone,
            )

    async def promise_checks(self, job: PromiseRefundChecks) -> None:
        """A lost notice, a crash between two transactions and a slow bank are one path: this one."""
        async with self.transaction() as store:
            due = await store.refunds.waiting(self.now(), CHECKS_AT_ONCE)
        for account_id, refund_id in due:
            async with self.transaction() as store:
                follow = FollowRefund(account_id=account_id, refund_id=refund_id)
                await store.jobs.add(follow, run_at=self.now(), key=follow.key)

    async def follow(self, job: FollowRefund) -> None:
        """Tell the provider, or ask it, and act on the answer. Safe to repeat and to run twice at once."""
        refund = await self._begun(job)
        if refund is None:
            return
        try:
            answer = await self._asked(refund)
        except (ProviderUnreachable, ProviderUnsure, NotFoundAtProvider):
            await self._unheard(refund)
            return
        except ProviderRefused as refusal:
            reason = refusal.code
            await self._end(refund, lambda kept: kept.failed(reason, self._today()))
            return
        if not refund.is_answered_by(answer):
            await self._unheard(refund)
            raise RefundMismatch(f"refund {refund.id} differs at the provider: {answer.id}")
        await self._settle(refund, answer)

    async def _begun(self, job: FollowRefund) -> Refund | None:
        """As it is to be followed. It is kept as sent before anybody is told: from then on nobody calls it
        off, whatever we hear or do not hear."""
        at = self.now()
        async with self.transaction() as store:
            kept = await self._locked(store, job.account_id, job.refund_id)
            if kept.is_final or not kept.is_by_provider:
                return None
            if kept.state is RefundState.SENT:
                return kept
            sent = kept.sent(at)
            await store.refunds.save(kept, sent, Taken(at=at))
        return sent

    async def _asked(self, refund: Refund) -> ProviderRefund:
        """The provider's word. ProviderRefused only when it has made nothing under any key of ours."""
        if refund.provider_refund_id is not None:
            return await self.provider.read_refund(refund.provider_refund_id)
        assert refund.attempt_at is not None
        if self.now() >= refund.attempt_at + KEY_IS_SURE:
            if (found := await self.provider.find_refund(refund.wanted)) is not None:
                return found
            refund = await self._tried_anew(refund)
        try:
            return await self.provider.refund(refund.wanted)
        except ProviderRefused:
            # An earlier try may have been heard: what it took is then what is lacking now.
            if (found := await self.provider.find_refund(refund.wanted)) is not None:
                return found
            raise

    async def _tried_anew(self, refund: Refund) -> Refund:
        """A fresh key, unless another worker has taken one meanwhile."""
        async with self.transaction() as store:
            kept = await self._locked(store, refund.account_id, refund.id)
            if kept.attempt != refund.attempt:
                return kept
            anew = kept.tried_anew(self.now())
            await store.refunds.save(kept, anew, Taken(at=self.now()))
        return anew

    async def _settle(self, refund: Refund, answer: ProviderRefund) -> None:
        on = business_day(answer.created_at, self.zone)
        match answer.state:
            case ProviderState.SUCCEEDED:
                await self._end(refund, lambda kept: kept.confirmed(on, answer.id))
            case ProviderState.CANCELED:
                reason = answer.cancel_reason or "unknown"
                await self._end(refund, lambda kept: kept.failed(reason, self._today()))
            case _:
                await self._keep(refund, lambda kept: kept.waiting(self.now(), answer.id))

    async def _unheard(self, refund: Refund) -> None:
        await self._keep(refund, lambda kept: kept.unreachable(self.now()))

    async def _keep(self, refund: Refund, verb: Callable[[Refund], Refund]) -> None:
        async with self.transaction() as store:
            kept = await self._locked(store, refund.account_id, refund.id)
            if kept.is_final:
                return
            after = verb(kept)
            await store.refunds.save(kept, after, Taken(at=self.now()))
            if after.provider_refund_id and not kept.provider_refund_id:
                await self._tell_sent(store, after)

    async def _end(self, refund: Refund, verb: Callable[[Refund], Refund]) -> None:
        async with self.transaction() as store:
            kept = await self._locked(store, refund.account_id, refund.id)
            if not kept.is_final:
                await self._ended(store, kept, verb(kept))

    async def ordered(self, access: Access, refund_id: RefundId, number: str) -> Refund:
        """A payment order was given to the bank. Asked again with the same number: the same.

        RefundNotByBank, RefundOfOneself, ForbiddenMove.
        """
        async with self.transaction() as store:
            kept = await self._of_bank(store, access, refund_id)
            kept.check_orders(access.actor.id)
            if kept.state is RefundState.SENT and kept.order_number == number:
                return kept
            sent = kept.ordered(number)
            await store.refunds.save(
                kept, sent, Taken(at=self.now(), by_id=StaffId(access.actor.id), note=number)
            )
            await self._tell_sent(store, sent)
        return sent

    async def confirmed(self, access: Access, refund_id: RefundId, on: date) -> Refund:
        """The bank has paid it on that day. Asked again: the same. RefundOrderOfOneself, and as
        `ordered`."""
        async with self.transaction() as store:
            kept = await self._of_bank(store, access, refund_id)
            kept.check_tells(access.actor.id)
            if kept.state is RefundState.CONFIRMED and kept.ended_on == on:
                return kept
            done = kept.confirmed(min(on, self._today()))
            await self._ended(store, kept, done, by=access.actor)
        return done

    async def failed(self, access: Access, refund_id: RefundId, reason: str) -> Refund:
        """The bank has sent it back. Asked again with the same reason: the same. Errors as of `confirmed`."""
        async with self.transaction() as store:
            kept = await self._of_bank(store, access, refund_id)
            kept.check_tells(access.actor.id)
            if kept.state is RefundState.FAILED and kept.failure == reason:
                return kept
            back = kept.failed(reason, self._today())
            await self._ended(store, kept, back, by=access.actor)
        return back

    async def _of_bank(self, store: Store, access: Access, refund_id: RefundId) -> Refund:
        await store.accounts.card(access)
        kept = await self._locked(store, access.account_id, refund_id)
        if not kept.is_by_bank:
            raise RefundNotByBank
        return kept

    async def _locked(self, store: Store, account_id: AccountId, refund_id: RefundId) -> Refund:
        await store.ledger.standing_locked(account_id)
        refund = await store.refunds.found(account_id, refund_id)
        if refund is None:
            raise RefundNotFound
        return refund

    async def _ended(self, store: Store, before: Refund, after: Refund, by: Actor | None = None) -> None:
        standing = await store.ledger.standing_locked(after.account_id)
        await ended(store, before, after, standing, self.now(), self.translate, by)

    async def _tell_sent(self, store: Store, refund: Refund) -> None:
        await told(store, refund, self.translate(_SENT), self.now())

    def _today(self) -> date:
        return business_day(self.now(), self.zone)
