"""What is published of a closed day: the root of its tree, signed, naming the root before it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from hashlib import sha256
from itertools import pairwise
from typing import Any, ClassVar, Protocol

import msgspec

from domain.accounts.audit import Finding
from domain.accounts.proofs.merkle import BLOCK_LEAVES, root_of
from domain.kernel.errors import NotFound
from domain.kernel.jobs import Job

ROOT_FORMAT = "kabinet.day-root.v1"


class DayNotClosed(NotFound):
    code = "day-not-closed"
    text = "Nothing is published of this day: it has not ended, or its accounts are still being sealed"


class TellWitness(Job, frozen=True, kw_only=True, tag="proofs.tell-witness"):
    """Mail the root of a day to someone outside who keeps it."""

    max_attempts: ClassVar[int] = 30
    day: date
    address: str


class Signer(Protocol):
    """Ed25519 (RFC 8032)."""

    @property
    def public_key(self) -> bytes: ...

    def sign(self, message: bytes) -> bytes: ...


class DayRoot(msgspec.Struct, frozen=True, kw_only=True):
    """`seals` is how many leaves the tree has. `previous_day` is None for the first day ever closed."""

    day: date
    seals: int
    root: bytes
    previous_day: date | None
    previous_root: bytes | None
    public_key: bytes
    signature: bytes
    published_at: datetime

    @property
    def text(self) -> str:
        return signed_text(self.day, self.seals, self.root, self.previous_day, self.previous_root)

    def as_json(self) -> dict[str, Any]:
        """The published form. `signed` is the text under the signature; the fields before it say the same."""
        return {
            "format": ROOT_FORMAT,
            "day": self.day.isoformat(),
            "seals": self.seals,
            "root": self.root.hex(),
            "previous_day": self.previous_day.isoformat() if self.previous_day else "",
            "previous_root": self.previous_root.hex() if self.previous_root else "",
            "signed": self.text,
            "signature": self.signature.hex(),
            "public_key": self.public_key.hex(),
            "key_id": key_id(self.public_key),
        }


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A public key that signed days from `first_day` to `last_day`; neither while it has signed none."""

    public_key: bytes
    first_day: date | None = None
    last_day: date | None = None


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Up to BLOCK_LEAVES leaves in the tree's order, end to end, and the node over them."""

    block_no: int
    first_leaf: bytes
    node: bytes
    leaves: bytes


def signed_text(
    day: date, seals: int, root: bytes, previous_day: date | None, previous_root: bytes | None
) -> str:
    before = f"{previous_day.isoformat()}\n{previous_root.hex()}" if previous_day and previous_root else "\n"
    return f"{ROOT_FORMAT}\n{day.isoformat()}\n{seals}\n{root.hex()}\n{before}"


def key_id(public_key: bytes) -> str:
    """A short name of a key, for people to compare."""
    return sha256(public_key).hexdigest()[:16]


def blocks_of(leaves: Sequence[bytes]) -> list[Block]:
    """Leaves stand in the order of their hashes: their places tell nothing of the accounts."""
    ordered = sorted(leaves)
    found = []
    for number, start in enumerate(range(0, len(ordered), BLOCK_LEAVES)):
        block = ordered[start : start + BLOCK_LEAVES]
        found.append(Block(block_no=number, first_leaf=block[0], node=root_of(block), leaves=b"".join(block)))
    return found


def as_file(content: dict[str, Any]) -> bytes:
    """The one form a published file has: whoever checks it compares every byte."""
    return (json.dumps(content, indent=1) + "\n").encode()


class Roots(Protocol):
    async def of(self, day: date) -> DayRoot | None: ...

    async def latest(self) -> DayRoot | None: ...

    async def page(self, before: date | None, limit: int) -> Sequence[DayRoot]:
        """The newest first, those before a day."""

    async def keys(self) -> Sequence[Key]: ...

    async def publish(self, root: DayRoot, blocks: Sequence[Block]) -> bool:
        """False when that day was published before."""

    async def nodes(self, day: date) -> Sequence[tuple[bytes, bytes]]:
        """First leaf and node of each block of a day, in the tree's order."""

    async def block(self, day: date, block_no: int) -> Block: ...


def chain_findings(roots: Sequence[DayRoot]) -> Iterator[Finding]:
    """Each published day, oldest first, names the one before it."""
    for before, root in pairwise(roots):
        if (root.previous_day, root.previous_root) != (before.day, before.root):
            yield Finding(
                code="root-chain",
                account_id=None,
                table="day_roots",
                key=f"day={root.day}",
                expected=f"{before.day} {before.root.hex()}",
                found=f"{root.previous_day} {root.previous_root.hex() if root.previous_root else 'nothing'}",
            )
