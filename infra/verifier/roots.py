"""A day's published root: what it says, who signed it, with which key."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from .files import ROOT, Refused, checked, difference, digest, joined, read

FORMAT = "kabinet.day-root.v1"
WHERE = "root"
_SIGNED = ("format", "day", "seals", "root", "previous_day", "previous_root")


def check(record: object, where: str = WHERE) -> dict[str, Any]:
    """The record when its text, signature and key fit one another."""
    root = checked(record, ROOT, where)
    if root["format"] != FORMAT:
        raise Refused(f"{where}, field format", f"is not {FORMAT}")
    lines = [(name, root[name]) for name in _SIGNED]
    differs = difference(root["signed"], lines)
    key = digest(where, "public_key", root["public_key"])
    if sha256(key).hexdigest()[:16] != root["key_id"]:
        raise Refused(f"{where}, field public_key or key_id", "the one is not the name of the other")
    signature = digest(where, "signature", root["signature"])
    if not _is_signed(key, signature, root["signed"].encode()):
        if differs and _is_signed(key, signature, joined(lines)):
            raise Refused(
                f"{where}, field signed, line of {differs.field}", f"{differs.why}; the text was changed"
            )
        raise Refused(f"{where}, field signature", "is not the signature of this key under this text")
    if differs:
        raise Refused(f"{where}, field {differs.field}", f"{differs.why}, and the text is what was signed")
    return root


def against_key(root: Mapping[str, Any], path: Path) -> str:
    """Refused when none of the keys in the file signed the root; otherwise what to say."""
    keys = keys_of(read(path), str(path))
    if root["public_key"] not in keys:
        raise Refused(f"{WHERE}, field public_key", f"is none of the {len(keys)} keys in {path}")
    return f"The key that signed it ({root['key_id']}) is the one you hold in {path}."


def keys_of(content: bytes, where: str) -> list[str]:
    """Public keys in hexadecimal: of GET /api/v1/proofs/keys, of PEM, or the digits alone."""
    text = content.decode("ascii", "replace").strip()
    if text.startswith("{"):
        try:
            return [str(key["public_key"]) for key in json.loads(text)["keys"]]
        except (ValueError, KeyError, TypeError):
            raise Refused(where, "is not a list of keys as GET /api/v1/proofs/keys gives it") from None
    if "BEGIN" in text:
        try:
            key = load_pem_public_key(text.encode())
        except ValueError:
            raise Refused(where, "is not a public key") from None
        if not isinstance(key, Ed25519PublicKey):
            raise Refused(where, "is not a key of Ed25519")
        return [key.public_bytes_raw().hex()]
    return [digest(where, "key", text).hex()]


def against_root(root: Mapping[str, Any], kept: Mapping[str, Any], path: Path) -> str:
    """`kept` is the root as it was published or mailed."""
    differ: Sequence[str] = [name for name in ROOT if root[name] != kept[name]]
    if differ:
        name = differ[0]
        raise Refused(
            f"{WHERE}, field {name}", f"says {root[name]!r}; the published root in {path} says {kept[name]!r}"
        )
    return f"It is the root published for {root['day']}, as you hold it in {path}."


def _is_signed(key: bytes, signature: bytes, text: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True
