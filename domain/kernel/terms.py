"""Rules that change by date and are data, not code: rates, windows, orders, limits."""

from datetime import date
from typing import ClassVar, Protocol, TypeVar

import msgspec


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One rule as it holds from a day on. `name` is its key in the table of terms."""

    name: ClassVar[str]


T = TypeVar("T", bound=Term)


class Terms(Protocol):
    async def at(self, kind: type[T], day: date) -> T:
        """The rule of that kind in force on `day`. LookupError when none was ever set."""
