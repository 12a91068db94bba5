"""Telling of each public step of an application whoever filed it, or may act on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.accounts.accounts import Account, AccountKind
from domain.cases.cases import Case, TellOfStep
from domain.cases.clock import Deadlines
from domain.cases.moves import is_open
from domain.cases.steps import Step, StepVerb
from domain.cases.ticking import rule_for
from domain.kernel.access import OURSELVES, Access, ActorKind, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import UserId
from domain.notices.kinds import AnyWords
from domain.notices.kinds.case_registered import CaseRegistered
from domain.notices.kinds.case_step import CaseStep
from domain.store import Store, Transaction
from services.notices.queueing import NoticeQueue

_UNTOLD = frozenset({StepVerb.SUBMIT})
"""The number and the deadline come with the next step."""


@dataclass(frozen=True, slots=True)
class CaseNotices:
    transaction: Transaction
    queue: NoticeQueue
    now: Callable[[], datetime]

    async def tell(self, job: TellOfStep) -> None:
        """One notice per step and reader. Nobody is told of what they did themselves, but that it arrived."""
        at = self.now()
        access = Access(actor=OURSELVES, account_id=job.account_id, scope=Scope.SEE, at=at)
        async with self.transaction() as store:
            view = await store.cases.view(access, job.case_id)
            step = next((one for one in view.steps if one.no == job.step_no), None)
            if step is None or step.verb in _UNTOLD:
                return
            account = (await store.accounts.card(access)).account
            words = await self._words(store, view.case, step, account)
            readers = await _readers(store, access, view.case, account)
            await self.queue.tell(
                store,
                [user_id for user_id in readers if user_id != step.by.id],
                job.account_id,
                words,
                cause=f"case-step/{job.case_id}/{job.step_no}",
                series=f"case/{job.case_id}",
            )

    async def _words(self, store: Store, case: Case, step: Step, account: Account) -> AnyWords:
        received_on = business_day(case.received_at, self.queue.zone)
        if step.verb is StepVerb.REGISTER:
            deadlines = await store.terms.at(Deadlines, received_on)
            return CaseRegistered(
                case_number=case.number,
                account_number=account.number,
                account_id=account.id,
                case_id=case.id,
                received_on=received_on,
                due_on=case.due_on,
                rule=rule_for(deadlines, case.kind, case.form.ground, case.channel).source,
                note=step.public_note,
            )
        return CaseStep(
            case_number=case.number,
            account_number=account.number,
            account_id=account.id,
            case_id=case.id,
            verb=step.verb,
            state=step.state,
            note=step.public_note,
            holder=step.holder if step.verb is StepVerb.SEND_ON else None,
            due_on=case.due_on if is_open(case) else None,
            until=business_day(step.until, self.queue.zone) if step.until else None,
        )


async def _readers(store: Store, access: Access, case: Case, account: Account) -> Sequence[UserId]:
    """Who filed it, while they may see the account; of a legal entity, and of what staff wrote down, all who
    may act on applications."""
    circle = (await store.delegations.circle(access)).in_force(access.at)
    if case.by.kind is ActorKind.CUSTOMER and account.kind is AccountKind.UNIFIED:
        return [one.user_id for one in circle if one.user_id == case.by.id and Scope.SEE in one.scopes]
    return sorted(one.user_id for one in circle if Scope.APPLICATIONS in one.scopes)
