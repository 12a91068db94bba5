"""Which accounts still lack readings: accounts, meters and accepted values lie in one group."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter

import asyncpg

from domain.kernel.ids import AccountId, MeterId
from domain.notices.reminders import AccountToRead, MeterToRead, Window, Windows
from domain.readings.meters import register_name

_NO_PERIOD = ""


@dataclass(frozen=True, slots=True)
class PostgresReadingsToSend:
    connection: asyncpg.Connection

    async def page(
        self, after: AccountId | None, limit: int, day: date, windows: Windows
    ) -> list[AccountToRead]:
        """Report over all accounts: the next ones of a pass."""
        rows = await self.connection.fetch(
            """
            SELECT account_id, number, address, kind, reading_group, closed_at FROM accounts
            WHERE $1::uuid IS NULL OR account_id > $1 ORDER BY account_id LIMIT $2
            """,
            after,
            limit,
        )
        return await self._with_meters(rows, day, windows)

    async def of(self, account_id: AccountId, day: date, windows: Windows) -> AccountToRead | None:
        row = await self.connection.fetchrow(
            """
            SELECT account_id, number, address, kind, reading_group, closed_at FROM accounts
            WHERE account_id = $1
            """,
            account_id,
        )
        return None if row is None else (await self._with_meters([row], day, windows))[0]

    async def count(self) -> int:
        """The planner's own figure: counting a million rows only to draw a bar would be waste."""
        rows: float = await self.connection.fetchval(
            "SELECT reltuples FROM pg_class WHERE oid = 'kabinet.accounts'::regclass"
        )
        return max(0, int(rows))

    async def _with_meters(
        self, rows: Sequence[asyncpg.Record], day: date, windows: Windows
    ) -> list[AccountToRead]:
        own = {row["account_id"]: _window(row, windows) for row in rows}
        meters = await self._meters(own, day)
        return [
            AccountToRead(
                id=row["account_id"],
                number=row["number"],
                address=row["address"],
                is_closed=row["closed_at"] is not None,
                window=own[row["account_id"]],
                meters=meters.get(row["account_id"], ()),
            )
            for row in rows
        ]

    async def _meters(
        self, windows: Mapping[AccountId, Window | None], day: date
    ) -> dict[AccountId, tuple[MeterToRead, ...]]:
        """Report over the accounts of one page: registers of the meters that hang there, and which of them
        have an accepted value of the period. What billing calculated is no reading."""
        rows = await self.connection.fetch(
            """
            SELECT m.account_id, m.meter_id, m.serial, m.place, m.is_automatic, r.label,
              z.label AS zone_label,
              EXISTS (
                SELECT FROM register_readings v
                WHERE v.account_id = r.account_id AND v.meter_id = r.meter_id AND v.zone = r.zone
                  AND v.direction = r.direction AND v.period = w.period AND v.nature <> 'calculated'
                  AND v.state IN ('accepted', 'accepted_with_warning', 'used')) AS is_read
            FROM unnest($1::uuid[], $2::text[]) AS w (account_id, period)
              JOIN meters m ON m.account_id = w.account_id
              JOIN meter_registers r ON r.account_id = m.account_id AND r.meter_id = m.meter_id
              JOIN tariff_zones z ON z.zone_code = r.zone
            WHERE m.installed_on <= $3 AND (m.removed_on IS NULL OR m.removed_on > $3)
              AND m.not_admitted_since IS NULL
              AND r.zone <> 'total'
            ORDER BY m.account_id, m.serial, m.meter_id, r.label, r.zone
            """,
            list(windows),
            [window.period if window else _NO_PERIOD for window in windows.values()],
            day,
        )
        return {
            account_id: tuple(_meter(registers) for _, registers in groupby(found, itemgetter("meter_id")))
            for account_id, found in groupby(rows, itemgetter("account_id"))
        }


def _window(row: asyncpg.Record, windows: Windows) -> Window | None:
    """That of the account's own group, else of its kind."""
    groups = [group for group in (row["reading_group"], row["kind"]) if group in windows]
    return windows[groups[0]] if groups else None


def _meter(registers: Iterable[asyncpg.Record]) -> MeterToRead:
    rows = list(registers)
    missing = tuple(register_name(row["zone_label"], row["label"]) for row in rows if not row["is_read"])
    return MeterToRead(
        id=MeterId(rows[0]["meter_id"]),
        serial=rows[0]["serial"],
        place=rows[0]["place"],
        is_automatic=rows[0]["is_automatic"],
        missing=missing,
        has_some=len(missing) < len(rows),
    )
