"""Papers and photos laid to a case: announced, sent piece by piece, checked, kept.

A file is tied to the id of its case, also while the case is a draft: until it is filed, only who announced
the file sees it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol

import msgspec
from msgspec.structs import replace

from domain.cases.attachment_kinds import FileKind
from domain.cases.steps import StepBy
from domain.kernel.access import Access
from domain.kernel.errors import Conflict, Invalid, NotFound, TooMany
from domain.kernel.ids import AccountId, AttachmentId, CaseId
from domain.kernel.jobs import AccountJob, Job
from domain.kernel.lifecycle import Lifecycle
from domain.kernel.terms import Term

PIECE_MAX_BYTES = 8 * 1024**2
NAME_CHARS = 200


class AttachmentNotFound(NotFound):
    code = "attachment-not-found"
    text = "There is no such file at this application"


class AttachmentIdTaken(Conflict):
    code = "attachment-id-taken"
    text = "Another file was announced under this id"
    remedy = "Take a new id for a new file"


class AttachmentsTooMany(Conflict):
    code = "attachments-too-many"
    text = "An application has {most} files at most"
    remedy = "Put several pages into one PDF"


class AttachmentsTooLarge(Conflict):
    code = "attachments-too-large"
    text = "The files of an application have {most_mb} MB at most; {left_mb} MB are left"
    remedy = "Make the files smaller, for instance by photographing with a lower resolution"


class AttachmentsUnsent(Conflict):
    code = "attachments-unsent"
    text = "More than {most_mb} MB of files wait on this account for applications that are not sent"
    remedy = "Send the applications or remove their files"


class AttachmentsADay(TooMany):
    code = "attachments-a-day"
    text = "More than {most} files were announced for this account within a day"
    remedy = "Send the rest tomorrow"


class AttachmentPaperUnknown(Invalid):
    code = "attachment-paper-unknown"
    text = "This application has no paper “{paper}”"
    remedy = "Take a code from the list of papers, or leave it out"


class AttachmentPieceWrong(Invalid):
    code = "attachment-piece-wrong"
    text = "The piece does not fit into a file of {size_bytes} bytes"
    remedy = "Send Content-Range: bytes FIRST-LAST/SIZE with just the bytes it names"


class AttachmentGap(Conflict):
    code = "attachment-gap"
    text = "{received_bytes} bytes of the file are here: pieces come one after another"
    remedy = "Go on from there"


class AttachmentKindUnknown(Invalid):
    code = "attachment-kind-unknown"
    text = "This is no file we take, whatever its name"
    remedy = "Send PDF, JPEG, PNG, HEIC, DOCX or XLSX without macros"


class AttachmentNotReady(Conflict):
    code = "attachment-not-ready"
    text = "The file is not there yet, or was refused"
    remedy = "Look at its state"


class AttachmentLaid(Conflict):
    code = "attachment-laid"
    text = "The file belongs to an application that was sent: it stays with it"
    remedy = "Add another file, and say in a reply what is wrong with this one"


class AttachmentState(StrEnum):
    """checking: all bytes are here, and a job looks at them. refused: nothing of it is kept."""

    UPLOADING = "uploading"
    CHECKING = "checking"
    KEPT = "kept"
    REFUSED = "refused"


LIFECYCLE = Lifecycle(
    {
        AttachmentState.UPLOADING: frozenset({AttachmentState.CHECKING}),
        AttachmentState.CHECKING: frozenset({AttachmentState.KEPT, AttachmentState.REFUSED}),
    }
)


class Reason(StrEnum):
    """Why a file was refused."""

    DIFFERENT = "different"
    """Its bytes do not have the SHA-256 that was announced."""
    UNKNOWN_KIND = "unknown-kind"
    MALWARE = "malware"


class MalwareCheck(StrEnum):
    """not-checked: no scanner is set up, or the file is longer than it takes."""

    NOT_CHECKED = "not-checked"
    CLEAN = "clean"
    INFECTED = "infected"


class MalwareUnreachable(Exception):
    """The scanner is set up and does not answer."""


class Malware(Protocol):
    async def check(self, content: AsyncIterator[bytes]) -> MalwareCheck:
        """MalwareUnreachable."""


class AttachmentTerms(Term, frozen=True, kw_only=True):
    """`files` and `bytes` of one case; `unsent_bytes` and `files_a_day` of one account; after
    `abandoned_days` without a change goes what never came to a case."""

    name: ClassVar[str] = "cases.attachments"

    files: int
    bytes: int
    unsent_bytes: int
    files_a_day: int
    abandoned_days: int

    def abandoned_before(self, at: datetime) -> datetime:
        return at - timedelta(days=self.abandoned_days)


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a file before its bytes come. `sha256` is lower-case hex; `paper` is the code of one
    of the form's papers."""

    name: str
    size_bytes: int
    sha256: str
    paper: str | None = None


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """`received_bytes` from the beginning are safe on disk. `is_told`: the timeline of the case names it."""

    account_id: AccountId
    id: AttachmentId
    case_id: CaseId
    announced: Announced
    by: StepBy
    announced_at: datetime
    changed_at: datetime
    state: AttachmentState = AttachmentState.UPLOADING
    received_bytes: int = 0
    kind: FileKind | None = None
    malware_check: MalwareCheck = MalwareCheck.NOT_CHECKED
    reason: Reason | None = None
    is_told: bool = False

    def check_piece(self, piece: Piece) -> None:
        """AttachmentPieceWrong, AttachmentGap."""
        if piece.total != self.announced.size_bytes or piece.end > piece.total or not piece.content:
            raise AttachmentPieceWrong(size_bytes=self.announced.size_bytes)
        if piece.first > self.received_bytes:
            raise AttachmentGap(received_bytes=self.received_bytes)

    def arrived(self, end: int, at: datetime) -> Attachment:
        """All bytes up to `end` are here: a piece that came before changes nothing."""
        received = max(end, self.received_bytes)
        is_whole = received == self.announced.size_bytes
        state = LIFECYCLE.check(self.state, AttachmentState.CHECKING) if is_whole else self.state
        return replace(self, received_bytes=received, changed_at=at, state=state)

    def kept(self, kind: FileKind, check: MalwareCheck, at: datetime, *, is_told: bool) -> Attachment:
        state = LIFECYCLE.check(self.state, AttachmentState.KEPT)
        return replace(self, state=state, kind=kind, malware_check=check, changed_at=at, is_told=is_told)

    def refused(self, reason: Reason, check: MalwareCheck, at: datetime) -> Attachment:
        state = LIFECYCLE.check(self.state, AttachmentState.REFUSED)
        return replace(self, state=state, reason=reason, malware_check=check, changed_at=at)


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """`content` begins at byte `first` of a file of `total` bytes."""

    first: int
    total: int
    content: bytes

    @property
    def end(self) -> int:
        return self.first + len(self.content)


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What is announced or kept so far: of one case, and of the account where no case is filed yet."""

    files: int
    bytes: int
    unsent_bytes: int
    files_today: int


def check_room(terms: AttachmentTerms, filled: Filled, size_bytes: int, *, is_filed: bool) -> None:
    """Whether one more file of that size may be announced."""
    if filled.files_today >= terms.files_a_day:
        raise AttachmentsADay(most=terms.files_a_day, retry_after_seconds=3600)
    if filled.files >= terms.files:
        raise AttachmentsTooMany(most=terms.files)
    left = terms.bytes - filled.bytes
    if size_bytes > left:
        raise AttachmentsTooLarge(most_mb=terms.bytes // 1024**2, left_mb=left // 1024**2, field="size_bytes")
    if not is_filed and filled.unsent_bytes + size_bytes > terms.unsent_bytes:
        raise AttachmentsUnsent(most_mb=terms.unsent_bytes // 1024**2)


class CheckAttachment(AccountJob, frozen=True, kw_only=True, tag="cases.check-attachment"):
    """All bytes of a file are here: look whether they are what was announced, what they are, and whether
    they do harm."""

    attachment_id: AttachmentId


class SweepAttachments(Job, frozen=True, kw_only=True, tag="cases.sweep-attachments"):
    """Files that never came to a case go, and those of answered cases when their term is over."""

    is_routine: ClassVar[bool] = True


class Attachments(Protocol):
    async def shelf_locked(self, account_id: AccountId, at: datetime) -> None:
        """One announces or removes at a time: held until the transaction ends. Lock it before any of them."""

    async def filled(self, account_id: AccountId, case_id: CaseId, since: datetime) -> Filled:
        """Without what was refused, but for files_today: those announced after `since`."""

    async def is_of_another(self, account_id: AccountId, case_id: CaseId, by: StepBy) -> bool:
        """Whether somebody else has announced files under that id."""

    async def add(self, attachment: Attachment) -> None: ...

    async def found(self, account_id: AccountId, attachment_id: AttachmentId) -> Attachment | None: ...

    async def locked(self, account_id: AccountId, attachment_id: AttachmentId) -> Attachment | None:
        """Held until the transaction ends. Lock it before its case."""

    async def save(self, attachment: Attachment) -> None: ...

    async def remove(self, account_id: AccountId, attachment_id: AttachmentId) -> None: ...

    async def is_needed(self, account_id: AccountId, sha256: str, besides: AttachmentId) -> bool:
        """Whether another one has the same content."""

    async def tell(self, account_id: AccountId, case_id: CaseId) -> list[str]:
        """The names of the kept files that the timeline does not name yet; from now on it does. Whatever is
        on its way under the id waits until the transaction ends."""

    async def papers(self, account_id: AccountId, case_id: CaseId) -> set[str]:
        """Which papers of the form are there: their files are kept, or all of them is here to be checked."""

    async def of(self, access: Access, case_id: CaseId, attachment_id: AttachmentId) -> Attachment:
        """AttachmentNotFound, also where the actor may not see it."""

    async def listed(self, access: Access, case_id: CaseId) -> list[Attachment]:
        """The first announced first."""

    async def outdated(self, before: datetime, *, limit: int) -> Sequence[Attachment]:
        """Of all accounts: kept with a case that is answered, and not changed since."""

    async def abandoned(self, before: datetime, *, limit: int) -> Sequence[Attachment]:
        """Of all accounts: not changed since, and no case's; a kept one of a draft stays with it."""
