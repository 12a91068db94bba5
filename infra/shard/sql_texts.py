"""The rules for SQL in the code, checked by reading the sources: what must not be written because it
would fail, or silently lose or tear data, when accounts lie on several machines.

A statement is a string that reads as SQL, or whatever is handed to a database call. What it says of
others' tables cannot be proven from a text alone: this is a gate against slips, not a proof.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from infra.shard import sql
from infra.shard.reports import REPORTS
from infra.shard.tables import TABLES, Group, Kind

FORBIDDEN_CALLS = (
    *("now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday"),
    *("gen_random_uuid", "uuidv4", "uuidv7", "uuid_generate_v4", "random"),
)
FORBIDDEN_WORDS = ("current_timestamp", "current_date", "current_time", "localtimestamp", "localtime")
_SQL = re.compile(
    r"\s*(select\b|insert\s+into\b|update\s+\S+\s.*\bset\b|delete\s+from\b|merge\s+into\b|lock\s+table\b"
    r"|truncate\b|with\s+(recursive\s+)?\w+(\s*\([^)]*\))?\s+as\b)",
    re.IGNORECASE | re.DOTALL,
)
_DATABASE_CALLS = frozenset(
    ("execute", "executemany", "fetch", "fetchmany", "fetchrow", "fetchval", "cursor", "prepare")
)
_LOCKS = (("for", "update"), ("for", "no", "key", "update"), ("for", "share"), ("for", "key", "share"))


class Text(NamedTuple):
    """A piece of SQL. `where` is "package.module:Class.method" or "package.module:CONSTANT"."""

    where: str
    line: int
    sql: str
    composed: bool


def findings(roots: Sequence[Path], reports: Mapping[str, str] = REPORTS) -> list[str]:
    """What is wrong in the sources under `roots` (packages), one line each."""
    found, needed = [], set()
    for text in _texts(roots):
        wrong, across = check(text.sql)
        if text.composed:
            wrong.insert(0, "SQL is composed; write it whole, with $n for values")
        if across and text.where in reports:
            needed.add(text.where)
        else:
            wrong += across
        found += [f"{text.where} (line {text.line}): {what}" for what in wrong]
    found += [
        f"{name}: named as a report over accounts, but needs no such leave" for name in set(reports) - needed
    ]
    return sorted(found + [line for root in roots for line in _constraint_names(root)])


def check(text: str) -> tuple[list[str], list[str]]:
    """What no statement may do, and what only a named report may."""
    statement = sql.words(text)
    touched = [mention for mention in sql.mentions(statement) if mention.name in TABLES]
    wrong = [f"{name}(): pass time, ids and chance in" for name in sql.has_call(statement, FORBIDDEN_CALLS)]
    wrong += [f"{name}: pass time in" for name in FORBIDDEN_WORDS if name in statement]
    wrong += [
        f"{word}: an advisory lock holds on one machine only; lock a row"
        for word in statement
        if word.startswith(("pg_advisory", "pg_try_advisory"))
    ]
    wrong += _insert_select(statement)
    wrong += _mixed_groups(touched)
    across = []
    for kind in (Kind.ACCOUNT, Kind.USER):
        mine = [mention for mention in touched if TABLES[mention.name].kind is kind]
        if mine:
            wrong += _locks(statement, TABLES[mine[0].name], mine)
            across += _keys(statement, TABLES[mine[0].name], mine)
    return wrong, across


def _insert_select(statement: tuple[str, ...]) -> list[str]:
    """Citus may say COMMIT of such a lone statement succeeded when it did not."""
    ctes = {
        name: sql.body(statement, place + 2)
        for place, name in enumerate(statement[:-2])
        if statement[place + 1 : place + 3] == ("as", "(")
    }
    found = []
    for place in (place for place, word in enumerate(statement) if word == "insert"):
        sources = {
            mention.name for mention in sql.mentions(_rest(statement, place)) if mention.verb != "into"
        }
        for name in [name for name in sources if name in ctes]:
            sources |= {mention.name for mention in sql.mentions(tuple(ctes[name])) if mention.verb != "into"}
        found += [
            f"INSERT reads from {name}, a distributed table; read first, then insert from unnest()"
            for name in sorted(sources)
            if name in TABLES and TABLES[name].is_spread
        ]
    return found


def _rest(statement: tuple[str, ...], start: int) -> tuple[str, ...]:
    """From `start` to the end of the statement or of the parenthesis it stands in."""
    depth = 0
    for place in range(start, len(statement)):
        depth += {"(": 1, ")": -1}.get(statement[place], 0)
        if depth < 0:
            return statement[start:place]
    return statement[start:]


def _mixed_groups(touched: Sequence[sql.Mention]) -> list[str]:
    spread = sorted({mention.name for mention in touched if TABLES[mention.name].is_spread})
    # Two registries are two groups: each is keyed by a value of its own.
    groups = {name if TABLES[name].kind is Kind.REGISTRY else TABLES[name].kind for name in spread}
    if len(groups) < 2:
        return []
    return [f"one statement touches tables of different groups ({', '.join(spread)}); ask twice"]


def _locks(statement: tuple[str, ...], group: Group, mine: Sequence[sql.Mention]) -> list[str]:
    locks = any(
        statement[place : place + len(lock)] == lock for lock in _LOCKS for place in range(len(statement))
    )
    if not locks or _given_keys(statement, group):
        return []
    return [f"locks rows of {mine[0].name} without {group.key} = $n; lock one after another in sorted order"]


def _keys(statement: tuple[str, ...], group: Group, mine: Sequence[sql.Mention]) -> list[str]:
    """Every table of a group in a statement must be held to one and the same given key."""
    read = [mention for mention in mine if mention.verb != "into"]
    found = [
        f"writes {mention.name} without naming {group.key} among its columns"
        for mention in mine
        if mention.verb == "into" and group.key not in sql.body(statement, mention.place + 1)
    ]
    if read and not _given_keys(statement, group):
        found.append(f"looks at {read[0].name} of many: no {group.key} = $n")
    elif len(read) > _given_keys(statement, group) + _joined_keys(statement, group):
        names = ", ".join(mention.name for mention in read)
        found.append(f"not every one of {names} is held to {group.key}")
    return found


def _given_keys(statement: tuple[str, ...], group: Group) -> int:
    """How often `key = $n` stands there, alone or first in a row comparison."""
    text = " ".join(statement)
    key = re.escape(str(group.key))
    return len(re.findall(rf"(?<!\S){key} = \$\d", text)) + len(
        re.findall(rf"\( (?:\w+ \. )?{key} ,[^()]*\) = \( \$\d", text)
    )


def _joined_keys(statement: tuple[str, ...], group: Group) -> int:
    text = " ".join(statement)
    key = re.escape(str(group.key))
    return len(re.findall(rf"(?<!\S){key} = \w+ \. {key}(?!\S)|using \( {key}(?!\S)", text))


def _texts(roots: Sequence[Path]) -> Iterator[Text]:
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            module = ".".join(path.relative_to(root.parent).with_suffix("").parts)
            yield from _Reader(module).read(ast.parse(path.read_text()))


class _Reader(ast.NodeVisitor):
    """Gathers the SQL of one module, with the name of the function it stands in."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._names: list[str] = []
        self._texts: list[Text] = []

    def read(self, tree: ast.Module) -> list[Text]:
        self.visit(tree)
        return self._texts

    def visit(self, node: ast.AST) -> None:
        if name := _name(node):
            self._names.append(name)
            self.generic_visit(node)
            self._names.pop()
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        elif (
            isinstance(node, ast.Call) and _is_database_call(node) and not isinstance(node.args[0], ast.Name)
        ):
            self._take(node.args[0], surely=True)
            for child in [node.func, *node.args[1:], *node.keywords]:
                self.visit(child)
        elif not self._take(node, surely=False):
            self.generic_visit(node)

    def _take(self, node: ast.AST, *, surely: bool) -> bool:
        """Keep what `node` says if it is SQL; False when there may be SQL deeper inside."""
        text, composed = _said(node)
        if text is None or not (surely or _SQL.match(text)):
            return False
        line = getattr(node, "lineno", 0)
        self._texts.append(
            Text(":".join(filter(None, [self._module, ".".join(self._names)])), line, text, composed)
        )
        return True


