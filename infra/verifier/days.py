"""A whole day from an export of its seals: every leaf is made anew, and the root over them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import roots, trees
from .files import Refused, digest

SEAL_FORMAT = "kabinet.day-seal.v1"
_FIELDS = ("account_id", "after_no", "last_no", "last_hash", "salt")
MOST_LINE_CHARACTERS = 10_000


def check(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The first line is the root, each other line a seal. Refused when the seals do not give the root."""
    with path.open(encoding="ascii", errors="replace") as file:
        root = roots.check(_record(file.readline(MOST_LINE_CHARACTERS), "line 1"))
        leaves = sorted(_leaves(file, root["day"]))
    if len(leaves) != root["seals"]:
        raise Refused("the seals", f"are {len(leaves)}; the root was made over {root['seals']}")
    made = trees.root(leaves).hex()
    if made != root["root"]:
        raise Refused("the seals", f"give the root {made}, not {root['root']}: at least one was changed")
    return root, [
        f"All {len(leaves)} seals of {root['day']} give the root {root['root']}.",
        f"The root is signed by the key {root['key_id']}.",
    ]


def _leaves(lines: Any, day: str) -> Iterator[bytes]:
    for number, line in enumerate(lines, start=2):
        where = f"line {number}"
        seal = _record(line, where)
        if tuple(seal) != _FIELDS:
            raise Refused(where, f"has the fields {', '.join(seal)} instead of {', '.join(_FIELDS)}")
        *said, salt = seal.values()
        text = "\n".join(str(value) for value in (SEAL_FORMAT, day, *said))
        yield trees.leaf(digest(where, "salt", str(salt)) + text.encode())


def _record(line: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise Refused(where, f"is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Refused(where, "is not a record")
    return found
