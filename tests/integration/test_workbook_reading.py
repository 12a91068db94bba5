"""Real workbooks through the process that reads them."""

import asyncio
import io
import os
import re
import subprocess
import sys
import time
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
import xlwt

from adapters.excel.reading import LIMITS, WorkbookReader
from domain.readings.meters import Zone
from domain.readings.workbook.refusals import (
    WorkbookDamaged,
    WorkbookEmpty,
    WorkbookIsNone,
    WorkbookIsWebPage,
    WorkbookNeedsTooMuch,
    WorkbookProtected,
    WorkbookReadersBusy,
    WorkbookRefused,
    WorkbookTooLarge,
    WorkbookTooManyColumns,
    WorkbookTooManyRows,
    WorkbookTooManySheets,
    WorkbookUnpacksTooMuch,
    WorkbookUnsafe,
    WorkbookWithoutTable,
)
from domain.readings.workbook_rows import Note, ParsedWorkbook, RowFault
from tests import workbooks
from tests.workbooks import by_csv, by_openpyxl, by_xlsxwriter, by_xlwt, patched, rows_of

FILES = Path(__file__).parents[1] / "files" / "workbooks"
reader = WorkbookReader()


async def read(content: bytes) -> ParsedWorkbook:
    return await reader(content, "file")


@pytest.mark.parametrize("ending", ["xlsx", "ods", "xls", "csv"])
async def test_workbooks_of_libreoffice(ending):
    book = await read((FILES / f"libreoffice.{ending}").read_bytes())
    (layout,) = book.layouts
    assert (layout.header_row_no, layout.header_last_row_no, layout.last_column_no) == (5, 6, 9)
    assert (layout.account_number, layout.taken_on) == ("0200-123/45", date(2026, 11, 30))
    assert [(r.row_no, r.column_no, r.serial, r.zone or r.label, r.value, r.previous) for r in book.rows] == [
        (8, 6, "00012345", "T1", Decimal("1234.5"), 1000),
        (9, 6, "00012345", "T2", 612, 500),
        (10, 6, "77012345", "single", Decimal("10765.5"), Decimal("10500.25")),
        (11, 6, "АВ-001", "day", None, 10),
        (12, 6, "АВ-001", "night", 25, 20),
    ]
    assert not any(row.faults for row in book.rows)
    assert Note.TOTALS_SKIPPED in {note.code for note in book.notes}
    assert (Note.SHEET_HIDDEN in {note.code for note in book.notes}) == (ending != "csv")


@pytest.mark.parametrize("ending", ["xlsx", "ods", "csv"])
async def test_tables_of_pandas(ending):
    book = await read((FILES / f"pandas.{ending}").read_bytes())
    assert [(r.serial, r.label, r.taken_on, r.value) for r in book.rows] == [
        ("12345", "T1", date(2026, 11, 30), Decimal("1234.5")),
        ("77012346", "T1", date(2026, 11, 30), 99),
        ("401", "T3", date(2026, 11, 30), Decimal("7.25")),
    ]
    # A gap in a column of numbers is no meter, so no row either.
    assert [row.row_no for row in book.rows] == [2, 3, 5]


@pytest.mark.parametrize(
    "content",
    [
        by_openpyxl(rows_of(3)),
        by_xlsxwriter(rows_of(3)),
        by_xlsxwriter(rows_of(3), constant_memory=True),
        by_xlwt(rows_of(3)),
        by_csv(rows_of(3)),
        by_csv(rows_of(3), encoding="utf-8-sig"),
        by_csv(rows_of(3), encoding="cp1251"),
        by_csv(rows_of(3), separator="\t", encoding="utf-16"),
        by_csv(rows_of(3), separator=","),
        b"sep=;\r\n" + by_csv(rows_of(3)),
    ],
    ids=["openpyxl", "xlsxwriter", "rows", "xlwt", "utf8", "bom", "cp1251", "unicode", "comma", "sep"],
)
async def test_one_table_by_many_programs(content):
    book = await read(content)
    assert [(r.row_no, r.serial, r.zone, r.taken_on, r.value) for r in book.rows] == [
        (no + 1, f"{no:08d}", "single", date(2026, 11, 30), Decimal("1000.5") + no) for no in (1, 2, 3)
    ]


