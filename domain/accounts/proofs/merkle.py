"""The tree over a day's leaves, as in RFC 9162 (formerly 6962), section 2.1: SHA-256, a byte 0 before the
content of a leaf and a byte 1 before the two hashes of a node."""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

LEAF = b"\x00"
NODE = b"\x01"
EMPTY = sha256(b"").digest()
BLOCK_LEAVES = 1024
"""A power of two: a block then is a whole node of the tree."""


class Step(NamedTuple):
    """On the way up: the neighbour's hash, whether it stands to the left, and what the two give."""

    is_left: bool
    hash: bytes
    gives: bytes


def leaf_hash(content: bytes) -> bytes:
    return sha256(LEAF + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(NODE + left + right).digest()


def root_of(nodes: Sequence[bytes]) -> bytes:
    """The root over these leaves, or over the nodes of whole blocks of them."""
    if not nodes:
        return EMPTY
    level = list(nodes)
    # The last node of an odd level goes up alone: the same tree as splitting at the largest power of two.
    while len(level) > 1:
        pairs = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) - len(level) % 2 :]
    return level[0]


def way_up(nodes: Sequence[bytes], index: int) -> list[Step]:
    """From `nodes[index]` to the root over them."""
    level, steps, here = list(nodes), [], nodes[index]
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            is_left = neighbour < index
            other = level[neighbour]
            here = node_hash(other, here) if is_left else node_hash(here, other)
            steps.append(Step(is_left, other, here))
        pairs = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) - len(level) % 2 :]
        index //= 2
    return steps
