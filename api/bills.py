"""Bills: the archive, one of them, and its paper."""

from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Self
from urllib.parse import quote

import msgspec
from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, SkipValidation

from api.paging import Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from domain.accounts.accounts import AccountKind, Accounts
from domain.bills.bills import Bill, BillCard, BillLine, Bills, EarlierMonth, OtherMove, SupplierPart, thawed
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, ChargeId, SupplierAccountId
from domain.kernel.money import Money
from domain.readings.cost import CostLine
from services.bills.documents import BillDocuments

BILL = "/accounts/{account_id:uuid}/bills/{period:str}"
PDF = "application/pdf"
_ERRORS = responses(401, 403, 404, 422)
_A_YEAR = 12


class BillLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """`total` = `amount` + `recalculation` − `benefit` + `penalty`. `tariff` in roubles per `unit`; null
    where the hour decides: `by_zone` then has each zone's volume and price."""

    id: ChargeId
    service_code: str
    service_name: str
    volume: Decimal | None
    unit: str
    tariff: Decimal | None
    by_zone: tuple[CostLine, ...]
    amount: Money
    recalculation: Money
    benefit: Money
    penalty: Money
    total: Money

    @classmethod
    def of(cls, line: BillLine) -> Self:
        return cls(
            id=line.id,
            service_code=line.service_code,
            service_name=line.service_name,
            volume=line.volume,
            unit=line.unit,
            tariff=line.tariff,
            by_zone=line.by_zone,
            amount=line.amount,
            recalculation=line.recalculation,
            benefit=line.benefit,
            penalty=line.penalty,
            total=line.charged + line.penalty,
        )


class SupplierPartOut(msgspec.Struct, frozen=True, kw_only=True):
    """How one supplier's sum comes about: `start` + `charged` + `recalculated` − `benefit` + `penalty`
    − `paid` + `other` = `balance`; what of it is above zero is `to_pay`.

    `in_transit` is begun and not confirmed by the bank, and in no other figure. `code` is the text of the
    QR that pays this supplier alone (GOST R 56042-2014).
    """

    id: SupplierAccountId
    supplier_name: str
    inn: str
    number: str
    lines: list[BillLineOut]
    start: Money
    charged: Money
    recalculated: Money
    benefit: Money
    penalty: Money
    paid: Money
    other: Money
    balance: Money
    to_pay: Money
    in_transit: Money
    earlier: tuple[EarlierMonth, ...]
    others: tuple[OtherMove, ...]
    code: str | None

    @classmethod
    def of(cls, part: SupplierPart) -> Self:
        return cls(
            lines=[BillLineOut.of(line) for line in part.lines],
            **{name: getattr(part, name) for name in cls.__struct_fields__ if name != "lines"},
        )


class BillOut(msgspec.Struct, frozen=True, kw_only=True):
    """As it was issued; what billing corrected later stands in the next bill. `code` pays all suppliers at
    once. `due_rule` is the law that sets `due_on`."""

    number: str
    period: Period
    account_number: str
    kind: AccountKind
    gis_number: str | None
    holder_name: str
    address: str
    issued_at: datetime
    due_on: date
    due_rule: str
    to_pay: Money
    suppliers: list[SupplierPartOut]
    code: str | None

    @classmethod
    def of(cls, bill: Bill) -> Self:
        return cls(
            suppliers=[SupplierPartOut.of(part) for part in bill.suppliers],
            **{name: getattr(bill, name) for name in cls.__struct_fields__ if name != "suppliers"},
        )


@get("/accounts/{account_id:uuid}/bills", opt={"access": Scope.SEE}, responses=_ERRORS)
async def list_bills(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    bills: NamedDependency[SkipValidation[Bills]],
    accounts: NamedDependency[SkipValidation[Accounts]],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = _A_YEAR,
) -> Page[BillCard]:
    """The bills that were issued, the newest first: what each month cost, and what was to pay in all."""
    items = await bills.listed(access, before=end_of(cursor, str), limit=limit)
    if not items:
        await accounts.card(access)  # none yet, or nothing to see: that is for the account to say
    return Page(items=items, next=cursor_of(items[-1].period) if len(items) == limit else None)


@get(BILL, opt={"access": Scope.SEE}, responses=_ERRORS)
async def get_bill(
    account_id: FromPath[AccountId],
    period: FromPath[Period],
    access: NamedDependency[Access],
    bills: NamedDependency[SkipValidation[Bills]],
) -> BillOut:
    """One month's bill: every line, and how the sum to pay comes about with each supplier."""
    return BillOut.of(thawed(await bills.body(access, period)))


@get(
    f"{BILL}/document",
    opt={"access": Scope.SEE},
    media_type=PDF,
    responses=_ERRORS | {304: ResponseSpec(None, description="You have it already")},
)
async def get_bill_document(
    account_id: FromPath[AccountId],
    period: FromPath[Period],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    bills: NamedDependency[SkipValidation[Bills]],
    bill_documents: NamedDependency[BillDocuments],
) -> Response[bytes]:
    """The bill on paper (PDF/A-2b), in Russian. The same bill is the same file, byte for byte."""
    body = await bills.body(access, period)
    tag = f'"{sha256(body).hexdigest()}"'
    name = file_name(thawed(body))
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f"attachment; filename=\"bill-{period}.pdf\"; filename*=UTF-8''{name}",
    }
    if tag in (one.strip() for one in request.headers.get("if-none-match", "").split(",")):
        return Response(b"", status_code=304, headers=headers)
    return Response(await bill_documents.pdf(body), media_type=PDF, headers=headers)


def file_name(bill: Bill) -> str:
    """As `filename*` of RFC 8187 takes it: a resident's bill and an invoice are called differently."""
    return quote(f"{'Счёт' if bill.kind is AccountKind.CONTRACT else 'Квитанция'} {bill.number}.pdf")


bills = Router("/", tags=["bills"], route_handlers=[list_bills, get_bill, get_bill_document])
