"""Files of cases as they are announced and told over HTTP."""

from datetime import datetime
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from api.texts import translated
from domain.cases.attachment_kinds import FileKind
from domain.cases.attachments import (
    NAME_CHARS,
    PIECE_MAX_BYTES,
    Attachment,
    AttachmentState,
    MalwareCheck,
    Reason,
)
from domain.kernel.ids import AttachmentId, CaseId
from services.cases.attaching import Room

REASONS = {
    Reason.DIFFERENT: "What arrived is not what was announced: send the file anew under a new id",
    Reason.UNKNOWN_KIND: "This is no PDF, JPEG, PNG, HEIC, DOCX or XLSX without macros",
    Reason.MALWARE: "Malware was found in the file",
}
CHECKS = {
    MalwareCheck.NOT_CHECKED: "Not checked for malware",
    MalwareCheck.CLEAN: "No malware was found",
    MalwareCheck.INFECTED: "Malware was found",
}


class AttachmentIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`name` without a path. `sha256` of the whole file, lower-case hex. `paper`: the code of one of the
    form's papers."""

    # No control characters, no slashes, nothing that turns the direction of writing round.
    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=NAME_CHARS,
            pattern="^[^\\x00-\\x1f\\x7f/\\\\\u202a-\u202e\u2066-\u2069]+$",
        ),
    ]
    size_bytes: Annotated[int, Meta(ge=1, le=10**12)]
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    paper: Annotated[str, Meta(min_length=1, max_length=50)] | None = None


class AttachmentOut(msgspec.Struct, frozen=True, kw_only=True):
    """`received_bytes` from the beginning are safe: go on from there. uploading: more bytes are awaited;
    checking: all are here; kept: it can be downloaded; refused: `reason` says why, nothing is kept."""

    id: AttachmentId
    case_id: CaseId
    name: str
    paper: str | None
    size_bytes: int
    sha256: str
    by: str
    announced_at: datetime
    state: AttachmentState
    received_bytes: int
    kind: FileKind | None
    malware_check: MalwareCheck
    malware_check_words: str
    reason: Reason | None
    reason_words: str | None

    @classmethod
    def of(cls, attachment: Attachment, words: str) -> Self:
        reason = attachment.reason
        return cls(
            id=attachment.id,
            case_id=attachment.case_id,
            name=attachment.announced.name,
            paper=attachment.announced.paper,
            size_bytes=attachment.announced.size_bytes,
            sha256=attachment.announced.sha256,
            by=attachment.by.name,
            announced_at=attachment.announced_at,
            state=attachment.state,
            received_bytes=attachment.received_bytes,
            kind=attachment.kind,
            malware_check=attachment.malware_check,
            malware_check_words=translated(words, CHECKS[attachment.malware_check]),
            reason=reason,
            reason_words=translated(words, REASONS[reason]) if reason else None,
        )


class LimitsOut(msgspec.Struct, frozen=True, kw_only=True):
    """Of one case: at most so many files, so many bytes together, of these kinds. `left_…` is what is not
    used up; a piece of a file has `piece_bytes` at most."""

    files: int
    bytes: int
    left_files: int
    left_bytes: int
    piece_bytes: int
    kinds: list[FileKind]

    @classmethod
    def of(cls, room: Room) -> Self:
        terms, filled = room
        return cls(
            files=terms.files,
            bytes=terms.bytes,
            left_files=max(0, terms.files - filled.files),
            left_bytes=max(0, terms.bytes - filled.bytes),
            piece_bytes=PIECE_MAX_BYTES,
            kinds=list(FileKind),
        )


class AttachmentsOut(msgspec.Struct, frozen=True, kw_only=True):
    limits: LimitsOut
    items: list[AttachmentOut]
