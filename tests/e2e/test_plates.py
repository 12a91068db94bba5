"""SBP QR at a service centre: a sum on the plate, "received" after the notice, never charged twice."""

import asyncio
import random
import re

import pytest_asyncio

from domain.people.staff import Role
from infra.clock import new_id
from infra.simulation.crashes import Crash, Fate, killing
from tests.households import charge, lay_household
from tests.invariants import money_is_whole
from tests.kabinets import DEBTS
from tests.plates import as_staff, link, put_on, registered, scanned
from tests.worlds import World


@pytest_asyncio.fixture
async def home(kabinet):
    home = await lay_household(kabinet.container.pool)
    await charge(kabinet.container.pool, home, DEBTS)
    return home


@pytest_asyncio.fixture
async def staff(kabinet):
    return await as_staff(kabinet)


async def shown(kabinet, staff, plate_id):
    answer = await kabinet.http.get(f"/api/v1/office/plates/{plate_id}", headers=staff)
    assert answer.status_code == 200, answer.text
    return answer.json()


def orders(kabinet):
    return [one.body for one in kabinet.sandbox.desk.store.page("payment", {}, ("~", "~"), 1000)]


async def whole(kabinet, *homes):
    await money_is_whole(kabinet.container.pool, orders(kabinet), [one.account_id for one in homes])


async def test_a_customer_pays_by_the_plate_of_the_desk(kabinet, home, staff):
    plate_id, payment_id = await registered(kabinet), new_id()
    made = await put_on(kabinet, staff, plate_id, home.account_id, payment_id)
    assert made.status_code == 201, made.text
    assert made.json()["payment"]["state"] == "awaiting_payer"
    assert (await put_on(kabinet, staff, plate_id, home.account_id, payment_id)).status_code == 200
    other = await put_on(kabinet, staff, plate_id, home.account_id, payment_id, amount={"kopecks": 1_00})
    assert other.json()["code"] == "payment-id-taken"
    busy = await put_on(kabinet, staff, plate_id, home.account_id, new_id(), confirm_duplicate=True)
    assert (busy.status_code, busy.json()["code"]) == (409, "plate-busy")
    assert re.search(r"до \d{2}\.\d{2}\.\d{4} \d{2}:\d{2} ", busy.json()["detail"])

    await kabinet.sandbox.play(await scanned(kabinet), notice="twice")
    assert len(await kabinet.notices()) == 2
    await kabinet.work()
    now = await shown(kabinet, staff, plate_id)
    assert (now["is_received"], now["is_free"], now["payment"]["id"]) == (True, True, str(payment_id))
    assert await scanned(kabinet) is None
    await whole(kabinet, home)
    looks = "SELECT count(*) FROM account_views WHERE account_id = $1 AND what = 'office/plates'"
    assert await kabinet.container.pool.fetchval(looks, home.account_id) == 4
    listed = await kabinet.http.get("/api/v1/office/plates", headers=staff)
    assert [one["is_received"] for one in listed.json()] == [True]


async def test_a_sum_that_nobody_paid_leaves_the_plate_and_the_next_one_comes(kabinet, home, staff):
    plate_id, first, second = await registered(kabinet), new_id(), new_id()
    await put_on(kabinet, staff, plate_id, home.account_id, first)
    old = await scanned(kabinet)
    kabinet.clock.later(minutes=6)
    await kabinet.notices()
    await kabinet.work()
    gone = await shown(kabinet, staff, plate_id)
    assert gone["payment"]["state"] == "failed"
    assert gone["payment"]["failure"] == "expired_on_confirmation"
    assert (await put_on(kabinet, staff, plate_id, home.account_id, second)).status_code == 201
    assert await scanned(kabinet) not in {None, old}
    assert (await kabinet.sandbox.play(old)).status_code == 400
    await kabinet.sandbox.play(await scanned(kabinet))
    await kabinet.notices()
    await kabinet.work()
    assert (await shown(kabinet, staff, plate_id))["is_received"]
    await whole(kabinet, home)


async def test_staff_take_a_sum_off(kabinet, home, staff):
    plate_id = await registered(kabinet)
    await put_on(kabinet, staff, plate_id, home.account_id, new_id())
    off = await kabinet.http.delete(f"/api/v1/office/plates/{plate_id}/payment", headers=staff)
    assert off.json()["payment"]["failure"] == "canceled_by_merchant", off.text
    assert off.json()["is_free"]
    # The customer was quicker: the money is kept, whatever staff wished.
    await put_on(kabinet, staff, plate_id, home.account_id, new_id())
    await kabinet.sandbox.play(await scanned(kabinet), notice="lost")
    off = await kabinet.http.delete(f"/api/v1/office/plates/{plate_id}/payment", headers=staff)
    assert off.json()["is_received"]
    await whole(kabinet, home)


