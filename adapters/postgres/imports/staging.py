"""The rows of one file in temporary tables of one session: nothing of an unfinished check outlives it,
and nothing of it is written to the log of the database.

On Citus the reads of the number registries join a local table; nothing distributed is written here.
"""

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import cast

import asyncpg
import msgspec

from adapters.postgres.imports.batches import batches
from adapters.postgres.imports.checks import bill_faults, directory_faults, is_sound
from adapters.postgres.imports.penalty_checks import penalty_faults
from domain.accounts.billing import BillLine
from domain.accounts.import_cells import Fault, period_is_near
from domain.accounts.import_checks import Known
from domain.accounts.import_columns import ImportKind
from domain.accounts.import_meters import MeterRow, TariffRow
from domain.accounts.import_norms import NormRow
from domain.accounts.import_readings import ReadingRow
from domain.accounts.import_rows import (
    AccountRow,
    ChargeRow,
    ContactRow,
    DirectoryRow,
    OpeningRow,
    Row,
    SupplierRow,
)
from domain.accounts.imports import Staging, Table
from domain.kernel.ids import AccountId
from domain.kernel.money import Money

LONG_SECONDS = 3600.0
_UNIT = re.compile(r"[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]{0,18}[^\s\x00-\x1f\x7f])?")
_DIRECTORY_COLUMNS = (
    "row_no",
    "key",
    "subject",
    "facts",
    "number",
    "supplier_inn",
    "supplier_account",
    "body",
)
_BILL_COLUMNS = (
    *("row_no", "period", "unified_account", "supplier_inn", "supplier_account", "service", "volume", "unit"),
    *("tariff", "amount", "recalculation", "penalty", "bill_number", "overpayment"),
    *("benefit", "norm", "norm_count"),
)
_KINDS: dict[ImportKind, type[DirectoryRow]] = {
    ImportKind.SUPPLIERS: SupplierRow,
    ImportKind.ACCOUNTS: AccountRow,
    ImportKind.CONTACTS: ContactRow,
    ImportKind.TARIFFS: TariffRow,
    ImportKind.NORMS: NormRow,
    ImportKind.METERS: MeterRow,
    ImportKind.READINGS: ReadingRow,
}


@asynccontextmanager
async def staging(pool: asyncpg.Pool, kind: ImportKind) -> AsyncIterator[Staging]:
    """A session for one file; its temporary tables go with its transaction."""
    async with pool.acquire() as connection, connection.transaction():
        for statement in _TABLES:
            await connection.execute(statement)
        yield PostgresStaging(cast(asyncpg.Connection, connection), kind)


_TABLES = (
    "SET LOCAL work_mem = '64MB'",
    "SET LOCAL jit = off",
    """
    CREATE TEMP TABLE import_rows (
        row_no int NOT NULL, key text NOT NULL, subject text NOT NULL, facts text NOT NULL,
        number text NOT NULL, supplier_inn text NOT NULL, supplier_account text NOT NULL,
        body bytea NOT NULL
    ) ON COMMIT DROP
    """,
    """
    CREATE TEMP TABLE bill_lines (
        row_no int NOT NULL DEFAULT 0, period text, unified_account text, supplier_inn text,
        supplier_account text, service text, volume text, unit text, tariff text, amount text,
        recalculation text, penalty text, bill_number text, overpayment text, benefit text, norm text,
        norm_count text
    ) ON COMMIT DROP
    """,
)


