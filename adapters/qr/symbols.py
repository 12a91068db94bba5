"""Many QR symbols quickly: level M, byte mode, UTF-8, and always the same mask.

A library that tries all masks takes 40 ms for a code of a bill; a bill has six. The standard (ISO 18004)
lets a reader take any mask, so one is enough, and what does not depend on the text (where each bit goes,
patterns, mask) is made once per size. The tables and patterns are segno's; a test compares every module
with its symbols.
"""

from __future__ import annotations

from functools import cache
from itertools import chain, zip_longest
from operator import itemgetter
from struct import pack
from typing import Any, NamedTuple
from zlib import compress, crc32

import segno.consts
import segno.encoder

encoder: Any = segno.encoder  # it has no annotations
consts: Any = segno.consts
MASK = 3
_LEVEL = consts.ERROR_LEVEL_M
_MODE_BYTE = 4
_FIRST_LONG = 10
"""From this version on the length takes two bytes."""
_UNSET = 2
QUIET_ZONE = 4


class Layout(NamedTuple):
    """Of one version. `pick` takes the value of each module from the bits of the message, 0 for those of
    patterns; `over` is what is laid over them: patterns and mask."""

    side: int
    bits: int
    pick: itemgetter[Any]
    over: int


def rows(text: str) -> list[bytes]:
    """The symbol's rows of modules, 1 for dark. ValueError when the text does not fit."""
    data = text.encode()
    version = _version(len(data))
    layout = _layout(version)
    message = _message(version, data)
    bits = f"{int.from_bytes(message, 'big'):0{len(message) * 8}b}".encode().translate(_BITS)
    picked = bytes(layout.pick(bits.ljust(layout.bits, b"\0") + b"\0"))
    modules = (int.from_bytes(picked, "big") ^ layout.over).to_bytes(len(picked), "big")
    return [modules[start : start + layout.side] for start in range(0, len(modules), layout.side)]


def png(text: str) -> bytes:
    """A dot a module in two colours, with the quiet zone: to be drawn large without smoothing."""
    found = rows(text)
    side = len(found) + 2 * QUIET_ZONE
    width = (side + 7) // 8
    blank = b"\0" + b"\xff" * width
    lines = [b"\0" + _packed(row, width) for row in found]
    raw = blank * QUIET_ZONE + b"".join(lines) + blank * QUIET_ZONE
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)),
            _chunk(b"IDAT", compress(raw, 1)),
            _chunk(b"IEND", b""),
        )
    )


def _packed(row: bytes, width: int) -> bytes:
    """One bit a module from the left, 0 for dark, inside the quiet zone."""
    dark = int(row.translate(_DIGITS), 2) << (8 * width - QUIET_ZONE - len(row))
    return ((1 << 8 * width) - 1 ^ dark).to_bytes(width, "big")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return pack(">I", len(body)) + kind + body + pack(">I", crc32(kind + body))


_BITS = bytes.maketrans(b"01", b"\x00\x01")
_DIGITS = bytes.maketrans(b"\x00\x01", b"01")


def _version(size: int) -> int:
    for version in range(1, 41):
        if _capacity(version) >= size + (3 if version >= _FIRST_LONG else 2):
            return version
    raise ValueError(f"{size} bytes do not fit into a symbol")


@cache
def _capacity(version: int) -> int:
    return sum(one.num_blocks * one.num_data for one in consts.ECC[version][_LEVEL])


def _message(version: int, data: bytes) -> bytes:
    """Data and error correction, interleaved."""
    length_bits = 16 if version >= _FIRST_LONG else 8
    head = (_MODE_BYTE << length_bits | len(data)) << 8 * len(data) | int.from_bytes(data, "big")
    size = len(data) + length_bits // 8 + 1
    padding = b"\xec\x11" * ((_capacity(version) - size) // 2 + 1)
    codewords = ((head << 4).to_bytes(size, "big") + padding)[: _capacity(version)]
    blocks, corrections, start = [], [], 0
    for info in consts.ECC[version][_LEVEL]:
        for _ in range(info.num_blocks):
            block = codewords[start : start + info.num_data]
            start += info.num_data
            blocks.append(block)
            corrections.append(_correction(block, info.num_total - info.num_data))
    return _interleaved(blocks) + _interleaved(corrections)


def _interleaved(blocks: list[bytes]) -> bytes:
    return bytes(one for one in chain.from_iterable(zip_longest(*blocks)) if one is not None)


def _correction(block: bytes, count: int) -> bytes:
    """Reed-Solomon: the remainder of the block by the generator, a byte at a time."""
    table, shift, kept = _table(count), 8 * (count - 1), (1 << 8 * count) - 1
    rest = 0
    for byte in block:
        rest = (rest << 8 & kept) ^ table[byte ^ rest >> shift]
    return rest.to_bytes(count, "big")


@cache
def _table(count: int) -> list[int]:
    """The generator of `count` codewords times each byte, as one number."""
    logs, powers, generator = consts.GALIOS_LOG, consts.GALIOS_EXP, consts.GEN_POLY[count]
    return [0] + [
        int.from_bytes(bytes(powers[(logs[factor] + log) % 255] for log in generator), "big")
        for factor in range(1, 256)
    ]


@cache
def _layout(version: int) -> Layout:
    side = encoder.calc_matrix_size(version)
    empty = encoder.make_matrix(side, side)
    encoder.add_finder_patterns(empty, side, side)
    encoder.add_alignment_patterns(empty, side, side)
    bits = sum(row.count(_UNSET) for row in empty)
    first = _UNSET + 1
    # Numbers instead of bits show where each bit goes.
    placed = [list(row) for row in empty]
    encoder.add_codewords(placed, range(first, first + bits), version)
    places = [label - first if label > _UNSET else bits for row in placed for label in row]
    is_masked = encoder.get_data_mask_functions(is_micro=False)[MASK]
    over = [
        bytearray(is_masked(i, j) if cell == _UNSET else cell for j, cell in enumerate(row))
        for i, row in enumerate(empty)
    ]
    encoder.add_format_info(over, version, _LEVEL, MASK)
    encoder.add_version_info(over, version)
    return Layout(side, bits, itemgetter(*places), int.from_bytes(b"".join(over), "big"))
