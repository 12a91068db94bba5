"""Papers of a legal entity's contract: invoice, act, reconciliation statement."""

from hashlib import sha256
from typing import Annotated, Literal

import msgspec
from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation

from api.downloads import XLSX, headers_of, named
from api.problems import responses
from domain.bills.account_papers import PaperKind
from domain.bills.printed_account_paper import printed
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId
from domain.kernel.sheets import Workbooks
from services.bills.account_papers import AccountPapers

Format = Literal["pdf", "xlsx"]
_PDF = "application/pdf"
_NAMES = {
    PaperKind.INVOICE: "Счёт",
    PaperKind.ACT: "Акт",
    PaperKind.RECONCILIATION: "Акт сверки",
}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which paper, of which months, in which form."""

    kind: PaperKind
    since: Period
    until: Period
    format: Format


@get(
    "/accounts/{account_id:uuid}/papers/{paper:str}",
    opt={"access": Scope.SEE},
    media_type=_PDF,
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def get_account_paper(
    account_id: FromPath[AccountId],
    paper: FromPath[PaperKind],
    access: NamedDependency[Access],
    account_papers: NamedDependency[AccountPapers],
    workbooks: NamedDependency[SkipValidation[Workbooks]],
    since: Annotated[Period | None, QueryParameter(name="from")] = None,
    until: FromQuery[Period | None] = None,
    format: FromQuery[Format] = "pdf",
) -> Response[bytes]:
    """An invoice, an act or a reconciliation statement of a contract for
    months `from` to `until`, this one if none is given, from the
    ledger, in Russian; as PDF/A-2b or .xlsx, a sheet for each supplier. Its number and day are made of the
    contract's number and the months. An entry belongs to the month it was posted in: asked again for
    months that are over, the PDF is the same byte for byte. Without charges it says when those of these
    months were posted."""
    until = until or account_papers.month
    wanted = Wanted(kind=paper, since=since or until, until=until, format=format)
    return await paper_file(account_papers, workbooks, access, wanted)


async def paper_file(
    account_papers: AccountPapers, workbooks: Workbooks, access: Access, wanted: Wanted
) -> Response[bytes]:
    """To take along. SpanWrong, PapersOfContractsOnly, TooManyEntries, WorkbooksBusy."""
    kind, since, until, form = wanted.kind, wanted.since, wanted.until, wanted.format
    paper = await account_papers.paper(access, kind, since, until)
    span = since if since == until else f"{since} – {until}"
    plain, full = f"{kind}-{until}.{form}", f"{_NAMES[kind]} {paper.account_number} {span}.{form}"
    name = {"Content-Disposition": named(plain, full)}
    if form == "xlsx":
        with await workbooks.write(account_papers.sheets(paper)) as file:
            return Response(file.read(), media_type=XLSX, headers=headers_of(plain) | name)
    tag = {"ETag": f'"{sha256(msgspec.json.encode(printed(paper))).hexdigest()}"'}
    headers = tag | name | {"Cache-Control": "private, no-cache"}
    return Response(await account_papers.pdf(paper), media_type=_PDF, headers=headers)


account_papers = Router("/", tags=["bills"], route_handlers=[get_account_paper])
