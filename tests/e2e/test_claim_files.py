"""Claims for many delivery points by one workbook: each row is its own claim, filed once."""

from io import BytesIO

import pytest_asyncio
from openpyxl import Workbook

from infra.clock import new_id
from tests import kabinets
from tests.cases import Desk, own_suppliers
from tests.readings import lay_meter

HEAD = [
    "Вид",
    "Номер прибора",
    "Точка",
    "Причина",
    "С какого дня",
    "Помещение",
    "Контакт",
    "Телефон",
    "Подписал",
]
TAIL = ["встроенное", "Сидоров", "+79000000009", "Петров П. П."]


@pytest_asyncio.fixture
async def desk(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        home = await kabinet.household(services=("electricity",))
        await pool.execute("UPDATE accounts SET kind = 'contract'")
        await own_suppliers(pool)
        await lay_meter(pool, home, serial="0001")
        for number in (7, 8):
            await pool.execute(
                "INSERT INTO delivery_points VALUES ($1, $2, $3, '', '')",
                home.account_id,
                new_id(),
                f"ТП-{number}",
            )
        yield Desk(kabinet, home, {"Authorization": kabinet.http.headers.pop("Authorization")})


def csv_of(*rows):
    return "\n".join(";".join(row) for row in [HEAD, *rows]).encode()


def xlsx_of(*rows):
    book, file = Workbook(), BytesIO()
    for row in [HEAD, *rows]:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


ROWS = [
    ["замена", "0001", "", "неисправен", "2026-03-01", *TAIL],
    ["установка", "", "ТП-7", "", "", *TAIL],
    ["установка", "", "ТП-9", "", "", *TAIL],
    ["замена", "0001", "", "надоел", "", *TAIL],
    ["замена", "0001", "", "неисправен", "", *TAIL],
    ["установка", "", "ТП-8", "", "вчера", *TAIL],
]


async def send(desk, body, file_id=None, who=None):
    path = f"/api/v1/accounts/{desk.home.account_id}/claims/files/{file_id or new_id()}"
    return await desk.kabinet.http.put(path, content=body, headers=who or desk.owner)


async def test_each_row_is_a_claim_or_says_why_not(desk):
    file_id = new_id()
    answer = await send(desk, xlsx_of(*ROWS), file_id)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["filed_count"], told["refused_count"]) == (2, 4)
    assert [row["row"] for row in told["rows"]] == [2, 3, 4, 5, 6, 7]
    assert [row["refusal"]["code"] for row in told["rows"] if row["refusal"]] == [
        "visit-point-unknown",
        "claims-file-cell",
        "claim-day-unknown",
        "claims-file-cell",
    ]
    assert told["rows"][3]["refusal"]["text"] == "«надоел» в колонке reason прочесть нельзя"
    claims = (await desk.get("claims")).json()["items"]
    assert {one["number"] for one in claims} == {row["number"] for row in told["rows"] if row["number"]}

    again = (await send(desk, csv_of(*ROWS), file_id)).json()
    assert [(row["number"], row["is_new"]) for row in again["rows"][:2]] == [
        (row["number"], False) for row in told["rows"][:2]
    ]
    assert await desk.count("cases") == 2


async def test_what_is_no_table_of_claims_files_nothing(desk):
    for body, code in [
        (b"", "file-unreadable"),
        (b"PK\x03\x04nothing", "file-unreadable"),
        ("Имя;Возраст\nа;б".encode(), "claims-file-columns"),
        (csv_of(*[ROWS[1]] * 201), "claims-file-rows"),
    ]:
        answer = await send(desk, body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert (await send(desk, csv_of(ROWS[1]), who=await desk.stranger())).status_code == 404
    assert await desk.count("cases") == 0
