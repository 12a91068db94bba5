"""Letters taken apart. Whatever the bytes are, there is an answer: a letter never stops the one behind it.

The stdlib's parser does the splitting under its older policy, which does not interpret headers while it
reads: the newer one raises on some that strangers write. What could make it slow or large is refused first.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32
from hashlib import sha256

from adapters.mail import authentication, reports, smime
from adapters.mail.attachments import limited, usable
from adapters.mail.letter_text import letter_text
from adapters.mail.words import HEADER_CHARS, address_of, clean, decoded, file_name, guessed
from domain.mail.content import Envelope, LetterContent, MailedFile, Part, Sign, Trouble
from domain.mail.letters_in import SUBJECT_CHARS

MOST_PARTS = 200
MOST_DEPTH = 12
MOST_LINES = 1_000_000
MOST_HEADERS_BYTES = 256 * 1024
_MOST_FIELD_BYTES = 32 * 1024
_MOST_SEPARATORS = 5_000
_MOST_NESTED = 100
_AT_ONCE = 2
_FIELD = re.compile(rb"(?im)^content-[a-z-]{1,40}:[^\n]*(?:\n[ \t][^\n]*)*")
_NESTING = re.compile(rb"(?i)multipart/|message/(?:rfc822|global)")
_ID = re.compile(r"<[^<>\s]{1,250}>")
_SHOWN = (
    *("from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "reply-to", "return-path"),
    *("sender", "received", "authentication-results", "auto-submitted", "precedence", "x-mailer"),
    *("user-agent", "content-type"),
)
_MOST_SHOWN = 60
_AUTO_REPLY_HEADERS = ("x-autoreply", "x-autorespond", "x-auto-response-suppress", "x-failed-recipients")


@dataclass(frozen=True, slots=True)
class MailParser:
    """Implements `LetterParser`. `authserv_id` is our mail server's name in Authentication-Results."""

    authserv_id: str
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    def envelope(self, raw: bytes) -> Envelope:
        try:
            head = BytesHeaderParser(policy=compat32).parsebytes(_headers(raw))
            values = _values(head)
        except Exception:  # noqa: BLE001 - strangers' bytes: a letter that cannot be read is kept all the same
            values = {}
        return Envelope(
            message_id=_first_id(values, "message-id"),
            sender=_sender(values) or "",
            subject=_subject(values),
            key=self._key(values, raw),
        )

    async def content(self, raw: bytes, mail_from: str) -> LetterContent:
        async with self._free:
            return await asyncio.to_thread(self.taken_apart, raw, mail_from)

    def taken_apart(self, raw: bytes, mail_from: str) -> LetterContent:
        if why := _unsafe(raw):
            return LetterContent(unreadable=why)
        try:
            return self._content(BytesParser(policy=compat32).parsebytes(raw), mail_from)
        except Exception as error:  # noqa: BLE001 - likewise
            return LetterContent(unreadable=type(error).__name__)

    def _content(self, message: Message, mail_from: str) -> LetterContent:
        values = _values(message)
        parts = list(_walked(message, 0))
        is_report = reports.is_report(message)
        own = [part for _, part in parts]
        sender = _sender(values)
        return LetterContent(
            senders=(sender,) if sender else (),
            subject=_subject(values),
            message_id=_first_id(values, "message-id"),
            references=_references(values),
            signs=frozenset(_signs(values, mail_from, is_report=is_report)),
            checks=authentication.results(values.get("authentication-results", []), self.authserv_id),
            headers=_shown(message),
            parts=tuple(_line(depth, part) for depth, part in parts),
            text=letter_text(own),
            files=() if is_report else limited(_files(own)),
            is_report=is_report,
            undelivered=reports.undelivered(own) if is_report else (),
            reported_id=reports.reported_id(own) if is_report else "",
        )

    def _key(self, values: dict[str, list[str]], raw: bytes) -> bytes:
        """The same for every delivery of one letter, whatever ways have left their marks in it; another
        when our server judged its sender otherwise. What has no id is told by its very bytes."""
        if not _first_id(values, "message-id"):
            return sha256(raw).digest()
        told = [values.get(name, [""])[0] for name in ("message-id", "from", "date", "subject")]
        checks = authentication.results(values.get("authentication-results", []), self.authserv_id)
        body = raw[len(_headers(raw)) :].replace(b"\r\n", b"\n").strip(b"\n")
        text = "\0".join([*told, *(f"{one.method}={one.result}" for one in checks)])
        return sha256(text.encode("utf-8", "surrogateescape") + b"\0" + sha256(body).digest()).digest()


def _headers(raw: bytes) -> bytes:
    ends = [
        end
        for end in (raw.find(b"\r\n\r\n", 0, MOST_HEADERS_BYTES), raw.find(b"\n\n", 0, MOST_HEADERS_BYTES))
        if end >= 0
    ]
    return raw[: min(ends)] if ends else raw[:MOST_HEADERS_BYTES]


