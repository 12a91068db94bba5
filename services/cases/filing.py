"""What the applicant does: files, asks what the rule would give, replies, withdraws, appeals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial

import msgspec

from domain.cases import moves, papers
from domain.cases.cases import Case, Decision
from domain.cases.file import AccountFile
from domain.cases.filing import Filing, KindNotForAccount
from domain.cases.forms import AtOnce, Form, Objection, Paper, Proposal
from domain.cases.states import CaseState
from domain.cases.steps import StepBy, StepVerb
from domain.kernel.access import OURSELVES, Access, ActorKind, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import CaseId
from domain.kinds import FAMILIES, tag_of
from domain.store import Store, Transaction
from services.cases.files import file_of
from services.cases.keeping import keep, keep_new
from services.cases.performing import perform


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of a form if it were filed now."""

    proposal: Proposal | None
    objections: Sequence[Objection]
    sent_on_to: str | None


@dataclass(frozen=True, slots=True)
class CaseFiling:
    """Safe to repeat at any moment: the case's id is made by who files it, and a word that was heard is
    not heard twice."""

    transaction: Transaction
    zone: tzinfo
    translate: Callable[[str], str] = str

    async def outlook(self, access: Access, form: Form) -> Outlook:
        """What the rule would give, and what stands in the way. Nothing is kept."""
        async with self.transaction() as store:
            await store.accounts.card(access)
            file = await self._file(store, access, form)
            return Outlook(
                proposal=form.proposal(file),
                objections=list(_objections(form, file)),
                sent_on_to=form.sent_on_to(file),
            )

    async def submit(self, access: Access, case_id: CaseId, filing: Filing) -> tuple[Case, bool]:
        """The case, and whether this call made it. It has its number and its deadline at once.

        CaseIdTaken when the id belongs to another content; the form's own objections.
        """
        filing.checked(access.actor, access.at)
        number = await self._number(access, case_id, filing.form)
        async with self.transaction() as store:
            if kept := await store.cases.found(access.account_id, case_id):
                return filing.same_as(kept, access.actor), False
            form = filing.form
            file = await self._file(store, access, form)
            # Equal requests meet at the head's lock: the second one finds what the first has kept.
            if kept := await store.cases.found(access.account_id, case_id):
                return filing.same_as(kept, access.actor), False
            for objection in _objections(form, file):
                raise objection
            case = self._new(access, case_id, filing, number)
            # Files on their way are held from here on: what they turn out to be finds the case.
            names = await store.attachments.tell(access.account_id, case_id)
            laid = await store.attachments.papers(access.account_id, case_id)
            lacks = papers.missing(form, laid, business_day(access.at, self.zone))
            verbs = self._first_verbs(case, file, lacks, access.at)
            if names:
                attached = partial(moves.attached, by=case.by, at=access.at, names=names)
                verbs.insert(1, attached)  # before what is answered at once
            case = await keep_new(store, case, verbs, access.at, self.zone)
            if case.decision:
                await store.cases.decided(case, ())
            effects = form.on_registered(case, file)
            performed = await perform(store, case, 0, effects, access.at)
            await store.cases.performed(case.account_id, performed)
            await store.case_drafts.drop(case.account_id, case_id, access.actor.id)
        return case, True

    async def _number(self, access: Access, case_id: CaseId, form: Form) -> str:
        """In a transaction of its own, for the counter is everybody's; none is drawn for what is kept."""
        async with self.transaction() as store:
            await store.accounts.card(access)
            if kept := await store.cases.found(access.account_id, case_id):
                return kept.number
            # What is turned away at the door uses up no number.
            for objection in _objections(form, await self._file(store, access, form)):
                raise objection
            return await store.cases.next_number(business_day(access.at, self.zone))

    def _new(self, access: Access, case_id: CaseId, filing: Filing, number: str) -> Case:
        received_at = filing.received_at or access.at
        kind = tag_of(type(filing.form))
        return Case(
            id=case_id,
            account_id=access.account_id,
            number=number,
            family=FAMILIES[kind],
            kind=kind,
            form=filing.form,
            channel=filing.channel,
            by=StepBy.of(access.actor),
            received_at=received_at,
            state=CaseState.SUBMITTED,
            due_on=business_day(received_at, self.zone),
        )

    def _first_verbs(
        self, case: Case, file: AccountFile, lacks: Sequence[Paper], at: datetime
    ) -> list[Callable[[Case], moves.Moved]]:
        form, ourselves = case.form, StepBy.of(OURSELVES)
        # Staff have the papers in their hands, or ask for them in their own words.
        is_told = bool(lacks) and case.by.kind is not ActorKind.STAFF
        to, waits = form.sent_on_to(file), is_told and bool(papers.awaited(lacks))
        note = papers.said(papers.TOLD_WORDS, lacks, self.translate) if is_told and (to or not waits) else ""
        registered = partial(moves.registered, by=ourselves, at=at, public_note=note)
        verbs: list[Callable[[Case], moves.Moved]] = [registered]
        if to:
            verbs.append(partial(moves.sent_on, by=ourselves, at=at, to=to))
        elif told := form.at_once(file):
            verbs += self._told_at_once(told, ourselves, at)
        elif waits:
            verbs.append(partial(papers.asked_for, lacks=lacks, at=at, translate=self.translate))
        return verbs

    def _told_at_once(
        self, told: AtOnce, by: StepBy, at: datetime
    ) -> Sequence[Callable[[Case], moves.Moved]]:
        words = " ".join(self.translate(one.text).format(**one.fields) for one in told.words)
        if told.is_question:
            return [partial(moves.asked, by=by, at=at, question=words, until=None)]
        if told.grant is None:
            return [partial(moves.effect_told, by=by, at=at, public_note=words)]
        decision = Decision(
            no=1,
            outcome=CaseState.SATISFIED,
            answer=words,
            rule=self.translate(told.rule),
            grant=told.grant,
            at=at,
            by=by,
        )
        return [partial(moves.decided, decision=decision), partial(moves.closed, by=by, at=at)]

    async def reply(self, access: Access, case_id: CaseId, words: str, *, seen_step: int | None) -> Case:
        """The applicant's answer or addition. CaseAnswered, CaseMoved."""
        verb = partial(moves.replied, by=StepBy.of(access.actor), at=access.at, words=words)
        return await self._moved(access, case_id, verb, StepVerb.REPLY, words, seen_step=seen_step)

    async def withdraw(self, access: Access, case_id: CaseId, why: str) -> Case:
        """CaseAnswered when there is nothing to take back any more."""
        verb = partial(moves.withdrawn, by=StepBy.of(access.actor), at=access.at, why=why)
        return await self._moved(access, case_id, verb, StepVerb.WITHDRAW, why, seen_step=None)

    async def appeal(self, access: Access, case_id: CaseId, why: str) -> Case:
        """CaseNotAnswered while there is nothing to appeal against."""
        verb = partial(moves.appealed, by=StepBy.of(access.actor), at=access.at, why=why)
        return await self._moved(access, case_id, verb, StepVerb.APPEAL, why, seen_step=None)

    async def _moved(
        self,
        access: Access,
        case_id: CaseId,
        verb: Callable[[Case], moves.Moved],
        what: StepVerb,
        words: str,
        *,
        seen_step: int | None,
    ) -> Case:
        async with self.transaction() as store:
            case = await store.cases.locked_for(access, case_id)
            steps = await store.cases.steps(case.account_id, case.id)
            if moves.is_repeated(steps, StepBy.of(access.actor), what, words, seen_step):
                return case
            return await keep(store, case, [verb(case)], access.at, self.zone)

    async def _file(self, store: Store, access: Access, form: Form) -> AccountFile:
        standing = await store.ledger.standing_locked(access.account_id)
        own = Access(actor=OURSELVES, account_id=access.account_id, scope=Scope.SEE, at=access.at)
        return await file_of(store, own, standing, form.wish(), access.at, self.zone)


def _objections(form: Form, file: AccountFile) -> Sequence[Objection]:
    if file.kind not in form.for_whom:
        return [KindNotForAccount()]
    return list(form.objections(file))