async def test_a_plate_is_registered_once_and_must_be_one(kabinet):
    await registered(kabinet)
    administrator = await as_staff(kabinet, Role.ADMINISTRATOR)
    body = {"centre": "Другой", "place": "Окно 1", "link": link()}
    again = await kabinet.http.put(f"/api/v1/office/plates/{new_id()}", json=body, headers=administrator)
    assert again.json()["code"] == "plate-id-taken"
    body["link"] = body["link"].replace("AS1R", "AS10")
    wrong = await kabinet.http.put(f"/api/v1/office/plates/{new_id()}", json=body, headers=administrator)
    assert wrong.status_code == 422
    await kabinet.sandbox.fault("pos_links.create", "500")
    body["link"], plate_id = link(2), new_id()
    away = await kabinet.http.put(f"/api/v1/office/plates/{plate_id}", json=body, headers=administrator)
    assert away.status_code in {200, 503}
    late = await kabinet.http.put(f"/api/v1/office/plates/{plate_id}", json=body, headers=administrator)
    assert late.json()["is_ready"]


async def test_a_plate_the_provider_has_not_taken_is_registered_when_a_sum_is_put_on_it(kabinet, home, staff):
    plate_id = await registered(kabinet)
    await kabinet.container.pool.execute("UPDATE service_plates SET provider_link_id = NULL")
    put = await put_on(kabinet, staff, plate_id, home.account_id, new_id())
    assert (put.status_code, put.json()["is_ready"]) == (201, True), put.text


async def test_of_two_activations_at_once_one_wins(kabinet, staff):
    plate_id = await registered(kabinet)
    homes = [await lay_household(kabinet.container.pool, number=f"660000000{no}") for no in (1, 2)]
    for home in homes:
        await charge(kabinet.container.pool, home, DEBTS)
    answers = await asyncio.gather(
        *(put_on(kabinet, staff, plate_id, home.account_id, new_id()) for home in homes for _ in range(3))
    )
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409, 409, 409]
    assert len(orders(kabinet)) == 1


async def test_the_end_of_the_time_against_the_notice(kabinet, home):
    """Paid in the last moment: our deadline passes, the timer and the notice come at once."""
    plate_id = await registered(kabinet)
    for turn in range(4):
        staff = await as_staff(kabinet)
        made = await put_on(kabinet, staff, plate_id, home.account_id, new_id())
        assert made.status_code == 201, made.text
        if turn % 2:
            await kabinet.sandbox.play(await scanned(kabinet), notice="twice")
        kabinet.clock.later(minutes=5, seconds=1)
        async with asyncio.TaskGroup() as group:
            group.create_task(kabinet.notices())
            group.create_task(kabinet.tick())
        await kabinet.tick(minutes=1)
        now = await shown(kabinet, staff, plate_id)
        assert (now["is_free"], now["is_received"]) == (True, bool(turn % 2)), now
    await whole(kabinet, home)


async def test_a_death_at_any_step_charges_nobody_twice(kabinet, owner):
    plate_id, rng = await registered(kabinet), random.Random(20261123)
    world = World(kabinet, kabinet.container.pool, Fate(killing(owner)))
    user_id = await kabinet.sign_in()
    for life in range(8):
        home, payment_id, fate = await world.home(user_id), new_id(), world.fate
        fate.dies_at = frozenset(rng.sample(range(40), 2)) if life else frozenset()
        fate.steps, fate.died, fate.armed = [], [], True
        world.restart()
        staff = await as_staff_after(world)
        answer = None
        while answer is None or answer.status_code >= 400:
            try:
                answer = await put_on(kabinet, staff, plate_id, home.account_id, payment_id)
            except Crash:
                world.restart()
        if (paying := await scanned(kabinet)) is None:  # the provider was unsure: the timer opens it
            await world.tick(seconds=40)
            paying = await scanned(kabinet)
        assert (await kabinet.sandbox.play(paying)).status_code == 200
        await world.hear()
        await world.work()
        assert await world.until_final(payment_id) == "paid", fate.died
        fate.armed = False
        await money_is_whole(world.pool, orders(kabinet), [home.account_id])


async def as_staff_after(world):
    """An operator who signed in before anything died."""
    world.fate.armed = False
    staff = await as_staff(world.kabinet)
    world.fate.armed = True
    return staff
