"""The production calendar in PostgreSQL."""

from dataclasses import dataclass

from adapters.postgres.pool import Queryable
from domain.kernel.working_days import WorkingDays


@dataclass(frozen=True, slots=True)
class PostgresCalendar:
    connection: Queryable

    async def working_days(self) -> WorkingDays:
        rows = await self.connection.fetch("SELECT day, is_worked FROM calendar_days")
        return WorkingDays(
            off=frozenset(row["day"] for row in rows if not row["is_worked"]),
            on=frozenset(row["day"] for row in rows if row["is_worked"]),
        )
