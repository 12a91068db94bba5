"""Papers and photos of a case: what may be laid, announced, sent piece by piece, taken back, downloaded."""

import re
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from litestar import Request, Response, Router, delete, get, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody, RawBody, SkipValidation
from litestar.response import Stream

from api.at_case import language
from api.attachment_shapes import AttachmentIn, AttachmentOut, AttachmentsOut, LimitsOut
from api.problems import responses
from domain.cases.attachment_kinds import FileKind
from domain.cases.attachments import (
    PIECE_MAX_BYTES,
    Announced,
    Attachment,
    AttachmentNotReady,
    AttachmentPieceWrong,
    Attachments,
    AttachmentState,
    Piece,
)
from domain.kernel.access import Access, Scope
from domain.kernel.files import LongFiles
from domain.kernel.ids import AccountId, AttachmentId, CaseId
from services.cases.attaching import AttachmentService
from services.repeating import repeated

_ALL = "/accounts/{account_id:uuid}/cases/{case_id:uuid}/attachments"
_ONE = f"{_ALL}/{{attachment_id:uuid}}"
_RANGE = re.compile(r"bytes (\d{1,12})-(\d{1,12})/(\d{1,12})")
ContentRange = Annotated[str | None, HeaderParameter(name="Content-Range")]


def piece_of(content_range: str | None, body: bytes) -> Piece:
    """By `Content-Range: bytes FIRST-LAST/SIZE` (RFC 9110, 14.4); without it the body is the whole file."""
    if content_range is None:
        return Piece(first=0, total=len(body), content=body)
    match = _RANGE.fullmatch(content_range)
    first, last, total = (int(text) for text in match.groups()) if match else (0, -2, 0)
    if last - first + 1 != len(body):
        raise AttachmentPieceWrong(size_bytes=total, field="Content-Range")
    return Piece(first=first, total=total, content=body)


def disposition(name: str, kind: FileKind) -> str:
    """Always a download, in any alphabet (RFC 6266), with an ending that says what it is."""
    endings = (".jpg", ".jpeg") if kind is FileKind.JPEG else (f".{kind}",)
    name = name if name.lower().endswith(endings) else f"{name}.{kind}"
    return f"attachment; filename=\"file.{kind}\"; filename*=UTF-8''{quote(name, safe='')}"


@get(_ALL, opt={"access": Scope.SEE}, responses=responses(401, 403, 404, 422))
async def list_attachments(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    attachment_service: NamedDependency[AttachmentService],
    attachments: NamedDependency[SkipValidation[Attachments]],
) -> AttachmentsOut:
    """The files of a case, and the limits, told before anything is sent.

    Also before the case is filed: under the id it will have. Then each sees only their own files.
    """
    room = await attachment_service.room(access, case_id)
    found = await attachments.listed(access, case_id)
    return AttachmentsOut(
        limits=LimitsOut.of(room), items=[AttachmentOut.of(one, language(request)) for one in found]
    )


@put(
    _ONE,
    status_code=201,
    opt={"access": Scope.APPLICATIONS},
    responses=responses(401, 403, 404, 409, 422, 429, 503)
    | {200: ResponseSpec(AttachmentOut, description="Announced before by the same request")},
)
async def announce_attachment(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    attachment_id: FromPath[AttachmentId],
    request: Request[Any, Any, Any],
    data: JSONBody[AttachmentIn],
    access: NamedDependency[Access],
    attachment_service: NamedDependency[AttachmentService],
) -> Response[AttachmentOut]:
    """Announce a file to a case, then send its bytes. You make the id.

    `case_id` is the case's, or the id that a draft will be filed under. 409 `attachments-too-many` and
    `attachments-too-large` by the limits, `attachment-id-taken` for another file under the id.
    """
    announced = Announced(name=data.name, size_bytes=data.size_bytes, sha256=data.sha256, paper=data.paper)
    call = partial(attachment_service.announce, access, case_id, attachment_id, announced)
    made, is_new = await repeated(call)
    return Response(AttachmentOut.of(made, language(request)), status_code=201 if is_new else 200)


@put(
    f"{_ONE}/content",
    status_code=200,
    opt={"access": Scope.APPLICATIONS},
    request_max_body_size=PIECE_MAX_BYTES,
    responses=responses(401, 403, 404, 409, 413, 422, 503),
)
async def send_attachment(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    attachment_id: FromPath[AttachmentId],
    request: Request[Any, Any, Any],
    body: RawBody,
    access: NamedDependency[Access],
    attachment_service: NamedDependency[AttachmentService],
    content_range: ContentRange = None,
) -> AttachmentOut:
    """Send the bytes of a file, up to 8 MB at once, one piece after another.

    `Content-Range: bytes FIRST-LAST/SIZE` says which; without it the body is the whole file. After any doubt
    send the same piece again, or ask how far it came: GET of the file, `received_bytes`. 409
    `attachment-gap` for a piece that begins later. With the last one the file is checked within seconds:
    ask for its `state`.
    """
    piece = piece_of(content_range, body)
    sent = await repeated(partial(attachment_service.send, access, case_id, attachment_id, piece))
    return AttachmentOut.of(sent, language(request))


@get(_ONE, opt={"access": Scope.SEE}, responses=responses(401, 403, 404, 422))
async def get_attachment(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    attachment_id: FromPath[AttachmentId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    attachments: NamedDependency[SkipValidation[Attachments]],
) -> AttachmentOut:
    """How far a file has come, and what became of it."""
    return AttachmentOut.of(await attachments.of(access, case_id, attachment_id), language(request))


@delete(
    _ONE,
    status_code=204,
    opt={"access": Scope.APPLICATIONS},
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def remove_attachment(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    attachment_id: FromPath[AttachmentId],
    access: NamedDependency[Access],
    attachment_service: NamedDependency[AttachmentService],
) -> None:
    """Take a file back before it belongs to a case. 409 `attachment-laid` afterwards."""
    await repeated(partial(attachment_service.remove, access, case_id, attachment_id))


@get(
    f"{_ONE}/content",
    opt={"access": Scope.SEE},
    media_type="application/octet-stream",
    responses=responses(401, 403, 404, 409, 422),
)
async def download_attachment(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    attachment_id: FromPath[AttachmentId],
    access: NamedDependency[Access],
    attachments: NamedDependency[SkipValidation[Attachments]],
    long_files: NamedDependency[SkipValidation[LongFiles]],
) -> Stream:
    """The file itself, always as a download. 409 `attachment-not-ready` until it was checked and kept."""
    found = await attachments.of(access, case_id, attachment_id)
    headers = await download_headers(found, long_files)
    return Stream(long_files.stream(account_id, found.announced.sha256), headers=headers)


async def download_headers(found: Attachment, long_files: LongFiles) -> dict[str, str]:
    """AttachmentNotReady. A file that was lost is said before the answer begins."""
    if found.state is not AttachmentState.KEPT or found.kind is None:
        raise AttachmentNotReady
    size = await long_files.size(found.account_id, found.announced.sha256)
    return {
        "Content-Type": found.kind.media_type,
        "Content-Disposition": disposition(found.announced.name, found.kind),
        "Content-Length": str(size),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }


attachments = Router(
    "/",
    tags=["applications and claims"],
    route_handlers=[
        list_attachments,
        announce_attachment,
        send_attachment,
        get_attachment,
        remove_attachment,
        download_attachment,
    ],
)
