"""Cases as they are answered over HTTP."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

import msgspec

from api import case_words
from api.texts import translated
from domain.cases.cases import Case, CaseView, Channel, Decision, Family
from domain.cases.clock import Clock
from domain.cases.effects import Performed
from domain.cases.forms import (
    Grant,
    GrantedLine,
    Lacking,
    Paper,
)
from domain.cases.moves import granted_words, is_open
from domain.cases.papers import missing
from domain.cases.states import CaseState
from domain.cases.steps import Step, StepBy, StepVerb
from domain.kernel.access import OURSELVES, Actor, ActorKind
from domain.kernel.ids import AccountId, CaseId
from domain.kinds import AnyForm, AnyGrant


class PaperOut(msgspec.Struct, frozen=True, kw_only=True):
    """Of papers with the same `any_of` one is enough. A required one that is not there: `awaited`, and the
    application waits for it; `told`, and the work goes on. Nobody can have it before `wanted_from`."""

    code: str
    text: str
    is_required: bool
    any_of: str | None
    when_lacking: Lacking
    wanted_from: date | None

    @classmethod
    def of(cls, paper: Paper, language: str, *, is_staff: bool = False) -> Self:
        return cls(
            code=paper.code,
            text=case_words.paper(paper.text, language, is_staff=is_staff),
            is_required=paper.is_required,
            any_of=paper.any_of,
            when_lacking=paper.when_lacking,
            wanted_from=paper.wanted_from,
        )


class CaseSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it stands in lists. `is_late`: the answer is owed since `due_on`."""

    id: CaseId
    account_id: AccountId
    number: str
    family: Family
    kind: str
    title: str
    state: CaseState
    state_words: str
    channel: Channel
    received_at: datetime
    due_on: date
    is_late: bool
    is_paused: bool
    holder: str | None
    holder_words: str

    @classmethod
    def of(cls, case: Case, today: date, language: str, *, is_staff: bool = False) -> Self:
        return cls(**summary_fields(case, today, language, is_staff=is_staff))


def summary_fields(case: Case, today: date, language: str, *, is_staff: bool) -> dict[str, Any]:
    return {
        "id": case.id,
        "account_id": case.account_id,
        "number": case.number,
        "family": case.family,
        "kind": case.kind,
        "title": translated(language, case.form.title),
        "state": case.state,
        "state_words": case_words.state(case.state, language, is_staff=is_staff),
        "channel": case.channel,
        "received_at": case.received_at,
        "due_on": case.due_on,
        "is_late": is_open(case) and not case.is_paused and today > case.due_on,
        "is_paused": case.is_paused,
        "holder": case.holder,
        "holder_words": case_words.holder(case.holder, language),
    }


class ByOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who did it. `id` is shown to staff only."""

    kind: ActorKind
    name: str
    id: UUID | None

    @classmethod
    def of(cls, by: StepBy, reader: Actor, language: str) -> Self:
        name = translated(language, "The cabinet itself") if by.id == OURSELVES.id else by.name
        return cls(kind=by.kind, name=name, id=by.id if reader.kind is ActorKind.STAFF else None)


class CaseStepOut(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the timeline. `inner_note` is shown to staff only."""

    no: int
    at: datetime
    by: ByOut
    verb: StepVerb
    words: str
    state: CaseState
    public_note: str
    inner_note: str | None
    holder: str | None
    holder_words: str
    until: datetime | None

    @classmethod
    def of(cls, step: Step, reader: Actor, language: str) -> Self:
        return cls(
            no=step.no,
            at=step.at,
            by=ByOut.of(step.by, reader, language),
            verb=step.verb,
            words=case_words.verb(step.verb, language),
            state=step.state,
            public_note=step.public_note,
            inner_note=step.inner_note if reader.kind is ActorKind.STAFF else None,
            holder=step.holder,
            holder_words=case_words.holder(step.holder, language),
            until=step.until,
        )


class CaseDecisionOut(msgspec.Struct, frozen=True, kw_only=True):
    """`stands` is false of one that was annulled or replaced by a later one; `lines` are what it changed;
    `granted`: what money it moves and how, in words."""

    no: int
    outcome: CaseState
    answer: str
    rule: str
    grant: AnyGrant | None
    at: datetime
    by: ByOut
    answered_by: Channel
    lines: list[GrantedLine]
    granted: str
    stands: bool

    @classmethod
    def of(
        cls, decision: Decision, steps: Sequence[Step], reader: Actor, language: str, *, stands: bool
    ) -> Self:
        return cls(
            no=decision.no,
            outcome=decision.outcome,
            answer=decision.answer,
            rule=decision.rule,
            grant=_read(decision.grant, reader),
            at=decision.at,
            by=ByOut.of(decision.by, reader, language),
            answered_by=decision.answered_by,
            lines=list(decision.lines),
            granted=granted_words(decision, steps),
            stands=stands,
        )


def _read(grant: Grant | None, reader: Actor) -> AnyGrant | None:
    """What whoever reads may see of it."""
    if grant is None:
        return None
    return grant if reader.kind is ActorKind.STAFF else grant.for_applicant()


class CaseOut(CaseSummary, frozen=True, kw_only=True):
    """A case with its timeline, its open clock, its decisions and their effects. `papers_missing` are the
    required ones that were not laid to it."""

    form: AnyForm
    by: ByOut
    papers: list[PaperOut]
    papers_missing: list[PaperOut]
    clock: Clock
    deadline: str
    steps: list[CaseStepOut]
    decisions: list[CaseDecisionOut]
    effects: list[Performed]

    @classmethod
    def told(cls, view: CaseView, clock: Clock, reader: Actor, today: date, language: str) -> Self:
        case = view.case
        stands = case.decision.no if case.decision else None
        is_staff = reader.kind is ActorKind.STAFF
        lacking = missing(case.form, view.papers, today)
        return cls(
            **summary_fields(case, today, language, is_staff=is_staff),
            form=case.form,
            by=ByOut.of(case.by, reader, language),
            papers=[PaperOut.of(one, language, is_staff=is_staff) for one in case.form.papers_needed()],
            papers_missing=[PaperOut.of(one, language, is_staff=is_staff) for one in lacking],
            clock=clock,
            deadline=case_words.term(clock.rule, language),
            steps=[CaseStepOut.of(step, reader, language) for step in view.steps],
            decisions=[
                CaseDecisionOut.of(one, view.steps, reader, language, stands=one.no == stands)
                for one in view.decisions
            ],
            effects=list(view.effects),
        )
