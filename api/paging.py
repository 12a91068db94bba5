"""Lists a page at a time: a cursor is where the last page ended, opaque to the client."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

from domain.kernel.errors import Invalid

T = TypeVar("T")

Limit = Annotated[int, Meta(ge=1, le=200, description="The most items on one page")]
DEFAULT_LIMIT = 50
Cursor = Annotated[str, Meta(max_length=300)]
"""As it comes in: what `cursor_of` made."""


class CursorWrong(Invalid):
    code = "cursor-invalid"
    text = "This cursor was not made here"
    remedy = "Take “next” of the page before, or leave the cursor out to begin anew"


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """`next` goes on where this page ends; null on the last page."""

    items: list[T]
    next: str | None = None


def cursor_of(end: object) -> str:
    return urlsafe_b64encode(msgspec.json.encode(end)).decode().rstrip("=")


def end_of(cursor: str | None, kind: type[T]) -> T | None:
    """What `cursor_of` was given, or None for the first page. CursorWrong otherwise."""
    if cursor is None:
        return None
    try:
        return msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=kind)
    except (ValueError, msgspec.MsgspecError):
        raise CursorWrong(field="cursor") from None
