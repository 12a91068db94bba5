"""The rules for tables, checked on the catalogue of a plain database: whether every table could be spread
as it is declared. Why each rule is one: what Citus refuses, or does otherwise than plain PostgreSQL.
"""

import re
from collections.abc import Iterator

import asyncpg

from infra.shard import catalogue
from infra.shard.catalogue import Catalogue, Constraint
from infra.shard.tables import LOCAL, TABLES, Group, Kind

NAME_MAX_CHARS = 54
"""Of 63; the rest is for the number of the shard that is put behind."""
_MADE_UP_NAME = re.compile(r"_(pkey|key|fkey|check|excl|idx)\d*$")
_CONSTANT = re.compile(
    r"(-?\d+(\.\d+)?|\(-\d+(\.\d+)?\)|true|false|NULL|'([^']|'')*'|ARRAY\[\])(::[\w \"().]+(\[\])?)?"
)


async def lint(connection: asyncpg.Connection) -> list[str]:
    """What is wrong in the database, one line each; empty when clean. Reads only."""
    return findings(await catalogue.read(connection))


def findings(found: Catalogue) -> list[str]:
    rules = (_declarations, _keys, _columns, _unique, _foreign_keys, _names, _deferrable, _code)
    return sorted({line for rule in rules for line in rule(found)})


def _declarations(found: Catalogue) -> Iterator[str]:
    for table in found.tables:
        if table not in TABLES:
            yield f"{table}: not declared in infra/shard/tables.py"
    for table in TABLES:
        if table not in found.tables:
            yield f"{table}: declared, but there is no such table"
    for table in found.public_tables:
        yield f"public.{table}: every table belongs into schema kabinet"


def _keys(found: Catalogue) -> Iterator[str]:
    """Rows find their shard by one column, of one type in a group, that every row has."""
    columns = {(column.table, column.name): column for column in found.columns}
    types: dict[Kind, dict[str, list[str]]] = {}
    for table, group in _spread(found):
        column = columns.get((table, str(group.key)))
        if column is None:
            yield f"{table}: has no column {group.key}"
            continue
        if not column.not_null:
            yield f"{table}.{group.key}: must be NOT NULL"
        types.setdefault(group.kind, {}).setdefault(column.type, []).append(table)
    for kind, tables in types.items():
        if len(tables) > 1:
            said = "; ".join(f"{kept_as} in {', '.join(names)}" for kept_as, names in sorted(tables.items()))
            yield f"group {kind}: keys of different types: {said}"


def _columns(found: Catalogue) -> Iterator[str]:
    """Values are made by the application, on one clock, not by each machine for itself."""
    for column in found.columns:
        is_local = TABLES.get(column.table, LOCAL).kind is Kind.LOCAL
        counts = "nextval(" in (column.default or "")
        if (column.identity or counts) and not is_local:
            yield f"{column.table}.{column.name}: identity or sequence outside a local table"
        elif column.default and not counts and not _CONSTANT.fullmatch(column.default):
            yield f"{column.table}.{column.name}: DEFAULT {column.default} is no constant; pass the value in"


def _unique(found: Catalogue) -> Iterator[str]:
    """Uniqueness is kept within a shard only, so the key comes first in whatever is unique."""
    primary = {index.table for index in found.indexes if index.primary}
    for table in found.tables:
        if table in TABLES and table not in primary:
            yield f"{table}: has no primary key"
    for index in found.indexes:
        group = TABLES.get(index.table, LOCAL)
        if group.is_spread and (index.unique or index.exclusion) and index.columns[:1] != (group.key,):
            what = "primary key" if index.primary else "exclusion" if index.exclusion else "unique index"
            yield f"{index.table}: {what} {index.name} does not begin with {group.key}"


def _foreign_keys(found: Catalogue) -> Iterator[str]:
    for constraint in found.constraints:
        if constraint.type != "f" or constraint.table not in TABLES:
            continue
        name = f"{constraint.table}: foreign key {constraint.name} to {constraint.foreign_table}"
        for wrong in _foreign_key(constraint, TABLES[constraint.table]):
            yield f"{name} {wrong}"


def _foreign_key(constraint: Constraint, mine: Group) -> Iterator[str]:
    theirs = TABLES.get(str(constraint.foreign_table))
    if theirs is None or constraint.foreign_schema != "kabinet":
        yield "leaves the declared tables"
        return
    if theirs.kind is not Kind.REFERENCE and mine.kind is not theirs.kind:
        yield f"goes from {mine.kind} to {theirs.kind}"
    elif theirs.is_spread and (constraint.columns[0], constraint.foreign_columns[0]) != (
        mine.key,
        theirs.key,
    ):
        yield f"does not begin with {mine.key}"
    if mine.kind is not Kind.LOCAL and constraint.on_delete in ("n", "d"):
        yield "says ON DELETE SET NULL or DEFAULT"
    if mine.kind is not Kind.LOCAL and constraint.on_update in ("n", "d", "c"):
        yield "says ON UPDATE; keys never change"


def _names(found: Catalogue) -> Iterator[str]:
    """A shard's number is put behind each name, and a name PostgreSQL made up differs by version."""
    names = {(constraint.table, constraint.name) for constraint in found.constraints}
    names |= {(index.table, index.name) for index in found.indexes}
    names |= {(trigger.table, trigger.name) for trigger in found.triggers}
    for table, name in names:
        if len(name) > NAME_MAX_CHARS:
            yield f"{table}: the name {name} has {len(name)} characters, more than {NAME_MAX_CHARS}"
        if _MADE_UP_NAME.search(name):
            yield f"{table}: {name} looks like a name PostgreSQL made up; name it"
    for table in found.tables:
        if len(table) > NAME_MAX_CHARS:
            yield f"{table}: the name has {len(table)} characters, more than {NAME_MAX_CHARS}"


def _deferrable(found: Catalogue) -> Iterator[str]:
    """What fails at COMMIT on another machine comes back without its reason, or not at all."""
    for constraint in found.constraints:
        if constraint.deferrable:
            yield f"{constraint.table}: {constraint.name} is deferrable"
    for trigger in found.triggers:
        if trigger.deferrable:
            yield f"{trigger.table}: trigger {trigger.name} is deferrable"


def _code(found: Catalogue) -> Iterator[str]:
    """A function runs on other machines under another search_path, its trigger on a table named otherwise."""
    for function in found.functions:
        if not re.search(r"(^|,)search_path=", function.settings):
            yield f"function {function.name}: has no SET search_path"
        if re.search(r"\btg_(table_name|relid|relname)\b", function.source, re.IGNORECASE):
            yield f"function {function.name}: on a shard the table's name is another (tg_table_name)"
        if re.search(r"\b(notify|pg_notify)\b", function.source, re.IGNORECASE):
            yield f"function {function.name}: a notice from another machine reaches nobody here"
    for trigger in found.triggers:
        if trigger.function_schema != "kabinet":
            yield f"{trigger.table}: trigger {trigger.name} calls a function outside schema kabinet"


def _spread(found: Catalogue) -> Iterator[tuple[str, Group]]:
    for table in found.tables:
        group = TABLES.get(table)
        if group and group.is_spread:
            yield table, group
