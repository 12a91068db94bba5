"""The answer to a case: what it would set in motion, giving it, and what comes after."""

from functools import partial
from typing import Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from api.at_case import AT_CASE, OF_OFFICE, AtCase, Words
from api.case_shapes import CaseOut
from api.office_cases import DESK, ERRORS, Note, SeenStep, TakeIn, act_on
from api.problems import responses
from api.proposal_shapes import DecisionPreviewOut, ProposalOut
from domain.cases.cases import Channel
from domain.cases.deciding import Verdict
from domain.cases.states import CaseState
from domain.kinds import AnyGrant
from domain.people.four_eyes import Approval
from services.cases.deciding import CaseDeciding
from services.cases.two_people import CaseDecisions
from services.repeating import repeated

Outcome = Literal["satisfied", "partly_satisfied", "refused", "left_without_consideration"]


class VerdictIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`answer` goes to the applicant word for word. `grant` where something is granted: its shape is the
    kind's, see GET /api/v1/case-kinds. `answered_by` is “phone” when the answer was given by phone."""

    outcome: Outcome
    answer: Words
    rule: Note = ""
    grant: AnyGrant | None = None
    answered_by: Channel = Channel.CABINET
    inner_note: Note = ""
    seen_step: SeenStep | None = None

    def verdict(self) -> Verdict:
        return Verdict(
            outcome=CaseState(self.outcome),
            answer=self.answer,
            rule=self.rule,
            grant=self.grant,
            answered_by=self.answered_by,
            inner_note=self.inner_note,
        )


class ApprovalWanted(msgspec.Struct, frozen=True, kw_only=True):
    """The decision waits for a second person: POST /api/v1/approvals/{approval_id}/approve."""

    approval_id: UUID
    words: str


class WordsIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    words: Words


class PhoneAnswerIn(WordsIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    inner_note: Note = ""


@get(f"{OF_OFFICE}/proposal", opt=DESK, responses=responses(401, 403, 404, 422))
async def get_case_proposal(
    at_case: NamedDependency[AtCase],
    case_decisions: NamedDependency[CaseDecisions],
) -> ProposalOut | None:
    """What the rule would give today, reckoned anew. Null where the data do not suffice."""
    proposal = await case_decisions.proposal(at_case.access, at_case.case_id)
    return ProposalOut.of(proposal, at_case.language, is_staff=True) if proposal else None


@post(
    f"{OF_OFFICE}/decision",
    status_code=200,
    opt=DESK,
    responses=ERRORS
    | {202: ResponseSpec(ApprovalWanted, description="Waits for a second person to approve it")},
)
async def decide_case(
    at_case: NamedDependency[AtCase],
    data: JSONBody[VerdictIn],
    case_decisions: NamedDependency[CaseDecisions],
) -> Response[CaseOut | ApprovalWanted]:
    """Give the answer. What follows from it (postings, a refund, a visit) is kept in the same transaction.

    202 where money above the limit leaves or is written off: a second person must approve it.
    """
    act = partial(
        case_decisions.decide, at_case.access, at_case.case_id, data.verdict(), seen_step=data.seen_step
    )
    decided = await repeated(act)
    if isinstance(decided, Approval):
        wanted = ApprovalWanted(approval_id=decided.id, words=decided.reason)
        return Response(wanted, status_code=202)
    return Response(await at_case.told())


@post(f"{OF_OFFICE}/decision-previews", status_code=200, opt=DESK, responses=ERRORS)
async def preview_decision(
    at_case: NamedDependency[AtCase],
    data: JSONBody[VerdictIn],
    case_decisions: NamedDependency[CaseDecisions],
) -> DecisionPreviewOut:
    """What this decision would change if it were given now. Refused as the decision itself would be."""
    act = partial(case_decisions.preview, at_case.access, at_case.case_id, data.verdict())
    return DecisionPreviewOut.of(await repeated(act), at_case.language)


@act_on(f"{OF_OFFICE}/reopening")
async def reopen_case(
    at_case: NamedDependency[AtCase],
    data: JSONBody[WordsIn],
    case_deciding: NamedDependency[CaseDeciding],
) -> CaseOut:
    """Look at it anew: what its decision has posted is taken back by reversals."""
    return await at_case.after(partial(case_deciding.reopen, at_case.access, at_case.case_id, data.words))


@act_on(f"{OF_OFFICE}/execution")
async def execute_case(
    at_case: NamedDependency[AtCase],
    data: JSONBody[WordsIn],
    case_deciding: NamedDependency[CaseDeciding],
) -> CaseOut:
    """Say that what was decided is done, and how."""
    return await at_case.after(partial(case_deciding.execute, at_case.access, at_case.case_id, data.words))


@act_on(f"{OF_OFFICE}/closing")
async def close_case(
    at_case: NamedDependency[AtCase],
    data: JSONBody[TakeIn],
    case_deciding: NamedDependency[CaseDeciding],
) -> CaseOut:
    """Close an answered case: nothing more is to be done."""
    return await at_case.after(partial(case_deciding.close, at_case.access, at_case.case_id, ""))


@act_on(f"{OF_OFFICE}/notes")
async def note_on_case(
    at_case: NamedDependency[AtCase],
    data: JSONBody[WordsIn],
    case_deciding: NamedDependency[CaseDeciding],
) -> CaseOut:
    """A note that only staff see."""
    return await at_case.after(partial(case_deciding.note, at_case.access, at_case.case_id, data.words))


@act_on(f"{OF_OFFICE}/phone-answers")
async def answer_by_phone(
    at_case: NamedDependency[AtCase],
    data: JSONBody[PhoneAnswerIn],
    case_deciding: NamedDependency[CaseDeciding],
) -> CaseOut:
    """Write down what was said by phone: your name and the time are kept, the customer sees the words."""
    return await at_case.after(
        partial(case_deciding.phone_answer, at_case.access, at_case.case_id, data.words, data.inner_note)
    )


office_decisions = Router(
    "/",
    tags=["office"],
    dependencies=AT_CASE,
    route_handlers=[
        get_case_proposal,
        decide_case,
        preview_decision,
        reopen_case,
        execute_case,
        close_case,
        note_on_case,
        answer_by_phone,
    ],
)
