"""Every movement of what an account owes, with its cause; and the same to take along."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation
from litestar.response import Stream

from api.case_export import as_csv
from api.downloads import XLSX, headers_of, named, pieces
from api.pages.language import language_for
from api.pages.rendering import page
from api.paging import cursor_of, end_of
from api.statement_words import StatementWords, Telling, every_line
from api.texts import translated
from domain.accounts.accounts import AccountCard, Accounts
from domain.accounts.suppliers import Suppliers
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId
from domain.kernel.money import Money, total
from domain.kernel.sheets import Workbooks
from services.bills.documents import BillDocuments

_STATEMENT = "/accounts/{account_id:uuid}/statement"
_SEE = {"access": Scope.SEE}
_PAGE = 200
"""Of one payment there may be fifty: they are told together."""
_FEW = 3


@dataclass(frozen=True, slots=True)
class StatementRoom:
    """What the statement is told by."""

    accounts: Accounts
    suppliers: Suppliers

    async def telling(self, access: Access, language: str) -> tuple[AccountCard, Telling]:
        card = await self.accounts.card(access)
        services = {code: one.name for code, one in (await self.suppliers.services()).items()}
        return card, Telling.of(card, services, language)


def statement_room(
    accounts: NamedDependency[SkipValidation[Accounts]],
    suppliers: NamedDependency[SkipValidation[Suppliers]],
) -> StatementRoom:
    return StatementRoom(accounts, suppliers)


@get(_STATEMENT, opt=_SEE)
async def show_statement(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    statement_room: NamedDependency[StatementRoom],
) -> Response[str]:
    before = end_of(request.query_params.get("cursor"), int)
    card, telling = await statement_room.telling(access, language_for(request))
    lines = await statement_room.accounts.statement(access, before=before, limit=_PAGE)
    return page(
        request,
        "statement.html",
        account_id=account_id,
        section="pay",
        account=card.account,
        balance=card.balance,
        events=_events([StatementWords.of(line, telling) for line in lines]),
        next=cursor_of(lines[-1].entry_no) if len(lines) == _PAGE else None,
    )


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What was posted together; `is_long` when it is better told in one line first."""

    lines: tuple[StatementWords, ...]

    @property
    def is_long(self) -> bool:
        return len(self.lines) > _FEW

    @property
    def change(self) -> Money:
        return total(line.change for line in self.lines)

    @property
    def balance(self) -> Money:
        """After the last of them: the newest stands first."""
        return self.lines[0].balance

    @property
    def period(self) -> Period | None:
        """Of a month's charges."""
        first = self.lines[0]
        return None if first.payment_id or len({line.period for line in self.lines}) > 1 else first.period


def _events(lines: Sequence[StatementWords]) -> list[Event]:
    return [Event(lines=tuple(same)) for _, same in groupby(lines, key=lambda line: line.event)]


def _headers(card: AccountCard, telling: Telling, ending: str) -> dict[str, str]:
    """The file is called by the account's number, as people file it."""
    number = card.account.number.replace("/", "-")
    plain = "".join(one for one in number if one.isascii()).strip("-")
    full = f"{translated(telling.language, 'Statement of the account')} {number}.{ending}"
    return headers_of("") | {"Content-Disposition": named(f"statement-{plain}.{ending}", full)}


@get(f"{_STATEMENT}.csv", opt=_SEE, media_type="text/csv")
async def take_csv(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
    statement_room: NamedDependency[StatementRoom],
) -> Response[bytes]:
    card, telling = await statement_room.telling(access, language_for(request))
    sheet = telling.sheet(await every_line(statement_room.accounts, access))
    body = as_csv([sheet.headings, *sheet.rows], zone)
    return Response(body, media_type="text/csv", headers=_headers(card, telling, "csv"))


@get(f"{_STATEMENT}.xlsx", opt=_SEE, media_type=XLSX)
async def take_xlsx(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    workbooks: NamedDependency[SkipValidation[Workbooks]],
    statement_room: NamedDependency[StatementRoom],
) -> Stream:
    card, telling = await statement_room.telling(access, language_for(request))
    file = await workbooks.write([telling.sheet(await every_line(statement_room.accounts, access))])
    return Stream(pieces(file), media_type=XLSX, headers=_headers(card, telling, "xlsx"))


@get(f"{_STATEMENT}.pdf", opt=_SEE, media_type="application/pdf")
async def take_pdf(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
    bill_documents: NamedDependency[BillDocuments],
    statement_room: NamedDependency[StatementRoom],
) -> Response[bytes]:
    """In Russian, as all our papers are."""
    card, telling = await statement_room.telling(access, "ru")
    lines = await every_line(statement_room.accounts, access)
    paper = telling.paper(card, lines, access.at.astimezone(zone))
    body = await bill_documents.documents.pdf(paper)
    return Response(body, media_type="application/pdf", headers=_headers(card, telling, "pdf"))


DEPENDENCIES = {"statement_room": Provide(statement_room, sync_to_thread=False)}
HANDLERS = [show_statement, take_csv, take_xlsx, take_pdf]
