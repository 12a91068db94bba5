"""The tree of RFC 9162 (formerly 6962), section 2.1.3.2: from a leaf up to the root."""

from collections.abc import Iterable
from hashlib import sha256


def leaf(content: bytes) -> bytes:
    return sha256(b"\x00" + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def sides(index: int, size: int) -> list[str]:
    """On which side the neighbour stands at each step up from leaf `index` of `size`."""
    here, last, found = index, size - 1, []
    while last:
        if here % 2:
            found.append("left")
        elif here < last:
            found.append("right")
        here, last = here // 2, last // 2
    return found


def root(leaves: Iterable[bytes]) -> bytes:
    """Over whole leaves, kept as a stack of full subtrees: each doubles the one after it."""
    stack: list[tuple[int, bytes]] = []
    for one in leaves:
        stack.append((1, one))
        while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
            (size, right), (_, left) = stack.pop(), stack.pop()
            stack.append((2 * size, node(left, right)))
    if not stack:
        return sha256(b"").digest()
    _, found = stack.pop()
    while stack:
        _, left = stack.pop()
        found = node(left, found)
    return found
