"""Files as they were published: one form only, so that no byte can change unseen."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

MOST_BYTES = 64 * 1024 * 1024
Fields = Mapping[str, type]


class Refused(Exception):
    """`where` names the entry, step or record and its field; `why` what is wrong with it."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where


ENTRY: Fields = {
    "entry_no": int,
    "posting_id": str,
    "line_no": int,
    "debit": str,
    "credit": str,
    "kopecks": int,
    "charge_id": str,
    "cause": str,
    "cause_id": str,
    "cause_version": int,
    "value_date": str,
    "posted_at": str,
    "text": str,
    "hash": str,
}
SEAL: Fields = {
    "day": str,
    "account_id": str,
    "after_no": int,
    "last_no": int,
    "last_hash": str,
    "text": str,
    "salt": str,
    "leaf": str,
}
STEP: Fields = {"neighbour": str, "hash": str, "gives": str}
ROOT: Fields = {
    "format": str,
    "day": str,
    "seals": int,
    "root": str,
    "previous_day": str,
    "previous_root": str,
    "signed": str,
    "signature": str,
    "public_key": str,
    "key_id": str,
}
PROOF: Fields = {
    "format": str,
    "account_id": str,
    "payment_id": str,
    "before": str,
    "entries": list,
    "seal": dict,
    "index": int,
    "path": list,
    "root": dict,
}


def read(path: Path) -> bytes:
    """Refused when it cannot be read or is too long."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refused(str(path), f"cannot be read: {error.strerror}") from error
    if len(content) > MOST_BYTES:
        raise Refused(str(path), "is longer than any proof")
    return content


def parsed(content: bytes) -> dict[str, Any]:
    """The JSON object of a published file. Refused, naming the line, when a byte is not as it was written."""
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError as error:
        raise Refused(_place(content, error.start), f"byte {error.start} is none that stands here") from None
    try:
        found = json.loads(
            text, object_pairs_hook=_once, parse_float=_no_fraction, parse_constant=_no_fraction
        )
    except json.JSONDecodeError as error:
        raise Refused(_place(content, error.pos), f"is not JSON there: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise Refused("the file", str(error)) from None
    if not isinstance(found, dict):
        raise Refused("the file", "is not a record")
    return found


def same_bytes(content: bytes, found: Mapping[str, Any]) -> None:
    """What was read must be written just as it stands in the file, spaces and all."""
    expected = (json.dumps(found, indent=1) + "\n").encode()
    if expected == content:
        return
    at = next(
        (at for at, (one, other) in enumerate(zip(content, expected, strict=False)) if one != other),
        min(len(content), len(expected)),
    )
    raise Refused(_place(content, at), f"byte {at} is not written as Kabinet writes it")


def checked(record: object, fields: Fields, where: str) -> dict[str, Any]:
    """The record with exactly these fields in this order, each of its type."""
    if not isinstance(record, dict):
        raise Refused(where, "is not a record")
    for name in fields:
        if name not in record:
            strange = [key for key in record if key not in fields]
            raise Refused(
                f"{where}, field {name}", f"is missing; there is {', '.join(strange) or 'no other'}"
            )
    for name, value in record.items():
        if name not in fields:
            raise Refused(f"{where}, field {name}", "is not a field of this record")
        if type(value) is not fields[name]:
            raise Refused(f"{where}, field {name}", f"is not of its type: {value!r}")
    return record


class Difference(NamedTuple):
    """A line of a record's text that does not say what its field says."""

    field: str
    why: str


def difference(text: str, lines: Sequence[tuple[str, object]]) -> Difference | None:
    """`lines` are what the text should say, by the names of the fields that say the same."""
    said = text.split("\n")
    for (name, expected), line in zip(lines, said, strict=False):
        if str(expected) != line:
            return Difference(name, f"the field says {str(expected)!r}, the text {line!r}")
    if len(said) != len(lines):
        return Difference("text", f"the text has {len(said)} lines instead of {len(lines)}")
    return None


def joined(lines: Sequence[tuple[str, object]]) -> bytes:
    """The text that these fields make."""
    return "\n".join(str(value) for _, value in lines).encode()


def digest(where: str, name: str, text: str) -> bytes:
    """A SHA-256, key or signature written in lower-case hexadecimal digits."""
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if not value or value.hex() != text:
        raise Refused(f"{where}, field {name}", "is not written in hexadecimal digits")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {twice} stands twice in one record")
    return found


def _no_fraction(text: str) -> None:
    raise ValueError(f"{text} is no whole number")


def _place(content: bytes, at: int) -> str:
    """The line of a byte, and the records around it by the names that lead to them."""
    number = content.count(b"\n", 0, at) + 1
    lines = content.decode("latin-1").split("\n")[:number]
    names, depth = [_name(lines[-1])], max(_depth(line) for line in lines[-2:])
    for line in reversed(lines[:-1]):
        if _depth(line) == depth and _name(line) == "entry_no":
            names.append(f"entry {line.strip(' ,').rpartition(' ')[2]}")
        elif _depth(line) < depth:
            depth = _depth(line)
            names.append(_name(line))
    return f"line {number} ({', in '.join(name for name in names if name) or 'outside all records'})"


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _name(line: str) -> str:
    name, colon, _ = line.strip().partition(":")
    return name.strip('"{[ ') if colon else ""
