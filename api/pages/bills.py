"""Bills: the archive, one month's bill, why a line is what it is, and what it would be otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation

from api.bill_lines import WhatIfIn, WhatIfOut, line_story, what_if
from api.bills import BillOut, file_name
from api.pages.bill_sums import terms_of
from api.pages.figures import figure_of
from api.pages.language import language_for
from api.pages.refusals import in_words
from api.pages.rendering import page
from api.paging import cursor_of, end_of
from api.problems import Told
from domain.accounts.accounts import AccountKind, Accounts
from domain.bills.bills import Bill, Bills, thawed
from domain.bills.left import left_of, left_of_card
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import Period
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, ChargeId
from domain.payments.paycodes import CodeImages
from domain.readings.meters import Meters
from services.bills.documents import BillDocuments
from services.readings.cost import CostService

_BILL = "/accounts/{account_id:uuid}/bills/{period:str}"
_LINE = f"{_BILL}/lines/{{line_id:uuid}}"
_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class BillRoom:
    """What pages of bills are made of."""

    accounts: Accounts
    bills: Bills
    meters: Meters
    costs: CostService
    images: CodeImages

    async def bill(self, access: Access, period: Period) -> Bill:
        return thawed(await self.bills.body(access, period))

    async def taking_over(self, access: Access, period: Period) -> Period | None:
        """Whose bill asks for the debt of that one; None where it is the newest itself."""
        newest = await self.bills.listed(access, before=None, limit=1)
        return next((one.period for one in newest if one.period > period), None)

    def code(self, text: str | None, number: str) -> str | None:
        return self.images.svg(text, number).decode() if text else None


def bill_room(
    accounts: NamedDependency[SkipValidation[Accounts]],
    bills: NamedDependency[SkipValidation[Bills]],
    meters: NamedDependency[SkipValidation[Meters]],
    cost_service: NamedDependency[CostService],
    code_images: NamedDependency[SkipValidation[CodeImages]],
) -> BillRoom:
    return BillRoom(accounts, bills, meters, cost_service, code_images)


@get("/accounts/{account_id:uuid}/bills", opt={"access": Scope.SEE})
async def show_bills(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    bill_room: NamedDependency[BillRoom],
) -> Response[str]:
    """A year of bills, and the chart of what each month cost. Every bill asks for the debt of those before
    it as well, so the newest alone says what is left: of an older one it is told which bill took it over."""
    before = end_of(request.query_params.get("cursor"), Period)
    found = await bill_room.bills.listed(access, before=before, limit=_A_YEAR)
    card = await bill_room.accounts.card(access)
    open_lines = await bill_room.bills.open_lines(access)
    return page(
        request,
        "bills.html",
        account_id=account_id,
        section="bills",
        is_contract=card.account.kind is AccountKind.CONTRACT,
        bills=found,
        left={one.period: left_of_card(one.period, one.to_pay, open_lines) for one in found},
        newer=[before, *(one.period for one in found)],
        next=cursor_of(found[-1].period) if len(found) == _A_YEAR else None,
    )


@get(_BILL, opt={"access": Scope.SEE})
async def show_bill(
    account_id: FromPath[AccountId],
    period: FromPath[Period],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    bill_room: NamedDependency[BillRoom],
) -> Response[str]:
    """As it was issued, with what of it is still to pay and the code that pays it; each supplier's own code
    opens below. A code asks for the whole sum: where a part is paid there is none, nor where a newer bill has
    taken the debt over."""
    issued = await bill_room.bill(access, period)
    left = left_of(issued, await bill_room.bills.open_lines(access))
    newest = await bill_room.taking_over(access, period) if left.left else None
    bill = BillOut.of(issued)
    is_whole = {part.id: not newest and left.by_part[part.id] == part.to_pay for part in issued.suppliers}
    codes = {
        str(part.id): bill_room.code(part.code, part.number) if is_whole[part.id] else None
        for part in bill.suppliers
    }
    return page(
        request,
        "bill.html",
        account_id=account_id,
        section="bills",
        bill=bill,
        left=left,
        newest=newest,
        terms={part.id: terms_of(part) for part in issued.suppliers},
        code=bill_room.code(bill.code, bill.number) if all(is_whole.values()) else None,
        codes=codes,
    )


@get(f"{_BILL}/paper.pdf", opt={"access": Scope.SEE}, media_type="application/pdf")
async def download_bill(
    account_id: FromPath[AccountId],
    period: FromPath[Period],
    access: NamedDependency[Access],
    bill_room: NamedDependency[BillRoom],
    bill_documents: NamedDependency[BillDocuments],
) -> Response[bytes]:
    body = await bill_room.bills.body(access, period)
    name = file_name(thawed(body))
    headers = {"Content-Disposition": f"attachment; filename=\"bill.pdf\"; filename*=UTF-8''{name}"}
    return Response(await bill_documents.pdf(body), media_type="application/pdf", headers=headers)


@get(_LINE, opt={"access": Scope.SEE})
async def show_line(
    account_id: FromPath[AccountId],
    period: FromPath[Period],
    line_id: FromPath[ChargeId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    bill_room: NamedDependency[BillRoom],
) -> Response[str]:
    """Why the line is what it is. With figures in the query: what it would be with them."""
    bill = await bill_room.bill(access, period)
    story = line_story(bill, line_id, language_for(request))
    typed = {name: value for name, value in request.query_params.items() if name.startswith("value.")}
    other, refusal = await _wondered(request, access, bill_room, bill, line_id, typed)
    return page(
        request,
        "bill_line.html",
        account_id=account_id,
        section="bills",
        bill=bill,
        story=story,
        typed=typed,
        other=other,
        refusal=refusal,
    )


async def _wondered(
    request: Request[Any, Any, Any],
    access: Access,
    room: BillRoom,
    bill: Bill,
    line_id: ChargeId,
    typed: Mapping[str, str],
) -> tuple[WhatIfOut | None, Told | None]:
    """Figures are named `value.<zone>`; of one meter at a time, the one whose readings the line counts."""
    values = {name.removeprefix("value."): value for name, value in typed.items() if value.strip()}
    _, line = bill.line(line_id)
    if not values or not line.readings:
        return None, None
    try:
        asked = WhatIfIn(
            meter_id=line.readings[0].meter_id,
            values={zone: figure_of(f"value.{zone}", value) for zone, value in values.items()},
        )
        language = language_for(request)
        return await what_if(access, bill, line_id, asked, room.meters, room.costs, language), None
    except Refusal as refusal:
        return None, in_words(request, refusal)


DEPENDENCIES = {"bill_room": Provide(bill_room, sync_to_thread=False)}
HANDLERS = [show_bills, show_bill, download_bill, show_line]
