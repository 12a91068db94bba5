"""What an opaquely signed letter (smime.p7m, RFC 8551 and RFC 5652) signs. The signature itself is not
checked: it says nothing about our rules, and the letter is vouched for by our mail server."""

from typing import NamedTuple

_SIGNED = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
_SEQUENCE, _OBJECT, _EXPLICIT, _OCTETS, _OCTETS_BUILT = 0x30, 0x06, 0xA0, 0x04, 0x24
_MOST_PIECES = 100_000
_DEEPEST = 12


class _Node(NamedTuple):
    tag: int
    start: int
    end: int


def signed_content(body: bytes) -> bytes | None:
    """The MIME entity inside, or None: encrypted, detached, broken or no CMS at all."""
    try:
        return _signed_content(body)
    except (IndexError, ValueError):
        return None


def _signed_content(body: bytes) -> bytes | None:
    outer = _children(body, _node(body, 0, len(body)), 2)
    if len(outer) < 2 or body[outer[0].start : outer[0].end] != _SIGNED:
        return None
    [signed] = _children(body, outer[1], 1)
    for node in _children(body, signed, 4):
        if node.tag != _SEQUENCE:
            continue
        inner = _children(body, node, 2)
        if len(inner) == 2 and body[inner[0].start : inner[0].end] == _DATA and inner[1].tag == _EXPLICIT:
            [content] = _children(body, inner[1], 1)
            return _octets(body, content)
    return None


def _node(body: bytes, at: int, end: int) -> _Node:
    """DER, and BER with a length that is not told: then its end is found by its children."""
    tag, first = body[at], body[at + 1]
    at += 2
    if first == 0x80:
        return _Node(tag, at, _end_of_open(body, at, end, 0))
    if first > 0x80:
        size = first & 0x7F
        if size > 4:
            raise ValueError
        length = int.from_bytes(body[at : at + size], "big")
        at += size
    else:
        length = first
    if at + length > end:
        raise ValueError
    return _Node(tag, at, at + length)


def _end_of_open(body: bytes, at: int, end: int, depth: int) -> int:
    if depth > _DEEPEST:
        raise ValueError
    for _ in range(_MOST_PIECES):
        if body[at] == 0 and body[at + 1] == 0:
            return at
        if body[at + 1] == 0x80:
            at = _end_of_open(body, at + 2, end, depth + 1) + 2
        else:
            at = _node(body, at, end).end
    raise ValueError


def _children(body: bytes, parent: _Node, most: int) -> list[_Node]:
    found: list[_Node] = []
    at = parent.start
    while at < parent.end and len(found) < most:
        node = _node(body, at, parent.end)
        found.append(node)
        at = node.end + (2 if body[at + 1] == 0x80 else 0)
    return found


def _octets(body: bytes, node: _Node) -> bytes | None:
    """An OCTET STRING, whole or built of pieces."""
    if node.tag == _OCTETS:
        return body[node.start : node.end]
    if node.tag != _OCTETS_BUILT:
        return None
    pieces = _children(body, node, _MOST_PIECES)
    return b"".join(body[one.start : one.end] for one in pieces if one.tag == _OCTETS)