@dataclass(slots=True)
class PostgresStaging:
    connection: asyncpg.Connection
    kind: ImportKind

    async def copied(self, table: Table, known: Known, today: date) -> tuple[int, Money] | None:
        try:
            async with self.connection.transaction():
                return await self._copied(table, known, today)
        except (asyncpg.DataError, asyncpg.FeatureNotSupportedError, _NotPlain):
            return None

    async def _copied(self, table: Table, known: Known, today: date) -> tuple[int, Money]:
        """COPY takes the bytes as they are; whatever does not read back the same is not plain."""
        text = table.text
        await self.connection.copy_to_table(
            "bill_lines",
            columns=table.header,
            source=text.pieces(),
            format="csv",
            delimiter=text.delimiter,
            encoding="WIN1251" if text.encoding == "cp1251" else "UTF8",
            timeout=LONG_SECONDS,
        )
        groups = await self.connection.fetch(
            """
            SELECT period, supplier_inn, service, unit, norm, count(*) AS rows FROM bill_lines
            GROUP BY 1, 2, 3, 4, 5 LIMIT 10000
            """,
            timeout=LONG_SECONDS,
        )
        if not all(_is_known(group, known, today) for group in groups):
            raise _NotPlain
        await self._resolve()
        rows = sum(group["rows"] for group in groups)
        found = await self.connection.fetchrow(
            """
            SELECT count(*) FILTER (WHERE is_plain) AS rows,
                   sum(amount_kopecks + recalculation_kopecks + penalty_kopecks)::bigint AS kopecks
            FROM bill
            """,
            timeout=LONG_SECONDS,
        )
        if not rows or found is None or found["rows"] != rows or not await is_sound(self.connection, rows):
            raise _NotPlain
        if await penalty_faults(self.connection, today, 1):
            raise _NotPlain
        return rows, Money(found["kopecks"])

    async def add(self, rows: Sequence[tuple[int, Row]]) -> None:
        if self.kind in _KINDS:
            await self.connection.copy_records_to_table(
                "import_rows", columns=_DIRECTORY_COLUMNS, records=_directory_records(rows)
            )
        else:
            await self.connection.copy_records_to_table(
                "bill_lines", columns=_BILL_COLUMNS, records=_bill_records(rows)
            )

    async def faults(self, limit: int, today: date) -> list[Fault]:
        if self.kind in _KINDS:
            return await directory_faults(self.connection, self.kind, limit)
        await self._resolve()
        found = await bill_faults(self.connection, self.kind, limit)
        if self.kind is ImportKind.CHARGES:
            found += await penalty_faults(self.connection, today, limit)
        return found[:limit]

    async def _resolve(self) -> None:
        """Lines whose supplier account is known, with its ids and with sums in kopecks."""
        await self.connection.execute(_RESOLVED, timeout=LONG_SECONDS)

    async def rows(self, size: int) -> AsyncIterator[Sequence[DirectoryRow]]:
        kind = _KINDS[self.kind]
        cursor = await self.connection.cursor(
            "SELECT body FROM import_rows ORDER BY subject, row_no", timeout=LONG_SECONDS
        )
        while rows := await cursor.fetch(size, timeout=LONG_SECONDS):
            yield [msgspec.json.decode(row["body"], type=kind) for row in rows]

    def batches(self, size: int, after: AccountId | None) -> AsyncIterator[Sequence[BillLine]]:
        return batches(self.connection, size, after)


class _NotPlain(Exception):
    """The file must be read row by row."""


