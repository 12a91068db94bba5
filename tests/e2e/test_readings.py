"""Readings over HTTP: sent with a verdict, corrected, insisted on with a photo, decided, followed."""

from base64 import b64encode
from datetime import date, timedelta
from decimal import Decimal

import pytest_asyncio

from domain.people.staff import Role
from infra.clock import new_id
from tests.actors import add_customer, customer_token, staff_token
from tests.kabinets import Kabinet
from tests.readings import lay_meter

PHOTO = b"\xff\xd8\xff\xe0" + bytes(1000)


@pytest_asyncio.fixture
async def home(kabinet):
    return await kabinet.household(services=["electricity"])


def today(kabinet: Kabinet) -> str:
    return (kabinet.clock() + timedelta(hours=5)).date().isoformat()


async def put(kabinet, home, meter, values, *, reading_id=None, headers=None, **more):
    body = {"taken_on": today(kabinet), "values": values} | more
    return await kabinet.http.put(
        f"/api/v1/accounts/{home.account_id}/meters/{meter}/readings/{reading_id or new_id()}",
        json=body,
        headers=headers,
    )


async def test_a_resident_sends_a_reading_and_sees_its_fate(kabinet, home):
    meter = await lay_meter(kabinet.container.pool, home, zones=("day", "night"))
    sent = await put(
        kabinet, home, meter, [{"zone": "day", "value": "4123"}, {"zone": "night", "value": 4050}]
    )
    assert sent.status_code == 201, sent.text
    answer = sent.json()
    assert answer["state"] == "accepted"
    assert answer["state_text"] == "Принято"
    day, night = answer["values"]
    assert (day["previous"], day["consumption"], night["consumption"]) == ("4000", "123", "50")
    assert answer["cost"]["why_not"]
    url = f"/api/v1/accounts/{home.account_id}/meters/{meter}/readings"
    story = (await kabinet.http.get(f"{url}/{answer['id']}")).json()
    assert [step["state"] for step in story["steps"] if step["zone"] == "day"] == [
        "received",
        "checked",
        "accepted",
    ]
    listed = (await kabinet.http.get(url)).json()
    assert [one["id"] for one in listed["items"]] == [answer["id"]]
    assert (await kabinet.http.get(url, params={"reading_state": "refused"})).json()["items"] == []
    assert (await kabinet.http.get(url, params={"source": "email"})).json()["items"] == []
    period = day["period"]
    assert len((await kabinet.http.get(url, params={"period": period})).json()["items"]) == 1


