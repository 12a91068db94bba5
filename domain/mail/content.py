"""What a letter turned out to hold once it was taken apart. Nothing of it is believed yet."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

import msgspec

MOST_WORKBOOKS = 10
"""Of one letter; the sender is told of those beyond."""
MOST_WORKBOOK_BYTES = 10 * 1024**2


class Sign(StrEnum):
    """By what a letter is known for one that no answer should go to (RFC 3834, section 2)."""

    AUTO_SUBMITTED = "auto-submitted"
    PRECEDENCE = "precedence"
    LIST = "list"
    NO_RETURN = "no-return-address"
    AUTO_REPLY = "auto-reply"


class Trouble(StrEnum):
    """Why a part could not be used as a workbook. `TROUBLES` says it in words."""

    TOO_LARGE = "workbook-too-large"
    TOO_MANY = "too-many-workbooks"
    ARCHIVE_LOCKED = "archive-locked"
    ARCHIVE_BROKEN = "archive-broken"
    ARCHIVE_EMPTY = "archive-empty"
    ARCHIVE_UNKNOWN = "archive-unknown"
    ENCRYPTED = "encrypted"
    NOT_A_WORKBOOK = "not-a-workbook"
    EMPTY = "empty"


TROUBLES: dict[Trouble, str] = {
    Trouble.TOO_LARGE: "It is larger than 10 MB: send the rows in several files",
    Trouble.TOO_MANY: "There are more than 10 workbooks in the letter: send it in another letter",
    Trouble.ARCHIVE_LOCKED: "The archive has a password: send the workbook itself",
    Trouble.ARCHIVE_BROKEN: "The archive cannot be opened: send the workbook itself",
    Trouble.ARCHIVE_EMPTY: "There is no workbook in the archive",
    Trouble.ARCHIVE_UNKNOWN: "Only .zip archives are opened: send the workbook itself",
    Trouble.ENCRYPTED: "The letter is encrypted: send it without encryption",
    Trouble.NOT_A_WORKBOOK: "It is not a workbook: send .xlsx, .xlsm, .xls, .ods or .csv",
    Trouble.EMPTY: "The file is empty",
}


class AuthResult(msgspec.Struct, frozen=True, kw_only=True):
    """One check of our own mail server (RFC 8601): `dmarc`, `pass`, {"header.from": "example.ru"}."""

    method: str
    result: str
    properties: Mapping[str, str] = {}


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A line of what the letter is built of, for staff. `name` is "" where it has none."""

    depth: int
    media_type: str
    name: str
    size_bytes: int


class MailedFile(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment that may be a workbook; with a trouble it has no content."""

    name: str
    size_bytes: int
    content: bytes = b""
    trouble: Trouble | None = None


class Undelivered(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient of a delivery report (RFC 3464), the address in lower case."""

    recipient: str
    action: str
    status: str
    diagnostic: str


class LetterContent(msgspec.Struct, frozen=True, kw_only=True):
    """`senders` are the addresses of From in lower case: a sound letter has one. `checks` are what our
    own mail server said, from the topmost header of its. `unreadable`: why it was not taken apart.
    `reported_id` is the Message-ID of the letter a delivery report is about. `text` is what a person reads
    of it, cut at a sensible length.
    """

    senders: tuple[str, ...] = ()
    subject: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()
    signs: frozenset[Sign] = frozenset()
    checks: tuple[AuthResult, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    text: str = ""
    files: tuple[MailedFile, ...] = ()
    is_report: bool = False
    undelivered: tuple[Undelivered, ...] = ()
    reported_id: str = ""
    unreadable: str = ""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a letter as it is kept by, before it is taken apart."""

    message_id: str
    sender: str
    subject: str
    key: bytes


class LetterParser(Protocol):
    """Neither call raises, whatever the bytes are."""

    def envelope(self, raw: bytes) -> Envelope: ...

    async def content(self, raw: bytes, mail_from: str) -> LetterContent: ...
