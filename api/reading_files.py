"""Workbooks with readings: the one to fill in, sending it, what became of every row, the marked one back."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Self
from urllib.parse import quote

import msgspec
from litestar import Request, Response, Router, get, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, RawBody, SkipValidation
from msgspec import Meta

from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from api.reading_shapes import VerdictFinding
from api.texts import LANGUAGES, catalogue, language_of, translated
from domain.accounts.accounts import Accounts
from domain.kernel.access import Access, Scope
from domain.kernel.ids import AccountId, MeterId, ReadingFileId, ReadingId
from domain.readings.files import (
    FILE_MAX_BYTES,
    FileCounts,
    FileKey,
    FileRow,
    ReadingFile,
    ReadingFiles,
    ReadingFileState,
    RowState,
)
from domain.readings.readings import ReadingSource
from services.readings.files import ReadingFileService
from services.repeating import repeated

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEMPLATE_NAME, REPLY_NAME = "Readings {number}", "{name} – answer"
FileName = Annotated[str, Meta(min_length=1, max_length=200)]


class FileRowOut(msgspec.Struct, frozen=True, kw_only=True):
    """One value of the file. `row` and `column` are its cell, the first is 1. `value` has a decimal point."""

    no: int
    sheet: str
    row: int
    column: int
    serial: str
    zone: str | None
    direction: str
    taken_on: date | None
    value: str | None
    state: RowState
    findings: list[VerdictFinding]
    meter_id: MeterId | None
    reading_id: ReadingId | None

    @classmethod
    def of(cls, row: FileRow, language: str) -> Self:
        return cls(
            no=row.no,
            sheet=row.sheet,
            row=row.row_no,
            column=row.column_no,
            serial=row.serial,
            zone=row.zone,
            direction=row.direction,
            taken_on=row.taken_on,
            value=None if row.value is None else f"{row.value:f}",
            state=row.state,
            findings=[VerdictFinding.of(found, language) for found in row.findings],
            meter_id=row.meter_id,
            reading_id=row.reading_id,
        )


class ReadingFileSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`received`: kept, not judged yet. `refused`: it could not be read, `refusal` says why. `sha256` is
    hexadecimal. `counts` are of values: a row may have several."""

    id: ReadingFileId
    name: str
    sha256: str
    size_bytes: int
    source: ReadingSource
    sent_by: str
    received_at: datetime
    state: ReadingFileState
    judged_at: datetime | None
    refusal: VerdictFinding | None
    counts: FileCounts

    @classmethod
    def of(cls, file: ReadingFile, language: str) -> Self:
        return cls(**_summary(file, language))


class ReadingFileOut(ReadingFileSummary, frozen=True, kw_only=True):
    """The file with a page of its rows. `notes` are about the file as a whole."""

    notes: list[VerdictFinding]
    rows: list[FileRowOut] = []
    next: str | None = None


def _summary(file: ReadingFile, language: str) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.name,
        "sha256": file.sha256.hex(),
        "size_bytes": file.size_bytes,
        "source": file.source,
        "sent_by": file.sender.name,
        "received_at": file.received_at,
        "state": file.state,
        "judged_at": file.judged_at,
        "refusal": VerdictFinding.of(file.refusal, language) if file.refusal else None,
        "counts": file.counts,
    }


def _language(request: Request[Any, Any, Any]) -> str:
    return language_of(request.headers.get("accept-language"))


def named_xlsx(body: bytes, name: str) -> Response[bytes]:
    """Named in any alphabet (RFC 6266)."""
    disposition = f"attachment; filename=\"readings.xlsx\"; filename*=UTF-8''{quote(name)}.xlsx"
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    return Response(body, media_type=XLSX, headers=headers)


@get(
    "/accounts/{account_id:uuid}/readings/template.xlsx",
    opt={"access": Scope.READINGS},
    media_type=XLSX,
    responses=responses(401, 403, 404, 503),
)
async def get_template(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    reading_file_service: NamedDependency[ReadingFileService],
) -> Response[bytes]:
    """The workbook to be filled in: meters, zones and previous readings of the account or contract.

    Only the cells for the day and the figures can be changed. Send it back by PUT, or by mail.
    """
    language = _language(request)
    number, body = await reading_file_service.template(access, catalogue(language).gettext)
    return named_xlsx(body, translated(language, TEMPLATE_NAME, number=number))


