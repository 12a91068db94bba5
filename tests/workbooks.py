"""Workbooks for tests, made by the programs that make them, and those that nobody means well by."""

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import openpyxl
import xlsxwriter
import xlwt

SHEET = "xl/worksheets/sheet1.xml"
HEADINGS = ("№ п/п", "Объект", "Заводской № ПУ", "Зона", "Дата снятия", "Текущие показания", "Примечание")
_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def rows_of(count: int) -> list[Sequence[Any]]:
    """A heading and `count` rows: meters 00000001 onwards, each with its value."""
    rows: list[Sequence[Any]] = [HEADINGS]
    for no in range(1, count + 1):
        rows.append((no, f"Объект {no}", f"{no:08d}", "сутки", "30.11.2026", 1000.5 + no, None))
    return rows


def by_openpyxl(rows: Iterable[Sequence[Any]], title: str = "Показания") -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = title
    for row in rows:
        page.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def by_xlsxwriter(rows: Iterable[Sequence[Any]], **options: Any) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, **options})
    page = book.add_worksheet("Показания")
    for no, row in enumerate(rows):
        page.write_row(no, 0, row)
    book.close()
    return file.getvalue()


def by_xlwt(rows: Iterable[Sequence[Any]]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("Показания")
    for row_no, row in enumerate(rows):
        for column_no, value in enumerate(row):
            if value is not None:
                page.write(row_no, column_no, value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def by_csv(rows: Iterable[Sequence[Any]], separator: str = ";", encoding: str = "utf-8") -> bytes:
    lines = (separator.join("" if one is None else str(one) for one in row) for row in rows)
    return "\r\n".join(lines).encode(encoding)


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            # An .ods says what it is in the clear.
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return file.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def patched(parts: Mapping[str, bytes | str], of: bytes | None = None) -> bytes:
    """A workbook with some parts instead of its own, or besides them."""
    return zipped({**parts_of(of or by_openpyxl(rows_of(1))), **parts})


def sheet_xml(data: str, before: str = "", prolog: str = '<?xml version="1.0"?>') -> str:
    return f"{prolog}<worksheet {_NS}>{before}<sheetData>{data}</sheetData></worksheet>"


def billion_laughs() -> bytes:
    each = "".join(f'<!ENTITY a{no} "{f"&a{no - 1};" * 10}">' for no in range(1, 9))
    prolog = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "lol">{each}]>'
    return patched({SHEET: sheet_xml(_text_cell("&a8;"), prolog=prolog)})


def external_entity(path: str) -> bytes:
    prolog = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file://{path}">]>'
    return patched({SHEET: sheet_xml(_text_cell("&e;"), prolog=prolog)})


def _text_cell(text: str) -> str:
    return f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>'


@cache
def inflating(size_bytes: int) -> bytes:
    """A megabyte and less that unpacks into as much as is asked for."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts_of(by_openpyxl(rows_of(1))).items():
            if name != SHEET:
                archive.writestr(name, content)
        with archive.open(SHEET, "w", force_zip64=True) as part:
            part.write(f'<?xml version="1.0"?><worksheet {_NS}><sheetData>'.encode())
            piece = b" " * 2**20
            for _ in range(size_bytes // len(piece)):
                part.write(piece)
            part.write(b"</sheetData></worksheet>")
    return file.getvalue()


def with_false_sizes(content: bytes, size_bytes: int) -> bytes:
    """The same file, whose table of contents says that its largest part has only so many bytes."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        largest = max(archive.infolist(), key=lambda one: one.file_size)
    true, false = struct.pack("<L", largest.file_size), struct.pack("<L", size_bytes)
    at = content.index(b"PK\x01\x02")
    return content[:at] + content[at:].replace(true, false)


def spread_wide() -> bytes:
    """Four kilobytes with a value in the first cell and in the last one a sheet can have."""
    ends = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return patched({SHEET: sheet_xml(ends, before='<dimension ref="A1:XFD1048576"/>')})


def spread_tall(columns: str) -> bytes:
    """The same down one of the columns that are allowed: what is between is blank."""
    ends = (
        f'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="{columns}1048576"><v>1</v></c></row>'
    )
    return patched({SHEET: sheet_xml(ends)})


def ods_of(content_xml: str) -> bytes:
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0"?>'
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return zipped({"mimetype": kind, "content.xml": content_xml, "META-INF/manifest.xml": manifest})


def repeated_ods(rows: int, columns: int) -> bytes:
    """A kilobyte that says one filled cell again and again."""
    names = {"office": "office", "table": "table", "text": "text"}
    declared = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"' for short, long in names.items()
    )
    cell = (
        f'<table:table-cell table:number-columns-repeated="{columns}" office:value-type="float" '
        'office:value="1"><text:p>1</text:p></table:table-cell>'
    )
    return ods_of(
        f'<?xml version="1.0"?><office:document-content {declared}><office:body><office:spreadsheet>'
        f'<table:table table:name="s"><table:table-row table:number-rows-repeated="{rows}">{cell}'
        "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
