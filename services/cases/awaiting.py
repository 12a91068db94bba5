"""What was granted ahead of its papers: asked for in time, and taken back when they do not come."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from msgspec.structs import replace

from domain.cases import moves, papers
from domain.cases.cases import Case, Decision
from domain.cases.effects import AwaitPapers
from domain.cases.forms import Paper
from domain.cases.states import CaseState
from domain.cases.steps import StepBy
from domain.kernel.access import OURSELVES
from domain.kernel.calendar import business_day
from domain.kernel.jobs import NotYet
from domain.store import Store, Transaction
from services.cases.deciding import CaseDeciding
from services.cases.keeping import keep

ASKED = "Lay these papers to the application by {day}, or what was taken off is charged again: {papers}"
TAKEN_BACK = "These papers did not come by {day}, so what was taken off is charged again: {papers}"


@dataclass(frozen=True, slots=True)
class PaperAwaiting:
    """Locks: the case, then its account's head. `translate` gives the words of the case's timeline."""

    transaction: Transaction
    deciding: CaseDeciding
    now: Callable[[], datetime]
    zone: tzinfo
    translate: Callable[[str], str]

    async def work(self, job: AwaitPapers) -> None:
        """Safe to repeat: each word is told once, and what was taken back is no decision that stands.

        NotYet until the last day is over: what is laid by then counts.
        """
        at = self.now()
        async with self.transaction() as store:
            case = await store.cases.locked(job.account_id, job.case_id)
            if case.decision is None or case.decision.no != job.decision_no:
                return
            days = await store.calendar.working_days()
            last_day = days.next_worked(job.wanted_from + timedelta(days=job.days))
            laid = await store.attachments.papers(job.account_id, job.case_id)
            lacks = papers.awaited(papers.missing(case.form, laid, last_day))
            is_over = business_day(at, self.zone) > last_day
            if lacks and is_over:
                await self._take_back(store, case, job, self._said(TAKEN_BACK, lacks, last_day), at)
            elif lacks:
                await self._ask(store, case, job, self._said(ASKED, lacks, last_day), at)
        if not is_over:
            raise NotYet(datetime.combine(last_day + timedelta(days=1), time(), self.zone))

    def _said(self, words: str, lacks: Sequence[Paper], last_day: date) -> str:
        return papers.said(words, lacks, self.translate, day=f"{last_day:%d.%m.%Y}")

    async def _ask(self, store: Store, case: Case, job: AwaitPapers, words: str, at: datetime) -> None:
        key = f"papers-awaited:{job.decision_no}"
        steps = await store.cases.steps(case.account_id, case.id)
        if not any(step.inner_note == key for step in steps):
            told = moves.effect_told(case, StepBy.of(OURSELVES), at, public_note=words, inner_note=key)
            await keep(store, case, [told], at, self.zone)

    async def _take_back(self, store: Store, case: Case, job: AwaitPapers, words: str, at: datetime) -> None:
        """By reversals, and answered anew. Where an appeal is being looked at, that is what is answered."""
        by = StepBy.of(OURSELVES)
        await self.deciding.annul(store, case, at)
        if moves.is_open(case):
            told = moves.effect_told(replace(case, decision=None), by, at, public_note=words)
            await keep(store, case, [told], at, self.zone)
            return
        decision = Decision(
            no=case.decisions_count + 1,
            outcome=CaseState.REFUSED,
            answer=words,
            rule=self.translate(job.rule),
            at=at,
            by=by,
        )
        reopened = moves.reopened(case, by, at, self.translate(papers.LACKING_WORDS))
        kept = await keep(store, case, [reopened, moves.decided(reopened.case, decision)], at, self.zone)
        await store.cases.decided(kept, ())
