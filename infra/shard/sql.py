"""Just enough reading of SQL for the gate: words, statements, and which tables a statement touches."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
      (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<quoted> \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ | '(?:[^']|'')*' )
    | (?P<name> "[^"]+" )
    | (?P<word> [^\W\d]\w* )
    | (?P<parameter> \$\d+ )
    | (?P<number> \d+(?:\.\d+)? )
    | (?P<mark> :: | [^\s] )
    """,
    re.VERBOSE | re.DOTALL,
)
QUOTED = "''"
"""Stands for any text in quotes."""
_ENDS_FROM = frozenset(
    ("where", "group", "order", "limit", "returning", "union", "set", "select", "values", "for", "having")
)
_BEFORE_NAME = frozenset(("only", "lateral", "kabinet", "."))


class Statement(NamedTuple):
    """Lower-case words and marks; `line` counts from 1; `alone`: no other one shares its last line."""

    words: tuple[str, ...]
    line: int
    alone: bool


class Mention(NamedTuple):
    """A name in the place of a table. `verb`: from, join, using, update, into."""

    place: int
    name: str
    verb: str


def words(text: str) -> tuple[str, ...]:
    return tuple(word for word, _ in _tokens(text))


def statements(text: str) -> Iterator[Statement]:
    """The statements of a file, parted by semicolons outside quotes."""
    gathered: list[str] = []
    first = 0
    for word, place in _tokens(text):
        if word == ";":
            rest = text[place + 1 :].partition("\n")[0].strip()
            alone = not rest or rest.startswith("--")
            yield Statement(tuple(gathered), text.count("\n", 0, first) + 1, alone)
            gathered = []
            continue
        if not gathered:
            first = place
        gathered.append(word)
    if gathered:
        yield Statement(tuple(gathered), text.count("\n", 0, first) + 1, alone=True)


def mentions(statement: Sequence[str]) -> list[Mention]:
    """Names where tables stand, CTEs included; what a function makes is left out by its parenthesis."""
    found = []
    in_from = [False]
    verb = ""
    for place, word in enumerate(statement):
        if verb and word in _BEFORE_NAME:
            continue
        if verb and word != "(":
            is_call = place + 1 < len(statement) and statement[place + 1] == "(" and verb != "into"
            if not is_call:
                found.append(Mention(place, word, verb))
            verb = ""
            continue
        verb = _verb(statement, place, in_from)
        if word == "(":
            in_from.append(False)
        elif word == ")" and len(in_from) > 1:
            in_from.pop()
        elif word == "from":
            in_from[-1] = True
        elif word in _ENDS_FROM:
            in_from[-1] = False
    return found


def _verb(statement: Sequence[str], place: int, in_from: list[bool]) -> str:
    """The verb after which the next word is a table, if `place` holds one."""
    word = statement[place]
    if word == "update":
        return "" if place and statement[place - 1] in ("for", "key", "do", "on") else word
    if word == "," and in_from[-1]:
        return "from"
    return word if word in ("from", "join", "using", "into") else ""


def body(statement: Sequence[str], opening: int) -> Sequence[str]:
    """What stands between the parenthesis at `opening` and its partner."""
    depth = 0
    for place in range(opening, len(statement)):
        depth += {"(": 1, ")": -1}.get(statement[place], 0)
        if depth == 0:
            return statement[opening + 1 : place]
    return statement[opening + 1 :]


def has_call(statement: Sequence[str], names: Iterable[str]) -> list[str]:
    """Which of the functions are called."""
    wanted = set(names)
    pairs = zip(statement, [*statement[1:], ""], strict=True)
    return sorted({word for word, following in pairs if word in wanted and following == "("})


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    for match in _TOKEN.finditer(text):
        if match["comment"]:
            continue
        if match["quoted"]:
            yield QUOTED, match.start()
        elif match["name"]:
            yield match["name"].strip('"'), match.start()
        else:
            yield match[0].lower(), match.start()
