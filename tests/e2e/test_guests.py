"""Guests pay and send readings by an account number; guessing numbers shows nothing and is stopped."""

from datetime import timedelta

import pytest_asyncio

from infra.clock import new_id
from tests.households import charge, details, lay_household
from tests.invariants import money_is_whole
from tests.kabinets import DEBTS
from tests.readings import lay_meter


@pytest_asyncio.fixture
async def home(kabinet):
    home = await lay_household(kabinet.container.pool)
    await charge(kabinet.container.pool, home, DEBTS)
    return home


async def pay(kabinet, account, payment_id=None, **more):
    body = {"account": account, "amount": {"kopecks": 500_00}} | more
    return await kabinet.http.put(f"/api/v1/guest/payments/{payment_id or new_id()}", json=body)


async def send(kabinet, account, serial, value="4100", reading_id=None):
    today = (kabinet.clock() + timedelta(hours=5)).date().isoformat()
    body = {"account": account, "serial": serial, "taken_on": today, "values": [{"value": value}]}
    return await kabinet.http.put(f"/api/v1/guest/readings/{reading_id or new_id()}", json=body)


def secrets_of(home):
    return (str(home.account_id), "Иванов", "Мира", *(str(kopecks) for kopecks in DEBTS.values()))


async def test_a_guest_pays_by_the_number(kabinet, home):
    payment_id = new_id()
    made = await pay(kabinet, home.number, payment_id)
    assert made.status_code == 201, made.text
    assert (await pay(kabinet, home.number, payment_id)).status_code == 200
    await kabinet.sandbox.play(made.json()["confirmation"]["url"].rpartition("/")[2])
    await kabinet.notices()
    await kabinet.work()
    shown = await kabinet.http.get(f"/api/v1/guest/payments/{payment_id}", params={"account": home.number})
    assert shown.json()["state"] == "paid"
    assert not [one for one in secrets_of(home) if one in made.text + shown.text]
    other = await kabinet.http.get(f"/api/v1/guest/payments/{payment_id}", params={"account": "6600000009"})
    assert other.status_code == 404
    orders = [one.body for one in kabinet.sandbox.desk.store.page("payment", {}, ("~", "~"), 100)]
    await money_is_whole(kabinet.container.pool, orders, [home.account_id])


async def test_a_guest_pays_one_supplier(kabinet, home):
    inn = details("heat", 2).inn
    for account, owner in ((home.number, "heat"), (f"{home.number}-el", "electricity")):
        more = {"supplier_inn": inn} if account == home.number else {}
        payment_id = new_id()
        assert (await pay(kabinet, account, payment_id, **more)).status_code == 201
        found = await kabinet.container.payments.found(home.account_id, payment_id)
        assert [part.supplier_account_id for part in found.parts] == [home.supplier_accounts[owner]]
    wrong = await pay(kabinet, home.number, supplier_inn="7707083893")
    assert wrong.json()["code"] == "not-payable-by-number"


async def test_a_guest_sends_a_reading_and_learns_nothing_else(kabinet, home):
    await lay_meter(kabinet.container.pool, home)
    sent = await send(kabinet, home.number, "0100200300")
    assert sent.status_code == 200, sent.text
    assert [one["state"] for one in sent.json()["values"]] == ["accepted"]
    lower = await send(kabinet, home.number, "0100200300", "3000")
    assert lower.json()["values"][0]["state"] in {"refused", "needs_confirmation"}
    assert "4000" not in lower.text
    assert "4100" not in lower.text
    assert await kabinet.container.pool.fetchval("SELECT DISTINCT source FROM readings") == "guest"
    answers = [
        await send(kabinet, home.number, "0100200301"),
        await send(kabinet, "6600000009", "0100200300"),
    ]
    told = [{**one.json(), "request_id": None} for one in answers]
    assert told[0] == told[1]
    assert told[0]["code"] == "no-such-meter-by-number"


async def test_guessing_is_stopped_and_shows_nothing(kabinet, home):
    """Thousands of numbers are tried; a handful of answers comes, all of them equal."""
    codes: dict[str, int] = {}
    for number in range(200):
        answer = await pay(kabinet, f"66{number:08d}")
        assert not [one for one in secrets_of(home) if one in answer.text]
        code = answer.json().get("code", "paid")
        codes[code] = codes.get(code, 0) + 1
    assert codes["too-many-attempts"] > 180
    assert codes["not-payable-by-number"] <= 12
    # The right number is no way round the lock, and whoever pays right is not counted.
    assert (await pay(kabinet, home.number)).status_code == 429
    kabinet.clock.later(hours=25)
    for _ in range(14):
        assert (await pay(kabinet, home.number)).status_code == 201


async def test_the_page_pays_and_sends(kabinet, home):
    await lay_meter(kabinet.container.pool, home)
    ours = {"origin": "http://kabinet", "sec-fetch-site": "same-origin"}
    assert "/guest/payments/" in (await kabinet.http.get("/guest")).text
    typed = {"account": "0000000000", "amount": "100,50"}
    wrong = await kabinet.http.post(f"/guest/payments/{new_id()}", data=typed, headers=ours)
    assert wrong.status_code == 422, wrong.text
    assert 'value="100,50"' in wrong.text
    typed["account"] = home.number
    begun = await kabinet.http.post(f"/guest/payments/{new_id()}", data=typed, headers=ours)
    assert begun.status_code == 303, begun.text
    shown = await kabinet.http.get(begun.headers["location"])
    assert "/checkout/" in shown.text
    reading = {"account": home.number, "serial": "0100200300", "value.single.A+": "4123"}
    sent = await kabinet.http.post(f"/guest/readings/{new_id()}", data=reading, headers=ours)
    assert "Принято" in sent.text
    await lay_meter(kabinet.container.pool, home, zones=("day", "night"), serial="0100200301")
    both = {
        "account": home.number,
        "serial": "0100200301",
        "value.day.A+": "4100",
        "value.night.A+": "4050,5",
    }
    zones = await kabinet.http.post(f"/guest/readings/{new_id()}", data=both, headers=ours)
    assert [one in zones.text for one in ("День", "Ночь", "Принято")] == [True] * 3, zones.text
    assert not [one for one in secrets_of(home) if one in shown.text + sent.text]
