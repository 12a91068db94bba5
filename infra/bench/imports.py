"""Importing charges: from the bytes of a .csv to posted, beside COPY of the same bytes into a table
without keys."""

import tempfile
import time
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from pathlib import Path

import asyncpg

from adapters.postgres.pool import connect
from adapters.tables import open_table
from domain.accounts.import_columns import ImportKind
from domain.accounts.imports import ImportState, Wish
from infra.bench.results import Result
from infra.cli.imports import sha256_of
from infra.demo import files
from infra.imports import import_service, workers_for
from services.imports import ImportService

ACCOUNTS = 24_000
ROUNDS = 3
GOAL = 0.2
WORK = (
    "Importing charges, five suppliers, three periods: .csv checked, staged, posted to the ledger. "
    "Limit: COPY of the same bytes into a bare table"
)
_VALUE_DATE = date(2026, 11, 1)
_BARE = (
    "CREATE SCHEMA IF NOT EXISTS bench_imports",
    "DROP TABLE IF EXISTS bench_imports.bare",
    """
    CREATE TABLE bench_imports.bare (
        period text, unified_account text, supplier_inn text, supplier_account text, service text,
        amount numeric(14, 2), bill_number text, volume numeric(18, 6), unit text, tariff numeric(14, 6),
        recalculation numeric(14, 2), penalty numeric(14, 2), benefit numeric(14, 2), norm text,
        norm_count numeric(14, 6)
    )
    """,
)


async def run(dsn: str, *, accounts: int = ACCOUNTS, rounds: int = ROUNDS) -> list[Result]:
    """`dsn` is the owner's address of a migrated database without accounts of the demo's numbers."""
    owner = await connect(dsn, role=None)
    try:
        for statement in _BARE:
            await owner.execute(statement)
        with tempfile.TemporaryDirectory(prefix="kabinet-bench-") as directory:
            place = Path(directory)
            files.write(place, accounts=accounts, seed=1)
            parts = list(_parts(place / "charges.csv", place, rounds + 1))
            pairs = await _rounds(dsn, owner, place, parts)
    finally:
        await owner.close()
    return [Result.rate(WORK, "rows/s", pairs=pairs, goal=GOAL)]


async def _rounds(
    dsn: str, owner: asyncpg.Connection, place: Path, parts: list[Path]
) -> list[tuple[float, float]]:
    pairs = []
    async with import_service(dsn, workers=workers_for(parts[0])) as service:
        for kind in (ImportKind.SUPPLIERS, ImportKind.NORMS, ImportKind.ACCOUNTS):
            await _imported(service, kind, place / f"{kind}.csv")
        await owner.execute("VACUUM ANALYZE")
        for number, part in enumerate(parts):
            bare = await _copied(owner, part)
            ours = await _imported(service, ImportKind.CHARGES, part)
            if number:  # the first fills caches and begins the processes
                pairs.append((ours, bare))
    return pairs


async def _imported(service: ImportService, kind: ImportKind, file: Path) -> float:
    """Rows a second."""
    began = time.perf_counter()
    wish = Wish(
        kind=kind, file_name=file.name, sha256=sha256_of(file), who="kabinet bench", value_date=_VALUE_DATE
    )
    done = await service.run(wish, file)
    seconds = time.perf_counter() - began
    if done.state is not ImportState.POSTED:
        raise RuntimeError(f"{file.name} was {done.state}")
    return done.rows / seconds


async def _copied(owner: asyncpg.Connection, file: Path) -> float:
    """Rows a second. Each round's table is its own: rows written into an emptied one need no log."""
    await owner.execute("DELETE FROM bench_imports.bare")
    began = time.perf_counter()
    async with open_table(file) as table:
        status = await owner.copy_to_table(
            "bare",
            schema_name="bench_imports",
            columns=table.header,
            source=table.text.pieces(),
            format="csv",
            delimiter=table.text.delimiter,
        )
    return int(status.split()[-1]) / (time.perf_counter() - began)


def _parts(file: Path, place: Path, count: int) -> Iterator[Path]:
    """The file cut into so many of about the same size, whole accounts in each, without trailers."""
    size = file.stat().st_size // count + 1
    with file.open(encoding="utf-8", newline="") as source:
        header = next(source)
        accounts = groupby(
            (line for line in source if not line.startswith("#")), lambda line: line.split(";", 2)[1]
        )
        for number in range(count):
            path = place / f"charges-{number}.csv"
            with path.open("w", encoding="utf-8", newline="") as part:
                written = part.write(header)
                for _, lines in accounts:
                    written += len("".join(lines_ := list(lines)).encode())
                    part.writelines(lines_)
                    if written > size:
                        break
            yield path
