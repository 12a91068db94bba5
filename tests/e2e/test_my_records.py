"""Readings, files, letters and applications in the copy of one's data, and after an erasure."""

import json
from base64 import b64encode
from io import BytesIO

import pytest_asyncio
from openpyxl import load_workbook

from domain.kernel.access import Scope
from infra.clock import new_id
from services.people import records
from tests.actors import add_customer, customer_token
from tests.cases import QUESTION, Desk
from tests.filled_workbooks import filled
from tests.households import lay_household
from tests.kabinets import PASSWORD
from tests.kept_letters import lay_letter
from tests.my_data import bearer, erase, let_in, read, rows
from tests.readings import lay_meter

PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(100)
OWN = "resident@example.test"


@pytest_asyncio.fixture
async def home(kabinet, pool):
    return await kabinet.household(email=OWN)


@pytest_asyncio.fixture
async def desk(kabinet, home):
    return Desk(kabinet, home, dict(kabinet.http.headers))


@pytest_asyncio.fixture
async def filed(kabinet, home, desk, pool):
    """Two readings, one insisted on; a file; letters; a decided case with an inner note; a draft."""
    meter = await lay_meter(pool, home)
    for value, comment in (("4100", "Снял сам"), ("3000", None)):
        body = {"taken_on": "2026-11-22", "values": [{"value": value}], "comment": comment}
        kabinet.clock.later(seconds=1)
        sent = await desk.put(f"meters/{meter}/readings/{new_id()}", body)
        assert sent.status_code == 201, sent.text
    url = f"/api/v1/accounts/{home.account_id}/readings"
    template = (await kabinet.http.get(f"{url}/template.xlsx")).content
    file = filled(template, {0: 4100})
    await kabinet.http.put(f"{url}/files/{new_id()}", content=file, params={"file_name": "Ноябрь.xlsx"})
    await kabinet.work()
    photo = {"comment": "На счётчике так", "photo": b64encode(PHOTO).decode()}
    refused = f"meters/{meter}/readings/{sent.json()['id']}"
    assert (await desk.put(f"{refused}/insistence", photo)).status_code == 200
    await lay_letter(pool, OWN, kabinet.clock(), subject="От меня", account_id=new_id(), file="моё.xlsx")
    await lay_letter(
        pool,
        "son@example.test",
        kabinet.clock(),
        subject="От сына",
        account_id=home.account_id,
        file="x.xlsx",
    )
    await lay_letter(pool, "stranger@example.test", kabinet.clock(), account_id=new_id(), file="чужое.xlsx")
    case = (await desk.file(QUESTION)).json()
    await desk.note(case["id"], "Не говорить заявителю")
    await desk.decide(case["id"], "satisfied", "Счёт верный", {"kind": "consultation"})
    draft = await desk.put(f"drafts/{new_id()}", {"form": {"kind": "refund", "why": "Переплата"}})
    assert draft.status_code == 200, draft.text
    return case


async def test_the_copy_has_all_that_was_sent(kabinet, home, filed, monkeypatch):
    monkeypatch.setattr(records, "PAGE_ROWS", 1)
    copy = await read(kabinet, "/me/export.json")
    insisted, accepted = copy["readings"]
    assert (accepted["reading"]["state"], accepted["reading"]["comment"]) == ("accepted", "Снял сам")
    assert [step["state"] for step in accepted["steps"]] == ["received", "checked", "accepted"]
    assert accepted["meter_serial"] == "0100200300"
    kept = insisted["reading"]["insistence"]
    assert (insisted["reading"]["state"], kept["comment"]) == ("needs_confirmation", "На счётчике так")
    [file] = copy["reading_files"]
    assert (file["file"]["name"], file["file"]["state"]) == ("Ноябрь.xlsx", "judged")
    assert {(one["subject"], *one["files"]) for one in copy["letters"]} == {
        ("От меня", "моё.xlsx"),
        ("От сына", "x.xlsx"),
    }
    assert "raw" not in copy["letters"][0]
    [case] = copy["cases"]
    assert (case["number"], case["form"]["question"]) == (filed["number"], QUESTION["question"])
    assert [(one["outcome"], one["answer"]) for one in case["decisions"]] == [("satisfied", "Счёт верный")]
    assert {"submit", "decide"} <= {step["verb"] for step in case["steps"]}
    assert "Не говорить" not in json.dumps(copy, ensure_ascii=False)
    [draft] = copy["case_drafts"]
    assert draft["draft"]["content"]["form"]["why"] == "Переплата"
    assert copy["incomplete"] == []


