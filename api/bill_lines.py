"""A line of a bill explained, and what it would be had the meter shown something else."""

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation
from msgspec import Meta

from api.bills import BILL, BillLineOut
from api.problems import responses
from api.reading_costs import CostOut
from api.texts import catalogue, language_of
from domain.bills.bills import Bill, Bills, ReadingCounted, thawed
from domain.bills.explaining import explained
from domain.bills.wondering import benefit_of, wondered
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, ChargeId, MeterId
from domain.kernel.money import Money
from domain.readings.meters import Meters
from services.readings.cost import CostService

_LINE = BILL + "/lines/{line_id:uuid}"
_ZONES_MOST = 8


class LineStory(msgspec.Struct, frozen=True, kw_only=True):
    """Why the line is what it is: `volume`, `price` and `sums` in sentences, `formula` in figures, `source`
    the paper it comes from. `is_exact`: volume times price is the amount to the kopeck, and no readings give
    another volume; `is_metered`: readings give the whole volume."""

    line: BillLineOut
    supplier_name: str
    period: Period
    volume: list[str]
    price: list[str]
    sums: list[str]
    formula: str
    source: str
    is_exact: bool
    is_metered: bool
    readings: tuple[ReadingCounted, ...]


class WhatIfIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the meter could have shown, by zone; zones that are left out stay as in the bill."""

    meter_id: MeterId
    values: Annotated[
        dict[Annotated[str, Meta(max_length=40)], Decimal], Meta(min_length=1, max_length=_ZONES_MOST)
    ]


class WhatIfOut(msgspec.Struct, frozen=True, kw_only=True):
    """`as_billed` and `instead` are counted by the same code; `difference` is by how much the line would be
    higher, `total` what it would be. Both are null when the cost cannot be told: see `why_not`. `assumed`
    says how the line's benefit was taken."""

    as_billed: CostOut
    instead: CostOut
    difference: Money | None
    total: Money | None
    assumed: str | None = None


@get(_LINE, opt={"access": Scope.SEE}, responses=responses(401, 403, 404, 422))
async def explain_line(
    account_id: FromPath[AccountId],
    period: FromPath[Period],
    line_id: FromPath[ChargeId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    bills: NamedDependency[SkipValidation[Bills]],
) -> LineStory:
    """Explain a line: the readings or the norm, the price, the formula with its figures, the document. The
    customer and the operator see the same."""
    bill = thawed(await bills.body(access, period))
    return line_story(bill, line_id, language_of(request.headers.get("accept-language")))


def line_story(bill: Bill, line_id: ChargeId, language: str) -> LineStory:
    """The line in the reader's words; BillLineNotFound."""
    part, line = bill.line(line_id)
    found = explained(line)
    translate = catalogue(language).gettext
    return LineStory(
        line=BillLineOut.of(line),
        supplier_name=part.supplier_name,
        period=bill.period,
        volume=[said.words(translate) for said in found.volume],
        price=[said.words(translate) for said in found.price],
        sums=[said.words(translate) for said in found.sums],
        formula=found.formula,
        source=found.source.words(translate),
        is_exact=found.is_exact,
        is_metered=found.is_metered,
        readings=line.readings,
    )


@post(
    f"{_LINE}/what-if",
    status_code=200,
    opt={"access": Scope.SEE},
    responses=responses(401, 403, 404, 409, 422),
)
async def wonder(
    account_id: FromPath[AccountId],
    period: FromPath[Period],
    line_id: FromPath[ChargeId],
    data: JSONBody[WhatIfIn],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    bills: NamedDependency[SkipValidation[Bills]],
    meters: NamedDependency[SkipValidation[Meters]],
    cost_service: NamedDependency[CostService],
) -> WhatIfOut:
    """What the line would be, had the meter shown something else. Nothing is kept."""
    bill = thawed(await bills.body(access, period))
    language = language_of(request.headers.get("accept-language"))
    return await what_if(access, bill, line_id, data, meters, cost_service, language)


async def what_if(
    access: Access,
    bill: Bill,
    line_id: ChargeId,
    data: WhatIfIn,
    meters: Meters,
    costs: CostService,
    language: str,
) -> WhatIfOut:
    """Counted twice by the same code: as billed, and with the other figures."""
    part, line = bill.line(line_id)
    meter = await meters.of(access, data.meter_id)
    used = wondered(part, line, meter, data.values)
    billed = await costs.of_consumption(access, meter, used.billed, used.taken_on, bill.period)
    other = await costs.of_consumption(access, meter, used.other, used.taken_on, bill.period)
    difference = assumed = None
    if billed.total is not None and other.total is not None:
        more = other.total - billed.total
        benefit = benefit_of(line, line.amount + more)
        difference = more - (benefit.amount - line.benefit)
        assumed = benefit.why.words(catalogue(language).gettext) if benefit.why else None
    zones = await meters.zones()
    return WhatIfOut(
        as_billed=CostOut.of(billed, zones, language),
        instead=CostOut.of(other, zones, language),
        difference=difference,
        total=line.charged + line.penalty + difference if difference is not None else None,
        assumed=assumed,
    )


bill_lines = Router("/", tags=["bills"], route_handlers=[explain_line, wonder])
