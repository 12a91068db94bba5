"""The rules for migration files: what plain PostgreSQL does gladly and spread tables refuse or, worse,
do differently on each machine.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from infra.shard import sql
from infra.shard.sql_texts import FORBIDDEN_CALLS, FORBIDDEN_WORDS
from infra.shard.tables import ANCHORS, TABLES, Kind

_SERIALS = ("serial", "bigserial", "smallserial", "serial4", "serial8")
_SHARD_CALL = re.compile(
    r"kabinet\.shard_table\('kabinet\.(\w+)',\s*(?:NULL|'(\w+)')(?:,\s*'kabinet\.(\w+)')?\)"
)


def findings(directory: Path) -> list[str]:
    """What is wrong in the `.sql` files of `directory`, one line each."""
    found, spread = [], dict[str, tuple[str | None, str | None]]()
    created: set[str] = set()
    for path in sorted(directory.glob("*.sql")):
        text = path.read_text()
        found += [f"{path.name}{what}" for what in check(text)]
        statements = list(sql.statements(text))
        created |= {name for name in map(_created, statements) if name}
        spread |= {table: (key or None, anchor or None) for table, key, anchor in _SHARD_CALL.findall(text)}
    return sorted(found + _undistributed(created, spread))


def check(text: str) -> list[str]:
    """What is wrong in one file: ":line: what"."""
    found = [] if text.startswith("--") else [":1: begin with a comment that says why"]
    for statement in sql.statements(text):
        wrong = [] if statement.alone else ["two statements on one line are sent as one"]
        wrong += _volatile(statement.words) + _new_table(statement.words) + _alter(statement.words)
        found += [f":{statement.line}: {what}" for what in wrong]
    return found


def _undistributed(created: set[str], spread: dict[str, tuple[str | None, str | None]]) -> list[str]:
    """Tables whose call of shard_table is missing or says otherwise than the declaration."""
    found = []
    for table in sorted(created & TABLES.keys()):
        group = TABLES[table]
        if group.kind is Kind.LOCAL:
            if table in spread:
                found.append(f"{table}: declared local, yet given to shard_table")
        elif table not in spread:
            found.append(f"{table}: call kabinet.shard_table after creating it")
        elif spread[table][0] != group.key:
            found.append(f"{table}: shard_table by {spread[table][0]}, declared {group.key}")
        elif (anchor := ANCHORS.get(group.kind)) and table != anchor and spread[table][1] != anchor:
            found.append(f"{table}: shard_table must put it beside kabinet.{anchor}")
    return found


def _created(statement: sql.Statement) -> str | None:
    """The table of schema kabinet that a statement makes."""
    words = statement.words
    if words[:1] != ("create",) or "table" not in words[:4]:
        return None
    rest = words[words.index("table") + 1 :]
    rest = rest[3:] if rest[:3] == ("if", "not", "exists") else rest
    return rest[2] if rest[:2] == ("kabinet", ".") else ".".join(rest[:1])


def _volatile(words: Sequence[str]) -> list[str]:
    """Each machine would come to a value of its own."""
    if words[:2] == ("create", "function") or words[:4] == ("create", "or", "replace", "function"):
        return []
    called = [f"{name}()" for name in sql.has_call(words, FORBIDDEN_CALLS)]
    said = [name for name in FORBIDDEN_WORDS if name in words]
    return [f"{name} differs on each machine; use a constant" for name in called + said]


def _new_table(words: tuple[str, ...]) -> list[str]:
    name = _created(sql.Statement(words, 0, alone=True))
    if name is None:
        return []
    found = (
        []
        if ("kabinet", ".", name) == words[words.index(name) - 2 : words.index(name) + 1]
        else [f"{name} must be created in schema kabinet"]
    )
    group = TABLES.get(name)
    if group and group.kind is not Kind.LOCAL and "references" in words:
        found.append(f"create {name} without foreign keys, then shard_table, then one ALTER TABLE per key")
    return found


def _alter(words: tuple[str, ...]) -> list[str]:
    """ALTER TABLE as spread tables take it: one constraint at a time, plain columns, names for ever."""
    if words[:2] != ("alter", "table"):
        return []
    found = []
    text = " ".join(words)
    if len(re.findall(r"\badd constraint\b", text)) > 1:
        found.append("two ADD CONSTRAINT in one ALTER TABLE; write one ALTER TABLE for each")
    if re.search(r"\badd (?:check|unique|primary|foreign|exclude)\b", text):
        found.append("ADD CONSTRAINT needs a name")
    for action in _actions(words):
        if action[:1] == ("add",) and action[1:2] != ("constraint",):
            found += _added_column(action)
    if "rename constraint" in text:
        found.append("a constraint is never renamed")
    table = words[4] if words[2:4] == ("kabinet", ".") else ""
    key = TABLES[table].key if table in TABLES else None
    if key and re.search(rf"\balter (?:column )?{key} (?:set data )?type\b", text):
        found.append(f"the type of {key} says where rows live; it never changes")
    return found


def _added_column(action: tuple[str, ...]) -> list[str]:
    found = []
    if "check" in action or "references" in action or "unique" in action or "constraint" in action:
        found.append("ADD COLUMN with a constraint; add the column, then the constraint")
    if "identity" in action or any(word in _SERIALS for word in action):
        found.append("ADD COLUMN with identity or serial; ids are made by the application")
    if "default" in action and "(" in action[action.index("default") :]:
        found.append("ADD COLUMN with a computed default; use a constant")
    return found


def _actions(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The parts of an ALTER TABLE after the name, parted by commas outside parentheses."""
    start = 5 if words[2:4] == ("kabinet", ".") else 3
    parts: list[list[str]] = [[]]
    depth = 0
    for word in words[start:]:
        depth += {"(": 1, ")": -1}.get(word, 0)
        if word == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(word)
    return [tuple(part) for part in parts]
