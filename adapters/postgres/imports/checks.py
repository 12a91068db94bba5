"""What only the whole file, or what is kept already, can tell about a row."""

from collections.abc import Sequence

import asyncpg
import msgspec

from adapters.postgres.imports.meter_checks import meter_faults
from adapters.postgres.imports.reading_checks import reading_faults
from domain.accounts.billing import opening_cause
from domain.accounts.import_cells import Code, Fault
from domain.accounts.import_columns import ImportKind
from domain.accounts.import_rows import AccountRow

LONG_SECONDS = 3600.0
_AT_ONCE_ROWS = 2_000


async def is_sound(connection: asyncpg.Connection, rows: int) -> bool:
    """Whether every line of the table `bill` names its own unified account, an open one, and no key stands
    twice."""
    own = await connection.fetchval(
        """
        SELECT count(*) FROM bill b
        JOIN account_numbers a ON a.number = b.unified_account AND a.account_id = b.account_id
        WHERE NOT a.closed
        """,
        timeout=LONG_SECONDS,
    )
    twice = await connection.fetchval(
        "SELECT 1 FROM bill GROUP BY supplier_account_id, service, period HAVING count(*) > 1 LIMIT 1",
        timeout=LONG_SECONDS,
    )
    return own == rows and twice is None


async def bill_faults(connection: asyncpg.Connection, kind: ImportKind, limit: int) -> list[Fault]:
    """Faults of the lines in `bill_lines` and `bill`."""
    found = await _unknown_numbers(connection, limit)
    rows = await connection.fetch(
        """
        SELECT row_no, supplier_account AS value FROM bill_lines l
        WHERE NOT EXISTS (SELECT 1 FROM bill b WHERE b.row_no = l.row_no) ORDER BY row_no LIMIT $1
        """,
        limit,
        timeout=LONG_SECONDS,
    )
    found += _faults(rows, "supplier_account", Code.UNKNOWN_SUPPLIER_ACCOUNT)
    rows = await connection.fetch(
        """
        SELECT b.row_no, b.unified_account AS value FROM bill b
        JOIN account_numbers a ON a.number = b.unified_account
        WHERE a.account_id <> b.account_id ORDER BY b.row_no LIMIT $1
        """,
        limit,
        timeout=LONG_SECONDS,
    )
    found += _faults(rows, "unified_account", Code.OTHER_ACCOUNT)
    rows = await connection.fetch(
        """
        SELECT row_no, period AS value
        FROM (SELECT row_no, period, count(*) OVER (PARTITION BY supplier_account_id, service, period) AS rows
              FROM bill) counted
        WHERE rows > 1 ORDER BY row_no LIMIT $1
        """,
        limit,
        timeout=LONG_SECONDS,
    )
    found += _faults(rows, "period", Code.DUPLICATE)
    found += await _raised_on_closed(connection, limit)
    if kind is ImportKind.OPENING_BALANCES and not found:
        found = await _opened_otherwise(connection, limit)
    return found


async def _raised_on_closed(connection: asyncpg.Connection, limit: int) -> list[Fault]:
    """Lines that say more of a closed account than is kept; the same or less may be said again.

    What is said of an account that is closed between this look and the posting is held back then.
    """
    found: list[Fault] = []
    cursor = await connection.cursor(
        """
        SELECT b.row_no, b.account_id, b.supplier_account_id, b.service, b.period, b.unified_account,
               b.amount_kopecks + b.recalculation_kopecks + b.penalty_kopecks AS said
        FROM bill b JOIN account_numbers a ON a.number = b.unified_account
        WHERE a.closed ORDER BY b.row_no
        """,
        timeout=LONG_SECONDS,
    )
    while rows := await cursor.fetch(_AT_ONCE_ROWS, timeout=LONG_SECONDS):
        charges = await connection.fetchmany(
            """
            SELECT supplier_account_id, service_code, period,
                   amount_kopecks + recalculation_kopecks + penalty_kopecks AS said
            FROM charges WHERE account_id = $1
            """,
            [(account_id,) for account_id in sorted({row["account_id"] for row in rows})],
        )
        kept = {
            (one["supplier_account_id"], one["service_code"], one["period"]): one["said"] for one in charges
        }
        raised = [
            row
            for row in rows
            if row["said"] > kept.get((row["supplier_account_id"], row["service"], row["period"]), 0)
        ]
        found += [
            _fault(row["row_no"], "unified_account", Code.ACCOUNT_CLOSED, row["unified_account"])
            for row in raised
        ]
    return found[:limit]


async def _unknown_numbers(connection: asyncpg.Connection, limit: int) -> list[Fault]:
    rows = await connection.fetch(
        """
        SELECT row_no, unified_account AS value FROM bill_lines l
        WHERE NOT EXISTS (SELECT 1 FROM account_numbers a WHERE a.number = l.unified_account)
        ORDER BY row_no LIMIT $1
        """,
        limit,
        timeout=LONG_SECONDS,
    )
    return _faults(rows, "unified_account", Code.UNKNOWN_ACCOUNT)


