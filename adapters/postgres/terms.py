"""Effective-dated rules in PostgreSQL, remembered by each process for a short while."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

import msgspec

from adapters.postgres.pool import Queryable
from domain.kernel.terms import Term

T = TypeVar("T", bound=Term)

REMEMBERED_FOR = timedelta(seconds=30)


@dataclass(slots=True)
class TermsMemory:
    """What a process has read: name -> (read at, [(valid from, value)], the newest first)."""

    rows: dict[str, tuple[datetime, list[tuple[date, object]]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PostgresTerms:
    connection: Queryable
    memory: TermsMemory
    now: datetime

    async def at(self, kind: type[T], day: date) -> T:
        for valid_from, value in await self._rows(kind.name):
            if valid_from <= day:
                return msgspec.convert(value, kind)
        raise LookupError(f"no terms “{kind.name}” on {day}")

    async def _rows(self, name: str) -> list[tuple[date, object]]:
        read_at, rows = self.memory.rows.get(name, (None, []))
        if read_at is None or not read_at <= self.now < read_at + REMEMBERED_FOR:
            found = await self.connection.fetch(
                "SELECT valid_from, value FROM terms WHERE name = $1 ORDER BY valid_from DESC", name
            )
            rows = [(row["valid_from"], row["value"]) for row in found]
            self.memory.rows[name] = (self.now, rows)
        return rows
