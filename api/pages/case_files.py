"""Cases by files: the list to take along, and claims by a workbook."""

from datetime import date
from functools import partial
from typing import Annotated, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, SkipValidation
from litestar.response import Stream

from api.case_export import Showing, as_csv, every_row
from api.claim_files import FILE_MAX_BYTES, ClaimRowOut
from api.downloads import XLSX, headers_of, pieces
from api.pages.language import language_for
from api.pages.refusals import in_words
from api.pages.rendering import page
from api.problems import status_of
from domain.accounts.accounts import Accounts
from domain.accounts.imports import FileUnreadable
from domain.cases.cases import CaseQuestion, Cases
from domain.cases.states import CaseState
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId
from domain.kernel.sheets import Sheet, Workbooks
from services.cases.many_claims import ManyClaims
from services.repeating import repeated

_LIST = "/accounts/{account_id:uuid}/case-list"
_CLAIMS = "/accounts/{account_id:uuid}/claim-files"
_SEE, _FILE = {"access": Scope.SEE}, {"access": Scope.APPLICATIONS}
_MOST_CHARACTERS = 50
_BODY_MAX_BYTES = FILE_MAX_BYTES + 16_384


class ClaimsForm(msgspec.Struct, frozen=True):
    file: UploadFile


def question_of(request: Request[Any, Any, Any]) -> CaseQuestion:
    """As the filters of the list ask: `open=yes`, `state`, `kind`. What is no state asks for none."""
    asked = request.query_params
    state = asked.get("state", "")
    return CaseQuestion(
        family=None,
        kind=asked.get("kind", "")[:_MOST_CHARACTERS] or None,
        state=CaseState(state) if state in list(CaseState) else None,
        is_open=True if asked.get("open") == "yes" else None,
    )


@get(f"{_LIST}.xlsx", opt=_SEE, media_type=XLSX)
async def take_xlsx(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    cases: NamedDependency[SkipValidation[Cases]],
    workbooks: NamedDependency[SkipValidation[Workbooks]],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> Stream:
    showing = Showing(today=_today(access, zone), language=language_for(request))
    rows = await every_row(access, accounts, cases, question_of(request), showing)
    sheet = Sheet(title=showing.said("Enquiries"), headings=showing.headings, rows=rows)
    file = await workbooks.write([sheet])
    return Stream(pieces(file), media_type=XLSX, headers=headers_of("cases.xlsx"))


@get(f"{_LIST}.csv", opt=_SEE, media_type="text/csv")
async def take_csv(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    cases: NamedDependency[SkipValidation[Cases]],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> Response[bytes]:
    showing = Showing(today=_today(access, zone), language=language_for(request))
    rows = await every_row(access, accounts, cases, question_of(request), showing)
    body = as_csv([showing.headings, *rows], zone)
    return Response(body, media_type="text/csv", headers=headers_of("cases.csv"))


@get(_CLAIMS, opt=_FILE)
async def show_claims(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
) -> Response[str]:
    await accounts.card(access)
    return _shown(request, access, None)


@post(
    f"{_CLAIMS}/{{file_id:uuid}}", opt=_FILE, request_max_body_size=FILE_MAX_BYTES + 16_384, status_code=200
)
async def file_claims(
    account_id: FromPath[AccountId],
    file_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    data: Annotated[ClaimsForm, Body(media_type=RequestEncodingType.MULTI_PART)],
    access: NamedDependency[Access],
    many_claims: NamedDependency[ManyClaims],
) -> Response[str]:
    """A claim per row. The page shows what became of each; sent again, it files nothing twice."""
    body = await data.file.read()
    try:
        if not body:
            raise FileUnreadable(field="file", why="it is empty")
        answers = await repeated(partial(many_claims.file, access, file_id, body))
    except Refusal as refusal:
        return _shown(request, access, refusal)
    language = language_for(request)
    return _shown(request, access, None, [ClaimRowOut.of(one, language) for one in answers])


def _shown(
    request: Request[Any, Any, Any],
    access: Access,
    refusal: Refusal | None,
    rows: list[ClaimRowOut] | None = None,
) -> Response[str]:
    return page(
        request,
        "claim_files.html",
        status=status_of(refusal) if refusal else 200,
        account_id=access.account_id,
        section="cases",
        file_id=uuid4(),
        rows=rows,
        refusal=in_words(request, refusal) if refusal else None,
    )


def _today(access: Access, zone: ZoneInfo) -> date:
    return business_day(access.at, zone)


HANDLERS = [take_xlsx, take_csv, show_claims, file_claims]
