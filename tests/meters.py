"""Files of meters and prices for tests, imported as billing's own."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import asyncpg

from domain.accounts.import_cells import Code
from domain.accounts.import_columns import ImportKind
from domain.accounts.imports import Import, Wish
from infra.cli.imports import sha256_of
from infra.imports import service_on
from tests.households import Household, details

DAY = date(2026, 11, 20)
Faults = list[tuple[int, str, Code]]


def inn_of(home: Household) -> str:
    """Of the supplier of electricity."""
    return details("АО", list(home.suppliers).index("electricity") + 1).inn


def cells_of(home: Household, **cells: str) -> dict[str, str]:
    """A row about the household's electricity."""
    return {
        "unified_account": home.number,
        "supplier_inn": inn_of(home),
        "supplier_account": f"{home.number}-el",
        "service": "electricity",
        **cells,
    }


async def imported(
    pool: asyncpg.Pool,
    folder: Path,
    *rows: dict[str, str],
    kind: ImportKind = ImportKind.METERS,
    home: Household | None = None,
) -> tuple[Import, Faults]:
    """A file of these rows imported, and what is wrong with it by row, column and code. With `home` the
    rows are about its electricity."""
    given = [cells_of(home, **row) for row in rows] if home else list(rows)
    return await imported_file(pool, written(folder, given), kind)


def written(folder: Path, rows: Sequence[dict[str, str]]) -> Path:
    file = folder / "file.csv"
    header = list(dict.fromkeys(name for row in rows for name in row))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, header, delimiter=";", restval="")
        writer.writeheader()
        writer.writerows(rows)
    return file


async def imported_file(
    pool: asyncpg.Pool, file: Path, kind: ImportKind = ImportKind.METERS
) -> tuple[Import, Faults]:
    service = service_on(pool)
    wish = Wish(
        kind=kind,
        file_name=file.name,
        sha256=sha256_of(file),
        who="test",
        value_date=DAY,
    )
    done = await service.run(wish, file)
    async with service.transaction() as store:
        faults = await store.log.faults(done.id, after=0, limit=100)
    return done, [(fault.row_no, fault.field, fault.code) for _, fault in faults]
