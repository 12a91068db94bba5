"""What is said to people outside: a letter or a short message, and who carries it."""

from collections.abc import Mapping
from typing import Protocol

import msgspec


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file sent along. `media_type` as `application/pdf`."""

    name: str
    media_type: str
    content: bytes


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is the same for every copy of one letter.

    `html` is the same text for programs that show it; `text` always stands. `headers` are added to
    ours or replace them: Message-ID, In-Reply-To, References, Auto-Submitted (`auto-generated` where
    not given), List-Unsubscribe, List-Unsubscribe-Post. Give Message-ID (`message_id` makes it) where
    a copy sent twice must be known for one and where a bounce must be matched; else it is drawn.
    `sender` is who it is from and `bounces_to` where the mail servers report that it could not be
    delivered; both are the mail adapter's own where not given.
    """

    key: str
    to: str
    subject: str
    text: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, str] = {}
    sender: str = ""
    bounces_to: str = ""


def message_id(key: str, domain: str) -> str:
    """The Message-ID of the one letter with this key: `<key@domain>`, never drawn by chance."""
    return f"<{key}@{domain}>"


class LetterRefused(Exception):
    """The mail server will never take this letter (a 5xx answer): trying again is of no use. `status` is what
    it said in numbers, such as "550 5.1.1"."""

    def __init__(self, status: str) -> None:
        super().__init__(f"the mail server refuses the letter: {status}")
        self.status = status


class Mail(Protocol):
    async def send(self, letter: Letter) -> None:
        """LetterRefused when it is refused for good. Raises on any other refusal: the job that sends is
        repeated. Nobody can tell whether a letter left whose sending was cut short."""


class Sms(Protocol):
    async def send(self, phone: str, text: str) -> None:
        """`phone` as +79000000001. Raises on any refusal."""