async def _opened_otherwise(connection: asyncpg.Connection, limit: int) -> list[Fault]:
    """An opening overpayment is posted once; a file that says another sum cannot be right any more."""
    found: list[Fault] = []
    cursor = await connection.cursor(
        """
        SELECT row_no, account_id, supplier_inn, supplier_account, service, period, overpayment_kopecks
        FROM bill ORDER BY account_id
        """,
        timeout=LONG_SECONDS,
    )
    while rows := await cursor.fetch(_AT_ONCE_ROWS, timeout=LONG_SECONDS):
        posted = await connection.fetchmany(
            "SELECT cause_id, amount_kopecks FROM transfers WHERE account_id = $1 AND cause_kind = 'opening'",
            [(account_id,) for account_id in sorted({row["account_id"] for row in rows})],
        )
        before = {row["cause_id"]: row["amount_kopecks"] for row in posted}
        for row in rows:
            cause_id = opening_cause(
                row["supplier_inn"], row["supplier_account"], row["service"], row["period"]
            )
            if before.get(cause_id, row["overpayment_kopecks"]) != row["overpayment_kopecks"]:
                value = str(before[cause_id])
                found.append(_fault(row["row_no"], "overpayment", Code.OPENED_OTHERWISE, value))
    return found[:limit]


async def directory_faults(connection: asyncpg.Connection, kind: ImportKind, limit: int) -> list[Fault]:
    """Faults of the rows in `import_rows`."""
    rows = await connection.fetch(
        """
        SELECT row_no, key AS value
        FROM (SELECT row_no, key, count(*) OVER (PARTITION BY key) AS rows FROM import_rows) counted
        WHERE rows > 1 ORDER BY row_no LIMIT $1
        """,
        limit,
        timeout=LONG_SECONDS,
    )
    found = _faults(rows, "", Code.DUPLICATE)
    rows = await connection.fetch(
        """
        SELECT row_no, subject AS value
        FROM (SELECT row_no, subject, facts,
                     first_value(facts) OVER (PARTITION BY subject ORDER BY row_no) AS first_facts
              FROM import_rows) compared
        WHERE facts <> first_facts ORDER BY row_no LIMIT $1
        """,
        limit,
        timeout=LONG_SECONDS,
    )
    found += _faults(rows, "", Code.CONTRADICTS)
    if kind in {ImportKind.CONTACTS, ImportKind.METERS, ImportKind.READINGS}:
        rows = await connection.fetch(
            """
            SELECT row_no, number AS value FROM import_rows r
            WHERE NOT EXISTS (SELECT 1 FROM account_numbers a WHERE a.number = r.number)
            ORDER BY row_no LIMIT $1
            """,
            limit,
            timeout=LONG_SECONDS,
        )
        found += _faults(rows, "unified_account", Code.UNKNOWN_ACCOUNT)
    if kind is ImportKind.ACCOUNTS:
        found += await _elsewhere(connection, limit)
    if kind is ImportKind.METERS:
        found += await meter_faults(connection, limit)
    if kind is ImportKind.READINGS:
        found += await reading_faults(connection, limit)
    return found


async def _elsewhere(connection: asyncpg.Connection, limit: int) -> list[Fault]:
    """Known accounts of another kind, and supplier accounts that belong to another account."""
    await connection.execute(
        """
        CREATE TEMP TABLE known_rows ON COMMIT DROP AS
        SELECT r.row_no, a.account_id FROM import_rows r JOIN account_numbers a ON a.number = r.number
        """,
        timeout=LONG_SECONDS,
    )
    rows = await connection.fetch(
        """
        SELECT r.row_no, r.supplier_account AS value FROM import_rows r
        JOIN suppliers s ON s.inn = r.supplier_inn
        JOIN supplier_account_numbers n ON n.number = r.supplier_account AND n.supplier_id = s.supplier_id
        LEFT JOIN known_rows k ON k.row_no = r.row_no
        WHERE k.account_id IS DISTINCT FROM n.account_id ORDER BY r.row_no LIMIT $1
        """,
        limit,
        timeout=LONG_SECONDS,
    )
    found = _faults(rows, "supplier_account", Code.OTHER_ACCOUNT)
    cursor = await connection.cursor(
        """
        SELECT r.row_no, r.body, k.account_id FROM import_rows r JOIN known_rows k ON k.row_no = r.row_no
        ORDER BY k.account_id
        """,
        timeout=LONG_SECONDS,
    )
    while rows := await cursor.fetch(_AT_ONCE_ROWS, timeout=LONG_SECONDS):
        kept = await connection.fetchmany(
            "SELECT account_id, kind FROM accounts WHERE account_id = $1",
            [(account_id,) for account_id in sorted({row["account_id"] for row in rows})],
        )
        kinds = {row["account_id"]: row["kind"] for row in kept}
        for row in rows:
            asked = msgspec.json.decode(row["body"], type=AccountRow).kind
            if kinds.get(row["account_id"], asked) != asked:
                found.append(_fault(row["row_no"], "kind", Code.KIND_CHANGED, asked))
    return found[:limit]


def _faults(rows: Sequence[asyncpg.Record], field: str, code: Code) -> list[Fault]:
    return [_fault(row["row_no"], field, code, row["value"]) for row in rows]


def _fault(row_no: int, field: str, code: Code, value: str) -> Fault:
    return Fault(row_no=row_no, field=field, code=code, value=value[:100])
