"""What people type into forms."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta

from domain.kernel.errors import Invalid
from domain.kernel.money import Money

Typed = Annotated[str, Meta(max_length=200)]
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
    parts = urlsplit(place)
    is_ours = place.startswith("/") and not place.startswith(("//", "/\\")) and not parts.netloc
    return place if is_ours and "\\" not in place and place.isprintable() else "/"
