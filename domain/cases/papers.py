"""The papers a case needs and does not have, and what follows from it.

No filing is turned away for want of papers: an application of a consumer and a claim are taken in, registered
and given their number at once, for the day they came in has effects in law and money (decree 354, p. 31 (j);
law on consumers' rights, art. 22 and 31; АПК, art. 4). Where the law has the applicant lay a paper to the
application, the case waits for it; everywhere else its lack is told, and the work goes on.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime

from domain.cases import moves
from domain.cases.cases import Case
from domain.cases.forms import Form, Lacking, Paper
from domain.cases.states import CaseState
from domain.cases.steps import Step, StepBy, StepVerb
from domain.kernel.access import OURSELVES

AWAITED_WORDS = "Lay these papers to the application, it waits for them: {papers}"
TOLD_WORDS = "These papers are not there yet. They help to decide, and we have begun without them: {papers}"
LACKING_WORDS = "The papers did not come in time"
AWAITED_NOTE = "papers: "
"""Begins the inner note of a question that we ask by ourselves; the codes follow."""


def missing(form: Form, laid: Collection[str], today: date) -> list[Paper]:
    """Required papers that are not there; of those of which one is enough, each, while none is there."""
    needed = [paper for paper in form.papers_needed() if paper.is_required]
    groups = {paper.any_of for paper in needed if paper.code in laid}
    return [
        paper
        for paper in needed
        if paper.code not in laid
        and (paper.any_of is None or paper.any_of not in groups)
        and (paper.wanted_from is None or paper.wanted_from <= today)
    ]


def awaited(papers: Sequence[Paper]) -> list[Paper]:
    """Those without which the case waits."""
    return [paper for paper in papers if paper.when_lacking is Lacking.AWAITED]


def said(words: str, papers: Sequence[Paper], translate: Callable[[str], str], **fields: str) -> str:
    return translate(words).format(papers="; ".join(translate(paper.text) for paper in papers), **fields)


def asked_for(
    case: Case, *, lacks: Sequence[Paper], at: datetime, translate: Callable[[str], str]
) -> moves.Moved:
    """The applicant is asked for all that lacks; the case waits."""
    return moves.asked(
        case,
        StepBy.of(OURSELVES),
        at,
        question=said(AWAITED_WORDS, lacks, translate),
        until=None,
        inner_note=AWAITED_NOTE + ", ".join(paper.code for paper in lacks),
    )


def waits_for_papers(case: Case, steps: Sequence[Step]) -> bool:
    """Whether nothing but papers is awaited: the last question was asked by ourselves, about them."""
    if case.state is not CaseState.WAITING_FOR_APPLICANT:
        return False
    asked = next((step for step in reversed(steps) if step.verb is StepVerb.ASK), None)
    return asked is not None and asked.by.id == OURSELVES.id and asked.inner_note.startswith(AWAITED_NOTE)
