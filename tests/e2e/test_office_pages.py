"""Pages of the office with something on them: readings, letters, money that wait; a new second factor."""

import re
from base64 import b64encode
from decimal import Decimal

import pytest_asyncio

from domain.people.staff import Role
from infra.clock import new_id
from infra.mail_receiver import receiver_of
from tests import kabinets
from tests.actors import staff_token
from tests.letters import AUTHSERV, BOOK, letter
from tests.plates import registered, scanned
from tests.posts import mailed
from tests.readings import lay_meter
from tests.registries import loaded, paid

PHOTO = b"\xff\xd8\xff\xe0" + bytes(1000)


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    env = {"KABINET_MAIL_AUTHSERV_ID": AUTHSERV}
    async with kabinets.opened(pool, tmp_path, env=env) as kabinet:
        yield kabinet


class Desk:
    """A member of staff with a browser."""

    def __init__(self, kabinet, token):
        self.http = kabinet.http
        self.headers = {
            "Cookie": f"kabinet={token}",
            "Sec-Fetch-Site": "same-origin",
            "Accept-Language": "en",
        }

    async def get(self, path):
        return await self.http.get(path, headers=self.headers)

    async def post(self, path, **form):
        return await self.http.post(path, data=form, headers=self.headers)


@pytest_asyncio.fixture
async def desk(kabinet):
    return Desk(kabinet, await staff_token(kabinet.container, Role.OPERATOR))


async def views(pool, what):
    return await pool.fetchval("SELECT count(*) FROM account_views WHERE what = $1", what)


async def test_a_reading_gets_an_operators_word(kabinet, pool, desk):
    home = await kabinet.household(services=["electricity"])
    meter = await lay_meter(pool, home, max_power_kw=Decimal(1))
    day = kabinet.clock().date().isoformat()
    url = f"/accounts/{home.account_id}/meters/{meter}/readings/01a20000-0000-7000-8000-0000000000aa"
    sent = await kabinet.http.put(f"/api/v1{url}", json={"taken_on": day, "values": [{"value": "14100"}]})
    assert sent.json()["state"] == "needs_confirmation", sent.text
    body = {"comment": "It is so", "photo": b64encode(PHOTO).decode()}
    assert (await kabinet.http.put(f"/api/v1{url}/insistence", json=body)).status_code == 200
    shown = (await desk.get("/office/readings")).text
    assert "14,100" in shown
    assert "It is so" in shown
    assert await views(pool, "GET /office/readings") == 1
    assert (await desk.get(f"/office{url}/photo")).content == PHOTO
    refused = await desk.post(f"/office{url}", verdict="accept", reason=" ")
    assert (refused.status_code, "Nothing is written" in refused.text) == (422, True)
    assert (await desk.post(f"/office{url}", verdict="accept", reason="Seen")).status_code == 303
    assert "14,100" not in (await desk.get("/office/readings")).text


async def test_a_letter_is_released_or_rejected(kabinet, pool, desk):
    home = await kabinet.household(services=["electricity"])
    receiver = receiver_of(kabinet.container)
    port = await receiver.listen("127.0.0.1", 0, is_lmtp=False)
    for subject in ("First", "Second"):
        await mailed(port, letter(("Показания.xlsx", BOOK), subject=subject))
    await receiver.stop(timeout_seconds=5)
    await kabinet.work()
    shown = (await desk.get("/office/letters")).text
    first, second = (
        re.search(rf'/office/letters/([\w-]+)"><strong>{one}', shown) for one in ("First", "Second")
    )
    assert first
    assert second
    one = f"/office/letters/{first[1]}"
    assert "Показания.xlsx" in (await desk.get(one)).text
    nobody = await desk.post(f"{one}/release", account_number="0", reason="By phone")
    assert (nobody.status_code, 'value="By phone"' in nobody.text) == (404, True)
    assert (
        await desk.post(f"{one}/release", account_number=home.number, reason="By phone")
    ).status_code == 303
    assert (await desk.post(f"/office/letters/{second[1]}/rejection", reason="Spam")).status_code == 303
    assert "First" not in (await desk.get("/office/letters")).text


async def test_money_finds_its_account(kabinet, pool, desk):
    home = await kabinet.household()
    registry = await loaded(kabinet, [paid(1, "9900000099", 50_000)])
    shown = (await desk.get("/office/suspense")).text
    assert "9900000099" in shown
    row = f"/office/suspense/{registry.id}/1"
    assert (await desk.get(row)).status_code == 200
    nobody = await desk.post(row, account="1", reason="By phone")
    assert nobody.status_code == 422
    assert (await desk.post(row, account="9900000098", reason="By phone")).status_code == 404
    sent = await desk.post(row, account=home.number, reason="The payer has called")
    assert sent.status_code == 303, sent.text
    assert "9900000099" not in (await desk.get("/office/suspense")).text


async def test_a_new_member_sets_up_the_second_factor_first(kabinet):
    desk = Desk(kabinet, await staff_token(kabinet.container, Role.OPERATOR, has_factor=False))
    sent_away = await desk.get("/office")
    assert (sent_away.status_code, sent_away.headers["location"]) == (303, "/office/second-factor")
    assert (await desk.get("/office/second-factor")).status_code == 200
    wrong = await desk.post("/office/second-factor", password="no")
    assert wrong.status_code == 422


async def test_staff_see_the_account_and_pay_nothing(kabinet, pool, desk):
    home = await kabinet.household()
    shown = await desk.get(f"/accounts/{home.account_id}")
    assert shown.status_code == 200
    assert "every view is recorded" in shown.text
    assert f"/accounts/{home.account_id}/pay" not in shown.text
    assert await views(pool, "GET /accounts/{account_id}") == 1
    assert (await desk.get(f"/accounts/{home.account_id}/pay")).status_code == 403
    found = await desk.post("/office/find", text=home.number)
    assert (found.status_code, found.headers["location"]) == (303, f"/accounts/{home.account_id}")
    assert await views(pool, "office/accounts/search") == 1


async def test_a_sum_is_put_on_a_plate_and_seen_to_come(kabinet, desk):
    home = await kabinet.household()
    plate_id, payment_id = await registered(kabinet), str(new_id())
    form = {"plate": str(plate_id), "payment_id": payment_id, "amount": "100,00"}
    assert (await desk.get(f"/accounts/{home.account_id}/plate")).status_code == 200
    for _ in range(2):  # the second press puts nothing on
        put = await desk.post(f"/accounts/{home.account_id}/plate", **form)
        assert (put.status_code, put.headers["location"][-36:]) == (303, payment_id)
    again = await desk.post(f"/accounts/{home.account_id}/plate", **form | {"payment_id": str(new_id())})
    assert again.status_code == 409
    await kabinet.sandbox.play(await scanned(kabinet))
    await kabinet.notices()
    await kabinet.work()
    assert "Paid" in (await desk.get(put.headers["location"])).text
    assert "Received" in (await desk.get("/office/plates")).text
