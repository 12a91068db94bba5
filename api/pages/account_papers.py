"""Invoice, act and reconciliation statement of a contract: which one, of which months, in which form."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation

from api.account_papers import Format, Wanted, paper_file
from api.pages.refusals import in_words
from api.pages.rendering import page
from api.problems import status_of
from domain.bills.account_papers import MONTHS_MOST, PaperKind
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import Period, months_before
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId
from domain.kernel.sheets import Workbooks
from services.bills.account_papers import AccountPapers

_PAPERS = "/accounts/{account_id:uuid}/papers"
_SEE = {"access": Scope.SEE}


@get(_PAPERS, opt=_SEE)
async def show_papers(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    account_papers: NamedDependency[AccountPapers],
) -> Response[str]:
    """PapersOfContractsOnly is told as a page."""
    await account_papers.contract(access)
    month = account_papers.month
    wanted = Wanted(kind=PaperKind.INVOICE, since=month, until=month, format="pdf")
    return _shown(request, account_id, wanted, month)


@get(f"{_PAPERS}/file", opt=_SEE)
async def take_paper(
    account_id: FromPath[AccountId],
    paper: FromQuery[PaperKind],
    since: Annotated[Period, QueryParameter(name="from")],
    until: FromQuery[Period],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    account_papers: NamedDependency[AccountPapers],
    workbooks: NamedDependency[SkipValidation[Workbooks]],
    format: FromQuery[Format] = "pdf",
) -> Response[Any]:
    """In Russian, as all our papers are; the page again where there is none to be had."""
    wanted = Wanted(kind=paper, since=since, until=until, format=format)
    await account_papers.contract(access)
    try:
        return await paper_file(account_papers, workbooks, access, wanted)
    except Refusal as refusal:
        return _shown(request, account_id, wanted, account_papers.month, refusal)


def _shown(
    request: Request[Any, Any, Any],
    account_id: AccountId,
    wanted: Wanted,
    month: Period,
    refusal: Refusal | None = None,
) -> Response[str]:
    return page(
        request,
        "papers.html",
        status=status_of(refusal) if refusal else 200,
        account_id=account_id,
        section="bills",
        wanted=wanted,
        months=months_before(month, MONTHS_MOST),
        refusal=in_words(request, refusal) if refusal else None,
    )


HANDLERS = [show_papers, take_paper]
