"""The entries of a proof: each hash is SHA-256 over the hash before it and the entry's text."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from .files import Difference, Refused, difference, digest, joined

FORMAT = "kabinet.transfer.v1"
_FIELDS = (
    *("entry_no", "posting_id", "line_no", "debit", "credit", "kopecks", "charge_id"),
    *("cause", "cause_id", "cause_version", "value_date", "posted_at"),
)
Entry = Mapping[str, Any]


def name_of(entry: Entry) -> str:
    return f"entry {entry['entry_no']}"


def check(account_id: str, before: str, entries: Sequence[Entry], end: str) -> None:
    """From the hash `before` the first entry to that of the last, which the seal says is `end`. Refused."""
    last = digest("proof", "before", before)
    for place, entry in enumerate(entries):
        where, text = name_of(entry), entry["text"].encode()
        kept = digest(where, "hash", entry["hash"])
        lines = [("format", FORMAT), ("account_id", account_id), *((name, entry[name]) for name in _FIELDS)]
        differs = difference(entry["text"], lines)
        computed = sha256(last + text).digest()
        if computed == kept:
            if differs:
                raise Refused(
                    f"{where}, field {differs.field}", f"{differs.why}, and the hash is of the text"
                )
        elif differs:
            raise _differing(where, differs, is_text=sha256(last + joined(lines)).digest() == kept)
        else:
            raise _broken(where, place, computed, entries[place + 1 :], end)
        last = kept
    first = entries[0]["entry_no"]
    for place, entry in enumerate(entries):
        if entry["entry_no"] != first + place:
            raise Refused(name_of(entry), f"stands where entry {first + place} should")


def _differing(where: str, differs: Difference, *, is_text: bool) -> Refused:
    if is_text:
        return Refused(
            f"{where}, field text, line of {differs.field}", f"{differs.why}, and the hash is of the field"
        )
    return Refused(f"{where}, field {differs.field}", f"{differs.why}, and the hash is of neither")


def _broken(where: str, place: int, computed: bytes, after: Sequence[Entry], end: str) -> Refused:
    """Fields and text agree, the hash does not: what follows tells which of them was changed."""
    if after:
        goes_on = sha256(computed + after[0]["text"].encode()).hexdigest() == after[0]["hash"]
    else:
        goes_on = computed.hex() == end
    if goes_on:
        return Refused(f"{where}, field hash", "is not the hash of the entry, from which the chain goes on")
    if place == 0:
        return Refused("proof, field before", f"the hash before {where} does not lead to the hash of {where}")
    return Refused(where, "is not what was posted: neither its hash nor the chain after it follow from it")
