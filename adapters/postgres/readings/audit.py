"""What the audit reads of readings, a batch of accounts at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from domain.kernel.ids import AccountId, ReadingId
from domain.readings.audit import ReadingRow, ValueRow

Key = tuple[AccountId, ReadingId]


@dataclass(frozen=True, slots=True)
class PostgresReadingAudit:
    """Reads only, in one snapshot."""

    connection: asyncpg.Connection

    async def of(self, ids: Sequence[AccountId]) -> list[ReadingRow]:
        async with self.connection.transaction(isolation="repeatable_read", readonly=True):
            kept = {(row[0], row[1]): row[2] for row in await self._readings(ids)}
            steps: dict[tuple[Key, str, str], list[tuple[int, str]]] = {}
            for row in await self._steps(ids):
                register = (row["account_id"], row["reading_id"]), row["zone"], row["direction"]
                steps.setdefault(register, []).append((row["step_no"], row["state"]))
            values: dict[Key, list[ValueRow]] = {key: [] for key in kept}
            for row in await self._values(ids):
                key = row["account_id"], row["reading_id"]
                own = steps.get((key, row["zone"], row["direction"]), [])
                value = ValueRow(row["zone"], row["direction"], row["state"], row["steps_count"], own)
                values.setdefault(key, []).append(value)
        return [ReadingRow(*key, key in kept, kept.get(key, False), own) for key, own in values.items()]

    async def _readings(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            """
            SELECT account_id, reading_id, jsonb_array_length(repeats) > 0 FROM readings
            WHERE account_id = ANY ($1) ORDER BY account_id, reading_id
            """,
            ids,
        )

    async def _values(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            """
            SELECT account_id, reading_id, zone, direction, state, steps_count FROM register_readings
            WHERE account_id = ANY ($1) ORDER BY account_id, reading_id, zone, direction
            """,
            ids,
        )

    async def _steps(self, ids: Sequence[AccountId]) -> list[asyncpg.Record]:
        return await self.connection.fetch(
            """
            SELECT account_id, reading_id, zone, direction, step_no, state FROM reading_steps
            WHERE account_id = ANY ($1) ORDER BY account_id, reading_id, zone, direction, step_no
            """,
            ids,
        )