_RESOLVED = r"""
CREATE TEMP TABLE bill ON COMMIT DROP AS
SELECT l.row_no, l.place, n.account_id, n.supplier_account_id, l.unified_account, l.supplier_inn,
       l.supplier_account, l.service, l.period, l.bill_number, l.volume, coalesce(l.unit, '') AS unit,
       l.tariff,
       (l.charged * 100)::bigint AS amount_kopecks,
       coalesce((l.recalculated * 100)::bigint, 0) - coalesce((l.relieved * 100)::bigint, 0)
           AS recalculation_kopecks,
       coalesce((l.penalised * 100)::bigint, 0) AS penalty_kopecks,
       coalesce((l.ahead * 100)::bigint, 0) AS overpayment_kopecks,
       coalesce((l.relieved * 100)::bigint, 0) AS benefit_kopecks, l.norm, l.norm_count,
       l.charged::text = l.amount AND scale(l.charged) <= 2 AND abs(l.charged) < 1000000000
           AND (l.recalculated IS NULL
                OR l.recalculated::text = l.recalculation AND scale(l.recalculated) <= 2
                   AND abs(l.recalculated) < 1000000000)
           AND (l.penalised IS NULL
                OR l.penalised::text = l.penalty AND scale(l.penalised) <= 2
                   AND l.penalised >= 0 AND l.penalised < 1000000000)
           AND (l.relieved IS NULL
                OR l.relieved::text = l.benefit AND scale(l.relieved) <= 2
                   AND l.relieved >= 0 AND l.relieved < 1000000000)
           AND (l.heads IS NULL
                OR l.heads::text = l.norm_count AND scale(l.heads) <= 6
                   AND l.heads >= 0 AND l.heads < 100000000)
           AND (l.used IS NULL
                OR l.used::text = l.volume AND scale(l.used) <= 6 AND abs(l.used) < 1000000000000)
           AND (l.price IS NULL
                OR l.price::text = l.tariff AND scale(l.price) <= 6
                   AND l.price >= 0 AND l.price < 100000000)
           AND l.bill_number ~ '^[!-~А-я№]([ -~А-я№]{0,38}[!-~А-я№])?$'
           AS is_plain
FROM (SELECT *, ctid AS place, amount::numeric AS charged, recalculation::numeric AS recalculated,
             penalty::numeric AS penalised, overpayment::numeric AS ahead, volume::numeric AS used,
             tariff::numeric AS price, benefit::numeric AS relieved, norm_count::numeric AS heads
      FROM bill_lines OFFSET 0) l
JOIN suppliers s ON s.inn = l.supplier_inn
JOIN supplier_account_numbers n ON n.number = l.supplier_account AND n.supplier_id = s.supplier_id
"""
"""A number is plain when it reads back as it was written: not 1e3, +5, .5, 0x1F, NaN. `place` is where the
line stands in the file: what is copied unread has no row numbers."""


def _is_known(group: asyncpg.Record, known: Known, today: date) -> bool:
    return (
        group["service"] in known.service_codes
        and group["supplier_inn"] in known.supplier_inns
        and period_is_near(group["period"] or "", today)
        and (group["unit"] is None or _UNIT.fullmatch(group["unit"]) is not None)
        and (group["norm"] is None or (group["supplier_inn"], group["service"], group["norm"]) in known.norms)
    )


def _directory_records(rows: Iterable[tuple[int, Row]]) -> Iterable[tuple[object, ...]]:
    for row_no, row in rows:
        body = msgspec.json.encode(row)
        match row:
            case SupplierRow():
                yield row_no, row.key, row.subject, row.facts, "", row.inn, "", body
            case TariffRow() | NormRow():
                yield row_no, row.key, row.subject, row.facts, "", row.supplier_inn, "", body
            case AccountRow() | MeterRow() | ReadingRow():
                yield (
                    *(row_no, row.key, row.subject, row.facts),
                    *(row.number, row.supplier_inn, row.supplier_account, body),
                )
            case ContactRow():
                yield row_no, row.key, row.subject, row.facts, row.number, "", "", body


def _bill_records(rows: Iterable[tuple[int, Row]]) -> Iterable[tuple[object, ...]]:
    for row_no, row in rows:
        match row:
            case ChargeRow():
                yield (
                    *(row_no, row.period, row.number, row.supplier_inn, row.supplier_account),
                    *(row.service_code, _text(row.volume), row.unit, _text(row.tariff)),
                    *(_roubles(row.amount), _roubles(row.recalculation), _roubles(row.penalty)),
                    *(row.bill_number, None, _roubles(row.benefit), row.norm, _text(row.norm_count)),
                )
            case OpeningRow():
                yield (
                    *(row_no, row.period, row.number, row.supplier_inn, row.supplier_account),
                    *(row.service_code, None, "", None, _roubles(row.debt), "0.00", _roubles(row.penalty)),
                    *("opening", _roubles(row.overpayment), None, None, None),
                )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _roubles(sum: Money) -> str:
    sign = "-" if sum.kopecks < 0 else ""
    return f"{sign}{abs(sum.kopecks) // 100}.{abs(sum.kopecks) % 100:02d}"
