"""The list of an account's enquiries to take along: .xlsx and .csv."""

import csv
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, SkipValidation
from litestar.response import Stream
from msgspec import Meta

from api import case_words
from api.at_case import language
from api.downloads import XLSX, headers_of, pieces
from api.problems import responses
from api.texts import translated
from domain.accounts.accounts import Accounts
from domain.cases.cases import Case, CaseCursor, CaseQuestion, Cases, Channel, Family
from domain.cases.moves import is_open
from domain.cases.states import CaseState
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId
from domain.kernel.money import Money
from domain.kernel.sheets import Cell, Sheet, Workbooks

MOST_ROWS = 20_000
_PAGE = 500
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_ERRORS = responses(401, 403, 404, 422, 503)
HEADINGS = (
    "Number",
    "Family",
    "Kind",
    "State",
    "Who holds it",
    "Received",
    "Answer due",
    "Late",
    "Paused",
    "Channel",
)
FAMILIES = {
    Family.APPLICATION: "Application",
    Family.CLAIM: "Claim",
    Family.ENQUIRY: "Enquiry",
}
CHANNELS = {
    Channel.CABINET: "Cabinet",
    Channel.APP: "Mobile application",
    Channel.EMAIL: "E-mail",
    Channel.PHONE: "Phone",
    Channel.OFFICE: "Office",
    Channel.CHAT: "Chat",
    Channel.MAX: "MAX",
    Channel.TERMINAL: "Terminal",
}
Kind = Annotated[str, Meta(max_length=50)]


class Showing(msgspec.Struct, frozen=True, kw_only=True):
    """What telling a case in one row takes besides itself."""

    today: date
    language: str

    def said(self, text: str) -> str:
        return translated(self.language, text)

    def row(self, case: Case) -> tuple[Cell, ...]:
        late = is_open(case) and not case.is_paused and self.today > case.due_on
        return (
            case.number,
            self.said(FAMILIES[case.family]),
            self.said(case.form.title),
            case_words.state(case.state, self.language),
            case_words.holder(case.holder, self.language),
            case.received_at,
            case.due_on,
            self.said("yes" if late else "no"),
            self.said("yes" if case.is_paused else "no"),
            self.said(CHANNELS[case.channel]),
        )

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(self.said(text) for text in HEADINGS)


async def every_row(
    access: Access, accounts: Accounts, cases: Cases, question: CaseQuestion, showing: Showing
) -> list[tuple[Cell, ...]]:
    """The newest first, MOST_ROWS at most."""
    rows: list[tuple[Cell, ...]] = []
    after: CaseCursor | None = None
    while len(rows) < MOST_ROWS:
        page = await cases.of_account(access, question, after=after, limit=_PAGE)
        rows += [showing.row(case) for case in page]
        if len(page) < _PAGE:
            break
        after = CaseCursor(received_at=page[-1].received_at, case_id=page[-1].id)
    if not rows:
        await accounts.card(access)  # none yet, or nothing to see: that is for the account to say
    return rows


@get("/accounts/{account_id:uuid}/cases.xlsx", opt={"access": Scope.SEE}, media_type=XLSX, responses=_ERRORS)
async def export_cases_xlsx(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    cases: NamedDependency[SkipValidation[Cases]],
    workbooks: NamedDependency[SkipValidation[Workbooks]],
    zone: NamedDependency[ZoneInfo],
    family: FromQuery[Family | None] = None,
    kind: FromQuery[Kind | None] = None,
    case_state: FromQuery[CaseState | None] = None,
    is_open: FromQuery[bool | None] = None,
) -> Stream:
    """Applications, claims, consultations and complaints with state, holder and deadline, as .xlsx.

    Narrowed as the list is. 20,000 rows at most, the newest first.
    """
    question = CaseQuestion(family=family, kind=kind, state=case_state, is_open=is_open)
    showing = Showing(today=business_day(access.at, zone), language=language(request))
    rows = await every_row(access, accounts, cases, question, showing)
    sheet = Sheet(title=showing.said("Enquiries"), headings=showing.headings, rows=rows)
    file = await workbooks.write([sheet])
    return Stream(pieces(file), media_type=XLSX, headers=headers_of("cases.xlsx"))


@get(
    "/accounts/{account_id:uuid}/cases.csv",
    opt={"access": Scope.SEE},
    media_type="text/csv",
    responses=_ERRORS,
)
async def export_cases_csv(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    cases: NamedDependency[SkipValidation[Cases]],
    zone: NamedDependency[ZoneInfo],
    family: FromQuery[Family | None] = None,
    kind: FromQuery[Kind | None] = None,
    case_state: FromQuery[CaseState | None] = None,
    is_open: FromQuery[bool | None] = None,
) -> Response[bytes]:
    """The same as .csv: UTF-8, semicolons, the region's time. A cell that a spreadsheet would take for a
    formula begins with an apostrophe."""
    question = CaseQuestion(family=family, kind=kind, state=case_state, is_open=is_open)
    showing = Showing(today=business_day(access.at, zone), language=language(request))
    rows = await every_row(access, accounts, cases, question, showing)
    return Response(
        as_csv([showing.headings, *rows], zone),
        media_type="text/csv",
        headers=headers_of("cases.csv"),
    )


def as_csv(rows: Sequence[Sequence[Cell]], zone: ZoneInfo) -> bytes:
    """With a byte order mark, by which spreadsheets know UTF-8."""
    file = StringIO(newline="")
    writer = csv.writer(file, delimiter=";", quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerows([[_cell(value, zone) for value in row] for row in rows])
    return file.getvalue().encode("utf-8-sig")


def _cell(value: Cell, zone: ZoneInfo) -> str:
    match value:
        case str():
            return f"'{value}" if value.startswith(_STARTS_FORMULA) else value
        case datetime():
            return f"{value.astimezone(zone):%d.%m.%Y %H:%M}"
        case date():
            return f"{value:%d.%m.%Y}"
        case Money():
            # Without the sign of the rouble, or a spreadsheet takes it for text and adds nothing up.
            return f"{'-' * (value.kopecks < 0)}{abs(value.kopecks) // 100},{abs(value.kopecks) % 100:02d}"
        case Decimal():
            return f"{value:f}".replace(".", ",")
        case _:
            return "" if value is None else str(value)


case_export = Router(
    "/", tags=["applications and claims"], route_handlers=[export_cases_xlsx, export_cases_csv]
)
