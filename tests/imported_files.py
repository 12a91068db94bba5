"""Files of the demo imported, and what became of them."""

import hashlib
from datetime import date

from domain.accounts.import_checks import Totals
from domain.accounts.import_columns import ImportKind
from domain.accounts.imports import ImportState, Wish
from infra.imports import service_on

DAY = date(2026, 11, 20)
ACCOUNTS = 12
SUPPLIERS, ACCOUNTS_KIND, CONTACTS, TARIFFS, NORMS, METERS, _READINGS, OPENINGS, CHARGES = ImportKind


async def imported(pool, kind, file, *, expected=None, value_date=DAY, workers=None):
    wish = Wish(
        kind=kind,
        file_name=file.name,
        sha256=hashlib.sha256(file.read_bytes()).digest(),
        who="test",
        value_date=value_date,
        expected=expected or Totals(),
    )
    return await service_on(pool).run(wish, file)


async def laid(pool, demo, *kinds):
    """Suppliers come with the norms that charges name."""
    wanted = {*(kinds or (SUPPLIERS, ACCOUNTS_KIND))}
    for kind in ImportKind:
        if kind not in wanted and not (kind is NORMS and SUPPLIERS in wanted):
            continue
        done = await imported(pool, kind, demo / f"{kind}.csv")
        assert done.state is ImportState.POSTED, await faults(pool, done)
    return done


async def faults(pool, done):
    rows = await pool.fetch(
        "SELECT row_no, field, code FROM import_errors WHERE import_id = $1 ORDER BY error_no", done.id
    )
    return [tuple(row) for row in rows]


async def count(pool, table):
    return await pool.fetchval(f"SELECT count(*) FROM {table}")


def lines_of(file):
    return [line for line in file.read_text().splitlines() if not line.startswith("#")]


def written(place, lines, *, name="file.csv", encoding="utf-8"):
    file = place / name
    file.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return file


async def snapshot(pool):
    """Everything but the times of posting and the imports themselves."""
    return [
        await pool.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3")
        for table in ("transfers", "books", "charges", "account_heads", "accounts", "supplier_accounts")
    ]
