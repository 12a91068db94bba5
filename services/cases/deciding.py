"""What staff (and the product itself) do that ends a case or begins it anew, with its effects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial

from msgspec.structs import replace

from domain.cases import moves
from domain.cases.cases import Case
from domain.cases.deciding import Verdict
from domain.cases.effects import Effect, EffectDone, Performed
from domain.cases.file import AccountFile
from domain.cases.forms import Grant
from domain.cases.moves import Moved
from domain.cases.states import DECIDED, CaseState
from domain.cases.steps import StepBy, StepVerb
from domain.cases.told_money import told_money
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import CaseId
from domain.store import Store, Transaction
from services.cases.files import file_of
from services.cases.keeping import keep
from services.cases.performing import perform


@dataclass(frozen=True, slots=True)
class CaseDeciding:
    """`access` is staff's, with the right to work on cases. Locks: the case, then its account's head."""

    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo
    translate: Callable[[str], str] = str

    async def decide(
        self, access: Access, case_id: CaseId, verdict: Verdict, *, seen_step: int | None = None
    ) -> Case:
        """The answer, and in the same transaction all that follows from it. Asked again: the same case.

        A decision that replaces one that stands (after an appeal) first takes back that one's effects.
        CaseAnswered, CaseMoved, GrantMismatch and the like; what the kind's own rules refuse.
        """
        async with self.transaction() as store:
            return await self.decide_in(store, access, case_id, verdict, seen_step=seen_step)

    async def decide_in(
        self, store: Store, access: Access, case_id: CaseId, verdict: Verdict, *, seen_step: int | None
    ) -> Case:
        """The same inside a transaction that does more: the approval of a second person."""
        case = await store.cases.locked_for(access, case_id)
        if not moves.is_open(case) and verdict.is_same_as(case.decision, StepBy.of(access.actor)):
            return case
        moves.check_seen(case, seen_step)
        decision = verdict.checked(case).decision(case, access)
        moved = moves.decided(case, decision, verdict.inner_note)
        if verdict.upholds(case.decision):
            return await keep(store, case, [moved], access.at, self.zone)
        await self.annul(store, case, access.at)
        performed: Sequence[Performed] = ()
        if verdict.grant is not None:
            file = await self.file(store, case, access.at)
            decision = replace(decision, lines=tuple(case.form.granted_lines(verdict.grant, file)))
            answered = moves.decided(case, decision).case
            effects = case.form.effects(answered, verdict.grant, file)
            moved = moves.decided(
                case, decision, verdict.inner_note, self._money(effects, verdict.grant, file)
            )
            performed = await perform(store, moved.case, decision.no, effects, access.at)
        kept = await keep(store, case, [moved], access.at, self.zone)
        await store.cases.decided(kept, performed)
        return kept

    def _money(self, effects: Sequence[Effect], grant: Grant, file: AccountFile) -> str:
        """What the decision moves, a line for each way it goes."""
        told = told_money(effects, grant, file)
        return "\n".join(self.translate(one.text).format(**one.fields) for one in told)

    async def reopen(self, access: Access, case_id: CaseId, why: str) -> Case:
        """Look at it anew: the effects of its decision are taken back by reversals. Asked again: the same."""
        async with self.transaction() as store:
            case = await store.cases.locked_for(access, case_id)
            steps = await store.cases.steps(case.account_id, case.id)
            if moves.is_repeated(steps, StepBy.of(access.actor), StepVerb.REOPEN, why, None):
                return case
            moved = moves.reopened(case, StepBy.of(access.actor), access.at, why)
            await self.annul(store, case, access.at)
            return await keep(store, case, [moved], access.at, self.zone)

    async def execute(self, access: Access, case_id: CaseId, words: str) -> Case:
        """What was decided is done."""
        verb = partial(moves.executed, by=StepBy.of(access.actor), at=access.at, public_note=words)
        return await self.move(access, case_id, verb, unless=CaseState.EXECUTED)

    async def close(self, access: Access, case_id: CaseId, inner_note: str) -> Case:
        verb = partial(moves.closed, by=StepBy.of(access.actor), at=access.at, inner_note=inner_note)
        return await self.move(access, case_id, verb, unless=CaseState.CLOSED)

    async def note(self, access: Access, case_id: CaseId, inner_note: str) -> Case:
        """For staff only."""
        verb = partial(moves.noted, by=StepBy.of(access.actor), at=access.at, inner_note=inner_note)
        return await self.move(access, case_id, verb)

    async def phone_answer(self, access: Access, case_id: CaseId, words: str, inner_note: str) -> Case:
        """What was said by phone, by whom and when. The case is decided by `decide`."""
        by, at = StepBy.of(access.actor), access.at
        verb = partial(moves.answered_by_phone, by=by, at=at, words=words, inner_note=inner_note)
        return await self.move(access, case_id, verb)

    async def effect_done(self, job: EffectDone) -> None:
        """Something a decision promised came to its end. Told once, however often the job runs."""
        at, by = self.now(), StepBy.of(OURSELVES)
        async with self.transaction() as store:
            case = await store.cases.locked(job.account_id, job.case_id)
            steps = await store.cases.steps(case.account_id, case.id)
            if any(step.verb is StepVerb.EFFECT and step.inner_note == job.key for step in steps):
                return
            told = moves.effect_told(case, by, at, public_note=job.public_note, inner_note=job.key)
            moved = [told]
            if job.is_last and told.case.state in DECIDED:
                moved.append(moves.executed(told.case, by, at))
            await keep(store, case, moved, at, self.zone)

    async def move(
        self,
        access: Access,
        case_id: CaseId,
        verb: Callable[[Case], Moved],
        *,
        unless: CaseState | None = None,
        seen_step: int | None = None,
    ) -> Case:
        """Any one move of moves.py, kept. Nothing is done when it is `unless` already."""
        async with self.transaction() as store:
            case = await store.cases.locked_for(access, case_id)
            if case.state is unless:
                return case
            moves.check_seen(case, seen_step)
            return await keep(store, case, [verb(case)], access.at, self.zone)

    async def file(self, store: Store, case: Case, at: datetime) -> AccountFile:
        """The account as the case's rules look at it, its head locked from now on."""
        standing = await store.ledger.standing_locked(case.account_id)
        own = Access(actor=OURSELVES, account_id=case.account_id, scope=Scope.SEE, at=at)
        file = await file_of(store, own, standing, case.form.wish(), at, self.zone)
        return replace(file, received_on=business_day(case.received_at, self.zone), applicant=case.by)

    async def annul(self, store: Store, case: Case, at: datetime) -> None:
        """Take back what the decision that stands has done, if it has done anything."""
        decision = case.decision
        if decision is None or decision.grant is None:
            return
        done = [
            one for one in await store.cases.effects(case.account_id, case.id) if one.decision == decision.no
        ]
        file = await self.file(store, case, at)
        effects = case.form.annulment(case, decision.grant, file)
        performed = await perform(store, case, decision.no, effects, at, after=len(done), is_annulment=True)
        await store.cases.performed(case.account_id, performed)
