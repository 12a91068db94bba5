"""Money paid ahead is counted towards another debt, of this account or of another: in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from domain.accounts.ledger import Standing
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId
from domain.payments.explanation import AllocationRule
from domain.payments.moving import TellOfMovedMoney, brought, spread_over
from domain.payments.refund_keeping import CountOffset
from domain.payments.refunds import TO_CLOSED, Refund, RefundNotFound
from domain.payments.steps import Taken
from domain.store import Store, Transaction
from services.payments.refund_ending import ended


@dataclass(frozen=True, slots=True)
class OffsetCounting:
    """Locks: the heads of both accounts by id. `translate` gives the words of the case's timeline."""

    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo
    translate: Callable[[str], str]

    async def count(self, job: CountOffset) -> None:
        """Counted once, however often the job runs; called off meanwhile, not at all."""
        at = self.now()
        async with self.transaction() as store:
            refund = await _found(store, job)
            assert refund.to_account_id
            standings = {
                account_id: await store.ledger.standing_locked(account_id)
                for account_id in sorted({refund.account_id, refund.to_account_id})
            }
            refund = await _found(store, job)
            if not refund.is_final:
                await self._end(store, refund, standings, at)

    async def _end(
        self, store: Store, refund: Refund, standings: dict[AccountId, Standing], at: datetime
    ) -> None:
        assert refund.to_account_id
        today, standing = business_day(at, self.zone), standings[refund.account_id]
        if await store.accounts.is_closed(refund.to_account_id):
            await ended(store, refund, refund.failed(TO_CLOSED, today), standing, at, self.translate)
            return
        sent = refund.sent(at)
        await store.refunds.save(refund, sent, Taken(at=at))
        done = sent.confirmed(today)
        await ended(store, sent, done, standing, at, self.translate)
        await self._bring(store, done, today, at)

    async def _bring(self, store: Store, refund: Refund, today: date, at: datetime) -> None:
        """To the supplier that was named, or over all of them, as a payment of that day would go."""
        assert refund.to_account_id and refund.counts_from
        standing = await store.ledger.standing_locked(refund.to_account_id)
        own = Access(actor=OURSELVES, account_id=refund.to_account_id, scope=Scope.SEE, at=at)
        owners = [one.id for one in (await store.accounts.card(own)).supplier_accounts]
        if refund.to_supplier_account_id:
            owners = [refund.to_supplier_account_id]
        rule = await store.terms.at(AllocationRule, today)
        parts = spread_over(refund.amount, owners, standing, rule)
        here = brought(refund.id, refund.to_account_id, parts, refund.counts_from)
        await store.ledger.post([here], standing.head, at)
        if refund.to_account_id != refund.account_id:
            come = TellOfMovedMoney(
                account_id=refund.to_account_id,
                cause=f"offset/{refund.id}",
                amount=refund.amount,
                day=refund.counts_from,
                has_come=True,
            )
            await store.jobs.add(come, run_at=at)


async def _found(store: Store, job: CountOffset) -> Refund:
    refund = await store.refunds.found(job.account_id, job.refund_id)
    if refund is None:
        raise RefundNotFound
    return refund
