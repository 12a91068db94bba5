"""A payer's proof: its payment's entries, the chain to the day's seal, the way up to the root."""

from collections.abc import Mapping, Sequence
from hashlib import sha1
from typing import Any
from uuid import UUID

from . import chains, roots, trees
from .files import ENTRY, PROOF, SEAL, STEP, Refused, checked, difference, digest

FORMAT = "kabinet.payment-proof.v1"
SEAL_FORMAT = "kabinet.day-seal.v1"
_SEALED = ("day", "account_id", "after_no", "last_no", "last_hash")
Record = Mapping[str, Any]


def check(found: Record) -> tuple[dict[str, Any], list[str]]:
    """The root that the proof leads to, and in plain words what was checked. Refused."""
    proof = checked(found, PROOF, "proof")
    if proof["format"] != FORMAT:
        raise Refused("proof, field format", f"is not {FORMAT}")
    entries = [checked(one, ENTRY, _name(one, place)) for place, one in enumerate(proof["entries"], start=1)]
    seal = checked(proof["seal"], SEAL, "seal")
    path = [checked(one, STEP, f"step {no} of the path") for no, one in enumerate(proof["path"], start=1)]
    root = roots.check(proof["root"])
    if not entries:
        raise Refused("proof, field entries", "is empty")
    _same_account(proof, seal)
    chains.check(proof["account_id"], proof["before"], entries, seal["last_hash"])
    leaf = _leaf(seal, path, root)
    told = _payment(proof, entries, seal)
    _way_up(leaf, path, proof["index"], root)
    if seal["day"] != root["day"]:
        raise Refused("seal, field day", f"is not the day of the root, {root['day']}")
    return root, [
        *told,
        f"Their chain of {len(entries)} hashes ends in the seal of the account on {seal['day']} (entries "
        f"{seal['after_no'] + 1} to {seal['last_no']}).",
        f"The seal is leaf {proof['index'] + 1} of {root['seals']} in the tree of {root['day']}; "
        f"{len(path)} steps lead up to the root {root['root']}.",
        f"The root is signed by the key {root['key_id']}.",
    ]


def _name(entry: object, place: int) -> str:
    number = entry.get("entry_no") if isinstance(entry, dict) else None
    return f"entry {number}" if number else f"the entry at place {place}"


def _same_account(proof: Record, seal: Record) -> None:
    if proof["account_id"] != seal["account_id"]:
        where = "proof" if f"\n{seal['account_id']}\n" in seal["text"] else "seal"
        raise Refused(f"{where}, field account_id", "proof and seal are of different accounts")


def _payment(proof: Record, entries: Sequence[Record], seal: Record) -> list[str]:
    """The payment's own entries: all of its posting, in the sealed day, in equal to out."""
    payment_id, posting_id = proof["payment_id"], _posting_id(proof["payment_id"])
    own = [one for one in entries if one["posting_id"] == posting_id]
    if not own:
        raise Refused("proof, field payment_id", f"{chains.name_of(entries[0])} is not of this payment")
    for place, one in enumerate(own):
        if one is not entries[place] or (one["cause_id"], one["line_no"]) != (payment_id, place + 1):
            raise Refused(chains.name_of(one), f"is not line {place + 1} of payment {payment_id}")
    if own[0]["entry_no"] <= seal["after_no"] or entries[-1]["entry_no"] != seal["last_no"]:
        raise Refused("seal", f"entries {own[0]['entry_no']} to {entries[-1]['entry_no']} are not its own")
    book = f"payment:{payment_id}"
    parts = [one for one in own if one["debit"] == book]
    came = sum(one["kopecks"] for one in own if one["credit"] == book)
    if came != sum(one["kopecks"] for one in parts):
        raise Refused("proof, field entries", "the parts of the payment do not add up to it")
    return [
        f"Payment {payment_id} of {_roubles(came)} roubles, dated {own[0]['value_date']}, stands in the "
        f"books of account {proof['account_id']} with {len(parts)} parts:",
        *(f"  {_roubles(one['kopecks'])} to {one['credit']}" for one in parts),
    ]


def _posting_id(payment_id: str) -> str:
    """UUIDv5 of "payment:1" in the namespace of the payment's id."""
    try:
        namespace = UUID(payment_id)
    except ValueError:
        raise Refused("proof, field payment_id", "is not a UUID") from None
    made = sha1(namespace.bytes + b"payment:1", usedforsecurity=False).digest()
    return str(UUID(bytes=made[:16], version=5))


def _leaf(seal: Record, path: Sequence[Record], root: Record) -> bytes:
    """Salt and text of the seal, hashed."""
    lines = [("format", SEAL_FORMAT), *((name, seal[name]) for name in _SEALED)]
    differs = difference(seal["text"], lines)
    salt, kept = digest("seal", "salt", seal["salt"]), digest("seal", "leaf", seal["leaf"])
    computed = trees.leaf(salt + seal["text"].encode())
    if computed == kept:
        if differs:
            raise Refused(f"seal, field {differs.field}", f"{differs.why}, and the leaf is of the text")
        return kept
    if differs:
        raise Refused(f"seal, field text, line of {differs.field}", differs.why)
    goes_on = _up(computed, path[0], "step 1 of the path").hex() == path[0]["gives"] if path else False
    if goes_on or (not path and computed.hex() == root["root"]):
        raise Refused("seal, field leaf", "is not the leaf of the seal, from which the way up goes on")
    raise Refused("seal, field salt", "the seal does not give its leaf with it")


def _up(here: bytes, step: Record, where: str) -> bytes:
    other = digest(where, "hash", step["hash"])
    return trees.node(other, here) if step["neighbour"] == "left" else trees.node(here, other)


def _way_up(leaf: bytes, path: Sequence[Record], index: int, root: Record) -> None:
    if not 0 <= index < root["seals"]:
        raise Refused("proof, field index", f"there is no leaf {index} among {root['seals']}")
    here = leaf
    for place, step in enumerate(path):
        where = f"step {place + 1} of the path"
        if step["neighbour"] not in ("left", "right"):
            raise Refused(f"{where}, field neighbour", "is neither left nor right")
        gives = _up(here, step, where)
        if gives.hex() != step["gives"]:
            raise _wrong_step(path, place, gives, here, root)
        here = gives
    if [step["neighbour"] for step in path] != trees.sides(index, root["seals"]):
        raise Refused(
            "proof, field index", f"leaf {index} of {root['seals']} has another way up than this one"
        )
    if here.hex() != root["root"]:
        raise Refused("the path", f"leads to {here.hex()}, not to the root {root['root']}")


def _wrong_step(path: Sequence[Record], place: int, gives: bytes, here: bytes, root: Record) -> Refused:
    step, where = path[place], f"step {place + 1} of the path"
    after = path[place + 1] if place + 1 < len(path) else None
    goes_on = _up(gives, after, where).hex() == after["gives"] if after else gives.hex() == root["root"]
    if goes_on:
        return Refused(f"{where}, field gives", "is not what the step gives, from which the way goes on")
    other = "right" if step["neighbour"] == "left" else "left"
    if _up(here, {**step, "neighbour": other}, where).hex() == step["gives"]:
        return Refused(f"{where}, field neighbour", f"it stands to the {other}")
    return Refused(f"{where}, field hash", "the step does not give what it should with it")


def _roubles(kopecks: int) -> str:
    return f"{kopecks // 100}.{kopecks % 100:02d}"