@put(
    "/accounts/{account_id:uuid}/readings/files/{file_id:uuid}",
    status_code=202,
    opt={"access": Scope.READINGS},
    request_max_body_size=FILE_MAX_BYTES,
    responses=responses(401, 403, 404, 409, 413, 422, 429, 503)
    | {200: ResponseSpec(ReadingFileSummary, description="The same bytes were sent before: that file")},
)
async def send_file(
    account_id: FromPath[AccountId],
    file_id: FromPath[ReadingFileId],
    request: Request[Any, Any, Any],
    body: RawBody,
    access: NamedDependency[Access],
    reading_file_service: NamedDependency[ReadingFileService],
    file_name: FromQuery[FileName] = "file",
) -> Response[ReadingFileSummary]:
    """Send a workbook with readings: the body is the .xlsx, .xlsm, .xls, .ods or .csv itself, up to 10 MB.

    Any layout with meter numbers and readings will do (docs/workbooks.md). You make the id. 202: it is
    kept and will be judged in some seconds; ask for its state. 200: the same bytes were sent before, on
    whatever way: the answer is that file, under its own `id`, and nothing is changed; only on another day
    rows that were not accepted are judged anew. 409 for other bytes under the id.
    """
    send = partial(
        reading_file_service.receive,
        access,
        file_id,
        name=file_name,
        body=body,
        source=ReadingSource.FILE,
    )
    file, is_new = await repeated(send)
    is_known = not is_new and file.state is not ReadingFileState.RECEIVED
    return Response(ReadingFileSummary.of(file, _language(request)), status_code=200 if is_known else 202)


@get(
    "/accounts/{account_id:uuid}/readings/files",
    opt={"access": Scope.READINGS},
    responses=responses(401, 403, 404, 422),
)
async def list_files(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    reading_files: NamedDependency[SkipValidation[ReadingFiles]],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[ReadingFileSummary]:
    """The workbooks that were sent for the account, by whatever way, the newest first."""
    files = await reading_files.listed(access, before=end_of(cursor, FileKey), limit=limit)
    if not files:
        await accounts.card(access)  # none yet, or nothing to see: that is for the account to say
    end = FileKey(received_at=files[-1].received_at, file_id=files[-1].id) if files else None
    return Page(
        items=[ReadingFileSummary.of(file, _language(request)) for file in files],
        next=cursor_of(end) if len(files) == limit else None,
    )


@get(
    "/accounts/{account_id:uuid}/readings/files/{file_id:uuid}",
    opt={"access": Scope.READINGS},
    responses=responses(401, 403, 404, 422),
)
async def get_file(
    account_id: FromPath[AccountId],
    file_id: FromPath[ReadingFileId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    reading_files: NamedDependency[SkipValidation[ReadingFiles]],
    only: FromQuery[list[RowState] | None] = None,
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> ReadingFileOut:
    """What became of a workbook: its state, counts, and a page of its rows with their reasons.

    `only` narrows the rows, may be given several times: `?only=refused&only=needs_confirmation` are
    those to be sent again.
    """
    file = await reading_files.of(access, file_id)
    language = _language(request)
    rows = await reading_files.rows(
        access, file_id, states=only or (), after=end_of(cursor, int), limit=limit
    )
    return ReadingFileOut(
        **_summary(file, language),
        notes=[VerdictFinding.of(note, language) for note in file.notes],
        rows=[FileRowOut.of(row, language) for row in rows],
        next=cursor_of(rows[-1].no) if len(rows) == limit else None,
    )


@get(
    "/accounts/{account_id:uuid}/readings/files/{file_id:uuid}/reply.xlsx",
    opt={"access": Scope.READINGS},
    media_type=XLSX,
    responses=responses(401, 403, 404, 409, 503),
)
async def get_reply(
    account_id: FromPath[AccountId],
    file_id: FromPath[ReadingFileId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    reading_file_service: NamedDependency[ReadingFileService],
) -> Response[bytes]:
    """The workbook as it was sent, with two columns more: the state of each row and the reason.

    A sheet more sums it up. Mend the rows that were refused in it and send it again: rows that are
    accepted do no harm. 409 `reading-file-not-judged` until it is judged.
    """
    mine = _language(request)
    languages = [mine, *(one for one in LANGUAGES if one != mine)]
    name, body = await reading_file_service.reply(
        access, file_id, [catalogue(language).gettext for language in languages]
    )
    return named_xlsx(body, translated(mine, REPLY_NAME, name=name.rpartition(".")[0] or name))


reading_files = Router(
    "/", tags=["readings"], route_handlers=[get_template, send_file, list_files, get_file, get_reply]
)
