"""Files out of winmail.dat (TNEF, MS-OXTNEF), which Outlook wraps attachments into. Names and bytes only."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\x78\x9f\x3e\x22"
MOST_FILES = 50

_LEVEL_ATTACHMENT = 2
_RENDER = 0x00069002  # attAttachRenddata: a new attachment begins
_TITLE = 0x00018010
_DATA = 0x0006800F
_PROPERTIES = 0x00069005
_NAME_LONG, _NAME_SHORT, _BYTES = 0x3707, 0x3704, 0x3701
_SIZES = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x000B: 4}
_SIZES |= {0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8, 0x0048: 16}
_VARIABLE = {0x000D, 0x001E, 0x001F, 0x0102}
_MULTIPLE = 0x1000
_TEXT_UTF16 = 0x001F
_MOST_PROPERTIES = 500


@dataclass(slots=True)
class TnefFile:
    """`name` as bytes in the encoding of the sender's machine, or as text."""

    name: bytes | str = b""
    content: bytes = b""


def files(body: bytes) -> list[TnefFile]:
    """The attachments, as far as they can be read; a stream that breaks off gives those before."""
    if not body.startswith(MAGIC):
        return []
    found: list[TnefFile] = []
    for attribute, data in _attributes(body):
        if attribute == _RENDER:
            if len(found) == MOST_FILES:
                break
            found.append(TnefFile())
        elif found:
            _take(found[-1], attribute, data)
    return [one for one in found if one.content]


def _attributes(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Level, attribute, length, data, checksum; only those of attachments."""
    at = 6
    while at + 9 <= len(body):
        level, attribute, length = struct.unpack_from("<BII", body, at)
        end = at + 9 + length
        if level not in (1, _LEVEL_ATTACHMENT) or end > len(body):
            return
        if level == _LEVEL_ATTACHMENT:
            yield attribute, body[at + 9 : end]
        at = end + 2


def _take(one: TnefFile, attribute: int, data: bytes) -> None:
    if attribute == _TITLE and not one.name:
        one.name = data.rstrip(b"\0")
    elif attribute == _DATA:
        one.content = data
    elif attribute == _PROPERTIES:
        for tag, value in _properties(data):
            if tag in (_NAME_LONG, _NAME_SHORT) and value and (tag == _NAME_LONG or not one.name):
                one.name = value
            elif tag == _BYTES and isinstance(value, bytes) and not one.content:
                one.content = value


def _properties(data: bytes) -> Iterator[tuple[int, bytes | str]]:
    """MAPI properties (MS-OXTNEF 2.1.3.4); it ends at the first it does not know how to pass."""
    if len(data) < 4:
        return
    at = 4
    for _ in range(min(int.from_bytes(data[:4], "little"), _MOST_PROPERTIES)):
        if at + 4 > len(data):
            return
        kind, tag = struct.unpack_from("<HH", data, at)
        at += 4
        if tag >= 0x8000:
            at = _past_name(data, at)
        values, at = _values(data, at, kind)
        if at < 0:
            return
        for value in values:
            yield tag, _as_text(value) if kind & ~_MULTIPLE == _TEXT_UTF16 else value


def _past_name(data: bytes, at: int) -> int:
    """A property of somebody's own carries a GUID and an id or a name."""
    if at + 24 > len(data):
        return len(data)
    by_name, length = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (length + (-length % 4) if by_name else 0)


def _values(data: bytes, at: int, kind: int) -> tuple[list[bytes], int]:
    """The values of one property and where the next begins, -1 when it cannot be told."""
    base = kind & ~_MULTIPLE
    count = 1
    if kind & _MULTIPLE or base in _VARIABLE:
        if at + 4 > len(data):
            return [], -1
        count = int.from_bytes(data[at : at + 4], "little")
        at += 4
    if base not in _VARIABLE:
        end = at + _SIZES.get(base, len(data) + 1) * count
        return ([], end) if end <= len(data) else ([], -1)
    values: list[bytes] = []
    for _ in range(min(count, _MOST_PROPERTIES)):
        if at + 4 > len(data):
            return values, -1
        length = int.from_bytes(data[at : at + 4], "little")
        at += 4
        values.append(data[at : at + length])
        at += length + (-length % 4)
    return values, at


def _as_text(value: bytes) -> str:
    return value.decode("utf-16-le", "replace").rstrip("\0")
