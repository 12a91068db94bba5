"""What only the whole file, or what is kept already, can tell about a row of a meter."""

import asyncpg

from domain.accounts.import_cells import Code, Fault

LONG_SECONDS = 3600.0


async def meter_faults(connection: asyncpg.Connection, limit: int) -> list[Fault]:
    """Faults of the rows in `import_rows` that tell of meters."""
    await connection.execute(_TOLD, timeout=LONG_SECONDS)
    found: list[Fault] = []
    for statement, field, code in (
        (_UNKNOWN_SUPPLIER_ACCOUNT, "supplier_account", Code.UNKNOWN_SUPPLIER_ACCOUNT),
        (_OTHER_ACCOUNT, "supplier_account", Code.OTHER_ACCOUNT),
        (_REMOVED_OTHERWISE, "removed_on", Code.CONTRADICTS),
        (_HANGS_TWICE, "serial", Code.CONTRADICTS),
        (_HANGS_ELSEWHERE, "serial", Code.METER_ELSEWHERE),
        (_REPLACES_NOTHING, "replaces", Code.UNKNOWN_METER),
        (_STILL_HANGS, "replaces", Code.METER_NOT_REMOVED),
    ):
        rows = await connection.fetch(statement, limit, timeout=LONG_SECONDS)
        found += [Fault(row_no=row["row_no"], field=field, code=code, value=row["value"]) for row in rows]
    return found


# One row per meter of the file, with the account its number leads to.
_TOLD = """
CREATE TEMP TABLE told_meters ON COMMIT DROP AS
SELECT told.*, a.account_id
FROM (SELECT min(row_no) AS row_no, number, supplier_inn, supplier_account, service, serial, model,
             installed_on, max(removed_on) AS removed_on, max(replaces) AS replaces,
             count(DISTINCT coalesce(removed_on, '')) > 1 AS is_at_odds
      FROM (SELECT row_no, number, supplier_inn, supplier_account, b ->> 'service_code' AS service,
                   b ->> 'serial' AS serial, b ->> 'model' AS model, b ->> 'installed_on' AS installed_on,
                   b ->> 'removed_on' AS removed_on, b ->> 'replaces' AS replaces
            FROM (SELECT *, convert_from(body, 'UTF8')::jsonb AS b FROM import_rows OFFSET 0) read) cells
      GROUP BY number, supplier_inn, supplier_account, service, serial, model, installed_on) told
LEFT JOIN account_numbers a ON a.number = told.number
"""

_UNKNOWN_SUPPLIER_ACCOUNT = """
SELECT t.row_no, t.supplier_account AS value FROM told_meters t
WHERE NOT EXISTS (SELECT 1 FROM suppliers s
                  JOIN supplier_account_numbers n ON n.supplier_id = s.supplier_id
                  WHERE s.inn = t.supplier_inn AND n.number = t.supplier_account)
ORDER BY t.row_no LIMIT $1
"""

_OTHER_ACCOUNT = """
SELECT t.row_no, t.supplier_account AS value FROM told_meters t
JOIN suppliers s ON s.inn = t.supplier_inn
JOIN supplier_account_numbers n ON n.number = t.supplier_account AND n.supplier_id = s.supplier_id
WHERE t.account_id <> n.account_id ORDER BY t.row_no LIMIT $1
"""

_REMOVED_OTHERWISE = """
SELECT row_no, coalesce(removed_on, '') AS value FROM told_meters WHERE is_at_odds ORDER BY row_no LIMIT $1
"""

_HANGS_TWICE = """
SELECT row_no, serial AS value
FROM (SELECT row_no, serial, count(*) OVER (PARTITION BY serial, model, service) AS hanging
      FROM told_meters WHERE removed_on IS NULL AND model <> '') counted
WHERE hanging > 1 ORDER BY row_no LIMIT $1
"""

_HANGS_ELSEWHERE = """
SELECT t.row_no, t.serial AS value FROM told_meters t
JOIN meter_serials s ON s.serial = t.serial AND s.model = t.model AND s.service_code = t.service
WHERE t.removed_on IS NULL AND t.model <> '' AND s.removed_on IS NULL AND s.account_id <> t.account_id
  AND NOT EXISTS (SELECT 1 FROM told_meters other
                  WHERE other.account_id = s.account_id AND other.serial = s.serial AND other.model = s.model
                    AND other.service = t.service AND other.removed_on IS NOT NULL)
ORDER BY t.row_no LIMIT $1
"""

_REPLACES_NOTHING = """
SELECT t.row_no, t.replaces AS value FROM told_meters t
WHERE t.replaces IS NOT NULL AND t.account_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM told_meters old
                  WHERE old.account_id = t.account_id AND old.supplier_account = t.supplier_account
                    AND old.service = t.service AND old.serial = t.replaces
                    AND old.installed_on <= t.installed_on AND old.row_no <> t.row_no)
  AND NOT EXISTS (SELECT 1 FROM meter_serials s
                  WHERE s.serial = t.replaces AND s.account_id = t.account_id AND s.service_code = t.service)
ORDER BY t.row_no LIMIT $1
"""

# The file's own word on the replaced meter counts before what is kept of it.
_STILL_HANGS = """
SELECT t.row_no, t.replaces AS value FROM told_meters t
WHERE t.replaces IS NOT NULL AND t.account_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM told_meters old
                  WHERE old.account_id = t.account_id AND old.service = t.service
                    AND old.serial = t.replaces AND old.removed_on IS NOT NULL)
  AND EXISTS (SELECT 1 FROM meter_serials s
              WHERE s.serial = t.replaces AND s.account_id = t.account_id AND s.service_code = t.service
                AND s.removed_on IS NULL AND (s.serial, s.model) <> (t.serial, t.model)
              UNION ALL
              SELECT 1 FROM told_meters old
              WHERE old.account_id = t.account_id AND old.service = t.service AND old.serial = t.replaces
                AND old.row_no <> t.row_no
                AND NOT EXISTS (SELECT 1 FROM meter_serials s
                                WHERE s.serial = old.serial AND s.account_id = t.account_id
                                  AND s.service_code = t.service AND s.removed_on IS NOT NULL))
ORDER BY t.row_no LIMIT $1
"""
