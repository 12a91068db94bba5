"""Billing's files over the API: sent whole, kept first, imported by a job, judged row by row."""

from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Any, Self

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, RawBody, SkipValidation
from msgspec import Meta

from api.paging import DEFAULT_LIMIT, Cursor, Limit, cursor_of, end_of
from api.problems import responses
from api.texts import language_of, translated
from domain.accounts.import_cells import Fault
from domain.accounts.import_checks import Totals
from domain.accounts.import_columns import ImportKind
from domain.accounts.imports import FileUnreadable, Import, ImportNotFound, ImportState, Wish
from domain.kernel.access import Actor, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import ImportId
from domain.kernel.money import Money
from services.imports import ImportService
from services.repeating import repeated

FILE_MAX_BYTES = 64 * 1024 * 1024
FileName = Annotated[str, Meta(min_length=1, max_length=200)]


class FaultOut(msgspec.Struct, frozen=True, kw_only=True):
    """Why a row is bad. `row` counts from 1, the header being row 1; 0 is the file as a whole."""

    row: int
    column: str
    code: str
    message: str
    value: str


class ImportOut(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file has come. `refused`: nothing of it was posted; `faults` say why, a page at a time.
    Faults of a `posted` file name rows that were held back: their accounts were closed meanwhile."""

    id: ImportId
    kind: ImportKind
    file_name: str
    state: ImportState
    created_at: datetime
    finished_at: datetime | None
    rows: int
    sum: Money
    rows_done: int
    added: int
    corrected: int
    unchanged: int
    faults_count: int
    faults: list[FaultOut] = []
    next: str | None = None

    @classmethod
    def of(cls, found: Import, faults: list[tuple[int, Fault]], language: str, next_page: str | None) -> Self:
        return cls(
            id=found.id,
            kind=found.kind,
            file_name=found.file_name,
            state=found.state,
            created_at=found.created_at,
            finished_at=found.finished_at,
            rows=found.rows,
            sum=found.sum,
            rows_done=found.done,
            added=found.tally.added,
            corrected=found.tally.corrected,
            unchanged=found.tally.unchanged,
            faults_count=found.faults,
            faults=[
                FaultOut(
                    row=fault.row_no,
                    column=fault.field,
                    code=fault.code,
                    message=translated(language, fault.text),
                    value=fault.value,
                )
                for _, fault in faults
            ],
            next=next_page,
        )


@post(
    "/imports/{kind:str}",
    status_code=202,
    opt={"access": Scope.IMPORT},
    request_max_body_size=FILE_MAX_BYTES,
    responses=responses(401, 403, 413, 422, 503),
)
async def receive_import(
    kind: FromPath[ImportKind],
    request: Request[Any, Any, Any],
    body: RawBody,
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    zone: NamedDependency[SkipValidation[Any]],
    import_service: NamedDependency[SkipValidation[ImportService]],
    file_name: FromQuery[FileName] = "file",
    expect_rows: FromQuery[Annotated[int, Meta(ge=0)] | None] = None,
    expect_kopecks: FromQuery[int | None] = None,
    value_date: FromQuery[date | None] = None,
) -> ImportOut:
    """Send a file: the body is the .csv or .xlsx itself (columns: docs/imports.md). It is kept and
    imported by a job; follow it by its id. The same file again, while unfinished, is the same import.

    `expect_rows` and `expect_kopecks` are control totals: a file that differs is refused.
    """
    if not body:
        raise FileUnreadable(field="body", why="it is empty")
    wish = Wish(
        kind=kind,
        file_name=file_name,
        sha256=sha256(body).digest(),
        who=actor.name,
        value_date=value_date or business_day(now, zone),
        expected=Totals(rows=expect_rows, sum=None if expect_kopecks is None else Money(expect_kopecks)),
    )
    received = await repeated(lambda: import_service.receive(wish, body))
    return ImportOut.of(received, [], language_of(request.headers.get("accept-language")), None)


@get(
    "/imports/{kind:str}/{import_id:uuid}",
    opt={"access": Scope.IMPORT},
    responses=responses(401, 403, 404, 422),
)
async def get_import(
    kind: FromPath[ImportKind],
    import_id: FromPath[ImportId],
    request: Request[Any, Any, Any],
    import_service: NamedDependency[SkipValidation[ImportService]],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> ImportOut:
    """How far an import has come, and the faults of a refused file."""
    after = end_of(cursor, int) or 0
    async with import_service.transaction() as store:
        found = await store.log.by_id(import_id)
        if found.kind is not kind:
            raise ImportNotFound
        faults = await store.log.faults(import_id, after=after, limit=limit)
    end = cursor_of(faults[-1][0]) if len(faults) == limit else None
    return ImportOut.of(found, faults, language_of(request.headers.get("accept-language")), end)


imports = Router("/", tags=["imports"], route_handlers=[receive_import, get_import])