async def test_a_page_ends_where_the_next_begins(kabinet, home):
    meter = await lay_meter(kabinet.container.pool, home)
    for value in range(4100, 4105):
        kabinet.clock.later(seconds=1)
        assert (await put(kabinet, home, meter, [{"value": str(value)}])).status_code == 201
    url, seen, cursor = f"/api/v1/accounts/{home.account_id}/meters/{meter}/readings", [], {}
    while True:
        page = (await kabinet.http.get(url, params={"limit": 2} | cursor)).json()
        seen += [one["values"][0]["value"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == ["4104", "4103", "4102", "4101", "4100"]


async def test_the_same_reading_three_times_is_one(kabinet, home):
    meter, reading_id = await lay_meter(kabinet.container.pool, home), new_id()
    answers = [await put(kabinet, home, meter, [{"value": "4100"}], reading_id=reading_id) for _ in range(3)]
    assert [one.status_code for one in answers] == [201, 200, 200]
    other = await put(kabinet, home, meter, [{"value": "4101"}], reading_id=reading_id)
    assert (other.status_code, other.json()["code"]) == (409, "reading-id-taken")
    again = await put(kabinet, home, meter, [{"value": "4100"}])
    [value] = again.json()["values"]
    assert value["same_as"] == str(reading_id)
    assert value["findings"][0]["code"] == "reading-already-accepted"
    url = f"/api/v1/accounts/{home.account_id}/meters/{meter}/readings"
    assert len((await kabinet.http.get(url)).json()["items"]) == 1
    assert (await kabinet.http.get(f"{url}/{again.json()['id']}")).json()["state"] == "accepted"


async def test_the_reason_is_told_in_words_with_the_range_and_what_to_do(kabinet, home):
    meter = await lay_meter(kabinet.container.pool, home)
    refused = (await put(kabinet, home, meter, [{"value": "3999"}])).json()
    [value] = refused["values"]
    [finding] = value["findings"]
    assert (refused["state"], finding["code"]) == ("refused", "reading-below-last")
    assert finding["fields"] == {"last": "4000", "last_on": "2026-10-20"}
    assert finding["expected"] == "Ожидается: от 4\u00a0000"
    assert "20.10.2026" in finding["text"]
    assert finding["remedy"]
    english = await put(kabinet, home, meter, [{"value": "3998"}], headers={"Accept-Language": "en"})
    assert english.json()["values"][0]["findings"][0]["expected"] == "Expected: from 4\u00a0000 on"


async def test_a_meter_that_reports_by_itself_takes_nothing(kabinet, home):
    meter = await lay_meter(kabinet.container.pool, home, is_automatic=True)
    answer = await put(kabinet, home, meter, [{"value": "4100"}])
    [value] = answer.json()["values"]
    assert (answer.status_code, value["state"], value["may_insist"]) == (201, "refused", False)
    assert value["findings"][0]["code"] == "reading-meter-automatic"
    url = f"/api/v1/accounts/{home.account_id}/meters/{meter}/readings/{answer.json()['id']}/insistence"
    insisted = await kabinet.http.put(url, json={"comment": "Прошу"})
    assert (insisted.status_code, insisted.json()["code"]) == (409, "reading-not-insistable")


async def test_only_what_is_malformed_is_a_problem(kabinet, home):
    meter = await lay_meter(kabinet.container.pool, home)
    for values in ([], [{"value": "x"}], [{"value": "NaN"}], [{"value": "1e99999999"}], [{"zone": "?"}]):
        answer = await put(kabinet, home, meter, values)
        assert answer.status_code == 422, answer.text
    twice = await put(kabinet, home, meter, [{"value": "1"}, {"value": "2"}])
    assert twice.json()["code"] == "register-twice"
    missing = await put(kabinet, home, new_id(), [{"value": "4100"}])
    assert (missing.status_code, missing.json()["code"]) == (404, "meter-not-found")


async def test_who_insists_with_a_photo_gets_an_operators_word(kabinet, home):
    meter = await lay_meter(kabinet.container.pool, home, max_power_kw=Decimal(1))
    first = (await put(kabinet, home, meter, [{"value": "4100"}])).json()
    much = (await put(kabinet, home, meter, [{"value": "14100"}])).json()
    assert (much["state"], much["values"][0]["awaits"]) == ("needs_confirmation", "sender")
    url = f"/api/v1/accounts/{home.account_id}/meters/{meter}/readings/{much['id']}"
    wrong = await kabinet.http.put(
        f"{url}/insistence", json={"comment": "Так", "photo": b64encode(b"GIF8").decode()}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "picture-wanted")
    body = {"comment": "На счётчике так", "photo": b64encode(PHOTO).decode()}
    for _ in range(2):
        insisted = await kabinet.http.put(f"{url}/insistence", json=body)
        assert insisted.status_code == 200, insisted.text
        assert insisted.json()["values"][0]["awaits"] == "operator"
        assert insisted.json()["insistence"]["has_photo"]
        assert insisted.json()["state_text"] == insisted.json()["values"][0]["state_text"]
    steps = (await kabinet.http.get(url)).json()["steps"]
    assert [(step["state"], step["reason"]) for step in steps[-2:]] == [
        ("needs_confirmation", None),
        ("needs_confirmation", "insisted"),
    ]
    photo = await kabinet.http.get(f"{url}/insistence/photo")
    assert (photo.content, photo.headers["content-type"]) == (PHOTO, "image/jpeg")
    mine = await kabinet.http.put(f"{url}/decision", json={"verdict": "accept", "reason": "Да"})
    assert mine.status_code == 403

    operator = {"Authorization": f"Bearer {await staff_token(kabinet.container, Role.OPERATOR)}"}
    waiting = (await kabinet.http.get("/api/v1/readings/awaiting", headers=operator)).json()["items"]
    assert [(one["reading"]["id"], one["account_number"]) for one in waiting] == [(much["id"], home.number)]
    decision = {"verdict": "accept", "reason": "На фото видна эта цифра"}
    for _ in range(2):
        decided = await kabinet.http.put(f"{url}/decision", json=decision, headers=operator)
        assert decided.status_code == 200, decided.text
        assert decided.json()["state"] == "accepted_with_warning"
    other = await kabinet.http.put(
        f"{url}/decision", json={"verdict": "refuse", "reason": "Нет"}, headers=operator
    )
    assert (other.status_code, other.json()["code"]) == (409, "reading-not-awaiting")
    assert (await kabinet.http.get("/api/v1/readings/awaiting", headers=operator)).json()["items"] == []
    story = (await kabinet.http.get(url)).json()
    assert [step["note"] for step in story["steps"]][-1] == "На фото видна эта цифра"
    replaced = (await kabinet.http.get(url.replace(much["id"], first["id"]))).json()
    assert replaced["values"][0]["replaced_by"] == much["id"]
    views = await kabinet.http.get(f"/api/v1/accounts/{home.account_id}/views")
    assert {view["what"] for view in views.json()["items"]} >= {"Счётчики и показания"}


async def test_an_operator_refuses_and_says_why(kabinet, home):
    meter = await lay_meter(kabinet.container.pool, home)
    refused = (await put(kabinet, home, meter, [{"value": "3999"}])).json()
    url = f"/api/v1/accounts/{home.account_id}/meters/{meter}/readings/{refused['id']}"
    insisted = (await kabinet.http.put(f"{url}/insistence", json={"comment": "Счётчик заменили"})).json()
    assert insisted["state"] == "needs_confirmation"
    operator = {"Authorization": f"Bearer {await staff_token(kabinet.container, Role.OPERATOR)}"}
    decision = {"verdict": "refuse", "reason": "Замены не было"}
    decided = (await kabinet.http.put(f"{url}/decision", json=decision, headers=operator)).json()
    assert (decided["state"], decided["values"][0]["may_insist"]) == ("refused", False)
    again = await kabinet.http.put(f"{url}/insistence", json={"comment": "Всё равно"})
    assert again.status_code == 409


async def test_after_the_cut_off_a_correction_is_asked_for(kabinet, home):
    meter = await lay_meter(kabinet.container.pool, home)
    first = (await put(kabinet, home, meter, [{"value": "4500"}])).json()
    period = first["values"][0]["period"]
    kabinet.clock.later(days=20)
    await kabinet.sign_in_again()
    asked = (await put(kabinet, home, meter, [{"value": "4150"}], corrects=first["id"])).json()
    [value] = asked["values"]
    assert (value["period"], value["awaits"]) == (period, "operator")
    operator = {"Authorization": f"Bearer {await staff_token(kabinet.container, Role.OPERATOR)}"}
    url = f"/api/v1/accounts/{home.account_id}/meters/{meter}/readings"
    decision = {"verdict": "accept", "reason": "Опечатка"}
    await kabinet.http.put(f"{url}/{asked['id']}/decision", json=decision, headers=operator)
    states = {one["id"]: one["state"] for one in (await kabinet.http.get(url)).json()["items"]}
    assert states == {first["id"]: "replaced", asked["id"]: "accepted_with_warning"}


async def test_who_may_only_send_sends_and_sees_the_verdict(kabinet, home):
    meter = await lay_meter(kabinet.container.pool, home)
    member = await add_customer(kabinet.container)
    await kabinet.container.pool.execute(
        "INSERT INTO account_members (account_id, user_id, scopes, role, added_at)"
        " VALUES ($1, $2, '{readings}', 'family', $3)",
        home.account_id,
        member,
        kabinet.clock(),
    )
    headers = {"Authorization": f"Bearer {await customer_token(kabinet.container, member)}"}
    sent = await put(kabinet, home, meter, [{"value": "4100"}], headers=headers)
    assert (sent.status_code, sent.json()["state"]) == (201, "accepted")
    url = f"/api/v1/accounts/{home.account_id}/meters/{meter}/readings"
    assert (await kabinet.http.get(url, headers=headers)).status_code == 404


async def test_staff_write_down_what_a_caller_says(kabinet, home):
    meter = await lay_meter(kabinet.container.pool, home)
    operator = {"Authorization": f"Bearer {await staff_token(kabinet.container, Role.OPERATOR)}"}
    sent = await put(kabinet, home, meter, [{"value": "4100"}], headers=operator, by_phone=True)
    assert (sent.json()["source"], sent.json()["sent_by_kind"]) == ("phone", "staff")


async def test_consumption_stands_beside_last_years(kabinet, home):
    pool = kabinet.container.pool
    meter = await lay_meter(pool, home, installed_on=date(2025, 1, 1), opening=1000)
    kabinet.clock.at = kabinet.clock().replace(year=2025, month=10, day=20)
    await kabinet.sign_in_again()
    for month, value in enumerate((1200, 1350, *range(1450, 2450, 110), 2540)):
        answer = await put(kabinet, home, meter, [{"value": str(value)}])
        assert answer.json()["state"].startswith("accepted"), (month, answer.text)
        kabinet.clock.later(days=30.4)
        await kabinet.sign_in_again()
    url = f"/api/v1/accounts/{home.account_id}/meters/{meter}/consumption"
    answer = (await kabinet.http.get(url)).json()
    [register] = answer["registers"]
    assert register["months"][0]["consumption"] == "100"
    assert register["months"][0]["last_year"] is not None
    assert register["months"][0]["change_percent"] is not None
    assert Decimal(register["monthly_average"]) > 100
