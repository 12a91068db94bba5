"""Workbooks with readings over HTTP: taken, filled in, sent, answered, mended, sent again."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest_asyncio

from domain.readings import templates
from infra.clock import new_id
from services.readings import files
from tests.filled_workbooks import HEADER_ROW, SHEET, answers, column, filled, foreign, opened, saved
from tests.households import lay_household
from tests.readings import lay_meter

METERS = 100
TABLE = ["Номер счётчика", "Текущие показания"]


@pytest_asyncio.fixture
async def home(kabinet, pool):
    user_id = await kabinet.sign_in()
    return await lay_household(pool, user_id=user_id, services=["electricity"])


async def lay(pool, home, count=METERS, **more):
    return [await lay_meter(pool, home, serial=f"00{number:06d}", **more) for number in range(count)]


def address(home, tail):
    return f"/api/v1/accounts/{home.account_id}/readings/{tail}"


async def template(kabinet, home):
    answer = await kabinet.http.get(address(home, "template.xlsx"))
    assert answer.status_code == 200, answer.text
    return answer.content


async def put(kabinet, home, body, file_id=None, name="Показания.xlsx"):
    return await kabinet.http.put(
        address(home, f"files/{file_id or new_id()}"), content=body, params={"file_name": name}
    )


async def judged(kabinet, home, body, **more):
    """Sent and judged: its state with all rows."""
    answer = await put(kabinet, home, body, **more)
    assert answer.status_code in {200, 202}, answer.text
    await kabinet.work()
    return await state(kabinet, home, answer.json()["id"], limit=200)


async def state(kabinet, home, file_id, **asked):
    answer = await kabinet.http.get(address(home, f"files/{file_id}"), params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def reply(kabinet, home, file_id, language="ru"):
    answer = await kabinet.http.get(
        address(home, f"files/{file_id}/reply.xlsx"), headers={"accept-language": language}
    )
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_of_100_rows_7_are_wrong_in_7_ways_and_93_are_accepted(kabinet, home, pool):
    await lay(pool, home)
    body = await template(kabinet, home)
    good = {place: 4100 + place for place in range(METERS)}
    workbook = opened(filled(body, good))
    page = workbook[SHEET]

    def spoil(place, heading, value):
        page.cell(HEADER_ROW + 1 + place, column(heading)).value = value

    spoil(10, templates.VALUE, "много")
    spoil(20, templates.VALUE, -5)
    spoil(30, templates.SERIAL, "00999999")
    spoil(40, templates.VALUE, 3000)
    spoil(50, templates.VALUE, 4_100_000)
    spoil(60, templates.TAKEN_ON, date(2026, 12, 24))
    spoil(70, templates.ZONE, "Ночь")
    body = saved(workbook)

    first = await judged(kabinet, home, body)
    assert (first["state"], first["counts"]["rows"]) == ("judged", METERS)
    assert first["counts"]["accepted"] == 93
    wrong = [row for row in first["rows"] if row["state"] != "accepted"]
    assert [row["row"] - HEADER_ROW - 1 for row in wrong] == [10, 20, 30, 40, 50, 60, 70]
    assert len({row["findings"][0]["code"] for row in wrong}) == 7
    assert all(row["findings"][0]["text"] and row["findings"][0]["remedy"] for row in wrong)

    before = await pool.fetchval("SELECT count(*) FROM readings")
    again = await put(kabinet, home, body)
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert await kabinet.work() == []
    assert await state(kabinet, home, first["id"], limit=200) == first
    assert await pool.fetchval("SELECT count(*) FROM readings") == before

    marked = await reply(kabinet, home, first["id"])
    said = answers(marked)
    assert Counter(state for state, _ in said) == {"Принято": 93, "Отклонено": 7}
    assert all(bool(reason) == (state != "Принято") for state, reason in said)

    mended = opened(marked)
    page = mended[SHEET]
    for place in (10, 20, 40, 50):
        spoil(place, templates.VALUE, good[place])
    spoil(30, templates.SERIAL, "00000030")
    spoil(60, templates.TAKEN_ON, date(2026, 11, 20))
    spoil(70, templates.ZONE, "Круглосуточно")
    second = await judged(kabinet, home, saved(mended), name="Показания – ответ.xlsx")
    assert (second["counts"]["accepted"], second["counts"]["rows"]) == (METERS, METERS)
    assert second["notes"] == []
    assert await pool.fetchval("SELECT count(*) FROM register_readings WHERE state = 'accepted'") == METERS

    last = await reply(kabinet, home, second["id"])
    assert Counter(state for state, _ in answers(last)) == {"Принято": METERS}
    assert len(opened(last).sheetnames) == len(opened(marked).sheetnames)


async def test_a_file_of_ones_own_layout_is_read_and_answered(kabinet, home, pool):
    await lay_meter(pool, home, serial="00123", zones=["day", "night"])
    body = foreign(
        ["Объект", "№ счётчика", "Показания День", "Показания Ночь"],
        [["Склад", 123, "4 100", 4050], ["Итого", None, 8150, None]],
        above=[["Договор № 6600000001"], ["Показания на 20.11.2026"]],
    )
    found = await judged(kabinet, home, body)
    assert [(row["zone"], row["state"], row["value"], row["taken_on"]) for row in found["rows"]] == [
        ("day", "accepted", "4100", "2026-11-20"),
        ("night", "accepted", "4050", "2026-11-20"),
    ]
    said = answers(await reply(kabinet, home, found["id"]), sheet="Лист1", header_row=3)
    assert said[0] == ("Принято", "")


async def test_a_csv_is_answered_by_an_xlsx(kabinet, home, pool):
    await lay_meter(pool, home, serial="00123")
    body = "Номер счётчика;Текущие показания;Примечание\n00123;4100;=1+1\n00124;5;\n".encode("cp1251")
    found = await judged(kabinet, home, body, name="показания.csv")
    assert [row["state"] for row in found["rows"]] == ["accepted", "refused"]
    made = await kabinet.http.get(address(home, f"files/{found['id']}/reply.xlsx"))
    assert "UTF-8''%D0%BF" in made.headers["content-disposition"]
    page = opened(made.content).worksheets[0]
    assert (page["C2"].value, page["D1"].value) == ("=1+1", "Ответ: состояние")
    assert page["C2"].data_type != "f"


async def test_the_same_bytes_are_the_same_file_and_other_bytes_need_another_id(kabinet, home, pool):
    await lay_meter(pool, home, serial="1")
    one, other = foreign(TABLE, [["1", 4100]]), foreign(TABLE, [["1", 4101]])
    file_id = new_id()
    first = await put(kabinet, home, one, file_id)
    repeated = await put(kabinet, home, one, file_id)
    assert (first.status_code, repeated.status_code) == (202, 202)
    assert len(await kabinet.work()) == 1
    again = await put(kabinet, home, one)
    assert (again.status_code, again.json()["id"]) == (200, str(file_id))
    taken = await put(kabinet, home, other, file_id)
    assert (taken.status_code, taken.json()["code"]) == (409, "reading-file-id-taken")
    listed = (await kabinet.http.get(address(home, "files"))).json()["items"]
    assert [(item["id"], item["counts"]["accepted"]) for item in listed] == [(str(file_id), 1)]


async def test_what_was_refused_is_judged_anew_on_another_day_only(kabinet, home, pool):
    await lay_meter(pool, home, serial="1")
    body = foreign(TABLE, [["1", 4100], ["2", 4100]])
    first = await judged(kabinet, home, body)
    assert [row["state"] for row in first["rows"]] == ["accepted", "refused"]
    await lay_meter(pool, home, serial="2")
    assert (await judged(kabinet, home, body))["rows"] == first["rows"]

    kabinet.clock.later(days=1)
    await kabinet.sign_in_again()
    anew = await judged(kabinet, home, body)
    assert anew["id"] == first["id"]
    assert [row["state"] for row in anew["rows"]] == ["accepted", "accepted"]
    assert anew["rows"][0]["findings"][0]["code"] == "reading-already-accepted"
    kabinet.clock.later(days=1)
    await kabinet.sign_in_again()
    assert (await put(kabinet, home, body)).status_code == 200
    assert await kabinet.work() == []


async def test_a_file_that_cannot_be_read_says_why(kabinet, home):
    not_yet = await put(kabinet, home, b"%PDF-1.4")
    file_id = not_yet.json()["id"]
    early = await kabinet.http.get(address(home, f"files/{file_id}/reply.xlsx"))
    assert (early.status_code, early.json()["code"]) == (409, "reading-file-not-judged")
    await kabinet.work()
    found = await state(kabinet, home, file_id)
    assert (found["state"], found["refusal"]["code"]) == ("refused", "workbook-is-none")
    assert found["refusal"]["text"]
    late = await kabinet.http.get(address(home, f"files/{file_id}/reply.xlsx"))
    assert (late.status_code, late.json()["code"]) == (409, "reading-file-refused")


async def test_nothing_and_too_much_are_refused_at_once(kabinet, home, pool):
    empty = await put(kabinet, home, b"")
    assert (empty.status_code, empty.json()["code"]) == (422, "reading-file-empty")
    much = await put(kabinet, home, bytes(10 * 1024**2 + 1))
    assert much.status_code == 413
    assert await pool.fetchval("SELECT count(*) FROM reading_files") == 0


async def test_an_account_has_so_many_files_a_day(kabinet, home, pool, monkeypatch):
    monkeypatch.setattr(files, "FILES_A_DAY", 2)
    bodies = [foreign(TABLE, [["1", value]]) for value in (1, 2, 3)]
    assert [(await put(kabinet, home, body)).status_code for body in bodies] == [202, 202, 429]
    assert (await put(kabinet, home, bodies[0])).status_code == 202
    assert await pool.fetchval("SELECT count(*) FROM reading_files") == 2
    kabinet.clock.later(days=1, seconds=1)
    await kabinet.sign_in_again()
    assert (await put(kabinet, home, bodies[2])).status_code == 202


async def test_a_template_of_another_account_is_not_taken(kabinet, home, pool):
    other = await lay_household(pool, user_id=home.user_id, number="6600000002", services=["electricity"])
    for account in (home, other):
        await lay_meter(pool, account, serial="1")
    body = filled(await template(kabinet, other), {0: 4100})
    found = await judged(kabinet, home, body)
    assert found["refusal"]["code"] == "reading-file-of-another-account"
    assert "6600000002" in found["refusal"]["text"]
    assert (await judged(kabinet, other, body))["counts"]["accepted"] == 1


async def test_those_who_may_send_and_not_see_get_a_template_without_the_holder(kabinet, home, pool):
    await lay_meter(pool, home, serial="1")
    assert opened(await template(kabinet, home))[SHEET]["A2"].value
    await pool.execute("UPDATE account_members SET scopes = '{readings}'")
    body = await template(kabinet, home)
    assert opened(body)[SHEET]["A2"].value is None
    assert (await judged(kabinet, home, filled(body, {0: 4100})))["counts"]["accepted"] == 1
    await pool.execute("UPDATE account_members SET scopes = '{see}'")
    answer = await put(kabinet, home, body)
    assert (answer.status_code, answer.json()["code"]) == (404, "account-not-found")
    assert (await kabinet.http.get(address(home, "files"))).status_code == 404


async def test_the_template_shows_what_was_accepted_last(kabinet, home, pool):
    meter_id = await lay_meter(pool, home, serial="1")
    await pool.execute(
        "UPDATE meter_registers SET billed_value = 4077, billed_on = '2026-10-31' WHERE meter_id = $1",
        meter_id,
    )
    page = opened(await template(kabinet, home))[SHEET]
    row = [cell.value for cell in page[HEADER_ROW + 1]]
    assert row[column(templates.PREVIOUS) - 1] == 4077
    assert row[column(templates.PREVIOUS_ON) - 1].date() == date(2026, 10, 31)
    english = await kabinet.http.get(address(home, "template.xlsx"), headers={"accept-language": "en"})
    assert opened(english.content)[SHEET]["A1"].value == "Meter readings: account 6600000001"


async def test_rows_come_a_page_at_a_time_and_by_state(kabinet, home, pool):
    await lay(pool, home, 3)
    body = foreign(TABLE, [[f"00{no:06d}", 4100] for no in range(6)])
    found = await judged(kabinet, home, body)
    page = await state(kabinet, home, found["id"], limit=4)
    rest = await state(kabinet, home, found["id"], limit=4, cursor=page["next"])
    assert [row["no"] for row in page["rows"] + rest["rows"]] == list(range(6))
    assert rest["next"] is None
    wrong = await state(kabinet, home, found["id"], only=["refused", "needs_confirmation"])
    assert [row["no"] for row in wrong["rows"]] == [3, 4, 5]


async def test_what_needs_confirmation_and_what_is_not_filled_in_are_told_apart(kabinet, home, pool):
    await lay(pool, home, 3, max_power_kw=Decimal(5))
    body = foreign(TABLE, [["00000000", 9000], ["00000001", None], ["00000002", 4100]])
    found = await judged(kabinet, home, body)
    assert [row["state"] for row in found["rows"]] == ["needs_confirmation", "empty", "accepted"]
    said = answers(await reply(kabinet, home, found["id"]), sheet="Лист1", header_row=1)
    assert [state for state, _ in said] == ["Нужно подтверждение", "Не заполнено", "Принято"]