def _name(node: ast.AST) -> str | None:
    """What a definition, or the constant of a module or class, is called."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    if (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id.isupper()
    ):
        return node.targets[0].id
    return None


def _is_database_call(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr in _DATABASE_CALLS and bool(node.args)


def _said(node: ast.AST) -> tuple[str | None, bool]:
    """The text of an expression as far as it can be read, and whether it is put together."""
    match node:
        case ast.Constant(value=str(text)):
            return text, False
        case ast.JoinedStr(values=values):
            return "".join(_said(value)[0] or " x " for value in values), True
        case ast.BinOp(left=left, op=ast.Mod() | ast.Add(), right=right):
            parts = [_said(left)[0], _said(right)[0]]
            return (None if parts == [None, None] else " x ".join(part or "" for part in parts)), True
        case ast.Call(func=ast.Attribute(value=value, attr="format" | "join" | "replace" | "format_map")):
            return _said(value)[0], True
    return None, False


def _constraint_names(root: Path) -> Iterator[str]:
    """The name of a constraint is lost, or carries a shard's number, when the error comes from afar."""
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in ("constraint_name", "table_name"):
                module = ".".join(path.relative_to(root.parent).with_suffix("").parts)
                yield f"{module} (line {node.lineno}): decides by {node.attr}; only SQLSTATE is sure"
