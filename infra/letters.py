"""Letters kept in a Maildir, for the demo's mail sink."""

import mailbox
import re
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import NamedTuple

MOST_LETTERS_KEPT = 2000
MOST_TEXT_SHOWN = 200_000
_NAME = re.compile(r"[A-Za-z0-9._,=:-]{1,200}")


class Line(NamedTuple):
    """One letter in the list. `name` finds it again."""

    name: str
    sender: str
    recipients: str
    subject: str
    date: str


class Attachment(NamedTuple):
    name: str
    kind: str
    bytes: int


class Letter(NamedTuple):
    line: Line
    text: str
    html: str
    attachments: list[Attachment]


class Letters:
    """The Maildir `directory`, newest letter first, the oldest dropped beyond MOST_LETTERS_KEPT."""

    def __init__(self, directory: Path) -> None:
        directory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._box = mailbox.Maildir(directory, create=True)
        self._new = directory / "new"

    def keep(self, content: bytes) -> None:
        self._box.add(content)
        for name in self._names()[MOST_LETTERS_KEPT:]:
            (self._new / name).unlink(missing_ok=True)

    def lines(self, most: int) -> list[Line]:
        """The newest letters, heads only."""
        return [_line(name, self._read(name, heads=True)) for name in self._names()[:most]]

    def letter(self, name: str) -> Letter | None:
        if not _NAME.fullmatch(name) or not (self._new / name).is_file():
            return None
        message = self._read(name)
        files = [
            Attachment(
                part.get_filename() or "?", part.get_content_type(), len(part.get_payload(decode=True) or b"")
            )
            for part in message.iter_attachments()
        ]
        return Letter(_line(name, message), _body(message, "plain"), _body(message, "html"), files)

    def _names(self) -> list[str]:
        # A Maildir name begins with the moment: seconds.M<microseconds>….
        def moment(name: str) -> list[int]:
            return [int(number) for number in re.findall(r"\d+", name)[:2]]

        return sorted((file.name for file in self._new.iterdir()), key=moment, reverse=True)

    def _read(self, name: str, *, heads: bool = False) -> EmailMessage:
        with (self._new / name).open("rb") as file:
            return BytesParser(policy=policy.default).parse(file, headersonly=heads)


def _line(name: str, message: EmailMessage) -> Line:
    def head(key: str) -> str:
        return str(message.get(key, ""))[:500]

    try:
        date = parsedate_to_datetime(head("date")).isoformat(" ", "seconds")
    except ValueError:
        date = ""
    return Line(name, head("from"), head("x-original-to") or head("to"), head("subject"), date)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())[:MOST_TEXT_SHOWN]
    except (LookupError, UnicodeError, ValueError):
        return "(this letter's text cannot be read)"
