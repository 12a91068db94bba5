"""Words of letters as people wrote them: encoded words, forgotten encodings, names of files."""

import re
import unicodedata
from email.errors import HeaderParseError
from email.header import decode_header

from domain.people.emails import EmailInvalid, normalised_email

HEADER_CHARS = 4_000
NAME_CHARS = 150
_RUSSIAN = ("cp1251", "koi8-r")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(r"\([^()]*\)")
_FROM = re.compile(r'[^<>@,;:]*<\s*([^<>@,;:\s"()\\\[\]]+@[^<>@,;:\s"()\\\[\]]+)\s*>\s*')
_BARE = re.compile(r'\s*([^<>@,;:\s"()\\\[\]]+@[^<>@,;:\s"()\\\[\]]+)\s*')
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]')


def decoded(value: str) -> str:
    """A header's value, encoded words (RFC 2047) and bytes above ASCII read, on one line."""
    value = guessed(value[:HEADER_CHARS])
    try:
        parts = [_word(part, charset) for part, charset in decode_header(value)]
    except (HeaderParseError, ValueError, LookupError):
        parts = [value]
    return " ".join(clean("".join(parts)).split())


def clean(text: str) -> str:
    """What a database and a screen can hold: no lone surrogates, no NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def guessed(value: str) -> str:
    """What the stdlib kept of bytes above ASCII (as lone surrogates) turned into the text they mean."""
    if value.isascii():
        return value
    try:
        return text_of(value.encode("ascii", "surrogateescape"))
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace").decode()


def text_of(raw: bytes, charset: str | None = None) -> str:
    """Bytes as text: in the charset they claim, else UTF-8, else the likelier of the Russian ones."""
    for name in (charset, "utf-8"):
        if name:
            try:
                return raw.decode(name)
            except (LookupError, ValueError):
                continue
    return max((raw.decode(name, "replace") for name in _RUSSIAN), key=_likeness)


def _likeness(text: str) -> int:
    """Read in the wrong one of the two, small letters become capitals in the middle of words."""
    return sum((1 if "а" <= char <= "я" else 0) - (2 if char in "�╬═║─│┌" else 0) for char in text)


def _word(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    return text_of(part, None if charset == "unknown-8bit" else charset)


def address_of(value: str) -> str | None:
    """The one address of a From header, in lower case; None when there are several or it is unclear.

    Stricter than the stdlib, which finds addresses inside of names: what is vouched for and what is read
    must be the same.
    """
    plain = _QUOTED.sub("", value[:HEADER_CHARS])
    for _ in range(5):
        plain = _COMMENT.sub("", plain)
    found = _FROM.fullmatch(plain) or _BARE.fullmatch(plain)
    return None if found is None else email_of(found[1])


def email_of(written: str) -> str | None:
    """An address in lower case, None where letters cannot go to it."""
    try:
        return normalised_email(written).lower()
    except EmailInvalid:
        return None


def file_name(written: str) -> str:
    """A name fit to be shown and sent back: without folders, control characters and tricks of direction."""
    name = unicodedata.normalize("NFC", decoded(written)).replace("\\", "/").rpartition("/")[2]
    name = _FORBIDDEN.sub("", name).strip(" .")
    if len(name) <= NAME_CHARS:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: NAME_CHARS - 12]}{dot}{ending[:10]}" if dot else name[:NAME_CHARS]
