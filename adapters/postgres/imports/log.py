"""Imports, their faults and their files."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import asyncpg

from adapters.postgres.pool import Queryable
from domain.accounts.import_cells import Code, Fault
from domain.accounts.import_checks import Known, Totals
from domain.accounts.import_columns import ImportKind
from domain.accounts.imports import FAULTS_KEPT, Import, ImportNotFound, ImportState, Tally
from domain.kernel.ids import ImportId
from domain.kernel.money import Money

_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PostgresImportLog:
    connection: Queryable

    async def opened(self, wanted: Import) -> Import:
        row = await self.connection.fetchrow(
            """
            INSERT INTO imports
                (import_id, kind, file_name, sha256, state, who, value_date, expected_rows, expected_kopecks,
                 rows, sum_kopecks, faults, done, added, corrected, unchanged, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, 0, 0, 0, 0, $10)
            ON CONFLICT (kind, sha256) WHERE finished_at IS NULL DO UPDATE SET state = imports.state
            RETURNING *
            """,
            wanted.id,
            wanted.kind,
            wanted.file_name,
            wanted.sha256,
            wanted.state,
            wanted.who,
            wanted.value_date,
            wanted.expected.rows,
            None if wanted.expected.sum is None else wanted.expected.sum.kopecks,
            wanted.created_at,
        )
        assert row is not None
        return _import(row)

    async def save(self, changed: Import) -> None:
        await self.connection.execute(
            """
            UPDATE imports SET state = $2, rows = $3, sum_kopecks = $4, faults = $5, done = $6, added = $7,
                   corrected = $8, unchanged = $9, done_to = $10, finished_at = $11
            WHERE import_id = $1
            """,
            changed.id,
            changed.state,
            changed.rows,
            changed.sum.kopecks,
            changed.faults,
            changed.done,
            changed.tally.added,
            changed.tally.corrected,
            changed.tally.unchanged,
            changed.done_to,
            changed.finished_at,
        )

    async def by_id(self, import_id: ImportId) -> Import:
        row = await self.connection.fetchrow("SELECT * FROM imports WHERE import_id = $1", import_id)
        if row is None:
            raise ImportNotFound
        return _import(row)

    async def known(self) -> Known:
        suppliers = await self.connection.fetch("SELECT inn FROM suppliers")
        services = await self.connection.fetch("SELECT service_code FROM services")
        norms = await self.connection.fetch(
            """
            SELECT DISTINCT s.inn, n.service_code, n.norm_code
            FROM consumption_norms n JOIN suppliers s ON s.supplier_id = n.supplier_id
            """
        )
        zones = await self.connection.fetch("SELECT zone_code, synonyms FROM tariff_zones")
        return Known(
            supplier_inns=frozenset(row["inn"] for row in suppliers),
            service_codes=frozenset(row["service_code"] for row in services),
            zones={word: row["zone_code"] for row in zones for word in (row["zone_code"], *row["synonyms"])},
            norms=frozenset((row["inn"], row["service_code"], row["norm_code"]) for row in norms),
        )

    async def keep_faults(self, import_id: ImportId, faults: Sequence[Fault]) -> None:
        await self.connection.execute("DELETE FROM import_errors WHERE import_id = $1", import_id)
        await self.add_faults(import_id, faults)

    async def add_faults(self, import_id: ImportId, faults: Sequence[Fault]) -> None:
        if not faults:
            return
        last = await self.connection.fetchval(
            "SELECT coalesce(max(error_no), 0) FROM import_errors WHERE import_id = $1", import_id
        )
        await self.connection.executemany(
            """
            INSERT INTO import_errors (import_id, error_no, row_no, field, code, value)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                (import_id, number, fault.row_no, fault.field, fault.code, fault.value.replace("\x00", " "))
                for number, fault in enumerate(faults[: max(0, FAULTS_KEPT - last)], start=last + 1)
            ],
        )

    async def faults(self, import_id: ImportId, *, after: int, limit: int) -> list[tuple[int, Fault]]:
        rows = await self.connection.fetch(
            """
            SELECT error_no, row_no, field, code, value FROM import_errors
            WHERE import_id = $1 AND error_no > $2 ORDER BY error_no LIMIT $3
            """,
            import_id,
            after,
            limit,
        )
        return [
            (
                row["error_no"],
                Fault(row_no=row["row_no"], field=row["field"], code=Code(row["code"]), value=row["value"]),
            )
            for row in rows
        ]

    async def keep_file(self, import_id: ImportId, body: bytes) -> None:
        pieces = [body[start : start + _PIECE_BYTES] for start in range(0, len(body), _PIECE_BYTES)]
        await self.connection.executemany(
            "INSERT INTO import_files (import_id, piece_no, body) VALUES ($1, $2, $3)",
            [(import_id, number, piece) for number, piece in enumerate(pieces)],
        )

    async def file(self, import_id: ImportId) -> AsyncIterator[bytes]:
        number = 0
        while True:
            piece = await self.connection.fetchval(
                "SELECT body FROM import_files WHERE import_id = $1 AND piece_no = $2", import_id, number
            )
            if piece is None:
                return
            yield piece
            number += 1

    async def drop_file(self, import_id: ImportId) -> None:
        await self.connection.execute("DELETE FROM import_files WHERE import_id = $1", import_id)


def _import(row: asyncpg.Record) -> Import:
    return Import(
        id=row["import_id"],
        kind=ImportKind(row["kind"]),
        file_name=row["file_name"],
        sha256=row["sha256"],
        who=row["who"],
        value_date=row["value_date"],
        expected=Totals(
            rows=row["expected_rows"],
            sum=None if row["expected_kopecks"] is None else Money(row["expected_kopecks"]),
        ),
        created_at=row["created_at"],
        state=ImportState(row["state"]),
        rows=row["rows"],
        sum=Money(row["sum_kopecks"]),
        faults=row["faults"],
        done=row["done"],
        tally=Tally(added=row["added"], corrected=row["corrected"], unchanged=row["unchanged"]),
        done_to=row["done_to"],
        finished_at=row["finished_at"],
    )
