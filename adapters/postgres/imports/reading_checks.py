"""Whether the meters and registers that billing's answer names are there."""

import asyncpg
import msgspec

from domain.accounts.import_cells import Code, Fault
from domain.accounts.import_readings import ReadingRow
from domain.kernel.ids import AccountId

LONG_SECONDS = 3600.0
_AT_ONCE_ROWS = 2_000


async def reading_faults(connection: asyncpg.Connection, limit: int) -> list[Fault]:
    """Faults of the rows in `import_rows` that tell of readings."""
    found: list[Fault] = []
    cursor = await connection.cursor(
        """
        SELECT r.row_no, r.body, a.account_id FROM import_rows r
        JOIN account_numbers a ON a.number = r.number ORDER BY a.account_id
        """,
        timeout=LONG_SECONDS,
    )
    while rows := await cursor.fetch(_AT_ONCE_ROWS, timeout=LONG_SECONDS):
        hanging = await _hanging(connection, sorted({row["account_id"] for row in rows}))
        for row in rows:
            told = msgspec.json.decode(row["body"], type=ReadingRow)
            found += _faults(row["row_no"], told, hanging.get(row["account_id"], []))
    return found[:limit]


async def _hanging(
    connection: asyncpg.Connection, account_ids: list[AccountId]
) -> dict[AccountId, list[asyncpg.Record]]:
    """Every register with its meter and the account at the supplier."""
    rows = await connection.fetchmany(
        """
        SELECT m.account_id, m.serial, m.service_code, m.installed_on, m.removed_on, r.zone, r.direction,
               s.number AS supplier_account, p.inn
        FROM meters m
        JOIN meter_registers r ON r.account_id = $1 AND r.meter_id = m.meter_id
        JOIN supplier_accounts s ON s.account_id = $1 AND s.supplier_account_id = m.supplier_account_id
        JOIN suppliers p ON p.supplier_id = s.supplier_id
        WHERE m.account_id = $1
        """,
        [(account_id,) for account_id in account_ids],
    )
    found: dict[AccountId, list[asyncpg.Record]] = {}
    for row in rows:
        found.setdefault(row["account_id"], []).append(row)
    return found


def _faults(row_no: int, told: ReadingRow, hanging: list[asyncpg.Record]) -> list[Fault]:
    meter = [
        one
        for one in hanging
        if (one["inn"], one["supplier_account"]) == (told.supplier_inn, told.supplier_account)
        and (one["serial"], one["service_code"]) == (told.serial, told.service_code)
        and one["installed_on"] <= told.taken_on
        and (one["removed_on"] is None or told.taken_on <= one["removed_on"])
    ]
    if not meter:
        return [Fault(row_no=row_no, field="serial", code=Code.NO_METER, value=told.serial)]
    if any((one["zone"], one["direction"]) == (told.zone, told.direction) for one in meter):
        return []
    return [Fault(row_no=row_no, field="zone", code=Code.NO_REGISTER, value=f"{told.zone} {told.direction}")]
