"""Workbooks as spreadsheets read them: text stays text, sums are sums, times are local."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from adapters.tables.workbooks import OpenpyxlWorkbooks
from domain.kernel.money import Money
from domain.kernel.sheets import Sheet, WorkbooksBusy

ZONE = ZoneInfo("Asia/Yekaterinburg")


async def written(*rows, title="Лист", headings=("А",)):
    file = await OpenpyxlWorkbooks(ZONE).write([Sheet(title=title, headings=headings, rows=rows)])
    with file:
        return load_workbook(file)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+7 900",
        "-5",
        "@SUM(A1)",
        "\t=1",
        '=HYPERLINK("http://x")',
        "#REF!",
        "12345678901234567890",
    ],
)
async def test_text_stays_text(text):
    cell = (await written([text])).active["A2"]
    assert cell.value == text
    assert cell.data_type == "s"
    assert cell.quotePrefix == text.startswith(("=", "+", "-", "@", "\t"))


@pytest.mark.parametrize("dirt", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800", "\ufffe", "\uffff"])
async def test_what_xml_cannot_hold_is_dropped(dirt):
    assert (await written([f"до{dirt}сле"])).active["A2"].value == "досле"


async def test_long_text_is_cut_to_a_cell():
    assert len((await written(["я" * 40_000])).active["A2"].value) == 32_767


async def test_values_keep_their_kind():
    at = datetime(2026, 11, 22, 20, 30, 15, 999, tzinfo=UTC)
    row = (Money(-125050), at, date(2026, 11, 22), Decimal("1.234567"), 42, 10**15, None)
    book = await written(row, headings=[str(number) for number in range(7)])
    cells = next(book.active.iter_rows(min_row=2))
    assert [str(cell.value) for cell in cells] == [
        "-1250.5",
        "2026-11-23 01:30:15",
        "2026-11-22 00:00:00",
        "1.234567",
        "42",
        "1000000000000000",
        "None",
    ]
    assert [cell.data_type for cell in cells] == ["n", "d", "d", "n", "n", "s", "n"]
    assert cells[0].number_format == "#,##0.00"


async def test_titles_are_what_a_spreadsheet_takes():
    assert (await written(title="Что/где? [всё] " + "я" * 40)).sheetnames == ["Что где   всё  " + "я" * 16]


async def test_a_third_workbook_waits_for_another_time():
    books = OpenpyxlWorkbooks(ZONE)
    sheet = Sheet(title="Лист", headings=["А"], rows=[["x"] for _ in range(2000)])
    answers = await asyncio.gather(*(books.write([sheet]) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in answers].count(WorkbooksBusy) == 1
    for file in answers:
        if not isinstance(file, WorkbooksBusy):
            file.close()
