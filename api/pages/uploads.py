"""Files laid to a case from a form: the same way as piece by piece over the API, all pieces at once."""

from functools import partial
from hashlib import sha256
from uuid import uuid5

import msgspec
from litestar.datastructures import UploadFile

from api.attachment_shapes import AttachmentIn
from domain.cases.attachments import PIECE_MAX_BYTES, Announced, Piece
from domain.kernel.access import Access
from domain.kernel.errors import Invalid
from domain.kernel.ids import AttachmentId, CaseId
from services.cases.attaching import AttachmentService
from services.repeating import repeated


class FileNameUnreadable(Invalid):
    code = "file-name-unreadable"
    text = "A file's name has signs that cannot be kept"
    remedy = "Give the file a plain name and choose it again"


async def lay(
    service: AttachmentService, access: Access, case_id: CaseId, file: UploadFile, paper: str | None
) -> None:
    """The refusals of AttachmentService. The id comes of who lays what: the same file laid twice for the same
    paper is one; one file may stand for two papers, or come from two people."""
    content = await file.read()
    if not content:
        return  # nothing was chosen
    digest = sha256(content).hexdigest()
    told = {"name": file.filename, "size_bytes": len(content), "sha256": digest, "paper": paper}
    try:
        checked = msgspec.convert(told, AttachmentIn)
    except msgspec.ValidationError as error:
        raise FileNameUnreadable(field="files") from error
    announced = Announced(
        name=checked.name, size_bytes=checked.size_bytes, sha256=checked.sha256, paper=checked.paper
    )
    laid = f"{access.actor.id} {digest} {checked.paper or ''} {checked.name}"
    attachment_id = AttachmentId(uuid5(case_id, laid))
    await repeated(partial(service.announce, access, case_id, attachment_id, announced))
    for first in range(0, len(content), PIECE_MAX_BYTES):
        piece = Piece(first=first, total=len(content), content=content[first : first + PIECE_MAX_BYTES])
        await repeated(partial(service.send, access, case_id, attachment_id, piece))
