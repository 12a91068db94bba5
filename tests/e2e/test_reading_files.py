"""Workbooks with readings over HTTP: taken, filled in, sent, answered, mended, sent again."""

from collections import Counter
from datetime import date

import pytest_asyncio

from domain.readings import templates
from infra.clock import new_id
from tests import kabinets
from tests.filled_workbooks import HEADER_ROW, SHEET, answers, column, filled, opened, saved
from tests.households import lay_household
from tests.readings import lay_meter

METERS = 100


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        yield kabinet


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
