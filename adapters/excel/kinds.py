"""What a file is, by its first bytes and the names of its parts. Much of what is no workbook is told
here, before a process is started for it."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipInfo

from adapters.excel.order import Kind
from adapters.tables.limits import Limits
from adapters.tables.zips import NoZip, UnpacksTooMuch, entries
from domain.readings.workbook.refusals import (
    WorkbookDamaged,
    WorkbookEmpty,
    WorkbookIsNone,
    WorkbookIsWebPage,
    WorkbookProtected,
    WorkbookTooLarge,
    WorkbookUnpacksTooMuch,
)

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# PDF, images, archives, programs, RTF: a .csv begins with none of these.
_OTHERS = (
    *(b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf"),
    *(b"PK\x05\x06", b"MZ", b"\x7fELF", b"BM", b"II*\x00", b"MM\x00*"),
)
# A stream of records begins with BOF; FILEPASS (0x2f), where there is one, follows it or WRITEPROTECT.
_XLS_WITH_PASSWORD = re.compile(rb"\x09\x08\x10\x00[\x00-\xff]{16}(?:\x86\x00\x00\x00)?\x2f\x00")
_BEGINNING_BYTES = 4096
_ENCRYPTED = 1


def kind_of(content: bytes, limits: Limits) -> Kind:
    """WorkbookRefused in its many kinds."""
    if not content:
        raise WorkbookEmpty
    if len(content) > limits.xlsx_file_bytes:
        raise WorkbookTooLarge(limit_mb=limits.xlsx_file_bytes // 1024**2)
    if content.startswith(_ZIP):
        return _kind_of_zip(content, limits)
    if content.startswith(_OLE):
        return _kind_of_ole(content)
    return _kind_of_text(content[:_BEGINNING_BYTES])


def _kind_of_zip(content: bytes, limits: Limits) -> Kind:
    try:
        parts = {part.filename: part for part in entries(BytesIO(content), len(content), limits)}
    except NoZip as error:
        raise WorkbookDamaged from error
    except UnpacksTooMuch as error:
        raise WorkbookUnpacksTooMuch from error
    if any(part.flag_bits & _ENCRYPTED for part in parts.values()):
        raise WorkbookProtected
    if "xl/workbook.xml" in parts:
        return Kind.XLSX
    if _is_ods(content, parts):
        return Kind.ODS
    raise WorkbookIsNone


def _is_ods(content: bytes, parts: dict[str, ZipInfo]) -> bool:
    return (
        "content.xml" in parts
        and b"application/vnd.oasis.opendocument.spreadsheet" in content[:_BEGINNING_BYTES]
    )


def _kind_of_ole(content: bytes) -> Kind:
    """Its directory names streams in UTF-16. A protected .xlsx is a stream of such a file."""
    if "EncryptedPackage".encode("utf-16-le") in content or _XLS_WITH_PASSWORD.search(content):
        raise WorkbookProtected
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        return Kind.XLS
    raise WorkbookIsNone


def _kind_of_text(beginning: bytes) -> Kind:
    if beginning.startswith(_OTHERS):
        raise WorkbookIsNone
    if b"\x00" in beginning and not beginning.startswith(_UTF16):
        raise WorkbookIsNone
    plain = beginning.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not plain:
        raise WorkbookEmpty
    if plain.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"<head", b"<meta", b"mime-version")):
        raise WorkbookIsWebPage
    return Kind.CSV
