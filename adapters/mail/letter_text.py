"""What the writer of a letter says, as plain text for a person to read: its first text, HTML without its
tags where there is no other."""

import re
from collections.abc import Sequence
from email.message import Message
from html import unescape

from adapters.mail.words import clean, text_of

TEXT_CHARS = 8_000
_MOST_BYTES = 100_000
_UNSEEN = ("script", "style", "title")
_LINES = ("p", "br", "div", "tr", "li", "blockquote", "h1", "h2", "h3")
_COMMENT_END = "-->"
_SPACES = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BLANK = re.compile(r"\n{3,}")


def letter_text(parts: Sequence[Message]) -> str:
    """At most TEXT_CHARS, then “…”; "" where the letter says nothing, or nothing that can be read: a letter's
    fate never hangs on it."""
    try:
        return _first(parts)
    except Exception:  # noqa: BLE001 - strangers' bytes
        return ""


def _first(parts: Sequence[Message]) -> str:
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind and not part.is_multipart() and not part.get_filename():
                written = _written(part)
                if text := _tidy(_seen(written) if kind == "text/html" else written):
                    return text if len(text) <= TEXT_CHARS else f"{text[:TEXT_CHARS]}…"
    return ""


def _written(part: Message) -> str:
    body = part.get_payload(decode=True)
    if not isinstance(body, bytes):
        return ""
    if len(body) > _MOST_BYTES:  # cut between words: half a character would spoil the decoding of all
        end = body.rfind(b" ", 0, _MOST_BYTES)
        body = body[: end if end > 0 else _MOST_BYTES]
    return text_of(body, part.get_content_charset())


def _tidy(text: str) -> str:
    """Without signs that hide or turn what is written; one empty line at most."""
    plain = _CONTROL.sub("", clean(text).replace("\r\n", "\n").replace("\r", "\n"))
    return _BLANK.sub("\n\n", "\n".join(line.rstrip() for line in plain.split("\n"))).strip()


def _seen(written: str) -> str:
    """HTML without its tags, in one pass: the stdlib's reader takes minutes over what is made to be slow."""
    first, *tagged = written.split("<")
    shown, until = [first], ""
    for piece in tagged:
        tag, _, said = piece.partition(">")
        name = tag[:20].strip("/ ").partition(" ")[0].strip("/").lower()
        if until == _COMMENT_END or piece.startswith("!--"):
            _, until, said = piece.rpartition(_COMMENT_END)
            until = "" if until else _COMMENT_END
        elif until:
            until = "" if tag.lower().startswith(until) else until
        elif name in _UNSEEN:
            until = f"/{name}"
        if not until:
            shown += ["\n" if name in _LINES else "", _SPACES.sub(" ", said)]
    return unescape("".join(shown))
