"""What was collected for suppliers: registries of closed days, and line by line for billing systems."""

import csv
from datetime import date, datetime
from io import StringIO
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, SkipValidation
from litestar.response import Stream
from msgspec import Meta

from api.at_case import language
from api.downloads import XLSX, headers_of, pieces
from api.paging import Page, cursor_of, end_of
from api.problems import responses
from api.texts import translated
from domain.kernel.access import Scope
from domain.kernel.money import Money, total
from domain.kernel.sheets import Cell, Sheet, Workbooks
from domain.payments.supplier_registries.collected import CollectedLine, Place
from domain.payments.supplier_registries.files import (
    ENCODING,
    HEADINGS,
    SupplierRegistries,
    SupplierRegistry,
    SupplierRegistryNotFound,
    rows_of,
)
from services.payments.telling_suppliers import SupplierTelling

_FILES = "/suppliers/{inn:str}/registries"
_SYSTEMS = {"access": Scope.IMPORT}
_ERRORS = responses(401, 403, 404, 422)
Inn = Annotated[str, Meta(pattern=r"^(\d{10}|\d{12})$")]
Many = Annotated[int, Meta(ge=1, le=1000)]


class CollectedOut(msgspec.Struct, frozen=True, kw_only=True):
    """What one posting brought one supplier account on a closed day; below zero where it went back. `sum` is
    `principal` + `penalty` + `ahead`. `posting_id` and `supplier_account` together are unique for ever."""

    day: date
    posting_id: UUID
    cause: str
    cause_id: UUID
    account: str
    supplier_account: str
    paid_on: date
    posted_at: datetime
    channel: str
    operation_id: str
    period: str
    principal: Money
    penalty: Money
    ahead: Money
    sum: Money

    @classmethod
    def of(cls, line: CollectedLine) -> Self:
        return cls(
            day=line.place.day,
            posting_id=line.posting_id,
            cause=line.cause_kind,
            cause_id=line.cause_id,
            account=line.account_number,
            supplier_account=line.supplier_account_number,
            paid_on=line.value_date,
            posted_at=line.posted_at,
            channel=line.provider,
            operation_id=line.operation_id,
            period=line.period,
            principal=line.principal,
            penalty=line.penalty,
            ahead=line.ahead,
            sum=line.amount,
        )


class SupplierRegistryOut(msgspec.Struct, frozen=True, kw_only=True):
    """A registry as it was made. `transferred` = `sum` − `fees`; `returned` is within `sum`."""

    day: date
    number: int
    file_name: str
    made_at: datetime
    rows: int
    sum: Money
    returned: Money
    fees: Money
    transferred: Money
    sha256: str

    @classmethod
    def of(cls, one: SupplierRegistry) -> Self:
        return cls(
            sha256=one.sha256.hex(),
            **{name: getattr(one, name) for name in cls.__struct_fields__ if name != "sha256"},
        )


class SupplierRegistriesOut(msgspec.Struct, frozen=True, kw_only=True):
    """Days from `since` to `until`, and what they come to together."""

    since: date
    until: date
    rows: int
    sum: Money
    fees: Money
    transferred: Money
    days: list[SupplierRegistryOut]


@get("/collected", opt=_SYSTEMS, responses=_ERRORS)
async def list_collected(
    supplier: FromQuery[Inn],
    supplier_telling: NamedDependency[SupplierTelling],
    after: FromQuery[Annotated[str, Meta(max_length=300)] | None] = None,
    limit: FromQuery[Many] = 200,
    format: FromQuery[Literal["json", "csv"]] = "json",
) -> Response[Any]:
    """Posted payments with their parts, for the supplier's billing: whole closed days, each line once.

    `after` is `next` of the answer before (in CSV the header `Kabinet-Next`); keep it: when `next` is null
    ask again with the same `after` later. Nothing is ever put in between.
    """
    found = await supplier_telling.supplier(supplier)
    lines = await supplier_telling.after(found, end_of(after, Place), limit)
    items = [CollectedOut.of(one) for one in lines]
    upto = cursor_of(lines[-1].place) if lines else None
    if format == "csv":
        headers = {"Kabinet-Next": upto} if upto else {}
        return Response(_csv(items), media_type="text/csv; charset=utf-8", headers=headers)
    return Response(Page(items=items, next=upto))