async def test_cells_keep_their_places_wherever_the_table_stands():
    book = openpyxl.Workbook()
    book.active.append(["Памятка"])
    page = book.create_sheet("Цех")
    for column, heading in enumerate(("Зав. №", "Показания", "Дата"), start=4):
        page.cell(7, column, heading)
    page.cell(9, 4, 12345)
    page.cell(9, 5, 7.5)
    page.cell(9, 6, datetime(2026, 11, 30, 12))  # noqa: DTZ001 - a spreadsheet knows no zones
    (row,) = (await read(workbooks.saved(book))).rows
    assert (row.sheet, row.row_no, row.column_no, row.serial) == ("Цех", 9, 5, "12345")
    assert (row.value, row.taken_on) == (Decimal("7.5"), date(2026, 11, 30))


async def test_formulas_count_by_their_results_and_only_by_those(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    page = book.add_worksheet()
    page.write_row(0, 0, ["Зав. №", "Показания"])
    results = [12.5, "13,5", "", "#REF!", 0]
    for no, result in enumerate(results, start=1):
        page.write(no, 0, f"{no}")
        page.write_formula(no, 1, "=1+1", None, result)
    page.write(6, 0, "6")
    page.write_number(6, 1, 0)
    book.close()
    rows = (await read((tmp_path / "a.xlsx").read_bytes())).rows
    assert [row.value for row in rows] == [Decimal("12.5"), Decimal("13.5"), None, None, None, 0]
    # A writer that cannot calculate puts 0 for every result and asks for them to be made anew.
    assert [[(f.code, f.fields["cell"]) for f in row.faults] for row in rows[2:]] == [
        [(RowFault.FORMULA_EMPTY, "B4")],
        [(RowFault.CELL_ERROR, "B5")],
        [(RowFault.FORMULA_EMPTY, "B6")],
        [],
    ]


async def test_formulas_of_openpyxl_have_no_results():
    rows = [["Зав. №", "Показания"], ["=A9", 1], ["2", "=1+1"], ["3", 5]]
    first, second, third = (await read(by_openpyxl(rows))).rows
    assert [fault.code for fault in first.faults] == [RowFault.FORMULA_EMPTY]
    assert [fault.code for fault in second.faults] == [RowFault.FORMULA_EMPTY]
    assert third.value == 5


async def test_a_result_of_zero_counts_where_the_program_calculated():
    content = by_openpyxl([["Зав. №", "Показания"], ["1", 5]])
    parts = workbooks.parts_of(content)
    page = parts[workbooks.SHEET].replace(b'<c r="B2" t="n"><v>5</v>', b'<c r="B2"><f>1-1</f><v>0</v>')
    book = parts["xl/workbook.xml"].replace(b'fullCalcOnLoad="1"', b"")
    assert page != parts[workbooks.SHEET]
    assert book != parts["xl/workbook.xml"]
    (row,) = (await read(patched({workbooks.SHEET: page, "xl/workbook.xml": book}, content))).rows
    assert (row.value, row.faults) == (0, ())


async def test_macros_are_data():
    parts = {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 Sub Auto_Open()", "customUI/customUI.xml": "<customUI/>"}
    assert len((await read(patched(parts, by_openpyxl(rows_of(2))))).rows) == 2


async def test_an_xls_with_dates_and_merged_cells():
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("Лист")
    for column, heading in enumerate(("Заводской номер", "Тариф", "Дата снятия", "Показания")):
        page.write(0, column, heading)
    page.write_merge(1, 2, 0, 0, "00777")
    day = xlwt.easyxf(num_format_str="DD.MM.YYYY")
    for no, zone in enumerate(("Т1", "Т2"), start=1):
        page.write(no, 1, zone)
        page.write(no, 2, date(2026, 11, 30), day)
        page.write(no, 3, no * 10)
    file = io.BytesIO()
    book.save(file)
    first, second = (await read(file.getvalue())).rows
    assert (first.serial, first.label, first.value) == ("00777", "T1", 10)
    assert (second.serial, second.label, second.value) == ("00777", "T2", 20)
    assert second.taken_on == date(2026, 11, 30)


async def test_our_template_by_its_hidden_sheet():
    book = openpyxl.Workbook()
    book.active.append(["Зав. №", "Показания"])
    book.active.append(["1", 1])
    hidden = book.create_sheet("_kabinet")
    hidden.append(["kabinet-readings", 3, "0200123", "0192aaaa"])
    hidden.sheet_state = "veryHidden"
    (layout,) = (await read(workbooks.saved(book))).layouts
    assert (layout.template_version, layout.account_number, layout.account_id) == (3, "0200123", "0192aaaa")


async def test_words_of_zones_come_from_their_table():
    async def zones():
        return {"shoulder": Zone(code="shoulder", label="Плечо", hours="06–07", synonyms=("плечо",))}

    content = by_csv([("Зав. №", "Зона", "Показания"), ("1", "Плечо", "5")])
    (row,) = (await WorkbookReader(zones=zones)(content, "a.csv")).rows
    assert row.zone == "shoulder"
    (row,) = (await read(content)).rows
    assert [fault.code for fault in row.faults] == [RowFault.ZONE_UNKNOWN]


async def test_twenty_thousand_rows_and_one_more_than_too_many():
    book = await read(by_xlsxwriter(rows_of(LIMITS.xlsx_rows), constant_memory=True))
    assert len(book.rows) == LIMITS.xlsx_rows
    assert book.rows[-1].value == Decimal("1000.5") + LIMITS.xlsx_rows
    with pytest.raises(WorkbookTooManyRows, match="20000"):
        await read(by_csv(rows_of(LIMITS.xlsx_rows + 600)))


async def test_a_thousand_blank_rows_with_borders_are_nothing():
    book = xlsxwriter.Workbook(file := io.BytesIO(), {"in_memory": True})
    page, border = book.add_worksheet(), book.add_format({"border": 1})
    for no, row in enumerate(rows_of(2)):
        page.write_row(no, 0, row)
    for no in range(3, 30_000):
        page.write_blank(no, 0, None, border)
    book.close()
    assert len((await read(file.getvalue())).rows) == 2


@pytest.mark.parametrize("ending", ["xlsx", "ods", "xls"])
async def test_a_password_is_told(ending):
    with pytest.raises(WorkbookProtected):
        await read((FILES / f"password.{ending}").read_bytes())


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", WorkbookEmpty),
        (b" \r\n", WorkbookEmpty),
        (b"%PDF-1.7 ...", WorkbookIsNone),
        (b"\x89PNG\r\n\x1a\n", WorkbookIsNone),
        (b"Rar!\x1a\x07", WorkbookIsNone),
        (b"\x00\x01\x02binary", WorkbookIsNone),
        (b"text \x01\x02", WorkbookIsNone),
        (b"<html><table><tr><td>1</td></tr></table>", WorkbookIsWebPage),
        (b'\xef\xbb\xbf<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', WorkbookIsWebPage),
        ("Здравствуйте! Показания 12345".encode(), WorkbookWithoutTable),
        (b"PK\x03\x04 nothing behind it", WorkbookDamaged),
        (by_openpyxl(rows_of(50))[:-100], WorkbookDamaged),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, WorkbookIsNone),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le") * 99, WorkbookDamaged),
        (by_xlwt(rows_of(50))[:2000], WorkbookRefused),
        (workbooks.zipped({"word/document.xml": "<w/>"}), WorkbookIsNone),
        (workbooks.zipped({"xl/workbook.bin": "x"}), WorkbookIsNone),
        (workbooks.zipped({"readings.xlsx": by_openpyxl(rows_of(1))}), WorkbookIsNone),
        (workbooks.zipped({"xl/workbook.xml": "<workbook"}), WorkbookDamaged),
        (workbooks.ods_of("<broken"), WorkbookDamaged),
        (patched({workbooks.SHEET: "no xml at all"}), WorkbookRefused),
    ],
)
async def test_what_is_no_workbook_is_told_in_words(content, refusal):
    with pytest.raises(refusal) as caught:
        await read(content)
    assert str(caught.value)


