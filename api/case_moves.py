"""What the applicant does with a case that is filed: replies, withdraws, appeals."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.case_shapes import CaseOut
from api.cases import ANY_CASE, answer
from api.problems import responses
from domain.kernel.access import Access, Scope
from domain.kernel.ids import AccountId, CaseId
from services.cases.filing import CaseFiling
from services.cases.reading import CaseReading
from services.repeating import repeated

Words = Annotated[str, Meta(min_length=1, max_length=8000)]


class ReplyIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`seen_step` is the number of the last step you have seen: with it the reply can be repeated after any
    doubt, and is refused when something else has happened meanwhile."""

    words: Words
    seen_step: int | None = None


class WithdrawalIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    why: Annotated[str, Meta(max_length=8000)] = ""


class AppealIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    why: Words


@post(
    [f"{path}/replies" for path in ANY_CASE],
    status_code=200,
    opt={"access": Scope.APPLICATIONS},
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def reply_to_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    data: JSONBody[ReplyIn],
    access: NamedDependency[Access],
    case_filing: NamedDependency[CaseFiling],
    case_reading: NamedDependency[CaseReading],
) -> CaseOut:
    """Answer what was asked, or add to what was filed. The clock goes on if it waited for this.

    409 `case-answered` after the answer, `case-moved` when another step followed the one you have seen.
    """
    await repeated(partial(case_filing.reply, access, case_id, data.words, seen_step=data.seen_step))
    return await answer(request, access, case_id, case_reading)


@post(
    [f"{path}/withdrawal" for path in ANY_CASE],
    status_code=200,
    opt={"access": Scope.APPLICATIONS},
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def withdraw_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    data: JSONBody[WithdrawalIn],
    access: NamedDependency[Access],
    case_filing: NamedDependency[CaseFiling],
    case_reading: NamedDependency[CaseReading],
) -> CaseOut:
    """Take it back before it is answered. Nothing more is done with it."""
    await repeated(partial(case_filing.withdraw, access, case_id, data.why))
    return await answer(request, access, case_id, case_reading)


@post(
    [f"{path}/appeal" for path in ANY_CASE],
    status_code=200,
    opt={"access": Scope.APPLICATIONS},
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def appeal_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    data: JSONBody[AppealIn],
    access: NamedDependency[Access],
    case_filing: NamedDependency[CaseFiling],
    case_reading: NamedDependency[CaseReading],
) -> CaseOut:
    """Say that you do not agree with the answer: it is looked at anew, with a term of its own.

    409 `case-not-answered` while there is no answer yet.
    """
    await repeated(partial(case_filing.appeal, access, case_id, data.why))
    return await answer(request, access, case_id, case_reading)


case_moves = Router(
    "/", tags=["applications and claims"], route_handlers=[reply_to_case, withdraw_case, appeal_case]
)
