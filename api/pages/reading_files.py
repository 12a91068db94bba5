"""Workbooks of readings: the template, sending one, and what became of every row, as by mail."""

from functools import partial
from typing import Annotated, Any
from uuid import uuid4

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, SkipValidation

from api.downloads import XLSX
from api.pages.language import language_for
from api.pages.reading_rows import ToldRows
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.paging import cursor_of, end_of
from api.problems import status_of
from api.reading_files import REPLY_NAME, TEMPLATE_NAME, FileRowOut, ReadingFileSummary, named_xlsx
from api.reading_shapes import VerdictFinding
from api.texts import LANGUAGES, catalogue, translated
from domain.accounts.accounts import Accounts
from domain.kernel.access import Access, Scope
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, ReadingFileId
from domain.readings.files import FILE_MAX_BYTES, FileKey, ReadingFiles, RowState
from domain.readings.meters import Meters
from domain.readings.readings import ReadingSource
from services.readings.files import ReadingFileService
from services.repeating import repeated

_FILES = "/accounts/{account_id:uuid}/readings/files"
_FILE = f"{_FILES}/{{file_id:uuid}}"
_READINGS = {"access": Scope.READINGS}
_LATEST, _ROWS = 20, 100
_BODY_MAX_BYTES = FILE_MAX_BYTES + 16_384
_TO_MEND = (RowState.REFUSED, RowState.NEEDS_CONFIRMATION)


class FileForm(msgspec.Struct, frozen=True):
    file: UploadFile


@get(_FILES, opt=_READINGS)
async def show_files(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    reading_files: NamedDependency[SkipValidation[ReadingFiles]],
) -> Response[str]:
    """Those that were sent, by whatever way, the newest first."""
    return await _listed(request, access, accounts, reading_files)


@post(
    f"{_FILES}/new/{{file_id:uuid}}",
    opt=_READINGS,
    request_max_body_size=_BODY_MAX_BYTES,
)
async def send_file(
    account_id: FromPath[AccountId],
    file_id: FromPath[ReadingFileId],
    request: Request[Any, Any, Any],
    data: Annotated[FileForm, Body(media_type=RequestEncodingType.MULTI_PART)],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    reading_files: NamedDependency[SkipValidation[ReadingFiles]],
    reading_file_service: NamedDependency[ReadingFileService],
) -> Response[Any]:
    """The same bytes again lead to the file that is known."""
    body = await data.file.read()
    send = partial(
        reading_file_service.receive,
        access,
        file_id,
        name=data.file.filename,
        body=body,
        source=ReadingSource.FILE,
    )
    try:
        file, _ = await repeated(send)
    except Refusal as refusal:
        return await _listed(request, access, accounts, reading_files, refusal)
    return see_other(f"/accounts/{account_id}/readings/files/{file.id}")


@get("/accounts/{account_id:uuid}/readings/template.xlsx", opt=_READINGS, media_type=XLSX)
async def take_template(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    reading_file_service: NamedDependency[ReadingFileService],
) -> Response[bytes]:
    language = language_for(request)
    number, body = await reading_file_service.template(access, catalogue(language).gettext)
    return named_xlsx(body, translated(language, TEMPLATE_NAME, number=number))


@get(_FILE, opt=_READINGS)
async def show_file(
    account_id: FromPath[AccountId],
    file_id: FromPath[ReadingFileId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    reading_files: NamedDependency[SkipValidation[ReadingFiles]],
    meters: NamedDependency[SkipValidation[Meters]],
) -> Response[str]:
    """Its state, counts and rows; `only=mend` keeps the rows to be sent again. What was found in
    many of them is told once, above."""
    language = language_for(request)
    file = await reading_files.of(access, file_id)
    only_mend = request.query_params.get("only") == "mend"
    after = end_of(request.query_params.get("cursor"), int)
    states = _TO_MEND if only_mend else ()
    rows = await reading_files.rows(access, file_id, states=states, after=after, limit=_ROWS)
    told = ToldRows.of([FileRowOut.of(row, language) for row in rows], await meters.zones())
    return page(
        request,
        "reading_file.html",
        account_id=account_id,
        section="readings",
        file=ReadingFileSummary.of(file, language),
        notes=[VerdictFinding.of(note, language) for note in file.notes],
        told=told,
        only_mend=only_mend,
        next=cursor_of(rows[-1].no) if len(rows) == _ROWS else None,
    )


@get(f"{_FILE}/reply.xlsx", opt=_READINGS, media_type=XLSX)
async def take_reply(
    account_id: FromPath[AccountId],
    file_id: FromPath[ReadingFileId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    reading_file_service: NamedDependency[ReadingFileService],
) -> Response[bytes]:
    """The workbook as it was sent, with the state of each row and the reason."""
    mine = language_for(request)
    languages = [mine, *(one for one in LANGUAGES if one != mine)]
    name, body = await reading_file_service.reply(
        access, file_id, [catalogue(language).gettext for language in languages]
    )
    return named_xlsx(body, translated(mine, REPLY_NAME, name=name.rpartition(".")[0] or name))


async def _listed(
    request: Request[Any, Any, Any],
    access: Access,
    accounts: Accounts,
    reading_files: ReadingFiles,
    refusal: Refusal | None = None,
) -> Response[str]:
    before = end_of(request.query_params.get("cursor"), FileKey)
    files = await reading_files.listed(access, before=before, limit=_LATEST)
    end = FileKey(received_at=files[-1].received_at, file_id=files[-1].id) if files else None
    return page(
        request,
        "reading_files.html",
        status=status_of(refusal) if refusal else 200,
        account_id=access.account_id,
        section="readings",
        account=(await accounts.card(access)).account,
        files=[ReadingFileSummary.of(one, language_for(request)) for one in files],
        file_id=uuid4(),
        next=cursor_of(end) if len(files) == _LATEST else None,
        refusal=in_words(request, refusal) if refusal else None,
    )


HANDLERS = [show_files, send_file, take_template, show_file, take_reply]
