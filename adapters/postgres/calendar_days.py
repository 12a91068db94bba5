"""The production calendar in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.postgres.pool import Queryable
from domain.kernel.working_days import CalendarDay, WorkingDays


@dataclass(frozen=True, slots=True)
class PostgresCalendar:
    connection: Queryable

    async def working_days(self) -> WorkingDays:
        rows = await self.connection.fetch("SELECT day, is_worked FROM calendar_days")
        return WorkingDays(
            off=frozenset(row["day"] for row in rows if not row["is_worked"]),
            on=frozenset(row["day"] for row in rows if row["is_worked"]),
        )

    async def days(self) -> list[CalendarDay]:
        rows = await self.connection.fetch("SELECT day, is_worked, name FROM calendar_days ORDER BY day")
        return [CalendarDay(**dict(row)) for row in rows]

    async def replace(self, years: Sequence[int], days: Sequence[CalendarDay]) -> None:
        await self.connection.execute(
            "DELETE FROM calendar_days WHERE extract(year FROM day) = ANY ($1::int[])", list(years)
        )
        await self.connection.executemany(
            "INSERT INTO calendar_days (day, is_worked, name) VALUES ($1, $2, $3)",
            [(one.day, one.is_worked, one.name) for one in days],
        )
