"""Doing what a decision sets in motion. One place knows the sorts of effects; none knows a kind."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import msgspec

from domain.accounts.charging import AccountCharges, charged
from domain.accounts.ledger import Posting
from domain.cases.cases import Case
from domain.cases.effects import Correction, Effect, Later, PenaltyReliefs, Performed
from domain.kernel.ids import AccountId
from domain.kernel.jobs import AccountJob
from domain.payments.refund_keeping import CountOffset, FollowRefund
from domain.payments.refunds import Refund, RefundState
from domain.payments.steps import Taken
from domain.store import Store


async def perform(
    store: Store,
    case: Case,
    decision: int,
    effects: Sequence[Effect],
    at: datetime,
    *,
    after: int = 0,
    is_annulment: bool = False,
) -> list[Performed]:
    """Under the locks of the case and of its account's head. Effects come in the order given and are
    numbered from `after` + 1. AlreadyPosted when one of them was posted before: then nothing is kept."""
    performed: list[Performed] = []
    for effect in effects:
        async for kind, reference in _done(store, case, effect, at):
            performed.append(
                Performed(
                    case_id=case.id,
                    decision=decision,
                    no=after + len(performed) + 1,
                    kind=kind,
                    reference=reference,
                    is_annulment=is_annulment,
                )
            )
    return performed


async def _done(store: Store, case: Case, effect: Effect, at: datetime) -> AsyncIterator[tuple[str, str]]:
    match effect:
        case Correction():
            await _correct(store, case.account_id, effect, at)
            for charge in effect.charges:
                yield "charge", str(charge.id)
        case Posting():
            assert effect.account_id == case.account_id
            standing = await store.ledger.standing_locked(case.account_id)
            await store.ledger.post([effect], standing.head, at)
            yield "posting", str(effect.cause.posting_id)
        case Refund():
            assert effect.account_id == case.account_id
            await _refund(store, effect, at)
            yield "refund", str(effect.id)
        case PenaltyReliefs():
            await store.penalties.relieve(effect.reliefs, at)
        case Later():
            assert effect.job.account_id == case.account_id
            await store.jobs.add(effect.job, run_at=max(effect.run_at, at), key=effect.key)
            yield str(effect.job.__struct_config__.tag), _subject(effect.job, case)
        case AccountJob():
            assert effect.account_id == case.account_id
            await store.jobs.add(effect, run_at=at)
            yield str(effect.__struct_config__.tag), _subject(effect, case)


async def _correct(store: Store, account_id: AccountId, correction: Correction, at: datetime) -> None:
    """As billing's charges are posted: what is freed meets that supplier's open lines."""
    asked = AccountCharges(account_id=account_id, charges=correction.charges)
    [standing] = await store.bulk_ledger.standings_locked([asked])
    await store.bulk_ledger.post([charged(asked, standing, correction.value_date)], at)


async def _refund(store: Store, refund: Refund, at: datetime) -> None:
    """A new one is kept and followed, unless people pay it out; one that is called off is kept as it ends."""
    if refund.state is not RefundState.PREPARED:
        before = await store.refunds.found(refund.account_id, refund.id)
        assert before is not None
        await store.refunds.save(before, refund, Taken(at=at))
        return
    await store.refunds.add(refund)
    if refund.is_offset:
        await store.jobs.add(CountOffset(account_id=refund.account_id, refund_id=refund.id), run_at=at)
    if refund.is_by_provider:
        follow = FollowRefund(account_id=refund.account_id, refund_id=refund.id)
        await store.jobs.add(follow, run_at=at, key=follow.key)


def _subject(job: AccountJob, case: Case) -> str:
    """What the job is about: its first field of its own, else the case."""
    own = [field.name for field in msgspec.structs.fields(job) if field.name != "account_id"]
    return str(getattr(job, own[0])) if own else str(case.id)