async def test_the_workbook_says_the_same_in_words(kabinet, home, filed):
    answer = await kabinet.http.get("/api/v1/me/export.xlsx")
    assert answer.status_code == 200, answer.text
    book = load_workbook(BytesIO(answer.content))
    insisted, accepted = rows(book, "Показания счётчиков")
    assert (accepted["Показание"], accepted["Состояние"], accepted["Расход с прошлого показания"]) == (
        4100,
        "Принято",
        100,
    )
    assert insisted["Почему показание верно"] == "На счётчике так"
    assert rows(book, "Файлы показаний")[0]["Файл"] == "Ноябрь.xlsx"
    assert {row["Тема письма"] for row in rows(book, "Пришедшие письма")} == {"От меня", "От сына"}
    [case] = rows(book, "Заявления и претензии")
    assert case["Номер"] == filed["number"]
    assert json.loads(case["Что заполнено"])["question"] == QUESTION["question"]
    assert "Дан ответ" in {row["Что произошло"] for row in rows(book, "Шаги по заявлениям")}
    assert rows(book, "Решения по заявлениям")[0]["Ответ"] == "Счёт верный"
    assert "Переплата" in rows(book, "Черновики заявлений")[0]["Что заполнено"]


async def test_others_get_what_they_may_see_and_no_more(kabinet, home, filed, pool):
    names = ("readings", "reading_files", "letters", "cases", "case_drafts")

    async def counts(scope):
        guest = await add_customer(kabinet.container)
        await let_in(kabinet, home, guest, scope)
        copy = await read(kabinet, "/me/export.json", await customer_token(kabinet.container, guest))
        return [len(copy[name]) for name in names]

    # Whoever sees the account sees what was sent for it, but letters of others and their drafts.
    assert await counts(Scope.SEE) == [2, 1, 0, 1, 0]
    assert await counts(Scope.PAY) == [0, 0, 0, 0, 0]
    neighbour = await add_customer(kabinet.container)
    await lay_household(pool, number="6600000009", user_id=neighbour)
    copy = await read(kabinet, "/me/export.json", await customer_token(kabinet.container, neighbour))
    assert [len(copy[name]) for name in names] == [0] * 5


async def test_a_person_without_an_address_gets_no_letters_without_a_sender(kabinet, pool):
    user_id = await add_customer(kabinet.container)
    await lay_letter(pool, "", kabinet.clock())
    copy = await read(kabinet, "/me/export.json", await customer_token(kabinet.container, user_id))
    assert copy["letters"] == []


async def test_erasure_keeps_documents_and_says_so(kabinet, home, filed, pool):
    stays = {one["what"]: one for one in (await erase(kabinet, password=PASSWORD)).json()["stays"]}
    readings = stays["Показания, что стало с каждым, файлы, в которых они пришли, и написанное рядом с ними"]
    assert (readings["until"], "402-ФЗ" in readings["basis"]) == ("2032-01-01", True)
    [cases] = [one for what, one in stays.items() if what.startswith("Заявления, претензии")]
    assert (cases["until"], "354" in cases["basis"]) == ("2032-01-01", True)
    [letters] = [one for what, one in stays.items() if what.startswith("Пришедшие письма")]
    assert (letters["until"], "196" in letters["basis"]) == ("2029-11-22", True)

    counted = {
        table: await pool.fetchval(f"SELECT count(*) FROM {table}")
        for table in ("readings", "reading_files", "cases", "letters_in", "case_drafts")
    }
    assert counted == {"readings": 3, "reading_files": 1, "cases": 1, "letters_in": 3, "case_drafts": 0}
    sender = await pool.fetchval("SELECT sender FROM reading_files")
    assert (sender["id"], sender["name"]) == (str(home.user_id), "")
    assert (await kabinet.http.get("/api/v1/me", headers=bearer(None))).status_code == 401
