"""Which documents the cabinet cannot be used without: the same for everybody, so remembered for 3 s."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import asyncpg

from domain.kernel.ids import DocumentId
from domain.people.consents import NEEDED

KEPT_FOR = timedelta(seconds=3)


@dataclass(slots=True)
class RememberedNeededDocuments:
    pool: asyncpg.Pool
    now: Callable[[], datetime]
    _kept: tuple[date, datetime, frozenset[DocumentId]] | None = None

    async def on(self, day: date) -> frozenset[DocumentId]:
        at = self.now()
        if self._kept and self._kept[0] == day and self._kept[1] > at:
            return self._kept[2]
        rows = await self.pool.fetch(
            """
            SELECT DISTINCT ON (purpose) document_id FROM documents
            WHERE valid_from <= $1 AND purpose = ANY($2) ORDER BY purpose, version DESC
            """,
            day,
            sorted(NEEDED),
        )
        needed = frozenset(DocumentId(row["document_id"]) for row in rows)
        self._kept = (day, at + KEPT_FOR, needed)
        return needed

    def forget(self) -> None:
        self._kept = None
