"""What a file is, told by its bytes, never by its name."""

from enum import StrEnum
from typing import BinaryIO


class FileKind(StrEnum):
    """The value is the usual ending of a name."""

    PDF = "pdf"
    JPEG = "jpg"
    PNG = "png"
    HEIC = "heic"
    DOCX = "docx"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


_OFFICE = "application/vnd.openxmlformats-officedocument"
_MEDIA_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.HEIC: "image/heic",
    FileKind.DOCX: f"{_OFFICE}.wordprocessingml.document",
    FileKind.XLSX: f"{_OFFICE}.spreadsheetml.sheet",
}
_BEGINNINGS = {
    b"%PDF-": FileKind.PDF,
    b"\xff\xd8\xff": FileKind.JPEG,
    b"\x89PNG\r\n\x1a\n": FileKind.PNG,
}
_ZIP = b"PK\x03\x04"
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
"""ISO/IEC 23008-12, annex B and 10.2."""

HEAD_BYTES = 12
_END_BYTES = 22 + 65_535
"""The record at a ZIP's end, with the longest comment (APPNOTE 4.3.16)."""
_MOST_DIRECTORY_BYTES = 4 * 1024**2
_PARTS = {b"word/document.xml": FileKind.DOCX, b"xl/workbook.xml": FileKind.XLSX}
_MACROS = b"vbaproject.bin"


def may_be_known(head: bytes) -> bool:
    """Whether a file that begins so can be of a kind we take; so that nobody sends a hundred megabytes in
    vain. Few bytes tell nothing."""
    return len(head) < HEAD_BYTES or head.startswith(_ZIP) or _by_head(head) is not None


def kind_of(file: BinaryIO) -> FileKind | None:
    """None for what we do not take. DOCX and XLSX are told by the names in the archive; those with macros
    are not taken."""
    head = file.read(HEAD_BYTES)
    return _by_directory(_directory(file)) if head.startswith(_ZIP) else _by_head(head)


def _by_head(head: bytes) -> FileKind | None:
    for beginning, kind in _BEGINNINGS.items():
        if head.startswith(beginning):
            return kind
    is_heic = head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS
    return FileKind.HEIC if is_heic else None


def _directory(file: BinaryIO) -> bytes:
    """The ZIP's central directory, where the names stand; nothing when it is broken or monstrous."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_BYTES))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        return b""
    length, first = (int.from_bytes(tail[at + n : at + n + 4], "little") for n in (12, 16))
    if length > _MOST_DIRECTORY_BYTES or first + length > size:
        return b""
    file.seek(first)
    return file.read(length)


def _by_directory(directory: bytes) -> FileKind | None:
    names = set(_names(directory))
    if any(name.lower().endswith(_MACROS) for name in names):
        return None
    kinds = [kind for part, kind in _PARTS.items() if part in names]
    return kinds[0] if len(kinds) == 1 and b"[Content_Types].xml" in names else None


def _names(directory: bytes) -> list[bytes]:
    """APPNOTE 4.3.12: the file header of the central directory."""
    names, at = [], 0
    while directory[at : at + 4] == b"PK\x01\x02":
        name, extra, comment = (
            int.from_bytes(directory[at + n : at + n + 2], "little") for n in (28, 30, 32)
        )
        names.append(directory[at + 46 : at + 46 + name])
        at += 46 + name + extra + comment
    return names
