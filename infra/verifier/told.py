"""One file checked, told in plain words."""

from pathlib import Path
from typing import Any

from . import days, proofs, roots
from .files import Refused, parsed, read, same_bytes

_START_OF_EXPORT = b'{"format": "kabinet.day-root.v1"'


def checked(path: Path, *, root: Path | None = None, key: Path | None = None) -> list[str]:
    """What was checked of a proof, a root or an export of a day's seals, and what was not. Refused."""
    found, lines = _file(path)
    if root:
        kept = _root(root)
        lines.append(roots.against_root(found, kept, root))
    if key:
        lines.append(roots.against_key(found, key))
    if not root and not key:
        lines.append(
            "NOT CHECKED: whether that root is the published one. Give it as you hold it (--root) or the "
            "company's public key (--key): a file alone only agrees with itself."
        )
    return [*lines, "Everything checked is right."]


def _file(path: Path) -> tuple[dict[str, Any], list[str]]:
    content = read(path)
    if content.startswith(_START_OF_EXPORT):
        return days.check(path)
    found = parsed(content)
    if found.get("format") == roots.FORMAT:
        root = roots.check(found)
        lines = [
            f"The root of {root['day']} over {root['seals']} seals is signed by the key {root['key_id']}."
        ]
    else:
        root, lines = proofs.check(found)
    same_bytes(content, found)
    return root, lines


def _root(path: Path) -> dict[str, Any]:
    content = read(path)
    found = parsed(content)
    try:
        kept = roots.check(found, f"the root in {path}")
        same_bytes(content, found)
    except Refused as refused:
        raise Refused(f"{path}", f"is no published root: {refused}") from None
    return kept
