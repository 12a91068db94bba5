"""How a refund ends: money, state and the case's timeline in one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime

from domain.accounts.ledger import Posting, Standing
from domain.cases.effects import EffectDone
from domain.kernel.access import Actor
from domain.kernel.ids import StaffId
from domain.payments.receipts.keeping import MakeRefundReceipts
from domain.payments.refund_postings import given_back, met, paid_out
from domain.payments.refunds import CALLED_OFF, Refund, RefundState
from domain.payments.steps import Taken
from domain.store import Store

_DONE = "{amount} was returned."
_OFFSET = "{amount} was counted as you have asked, from {day} on."
_FAILED = "{amount} could not be returned: it stays on the account as paid ahead."


async def ended(
    store: Store,
    before: Refund,
    after: Refund,
    standing: Standing,
    at: datetime,
    translate: Callable[[str], str],
    by: Actor | None = None,
) -> None:
    """`standing` is the account's, its head locked."""
    is_done = after.state is RefundState.CONFIRMED
    postings: Sequence[Posting | None] = (
        [paid_out(after)] if is_done else [given_back(after), met(after, standing)]
    )
    await store.ledger.post([one for one in postings if one], standing.head, at)
    by_id = StaffId(by.id) if by else None
    await store.refunds.save(before, after, Taken(at=at, by_id=by_id, note=after.failure))
    if is_done and not after.is_offset:
        receipts = MakeRefundReceipts(account_id=after.account_id, refund_id=after.id)
        await store.jobs.add(receipts, run_at=at)
    is_last = is_done and await _is_last(store, after)
    text = _FAILED if not is_done else _OFFSET if after.is_offset else _DONE
    await told(store, after, translate(text), at, is_last=is_last)


async def told(store: Store, refund: Refund, text: str, at: datetime, *, is_last: bool = False) -> None:
    """Promise the case its step. `text` is in the timeline's language."""
    day = f"{refund.counts_from:%d.%m.%Y}" if refund.counts_from else ""
    step = EffectDone(
        account_id=refund.account_id,
        case_id=refund.case_id,
        key=f"refund:{refund.id}:{refund.state}",
        public_note=text.format(amount=refund.amount, day=day),
        is_last=is_last,
    )
    await store.jobs.add(step, run_at=at)


async def _is_last(store: Store, refund: Refund) -> bool:
    """Whether all that its decision has promised is returned now. One decision, one moment."""
    of_decision = [
        one.state
        for one in await store.refunds.of_account(refund.account_id)
        if (one.case_id, one.prepared_at) == (refund.case_id, refund.prepared_at)
        and one.failure != CALLED_OFF
    ]
    return set(of_decision) == {RefundState.CONFIRMED}
