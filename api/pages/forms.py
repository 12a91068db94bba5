"""What people type into forms."""

import re
from typing import Annotated, Any
from urllib.parse import quote, unquote

from litestar import Request
from msgspec import Meta

from domain.kernel.errors import Invalid
from domain.kernel.money import Money

Typed = Annotated[str, Meta(max_length=200)]
LONGEST_PLACE = 500
_SPACES = re.compile(r"[\s\u00a0\u202f₽]")
_ROUBLES = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,2}))?")


class AmountUnreadable(Invalid):
    code = "amount-unreadable"
    text = "This is not a sum in roubles"
    remedy = "Write it as 1234,56"


def money_of(text: str, field: str = "amount") -> Money:
    """“1 234,5” as people write it; AmountUnreadable."""
    found = _ROUBLES.fullmatch(_SPACES.sub("", text))
    if found is None:
        raise AmountUnreadable(field=field)
    return Money(int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")))


def typed(amount: Money) -> str:
    """The sum as it stands in a field: “1234,50”."""
    return f"{amount.kopecks // 100},{amount.kopecks % 100:02d}"


def local_place(place: str) -> str:
    """A page of ours to go to, whatever the address bar said: never another site."""
    is_ours = place.startswith("/") and not place.startswith("//") and "\\" not in place
    is_whole = len(place) <= LONGEST_PLACE and place.isascii() and place.isprintable()
    return place if is_ours and is_whole else "/"


def with_place(address: str, place: str) -> str:
    """The address of a page that goes on to `place` afterwards."""
    return address if place == "/" else f"{address}?next={quote(place, safe='')}"


def place_asked(request: Request[Any, Any, Any]) -> str:
    """Where a page goes on to, the last of its query: whole also where somebody wrote “?” and “&” in it as
    they are."""
    _, _, said = f"&{request.url.query}".partition("&next=")
    return local_place(said if "?" in said or "&" in said else unquote(said))
