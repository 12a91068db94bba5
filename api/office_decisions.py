"""The answer to a case: what it would set in motion, giving it, and what comes after."""

from functools import partial
from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from api.case_shapes import CaseOut, ProposalOut
from api.cases import language
from api.office_cases import CASE, DESK, ERRORS, Note, SeenStep, TakeIn, Words, told
from api.problems import responses
from domain.cases.cases import Channel
from domain.cases.deciding import Verdict
from domain.cases.states import CaseState
from domain.kernel.access import Access
from domain.kernel.ids import AccountId, CaseId
from domain.kinds import AnyGrant
from domain.people.four_eyes import Approval
from services.cases.deciding import CaseDeciding
from services.cases.reading import CaseReading
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


@get(f"{CASE}/proposal", opt=DESK, responses=responses(401, 403, 404, 422))
async def get_case_proposal(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    case_decisions: NamedDependency[CaseDecisions],
) -> ProposalOut | None:
    """What the rule would give today, reckoned anew. Null where the data do not suffice."""
    proposal = await case_decisions.proposal(access, case_id)
    return ProposalOut.of(proposal, language(request)) if proposal else None


@post(
    f"{CASE}/decision",
    status_code=200,
    opt=DESK,
    responses=ERRORS
    | {202: ResponseSpec(ApprovalWanted, description="Waits for a second person to approve it")},
)
async def decide_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    data: JSONBody[VerdictIn],
    access: NamedDependency[Access],
    case_decisions: NamedDependency[CaseDecisions],
    case_reading: NamedDependency[CaseReading],
) -> Response[CaseOut | ApprovalWanted]:
    """Give the answer. What follows from it (postings, a refund, a visit) is kept in the same transaction.

    202 where money above the limit leaves or is written off: a second person must approve it.
    """
    act = partial(case_decisions.decide, access, case_id, data.verdict(), seen_step=data.seen_step)
    decided = await repeated(act)
    if isinstance(decided, Approval):
        wanted = ApprovalWanted(approval_id=decided.id, words=decided.reason)
        return Response(wanted, status_code=202)
    return Response(await told(request, access, case_id, case_reading))


@post(f"{CASE}/reopening", status_code=200, opt=DESK, responses=ERRORS)
async def reopen_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    data: JSONBody[WordsIn],
    access: NamedDependency[Access],
    case_deciding: NamedDependency[CaseDeciding],
    case_reading: NamedDependency[CaseReading],
) -> CaseOut:
    """Look at it anew: what its decision has posted is taken back by reversals."""
    await repeated(partial(case_deciding.reopen, access, case_id, data.words))
    return await told(request, access, case_id, case_reading)


@post(f"{CASE}/execution", status_code=200, opt=DESK, responses=ERRORS)
async def execute_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    data: JSONBody[WordsIn],
    access: NamedDependency[Access],
    case_deciding: NamedDependency[CaseDeciding],
    case_reading: NamedDependency[CaseReading],
) -> CaseOut:
    """Say that what was decided is done, and how."""
    await repeated(partial(case_deciding.execute, access, case_id, data.words))
    return await told(request, access, case_id, case_reading)


@post(f"{CASE}/closing", status_code=200, opt=DESK, responses=ERRORS)
async def close_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    data: JSONBody[TakeIn],
    access: NamedDependency[Access],
    case_deciding: NamedDependency[CaseDeciding],
    case_reading: NamedDependency[CaseReading],
) -> CaseOut:
    """Close an answered case: nothing more is to be done."""
    await repeated(partial(case_deciding.close, access, case_id, ""))
    return await told(request, access, case_id, case_reading)


@post(f"{CASE}/notes", status_code=200, opt=DESK, responses=ERRORS)
async def note_on_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    data: JSONBody[WordsIn],
    access: NamedDependency[Access],
    case_deciding: NamedDependency[CaseDeciding],
    case_reading: NamedDependency[CaseReading],
) -> CaseOut:
    """A note that only staff see."""
    await repeated(partial(case_deciding.note, access, case_id, data.words))
    return await told(request, access, case_id, case_reading)


@post(f"{CASE}/phone-answers", status_code=200, opt=DESK, responses=ERRORS)
async def answer_by_phone(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    data: JSONBody[PhoneAnswerIn],
    access: NamedDependency[Access],
    case_deciding: NamedDependency[CaseDeciding],
    case_reading: NamedDependency[CaseReading],
) -> CaseOut:
    """Write down what was said by phone: your name and the time are kept, the customer sees the words."""
    await repeated(partial(case_deciding.phone_answer, access, case_id, data.words, data.inner_note))
    return await told(request, access, case_id, case_reading)


office_decisions = Router(
    "/",
    tags=["office"],
    route_handlers=[
        get_case_proposal,
        decide_case,
        reopen_case,
        execute_case,
        close_case,
        note_on_case,
        answer_by_phone,
    ],
)
