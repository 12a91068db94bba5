"""The list of enquiries taken along: what it says, how it is narrowed; nothing in it is a formula."""

import csv
from decimal import Decimal
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

import pytest_asyncio
from openpyxl import load_workbook

from api.case_export import as_csv
from domain.kernel.money import Money
from tests import kabinets
from tests.cases import QUESTION, Desk

COMPLAINT = {"kind": "complaint", "about": "staff", "text": "Не дозвониться"}


@pytest_asyncio.fixture
async def desk(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        home = await kabinet.household()
        yield Desk(kabinet, home, {"Authorization": kabinet.http.headers.pop("Authorization")})


def rows_of(answer):
    assert answer.status_code == 200, answer.text
    return list(csv.reader(StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


async def test_all_enquiries_in_one_list(desk):
    await desk.file(QUESTION)
    desk.kabinet.clock.later(seconds=1)
    await desk.file(COMPLAINT)
    await desk.kabinet.container.pool.execute("UPDATE cases SET holder = '=1+1' WHERE kind = 'complaint'")
    answer = await desk.get("cases.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="cases.csv"'
    head, complaint, question = rows_of(answer)
    assert head[:5] == ["Номер", "Раздел", "Вид", "Состояние", "У кого"]
    assert question[1:5] == ["Обращение", "Консультация", "Зарегистрировано", ""]
    assert question[5:] == ["22.11.2026 17:00", "25.11.2026", "нет", "нет", "Личный кабинет"]
    assert complaint[4] == "'=1+1"
    assert len(rows_of(await desk.get("cases.csv?kind=complaint"))) == 2

    book = await desk.get("cases.xlsx")
    sheet = load_workbook(BytesIO(book.content)).worksheets[0]
    assert sheet.title == "Обращения"
    assert [cell.value for cell in sheet[1]] == head
    assert (sheet["E2"].value, sheet["E2"].data_type, sheet["E2"].quotePrefix) == ("=1+1", "s", True)
    assert sheet["A3"].value == question[0]

    empty = await desk.get("cases.csv?family=claims")
    assert len(rows_of(empty)) == 1
    stranger = await desk.stranger()
    assert (await desk.get("cases.csv", stranger)).status_code == 404
    assert (await desk.get("cases.xlsx", stranger)).status_code == 404


def test_no_cell_of_a_csv_is_a_formula():
    wild = ["=1", "+1", "-1", "@A1", "\t=1", "\r=1", "a;b", 'a"b', "a\r\n=b"]
    text = as_csv([wild], ZoneInfo("UTC")).decode("utf-8-sig")
    [back] = list(csv.reader(StringIO(text, newline=""), delimiter=";"))
    assert [cell.removeprefix("'") for cell in back] == wild
    assert not [cell for cell in back if cell[0] in "=+-@\t\r"]


def test_sums_of_a_csv_are_numbers():
    row = [Money(125050), Money(-5), Money(100_000_000), Decimal("917.76")]
    assert as_csv([row], ZoneInfo("UTC")).decode("utf-8-sig") == "1250,50;-0,05;1000000,00;917,76\r\n"
