"""Readings with their steps, a page at a time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from adapters.postgres.pool import Queryable
from adapters.postgres.readings.readings import PostgresReadings
from domain.kernel.access import Access
from domain.kernel.ids import MeterId, ReadingId
from domain.readings.keeping import ReadingCursor, ReadingQuestion, ReadingStep, ReadingView


@dataclass(frozen=True, slots=True)
class PostgresReadingCopies:
    connection: Queryable

    async def of_meter(
        self, access: Access, meter_id: MeterId, *, before: ReadingCursor | None, limit: int
    ) -> Sequence[ReadingView]:
        listed = PostgresReadings(self.connection).listed
        readings = await listed(access, meter_id, ReadingQuestion(), before=before, limit=limit)
        if not readings:
            return []
        rows = await self.connection.fetch(
            """
            SELECT reading_id, zone, direction, step_no, state, at, reason, note FROM reading_steps
            WHERE account_id = $1 AND reading_id = ANY($2) ORDER BY zone, direction, step_no
            """,
            access.account_id,
            [reading.id for reading in readings],
        )
        steps = defaultdict[ReadingId, list[ReadingStep]](list)
        for row in rows:
            steps[row["reading_id"]].append(msgspec.convert(dict(row), ReadingStep))
        return [ReadingView(reading=one, steps=tuple(steps[one.id])) for one in readings]
