"""Applications, claims and enquiries of an account: filed, followed, replied to, withdrawn, appealed."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation
from msgspec import Meta

from api.at_case import ACCOUNT, AT_CASE, OF_FAMILY, AtCase, language
from api.case_shapes import CaseOut, CaseSummary
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from api.proposal_shapes import OutlookOut
from domain.accounts.accounts import Accounts
from domain.cases.cases import CaseCursor, CaseQuestion, Cases, Channel, Family
from domain.cases.filing import Filing
from domain.cases.forms import Form
from domain.cases.states import CaseState
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId
from domain.kinds import AnyApplication, AnyClaim, AnyEnquiry
from services.cases.filing import CaseFiling
from services.repeating import repeated

Moment = Annotated[datetime, Meta(tz=True)]
_FILED = {200: ResponseSpec(CaseOut, description="Filed before by the same request")}
_filing = partial(
    put,
    status_code=201,
    opt={"access": Scope.APPLICATIONS},
    responses=responses(401, 403, 404, 409, 422, 503) | _FILED,
)
_proposal = partial(
    post,
    status_code=200,
    opt={"access": Scope.APPLICATIONS},
    responses=responses(401, 403, 404, 422),
)


class ApplicationIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`channel` says where it came from; customers name only “cabinet” and “app”. `received_at` is for
    staff who write down what came on paper, by letter or by phone."""

    form: AnyApplication
    channel: Channel = Channel.CABINET
    received_at: Moment | None = None


class ClaimIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As for applications."""

    form: AnyClaim
    channel: Channel = Channel.CABINET
    received_at: Moment | None = None


class EnquiryIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As for applications."""

    form: AnyEnquiry
    channel: Channel = Channel.CABINET
    received_at: Moment | None = None


FilingIn = ApplicationIn | ClaimIn | EnquiryIn


async def _filed(at_case: AtCase, data: FilingIn, filing: CaseFiling) -> Response[CaseOut]:
    wanted = Filing(form=data.form, channel=data.channel, received_at=data.received_at)
    _, is_new = await repeated(partial(filing.submit, at_case.access, at_case.case_id, wanted))
    return Response(await at_case.told(), status_code=201 if is_new else 200)


@_filing(f"{ACCOUNT}/applications/{{case_id:uuid}}")
async def file_application(
    at_case: NamedDependency[AtCase],
    data: JSONBody[ApplicationIn],
    case_filing: NamedDependency[CaseFiling],
) -> Response[CaseOut]:
    """File an application. You make the id (a UUID): repeat the same request with it after any doubt.

    It has its number and its deadline at once. 201 filed by this request, 200 filed before; 409
    `case-id-taken` for other content under the id. What it takes: GET /api/v1/case-kinds.
    """
    return await _filed(at_case, data, case_filing)


@_filing(f"{ACCOUNT}/claims/{{case_id:uuid}}")
async def file_claim(
    at_case: NamedDependency[AtCase],
    data: JSONBody[ClaimIn],
    case_filing: NamedDependency[CaseFiling],
) -> Response[CaseOut]:
    """File a legal entity's claim, as an application is filed."""
    return await _filed(at_case, data, case_filing)


@_filing(f"{ACCOUNT}/enquiries/{{case_id:uuid}}")
async def file_enquiry(
    at_case: NamedDependency[AtCase],
    data: JSONBody[EnquiryIn],
    case_filing: NamedDependency[CaseFiling],
) -> Response[CaseOut]:
    """Ask or complain, as an application is filed."""
    return await _filed(at_case, data, case_filing)


@get(OF_FAMILY, opt={"access": Scope.SEE}, responses=responses(401, 403, 404, 422))
async def get_case(at_case: NamedDependency[AtCase]) -> CaseOut:
    """A case with its timeline, its clock, its decisions and what they have set in motion."""
    return await at_case.told()


@get(
    [f"{ACCOUNT}/{family}" for family in Family],
    opt={"access": Scope.SEE},
    responses=responses(401, 403, 404, 422),
)
async def list_cases(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    cases: NamedDependency[SkipValidation[Cases]],
    zone: NamedDependency[ZoneInfo],
    kind: FromQuery[Annotated[str, Meta(max_length=50)] | None] = None,
    case_state: FromQuery[CaseState | None] = None,
    is_open: FromQuery[bool | None] = None,
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[CaseSummary]:
    """The cases of one family, the newest first."""
    path: str = request.scope["path_template"]
    family = next(family for family in Family if path.endswith(f"/{family}"))
    question = CaseQuestion(family=family, kind=kind, state=case_state, is_open=is_open)
    return await _listed(request, access, accounts, cases, zone, question, cursor, limit)


@get(f"{ACCOUNT}/cases", opt={"access": Scope.SEE}, responses=responses(401, 403, 404, 422))
async def list_all_cases(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    cases: NamedDependency[SkipValidation[Cases]],
    zone: NamedDependency[ZoneInfo],
    family: FromQuery[Family | None] = None,
    kind: FromQuery[Annotated[str, Meta(max_length=50)] | None] = None,
    case_state: FromQuery[CaseState | None] = None,
    is_open: FromQuery[bool | None] = None,
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[CaseSummary]:
    """Applications, claims, consultations and complaints of the account in one list, the newest first."""
    question = CaseQuestion(family=family, kind=kind, state=case_state, is_open=is_open)
    return await _listed(request, access, accounts, cases, zone, question, cursor, limit)


async def _listed(
    request: Request[Any, Any, Any],
    access: Access,
    accounts: Accounts,
    cases: Cases,
    zone: ZoneInfo,
    question: CaseQuestion,
    cursor: str | None,
    limit: int,
) -> Page[CaseSummary]:
    found = await cases.of_account(access, question, after=end_of(cursor, CaseCursor), limit=limit)
    if not found:
        await accounts.card(access)  # none yet, or nothing to see: that is for the account to say
    end = CaseCursor(received_at=found[-1].received_at, case_id=found[-1].id) if found else None
    today = business_day(access.at, zone)
    return Page(
        items=[CaseSummary.of(case, today, language(request)) for case in found],
        next=cursor_of(end) if len(found) == limit else None,
    )


async def _outlook(
    request: Request[Any, Any, Any], access: Access, form: Form, filing: CaseFiling
) -> OutlookOut:
    return OutlookOut.of(await filing.outlook(access, form), form, language(request))


@_proposal(f"{ACCOUNT}/applications/proposals")
async def propose_application(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    data: JSONBody[ApplicationIn],
    access: NamedDependency[Access],
    case_filing: NamedDependency[CaseFiling],
) -> OutlookOut:
    """What the rule would give if this were filed now, with the papers it needs. Nothing is kept."""
    return await _outlook(request, access, data.form, case_filing)


@_proposal(f"{ACCOUNT}/claims/proposals")
async def propose_claim(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    data: JSONBody[ClaimIn],
    access: NamedDependency[Access],
    case_filing: NamedDependency[CaseFiling],
) -> OutlookOut:
    """What the rule would give if this were claimed now, with the papers it needs. Nothing is kept."""
    return await _outlook(request, access, data.form, case_filing)


cases = Router(
    "/",
    tags=["applications and claims"],
    dependencies=AT_CASE,
    route_handlers=[
        file_application,
        file_claim,
        file_enquiry,
        get_case,
        list_cases,
        list_all_cases,
        propose_application,
        propose_claim,
    ],
)