@get(_FILES, opt=_SYSTEMS, responses=_ERRORS)
async def list_supplier_registries(
    inn: FromPath[Inn],
    since: FromQuery[date],
    until: FromQuery[date],
    supplier_telling: NamedDependency[SupplierTelling],
    supplier_registries: NamedDependency[SkipValidation[SupplierRegistries]],
) -> SupplierRegistriesOut:
    """Registries that were made of these days, with their totals: a day, a month."""
    found = await supplier_telling.supplier(inn)
    days = await supplier_registries.listed(found.id, since, until)
    return SupplierRegistriesOut(
        since=since,
        until=until,
        rows=sum(one.rows for one in days),
        sum=total(one.sum for one in days),
        fees=total(one.fees for one in days),
        transferred=total(one.transferred for one in days),
        days=[SupplierRegistryOut.of(one) for one in days],
    )


@put(f"{_FILES}/{{day:date}}", opt=_SYSTEMS, responses=responses(401, 403, 404, 409, 422, 503))
async def make_supplier_registry(
    inn: FromPath[Inn], day: FromPath[date], supplier_telling: NamedDependency[SupplierTelling]
) -> SupplierRegistryOut:
    """The registry of a closed day: made now, or the one that was made before."""
    found = await supplier_telling.supplier(inn)
    return SupplierRegistryOut.of(await supplier_telling.made(found, day))


@get(f"{_FILES}/{{day:date}}/file", opt=_SYSTEMS, media_type="text/plain", responses=_ERRORS)
async def get_supplier_registry_file(
    inn: FromPath[Inn],
    day: FromPath[date],
    supplier_telling: NamedDependency[SupplierTelling],
    supplier_registries: NamedDependency[SkipValidation[SupplierRegistries]],
) -> Response[bytes]:
    """The file as it was made, byte for byte: `;` between cells, cp1251, the last line begins with `=`."""
    found = await supplier_telling.supplier(inn)
    kept = await supplier_registries.of(found.id, day)
    if kept is None:
        raise SupplierRegistryNotFound
    body = await supplier_registries.body(found.id, day)
    headers = headers_of(kept.file_name) | {"ETag": f'"{kept.sha256.hex()}"'}
    return Response(body, media_type=f"text/plain; charset={ENCODING}", headers=headers)


@get(f"{_FILES}/{{day:date}}/workbook", opt=_SYSTEMS, media_type=XLSX, responses=_ERRORS)
async def get_supplier_registry_workbook(
    inn: FromPath[Inn],
    day: FromPath[date],
    request: Request[Any, Any, Any],
    supplier_telling: NamedDependency[SupplierTelling],
    supplier_registries: NamedDependency[SkipValidation[SupplierRegistries]],
    workbooks: NamedDependency[SkipValidation[Workbooks]],
) -> Stream:
    """The rows and totals of the kept file as .xlsx."""
    found = await supplier_telling.supplier(inn)
    rows = rows_of(await supplier_registries.body(found.id, day))
    said = language(request)
    headings = [translated(said, one) for one in HEADINGS]
    cells: list[list[Cell]] = [[*row[:8], *map(_money, row[8:])] for row in rows[:-1]]
    sheet = Sheet(title=translated(said, "Registry"), headings=headings, rows=cells)
    file = await workbooks.write([sheet])
    return Stream(pieces(file), media_type=XLSX, headers=headers_of(f"registry-{inn}-{day}.xlsx"))


def _money(cell: str) -> Money:
    return Money(int(cell.replace(",", "")))


def _csv(items: list[CollectedOut]) -> str:
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    names = CollectedOut.__struct_fields__
    writer.writerow(
        [f"{name}_kopecks" if name in {"principal", "penalty", "ahead", "sum"} else name for name in names]
    )
    for one in items:
        cells = (getattr(one, name) for name in names)
        writer.writerow([cell.kopecks if isinstance(cell, Money) else str(cell) for cell in cells])
    return text.getvalue()


supplier_registries = Router(
    "/",
    tags=["registries"],
    route_handlers=[
        list_collected,
        list_supplier_registries,
        make_supplier_registry,
        get_supplier_registry_file,
        get_supplier_registry_workbook,
    ],
)
