"""Files with readings: kept before they are judged, judged row by row, answered with the same file.

A file is told by its account and its bytes: sent again, on whatever way, it is the file that is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.errors import Conflict, Invalid, NotFound, TooMany
from domain.kernel.ids import AccountId, MeterId, ReadingFileId, ReadingId
from domain.kernel.jobs import AccountJob
from domain.kernel.lifecycle import Lifecycle
from domain.readings.meters import Direction
from domain.readings.readings import Finding, ReadingSource
from domain.readings.workbook_rows import ParsedWorkbook, WorkbookLayout

FILE_MAX_BYTES = 10 * 1024**2
FILES_A_DAY = 200
"""Of one account: each is kept byte for byte."""
NAME_CHARS = 200


class ReadingFileNotFound(NotFound):
    code = "reading-file-not-found"
    text = "There is no such file of readings"


class ReadingFileIdTaken(Conflict):
    code = "reading-file-id-taken"
    text = "Another file was sent under this id"
    remedy = "Take a new id for a new file"


class ReadingFileEmpty(Invalid):
    code = "reading-file-empty"
    text = "The file of readings is empty"
    remedy = "Send the workbook itself as the body of the request"


class ReadingFileTooLarge(Invalid):
    code = "reading-file-too-large"
    text = "The file has {size_mb} MB; up to {limit_mb} MB are read"
    remedy = "Send the readings in several files, without pictures"


class ReadingFilesTooMany(TooMany):
    code = "reading-files-too-many"
    text = "More than {limit} files with readings were sent for this account within a day"
    remedy = "Send the rest tomorrow, or many meters in one file"


class ReadingFileNotJudged(Conflict):
    code = "reading-file-not-judged"
    text = "The file is kept and not judged yet"
    remedy = "Ask again in some seconds"


class ReadingFileGone(Conflict):
    code = "reading-file-gone"
    text = "The workbook itself is kept no more; the verdicts on its rows are"
    remedy = "Send the same workbook once more, and ask for the marked one again"


class ReadingFileOfAnother(Invalid):
    code = "reading-file-of-another-account"
    text = "The template was made for the account {theirs}, and the file was sent for {ours}"
    remedy = "Take the template of this account, or send the file for the account it was made for"


class ReadingFileRefused(Conflict):
    code = "reading-file-refused"
    text = "The file could not be read, so there is nothing to mark in it"
    remedy = "Look at the file's state: it says why; mend it and send it again"


class ReadingFileState(StrEnum):
    """refused: the file as a whole could not be read; `refusal` says why. judged: every row has a verdict."""

    RECEIVED = "received"
    JUDGED = "judged"
    REFUSED = "refused"


LIFECYCLE = Lifecycle(
    {
        ReadingFileState.RECEIVED: frozenset({ReadingFileState.JUDGED, ReadingFileState.REFUSED}),
        # What was refused on another day may be right today: windows open, meters are added.
        ReadingFileState.JUDGED: frozenset({ReadingFileState.RECEIVED}),
        ReadingFileState.REFUSED: frozenset({ReadingFileState.RECEIVED}),
    }
)


class RowState(StrEnum):
    """What became of one value of the file. empty: nothing was filled in, nothing is wrong."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_WARNING = "accepted_with_warning"
    NEEDS_CONFIRMATION = "needs_confirmation"
    REFUSED = "refused"
    EMPTY = "empty"


class FileCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Values of the file by what became of them; `rows` is their sum."""

    rows: int = 0
    accepted: int = 0
    accepted_with_warning: int = 0
    needs_confirmation: int = 0
    refused: int = 0
    empty: int = 0

    @classmethod
    def of(cls, rows: Sequence[FileRow]) -> FileCounts:
        each = dict.fromkeys(RowState, 0)
        for row in rows:
            each[row.state] += 1
        return cls(rows=len(rows), **{state.value: count for state, count in each.items()})


class FileSender(msgspec.Struct, frozen=True, kw_only=True):
    """Who sent the file: an actor of the API, or whoever a letter was from (`name` is the address).

    Staff and systems had the right to send readings when the file was received; a customer's right is
    looked up anew. `message_id` is the letter's, where it came by one.
    """

    kind: ActorKind
    id: UUID
    name: str
    message_id: str | None = None

    @classmethod
    def of(cls, actor: Actor, message_id: str | None = None) -> FileSender:
        return cls(kind=actor.kind, id=actor.id, name=actor.name, message_id=message_id)

    @property
    def actor(self) -> Actor:
        return Actor(kind=self.kind, id=self.id, name=self.name, scopes=frozenset({Scope.READINGS}))


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """One value of the file (a row of the sheet may have several) and what became of it.

    `no` counts values from 0 in the order of the file; `row_no` and `column_no` are the value's cell, the
    first is 1. `zone` is a code, known when the meter is; `zone_text` is as written.
    """

    no: int
    sheet: str
    row_no: int
    column_no: int
    serial: str
    zone: str | None
    zone_text: str = ""
    direction: Direction
    taken_on: date | None
    value: Decimal | None
    state: RowState
    findings: tuple[Finding, ...] = ()
    meter_id: MeterId | None = None
    reading_id: ReadingId | None = None


class ReadingFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of readings of one account and what became of it.

    `judging` counts the times it was judged: the same file on another day is judged anew if something
    of it was not accepted.
    """

    account_id: AccountId
    id: ReadingFileId
    sha256: bytes
    name: str
    size_bytes: int
    source: ReadingSource
    sender: FileSender
    received_at: datetime
    state: ReadingFileState = ReadingFileState.RECEIVED
    judging: int = 1
    judged_at: datetime | None = None
    refusal: Finding | None = None
    counts: FileCounts = FileCounts()
    layouts: tuple[WorkbookLayout, ...] = ()
    notes: tuple[Finding, ...] = ()

    def judged(
        self,
        counts: FileCounts,
        layouts: tuple[WorkbookLayout, ...],
        notes: tuple[Finding, ...],
        at: datetime,
    ) -> ReadingFile:
        then = LIFECYCLE.check(self.state, ReadingFileState.JUDGED)
        return replace(
            self, state=then, counts=counts, layouts=layouts, notes=notes, refusal=None, judged_at=at
        )

    def refused(self, why: Finding, at: datetime) -> ReadingFile:
        then = LIFECYCLE.check(self.state, ReadingFileState.REFUSED)
        return replace(self, state=then, refusal=why, judged_at=at)

    def received_again(self, source: ReadingSource, sender: FileSender, at: datetime) -> ReadingFile:
        then = LIFECYCLE.check(self.state, ReadingFileState.RECEIVED)
        return replace(
            self, state=then, judging=self.judging + 1, source=source, sender=sender, received_at=at
        )

    @property
    def is_worth_judging_again(self) -> bool:
        """Whether another day may find more of it right."""
        return self.state is ReadingFileState.REFUSED or bool(
            self.counts.refused + self.counts.needs_confirmation
        )


class JudgeReadingFile(AccountJob, frozen=True, kw_only=True, tag="readings.judge-file"):
    """Judge the file that is kept. Safe to repeat: readings have ids made from the file's."""

    max_attempts: ClassVar[int] = 10
    max_seconds: ClassVar[int] = 600

    file_id: ReadingFileId


class AnswerReadingFile(AccountJob, frozen=True, kw_only=True, tag="readings.answer-file"):
    """Answer the letters the file came by; promised when it is judged or refused."""

    file_id: ReadingFileId


class FileKey(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page of files ended."""

    received_at: datetime
    file_id: ReadingFileId


class ReadingFiles(Protocol):
    async def added(self, wanted: ReadingFile, body: bytes) -> ReadingFile:
        """Keep it, or find the file of the same account and bytes, locked; its bytes are kept anew when their
        time was over. ReadingFileIdTaken when the id belongs to another file of the account."""

    async def count_since(self, account_id: AccountId, since: datetime) -> int:
        """Of the account's files, those received after that moment."""

    async def of(self, access: Access, file_id: ReadingFileId) -> ReadingFile:
        """ReadingFileNotFound when there is none, AccountNotFound when the actor may not see it."""

    async def listed(self, access: Access, *, before: FileKey | None, limit: int) -> list[ReadingFile]:
        """The newest first."""

    async def found(self, account_id: AccountId, file_id: ReadingFileId) -> ReadingFile | None:
        """For ourselves: jobs, letters."""

    async def locked(self, account_id: AccountId, file_id: ReadingFileId) -> ReadingFile:
        """ReadingFileNotFound."""

    async def save(self, changed: ReadingFile) -> None: ...

    async def body(self, account_id: AccountId, file_id: ReadingFileId) -> bytes:
        """The bytes as they came. ReadingFileNotFound, ReadingFileGone when their time is over."""

    async def keep_rows(self, file: ReadingFile, rows: Sequence[FileRow]) -> None:
        """Instead of those kept before."""

    async def rows(
        self,
        access: Access,
        file_id: ReadingFileId,
        *,
        states: Sequence[RowState] = (),
        after: int | None = None,
        limit: int,
    ) -> list[FileRow]:
        """In the order of the file, after the one numbered `after`; of these states, or all."""

    async def all_rows(self, account_id: AccountId, file_id: ReadingFileId) -> list[FileRow]: ...


class ReadWorkbook(Protocol):
    async def __call__(self, body: bytes, name: str) -> ParsedWorkbook:
        """Whatever the file is (.xlsx, .xlsm, .xls, .ods, .csv) as rows with values. A Refusal when
        it is no such file or larger than is safe to read; Unavailable when no reader is free."""
