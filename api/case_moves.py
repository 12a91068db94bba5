"""What the applicant does with a case that is filed: replies, withdraws, appeals."""

from functools import partial
from typing import Annotated

import msgspec
from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from api.at_case import AT_CASE, OF_FAMILY, AtCase, Words
from api.case_shapes import CaseOut
from api.problems import responses
from domain.kernel.access import Scope
from services.cases.filing import CaseFiling

_move = partial(
    post,
    status_code=200,
    opt={"access": Scope.APPLICATIONS},
    responses=responses(401, 403, 404, 409, 422, 503),
)


class ReplyIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`seen_step` is the number of the last step you have seen: with it the reply can be repeated after any
    doubt, and is refused when something else has happened meanwhile."""

    words: Words
    seen_step: int | None = None


class WithdrawalIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    why: Annotated[str, Meta(max_length=8000)] = ""


class AppealIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    why: Words


@_move([f"{path}/replies" for path in OF_FAMILY])
async def reply_to_case(
    at_case: NamedDependency[AtCase],
    data: JSONBody[ReplyIn],
    case_filing: NamedDependency[CaseFiling],
) -> CaseOut:
    """Answer what was asked, or add to what was filed. The clock goes on if it waited for this.

    409 `case-answered` after the answer, `case-moved` when another step followed the one you have seen.
    """
    return await at_case.after(
        partial(case_filing.reply, at_case.access, at_case.case_id, data.words, seen_step=data.seen_step)
    )


@_move([f"{path}/withdrawal" for path in OF_FAMILY])
async def withdraw_case(
    at_case: NamedDependency[AtCase],
    data: JSONBody[WithdrawalIn],
    case_filing: NamedDependency[CaseFiling],
) -> CaseOut:
    """Take it back before it is answered. Nothing more is done with it."""
    return await at_case.after(partial(case_filing.withdraw, at_case.access, at_case.case_id, data.why))


@_move([f"{path}/appeal" for path in OF_FAMILY])
async def appeal_case(
    at_case: NamedDependency[AtCase],
    data: JSONBody[AppealIn],
    case_filing: NamedDependency[CaseFiling],
) -> CaseOut:
    """Say that you do not agree with the answer: it is looked at anew, with a term of its own.

    409 `case-not-answered` while there is no answer yet.
    """
    return await at_case.after(partial(case_filing.appeal, at_case.access, at_case.case_id, data.why))


case_moves = Router(
    "/",
    tags=["applications and claims"],
    dependencies=AT_CASE,
    route_handlers=[reply_to_case, withdraw_case, appeal_case],
)