async def test_ten_megabytes_and_no_more():
    with pytest.raises(WorkbookTooLarge, match="10 MB"):
        await read(b"x" * (10 * 1024**2 + 1))


async def test_columns_and_sheets_have_a_bound():
    with pytest.raises(WorkbookTooManyColumns, match="256"):
        await read(by_openpyxl([["x"] * 300]))
    with pytest.raises(WorkbookTooManyColumns):
        await read(by_csv([["x"] * 300]))
    book = openpyxl.Workbook()
    for no in range(60):
        book.create_sheet(f"s{no}")
    with pytest.raises(WorkbookTooManySheets, match="50"):
        await read(workbooks.saved(book))


def peak_bytes(process: str) -> int:
    with suppress(OSError):
        held = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
        return int(held[1]) * 1024 if held else 0
    return 0  # it has ended


async def peak_bytes_while(task: asyncio.Task[object]) -> int:
    """The most memory a process begun meanwhile has held; those that other tests began do not count."""
    before, most = children(), 0
    while not task.done():
        for child in children() - before:
            most = max(most, peak_bytes(child))
        await asyncio.sleep(0.005)
    return most


HOSTILE = {
    "billion laughs": (workbooks.billion_laughs, WorkbookUnsafe),
    "external entity": (lambda: workbooks.external_entity("/etc/passwd"), WorkbookUnsafe),
    "entities in utf-16": (
        lambda: patched({workbooks.SHEET: '<?xml version="1.0"?><!DOCTYPE x><x/>'.encode("utf-16")}),
        WorkbookUnsafe,
    ),
    "entities in shared strings": (
        lambda: patched({"xl/sharedStrings.xml": f"<?xml?>{' ' * 2**20}<!ENTITY a 'b'>"}),
        WorkbookUnsafe,
    ),
    "a gigabyte": (lambda: workbooks.inflating(2**30), WorkbookUnpacksTooMuch),
    "a gigabyte that is denied": (
        lambda: workbooks.with_false_sizes(workbooks.inflating(2**30), 5000),
        WorkbookDamaged,
    ),
    "a dense hundred megabytes": (lambda: workbooks.inflating(100 * 2**20), WorkbookUnpacksTooMuch),
    "many entries": (
        lambda: patched({f"x/{no}": "" for no in range(1100)}),
        WorkbookUnpacksTooMuch,
    ),
    "first and last cell": (workbooks.spread_wide, WorkbookNeedsTooMuch),
    "one cell far down": (lambda: workbooks.spread_tall("IV"), WorkbookNeedsTooMuch),
    "repeated cells": (lambda: workbooks.repeated_ods(1_000_000, 200), WorkbookRefused),
    "repeated columns": (lambda: workbooks.repeated_ods(10, 2_000_000_000), WorkbookTooManyColumns),
    "deep xml": (
        lambda: patched({workbooks.SHEET: "<a>" * 2_000_000}),
        WorkbookRefused,
    ),
    "long number": (lambda: by_csv([("Зав. №", "Показания"), ("1", "9" * 5_000_000)]), WorkbookRefused),
    "many quotes": (lambda: b'"' * 5_000_000, WorkbookRefused),
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_what_is_meant_to_harm_ends_with_a_refusal(kind):
    made, refusal = HOSTILE[kind]
    content = made()
    began = time.monotonic()
    task = asyncio.create_task(read(content))
    assert await peak_bytes_while(task) < LIMITS.xlsx_memory_bytes
    with pytest.raises(refusal):
        await task
    assert time.monotonic() - began < LIMITS.xlsx_seconds


async def test_a_process_that_takes_too_long_is_ended():
    slow = WorkbookReader(limits=LIMITS._replace(xlsx_seconds=0))
    with pytest.raises(WorkbookNeedsTooMuch):
        await slow(by_xlsxwriter(rows_of(20_000), constant_memory=True), "a.xlsx")


async def test_many_at_once_wait_for_each_other_and_not_for_ever(monkeypatch):
    content = by_csv(rows_of(3))
    books = await asyncio.gather(*(read(content) for _ in range(6)))
    assert [len(book.rows) for book in books] == [3] * 6
    monkeypatch.setattr("adapters.excel.reading.WAITING_SECONDS", 0.05)
    busy = WorkbookReader(_free=asyncio.Semaphore(0))
    with pytest.raises(WorkbookReadersBusy):
        await busy(content, "a.csv")


async def test_who_stops_waiting_leaves_no_process_behind():
    before = children()
    task = asyncio.create_task(read(by_xlsxwriter(rows_of(20_000), constant_memory=True)))
    while children() == before:  # noqa: ASYNC110 - a process of the system's begins
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() == before


def children() -> set[str]:
    return set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())


async def test_the_process_has_none_of_our_secrets(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    from adapters.excel.reading import _environment

    assert "DATABASE_URL" not in _environment()


def test_the_process_begins_soon():
    """It loads neither the web, nor the database, nor what writes workbooks."""
    asked = "import adapters.excel.child, sys; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-I", "-c", asked], capture_output=True, text=True, check=True)
    loaded = set(said.stdout.split())
    assert not loaded & {
        "asyncio",
        "asyncpg",
        "litestar",
        "openpyxl",
        "python_calamine",
        "services",
        "api",
        "infra",
    }
