"""What a plain PostgreSQL knows of the tables of schema kabinet."""

from typing import NamedTuple

import asyncpg
import msgspec


class Column(NamedTuple):
    table: str
    name: str
    type: str
    not_null: bool
    identity: bool
    default: str | None


class Index(NamedTuple):
    """`columns` in order; an expression is an empty name. `exclusion` ones are not unique."""

    table: str
    name: str
    unique: bool
    exclusion: bool
    primary: bool
    columns: tuple[str, ...]


class Constraint(NamedTuple):
    """`type`: p, u, f, c, x or t as in pg_constraint; the foreign parts only with f."""

    table: str
    name: str
    type: str
    deferrable: bool
    columns: tuple[str, ...]
    foreign_schema: str | None
    foreign_table: str | None
    foreign_columns: tuple[str, ...]
    on_delete: str
    on_update: str


class Trigger(NamedTuple):
    table: str
    name: str
    deferrable: bool
    function_schema: str


class Function(NamedTuple):
    name: str
    language: str
    settings: str
    source: str


class Catalogue(NamedTuple):
    tables: tuple[str, ...]
    public_tables: tuple[str, ...]
    columns: list[Column]
    indexes: list[Index]
    constraints: list[Constraint]
    triggers: list[Trigger]
    functions: list[Function]


async def read(connection: asyncpg.Connection) -> Catalogue:
    """Partitions are left out: they follow their parent."""
    return Catalogue(
        await _tables(connection, "kabinet"),
        await _tables(connection, "public"),
        [msgspec.convert(tuple(row), Column) for row in await connection.fetch(_COLUMNS)],
        [msgspec.convert(tuple(row), Index) for row in await connection.fetch(_INDEXES)],
        [msgspec.convert(tuple(row), Constraint) for row in await connection.fetch(_CONSTRAINTS)],
        [msgspec.convert(tuple(row), Trigger) for row in await connection.fetch(_TRIGGERS)],
        [msgspec.convert(tuple(row), Function) for row in await connection.fetch(_FUNCTIONS)],
    )


async def _tables(connection: asyncpg.Connection, schema: str) -> tuple[str, ...]:
    """Tables of a schema, those of extensions left out."""
    rows = await connection.fetch(
        """
        SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
          AND NOT EXISTS (SELECT FROM pg_depend d
                          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        ORDER BY 1
        """,
        schema,
    )
    return tuple(row[0] for row in rows)


_COLUMNS = """
SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       a.attidentity::text <> '',
       CASE WHEN a.attgenerated::text = '' THEN pg_get_expr(d.adbin, d.adrelid) END
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'kabinet'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.relname, a.attnum
"""

_INDEXES = """
SELECT t.relname::text, i.relname::text, x.indisunique, x.indisexclusion, x.indisprimary,
       ARRAY(SELECT coalesce(a.attname::text, '')
             FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
             LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum > 0
             WHERE k.place <= x.indnkeyatts ORDER BY k.place)
FROM pg_index x
JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_class i ON i.oid = x.indexrelid
WHERE t.relnamespace = 'kabinet'::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition
ORDER BY t.relname, i.relname
"""

_CONSTRAINTS = """
SELECT t.relname::text, con.conname::text, con.contype::text, con.condeferrable,
       ARRAY(SELECT a.attname::text FROM unnest(con.conkey) WITH ORDINALITY AS k (attnum, place)
             JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum ORDER BY k.place),
       n.nspname::text, f.relname::text,
       ARRAY(SELECT a.attname::text FROM unnest(con.confkey) WITH ORDINALITY AS k (attnum, place)
             JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.attnum ORDER BY k.place),
       con.confdeltype::text, con.confupdtype::text
FROM pg_constraint con
JOIN pg_class t ON t.oid = con.conrelid
LEFT JOIN pg_class f ON f.oid = con.confrelid
LEFT JOIN pg_namespace n ON n.oid = f.relnamespace
WHERE t.relnamespace = 'kabinet'::regnamespace AND NOT t.relispartition AND con.contype <> 'n'
ORDER BY t.relname, con.conname
"""

_TRIGGERS = """
SELECT t.relname::text, g.tgname::text, g.tgdeferrable, n.nspname::text
FROM pg_trigger g
JOIN pg_class t ON t.oid = g.tgrelid
JOIN pg_proc p ON p.oid = g.tgfoid
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE NOT g.tgisinternal AND t.relnamespace = 'kabinet'::regnamespace
ORDER BY t.relname, g.tgname
"""

_FUNCTIONS = """
SELECT p.proname::text, l.lanname::text, coalesce(array_to_string(p.proconfig, ','), ''), p.prosrc
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = 'kabinet'::regnamespace AND l.lanname IN ('plpgsql', 'sql')
ORDER BY p.proname
"""
