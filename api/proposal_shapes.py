"""What the rule would give a case, and what it would take, as they are told."""

from typing import Self

import msgspec

from api import case_words
from api.case_shapes import PaperOut
from api.texts import translated
from domain.cases.forms import (
    Check,
    CheckResult,
    Form,
    GrantedLine,
    Objection,
    Proposal,
)
from domain.cases.two_people import DecisionPreview
from domain.kernel.ids import ChargeId
from domain.kernel.money import Money
from services.cases.filing import Outlook


class ObjectionOut(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    text: str
    remedy: str
    field: str | None

    @classmethod
    def of(cls, objection: Objection, language: str) -> Self:
        return cls(
            code=objection.code,
            text=translated(language, objection.text, **objection.params),
            remedy=translated(language, objection.remedy, **objection.params),
            field=objection.field,
        )


class ProposalLineOut(msgspec.Struct, frozen=True, kw_only=True):
    what: str
    charge_id: ChargeId | None
    before: Money
    after: Money
    rule: str


class CheckOut(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at. `look`: a person is to look at it, it may be a reason to refuse; `blocks`: nothing
    is granted while it stands."""

    what: str
    result: CheckResult
    words: str

    @classmethod
    def of(cls, check: Check, language: str) -> Self:
        [words] = case_words.sentences([check.words], language)
        return cls(what=translated(language, check.what), result=check.result, words=words)


class ProposalOut(msgspec.Struct, frozen=True, kw_only=True):
    """`amount` is what would be owed less, or returned; null where it cannot be reckoned yet. `sums` are
    sums of the decision besides its lines, by the names of its fields."""

    amount: Money | None
    words: list[str]
    lines: list[ProposalLineOut]
    assumed: list[str]
    checks: list[CheckOut]
    sums: dict[str, Money]

    @classmethod
    def of(cls, proposal: Proposal, language: str, *, is_staff: bool = False) -> Self:
        """`is_staff`: with what was looked at for the officer."""
        return cls(
            amount=proposal.amount,
            words=case_words.sentences(proposal.words, language, is_staff=is_staff),
            lines=[
                ProposalLineOut(
                    what=translated(language, "Penalty: {line}", line=line.what)
                    if line.is_penalty
                    else line.what,
                    charge_id=line.charge_id,
                    before=line.before,
                    after=line.after,
                    rule=translated(language, line.rule),
                )
                for line in proposal.lines
            ],
            assumed=case_words.sentences(proposal.assumed, language, is_staff=is_staff),
            checks=[CheckOut.of(one, language) for one in proposal.checks if is_staff],
            sums=proposal.sums,
        )


class OutlookOut(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of the form if it were sent now. `proposal` is null where the data do not
    suffice; with `objections` it would be turned away; `sent_on_to` says who would decide instead of us."""

    proposal: ProposalOut | None
    objections: list[ObjectionOut]
    sent_on_to: str | None
    sent_on_to_words: str
    papers: list[PaperOut]

    @classmethod
    def of(cls, outlook: Outlook, form: Form, language: str) -> Self:
        return cls(
            proposal=ProposalOut.of(outlook.proposal, language) if outlook.proposal else None,
            objections=[ObjectionOut.of(one, language) for one in outlook.objections],
            sent_on_to=outlook.sent_on_to,
            sent_on_to_words=case_words.holder(outlook.sent_on_to, language),
            papers=[PaperOut.of(paper, language) for paper in form.papers_needed()],
        )


class DecisionPreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision would change: lines before and after, what money goes where in words, and how many
    postings, refunds and other works it would set in motion. `needs_two`: a second person must agree; one
    alone decides up to `alone_up_to`, and nothing where `always_by_two`. `sends_crew`: the applicant is asked
    to choose a time for a visit."""

    lines: list[GrantedLine]
    money: list[str]
    effects_count: int
    sends_crew: bool
    needs_two: bool
    always_by_two: bool
    alone_up_to: Money

    @classmethod
    def of(cls, preview: DecisionPreview, language: str) -> Self:
        return cls(
            lines=list(preview.lines),
            money=case_words.sentences(preview.money, language),
            effects_count=preview.effects_count,
            sends_crew=preview.sends_crew,
            needs_two=preview.needs_two,
            always_by_two=preview.always_by_two,
            alone_up_to=preview.alone_up_to,
        )