def _unsafe(raw: bytes) -> str:
    """Why the letter is not taken apart at all; "" when it may be."""
    if len(_headers(raw)) >= MOST_HEADERS_BYTES:
        return "headers too long"
    if raw.count(b"\n") > MOST_LINES or raw.count(b"\n--") > _MOST_SEPARATORS:
        return "too many lines"
    if sum(1 for _ in _NESTING.finditer(raw)) > _MOST_NESTED:
        return "too many parts in parts"
    if any(found.end() - found.start() > _MOST_FIELD_BYTES for found in _FIELD.finditer(raw)):
        return "a header too long"
    return ""


def _values(message: Message) -> dict[str, list[str]]:
    """Headers as they stand, from the top, folded lines joined."""
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        plain = str(value)[: 5 * HEADER_CHARS].replace("\r", "").replace("\n", "")
        found.setdefault(name.lower(), []).append(plain)
    return found


def _sender(values: dict[str, list[str]]) -> str | None:
    written = values.get("from", [])
    return address_of(guessed(written[0])) if len(written) == 1 else None


def _subject(values: dict[str, list[str]]) -> str:
    return decoded(values.get("subject", [""])[0])[:SUBJECT_CHARS]


def _first_id(values: dict[str, list[str]], name: str) -> str:
    found = _ID.search(values.get(name, [""])[0])
    return found[0] if found and found[0].isascii() and found[0].isprintable() else ""


def _references(values: dict[str, list[str]]) -> tuple[str, ...]:
    ids = [
        found for name in ("references", "in-reply-to") for found in _ID.findall(values.get(name, [""])[0])
    ]
    sound = [one for one in dict.fromkeys(ids) if one.isascii() and one.isprintable()]
    return tuple(sound[:1] + sound[1:][-20:])


def _signs(values: dict[str, list[str]], mail_from: str, *, is_report: bool) -> Iterator[Sign]:
    def first(name: str) -> str:
        return values.get(name, [""])[0].strip().lower()

    if first("auto-submitted").partition(";")[0].strip() not in ("", "no"):
        yield Sign.AUTO_SUBMITTED
    if first("precedence") in ("bulk", "junk", "list", "auto_reply"):
        yield Sign.PRECEDENCE
    if "list-id" in values or "list-unsubscribe" in values:
        yield Sign.LIST
    if mail_from.strip() in ("", "<>") or first("return-path") == "<>" or is_report:
        yield Sign.NO_RETURN
    if any(name in values for name in _AUTO_REPLY_HEADERS if name != "x-auto-response-suppress"):
        yield Sign.AUTO_REPLY
    if first("x-auto-response-suppress") not in ("", "none"):
        yield Sign.AUTO_REPLY


def _walked(message: Message, depth: int) -> Iterator[tuple[int, Message]]:
    """Every part, those of forwarded letters too; at most MOST_PARTS, MOST_DEPTH deep."""
    stack = [(depth, message)]
    for _ in range(MOST_PARTS):
        if not stack:
            return
        depth, part = stack.pop()
        yield depth, part
        payload = part.get_payload()
        if isinstance(payload, list) and depth < MOST_DEPTH:
            stack += [(depth + 1, one) for one in reversed(payload) if isinstance(one, Message)]
        elif inner := _signed(part):
            stack.append((depth + 1, inner))


def _signed(part: Message) -> Message | None:
    """The letter inside of an opaquely signed one."""
    if part.get_content_type() not in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        return None
    body = part.get_payload(decode=True)
    content = smime.signed_content(body) if isinstance(body, bytes) else None
    if content is None or _unsafe(content):
        return None
    return BytesParser(policy=compat32).parsebytes(content)


def _files(parts: list[Message]) -> list[MailedFile]:
    found: list[MailedFile] = []
    for part in parts:
        if part.is_multipart():
            continue
        name, kind = _name(part), part.get_content_type()
        body = part.get_payload(decode=True)
        if not isinstance(body, bytes):
            continue
        if kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
            if _signed(part) is None:
                found.append(MailedFile(name=name, size_bytes=len(body), trouble=Trouble.ENCRYPTED))
            continue
        in_text = not name and part.get_content_maintype() in ("text", "image")
        found += usable(name, kind, body, in_text=in_text)
    return found


def _name(part: Message) -> str:
    """RFC 2231, RFC 2047 where it should not stand, and bytes of some Russian encoding, as they come."""
    for field_name in ("content-disposition", "content-type"):
        raw = [str(value) for name, value in part.raw_items() if name.lower() == field_name][:1]
        if raw and not raw[0].isascii():
            part.replace_header(field_name, guessed(raw[0]))
    return file_name(part.get_filename() or "")


def _line(depth: int, part: Message) -> Part:
    payload = part.get_payload()
    size = len(payload) if isinstance(payload, str) else 0
    name = "" if part.is_multipart() else _name(part)
    return Part(depth=depth, media_type=clean(part.get_content_type())[:100], name=name, size_bytes=size)


def _shown(message: Message) -> tuple[tuple[str, str], ...]:
    """The headers a person decides by."""
    items = [(name, str(value)) for name, value in message.raw_items() if name.lower() in _SHOWN]
    return tuple(
        (name, decoded(value.replace("\n", " ").replace("\r", ""))[:1000])
        for name, value in items[:_MOST_SHOWN]
    )
