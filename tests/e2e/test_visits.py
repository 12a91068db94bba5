"""Meters sealed and looked at, from the application to the meter: filed, decided over the office's API,
booked, moved, called off, and the act."""

import asyncio

import pytest_asyncio

from infra.clock import new_id
from tests.sites import hours, opened, refused


@pytest_asyncio.fixture
async def site(pool, tmp_path):
    async with opened(pool, tmp_path) as site:
        yield site


async def test_sealed(site):
    case_id = await site.promised()
    agreement = (await site.get(f"applications/{case_id}")).json()["clock"]["agreement"]
    assert (agreement["due_on"], agreement["is_late"]) == ("2026-11-25", False)
    assert agreement["kept_at"] is not None
    assert await site.free(case_id) == {site.first: 1, site.second: 2}
    booked = await site.book(case_id, site.first, note="Код 17")
    assert booked.status_code == 201, booked.text
    visit = booked.json()
    assert (visit["state_words"], visit["purpose_words"]) == ("Назначен", "Опломбировка прибора учёта")
    assert await site.free(case_id) == {site.second: 2}

    await site.later(days=1)
    entry = {
        "meter_id": str(site.meter_id),
        "values": [{"zone": "single", "value": "4120"}],
        "seals_set": [{"number": "П-001", "place": "крышка зажимов"}],
        "verified_until": "2032-01-01",
    }
    done = await site.act(case_id, visit["id"], entries=[entry])
    assert done.status_code == 200, done.text
    assert done.json()["state"] == "done"
    assert (await site.act(case_id, visit["id"], entries=[entry])).json() == done.json()
    refused(await site.act(case_id, visit["id"], number="18", entries=[entry]), 409, "visit-act-kept")
    await site.kabinet.work()

    meter = await site.meter()
    assert [seal["number"] for seal in meter["seals"]] == ["П-001"]
    assert meter["verification"]["until"] == "2032-01-01"
    case = (await site.get(f"applications/{case_id}")).json()
    assert case["state"] == "executed"
    notes = [step["public_note"] for step in case["steps"] if step["verb"] == "effect"]
    assert notes == [
        "К вашему прибору учёта приедут: выберите день и час",
        "Визит назначен на 23.11.2026 10:00–12:00",
        "Визит состоялся, акт 17 от 23.11.2026: прибор допущен",
    ]
    life = (await site.get(f"meters/{site.meter_id}/timeline")).json()["items"]
    assert [one["kind"] for one in life] == [
        "verified-until",
        "control-reading",
        "admitted",
        "seal-set",
        "visit-booked",
        "installed",
    ]


def entry_of(site, value=4120, **more):
    return {"meter_id": str(site.meter_id), "values": [{"zone": "single", "value": str(value)}], **more}


async def test_the_same_booking_is_one_and_another_time_moves_it(site):
    case_id = await site.promised()
    visit_id = new_id()
    first = await site.book(case_id, site.first, visit_id)
    again = await site.book(case_id, site.first, visit_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    refused(await site.book(case_id, site.second, visit_id), 409, "visit-id-taken")
    moved = await site.book(case_id, site.second)
    assert moved.status_code == 201
    late = await site.book(case_id, site.first, visit_id)  # the first request once more, arriving late
    assert (late.status_code, late.json()["state"]) == (200, "moved")
    assert await site.free(case_id) == {site.first: 1, site.second: 1}
    visits = (await site.get(f"cases/{case_id}/visits")).json()["items"]
    assert [visit["state"] for visit in visits] == ["moved", "booked"]

    off = await site.post(f"cases/{case_id}/visits/{moved.json()['id']}/cancellation", {"why": "Уезжаем"})
    twice = await site.post(f"cases/{case_id}/visits/{moved.json()['id']}/cancellation", {"why": "Уезжаем"})
    assert (off.json()["state"], twice.json()) == ("cancelled", off.json())
    assert await site.free(case_id) == {site.first: 1, site.second: 2}
    case = (await site.get(f"applications/{case_id}")).json()
    assert case["steps"][-1]["public_note"] == "Визит 24.11.2026 10:00–12:00 отменён: Уезжаем"


async def test_the_last_place_is_taken_once(site):
    cases = [await site.promised() for _ in range(6)]
    answers = await asyncio.gather(*(site.book(case_id, site.first) for case_id in cases))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert {one.json()["code"] for one in answers if one.status_code == 409} == {"visit-slot-full"}
    assert await site.free(cases[0]) == {site.second: 2}


async def test_bookings_that_cross_do_not_lose_a_place(site):
    await site.offer(hours(23, 5, 2))
    one, two = await site.promised(), await site.promised()
    for _ in range(5):
        booked = await asyncio.gather(
            site.book(one, site.first), site.book(two, site.second), site.book(one, site.second)
        )
        assert {answer.status_code for answer in booked} == {201}
        assert sum((await site.free(one)).values()) == 2
    rows = await site.kabinet.container.pool.fetch(
        "SELECT s.taken_count, (SELECT count(*) FROM visits v WHERE v.slot_id = s.slot_id"
        " AND v.state = 'booked') AS booked FROM visit_slots s"
    )
    assert all(row["taken_count"] == row["booked"] for row in rows)


async def test_what_is_not_decided_has_no_visit(site):
    filed = await site.file(site.form())
    case_id = filed.json()["id"]
    refused(await site.book(case_id, site.first), 409, "visit-not-due")
    refused(await site.get(f"cases/{case_id}/visit-slots"), 409, "visit-not-due")


async def test_reopening_calls_the_visit_off(site):
    case_id = await site.promised()
    await site.book(case_id, site.first)
    reopened = await site.post(f"cases/{case_id}/reopening", {"words": "Ошиблись"}, site.operator)
    assert reopened.status_code == 200, reopened.text
    await site.kabinet.work()
    [visit] = (await site.get(f"cases/{case_id}/visits")).json()["items"]
    assert visit["state"] == "cancelled"
    other = await site.promised()
    assert await site.free(other) == {site.first: 1, site.second: 2}


async def test_strangers_see_and_book_nothing(site):
    case_id, stranger = await site.promised(), await site.stranger()
    refused(await site.book(case_id, site.first, who=stranger), 404, "case-not-found")
    refused(await site.get(f"cases/{case_id}/visits", stranger), 404, "case-not-found")
    refused(await site.get(f"meters/{site.meter_id}/timeline", stranger), 404, "meter-not-found")
    visit = (await site.book(case_id, site.first)).json()
    act = await site.act(case_id, visit["id"], who=site.owner, entries=[entry_of(site)])
    refused(act, 404, "account-not-found")


async def test_nobody_was_there(site):
    case_id = await site.promised()
    visit = (await site.book(case_id, site.first)).json()
    refused(await site.act(case_id, visit["id"], entries=[entry_of(site)]), 409, "visit-not-begun")
    await site.later(days=1)
    missed = await site.act(case_id, visit["id"], outcome="no-access")
    assert missed.json()["state"] == "missed"
    assert (await site.book(case_id, site.second)).status_code == 201
    refused(await site.book(case_id, site.first), 409, "visit-slot-past")


async def test_a_meter_that_is_not_admitted_takes_no_readings_until_it_is(site):
    async def send(value, day):
        body = {"taken_on": day, "values": [{"zone": "single", "value": str(value)}]}
        answer = await site.put(f"meters/{site.meter_id}/readings/{new_id()}", body)
        return answer.json()["values"][0]

    case_id = await site.promised(site.form(what="inspection"))
    visit = (await site.book(case_id, site.first)).json()
    await site.later(days=1)
    words = "Прибор зашунтирован."
    await site.act(case_id, visit["id"], outcome="unaccounted", words=words, entries=[entry_of(site)])
    await site.kabinet.work()
    steps = (await site.get(f"applications/{case_id}")).json()["steps"]
    assert "безучётное потребление. Прибор зашунтирован." in steps[-2]["public_note"]
    life = (await site.get(f"meters/{site.meter_id}/timeline")).json()["items"]
    assert "Безучётное потребление, акт 17: Прибор зашунтирован." in [one["words"] for one in life]
    by_hand = (await site.meter())["by_hand"]
    assert by_hand["text"] == "Прибор не допущен с 23.11.2026: его показания не принимаются"
    value = await send(4200, "2026-11-23")
    assert (value["state"], value["findings"][0]["code"]) == ("refused", "reading-meter-not-admitted")

    case_id = await site.promised()
    booked = await site.book(case_id, site.second)
    assert booked.status_code == 201, booked.text
    visit = booked.json()
    await site.later(days=1)
    entry = entry_of(site, 4150, seals_set=[{"number": "П-002"}])
    assert (await site.act(case_id, visit["id"], drawn_on="2026-11-24", entries=[entry])).status_code == 200
    assert (await site.meter())["by_hand"]["is_taken"] is True
    readings = (await site.get(f"meters/{site.meter_id}/readings")).json()["items"]
    assert {one["values"][0]["state"] for one in readings} >= {"accepted", "replaced"}


async def test_the_act_settles_what_waited(site):
    body = {"taken_on": "2026-10-21", "values": [{"zone": "single", "value": "4100"}]}
    pool = site.kabinet.container.pool
    reading_id = new_id()
    await site.put(f"meters/{site.meter_id}/readings/{reading_id}", body)
    await pool.execute(
        "UPDATE register_readings SET state = 'needs_confirmation', period = '2026-10' WHERE reading_id = $1",
        reading_id,
    )
    case_id = await site.promised()
    visit = (await site.book(case_id, site.first)).json()
    await site.later(days=1)
    await site.act(case_id, visit["id"], entries=[entry_of(site)])
    state = await pool.fetchval("SELECT state FROM register_readings WHERE reading_id = $1", reading_id)
    assert state == "accepted_with_warning"


async def test_the_grid_company_seals_private_houses(site):
    filed = await site.file(site.form(premises="house"))
    assert (filed.json()["state"], filed.json()["holder"]) == ("sent_on", "grid-company")
    refused(await site.file(site.form(meter_id=str(new_id()))), 422, "visit-meter-unknown")
    refused(await site.file(site.form(meter_id=None)), 422, "visit-meter-unnamed")


async def test_wrong_figures_change_nothing(site):
    case_id = await site.promised()
    visit = (await site.book(case_id, site.first)).json()
    await site.later(days=1)
    for entry, code in [
        (entry_of(site, 123456), "act-value-off-dial"),
        (entry_of(site, seals_removed=["П-9"]), "act-seal-unknown"),
        ({**entry_of(site), "values": [{"zone": "day", "value": "1"}]}, "act-register-unknown"),
        ({**entry_of(site), "values": [{"zone": "noon", "value": "1"}]}, "act-zone-unknown"),
        ({**entry_of(site), "meter_id": str(new_id())}, "visit-meter-not-ordered"),
    ]:
        refused(await site.act(case_id, visit["id"], entries=[entry]), 422, code)
    [visit] = (await site.get(f"cases/{case_id}/visits")).json()["items"]
    assert visit["state"] == "booked"
    assert (await site.get(f"meters/{site.meter_id}/readings")).json()["items"] == []


async def test_two_acts_at_once_are_one(site):
    case_id = await site.promised()
    visit = (await site.book(case_id, site.first)).json()
    await site.later(days=1)
    answers = await asyncio.gather(
        *(site.act(case_id, visit["id"], number=str(no % 2), entries=[entry_of(site)]) for no in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * 3
    assert await site.count("readings") == 1
    await site.kabinet.work()
    assert (await site.get(f"applications/{case_id}")).json()["state"] == "executed"


async def test_the_crews_have_their_day(site):
    case_id = await site.promised()
    visit = (await site.book(case_id, site.first)).json()
    http = site.kabinet.http
    day = (await http.get("/api/v1/office/visits?day=2026-11-23", headers=site.operator)).json()["items"]
    assert [one["id"] for one in day] == [visit["id"]]
    slots = await http.get("/api/v1/office/visit-slots?day=2026-11-23", headers=site.operator)
    assert [one["free_count"] for one in slots.json()["items"]] == [0]
    refused(await site.offer(hours(23, 5, 0)), 409, "visit-slot-taken")
    assert (await http.get("/api/v1/office/visits?day=2026-11-23", headers=site.owner)).status_code == 403


async def test_each_service_area_has_its_own_crews(site):
    """The account's address is of one of them."""
    pool = site.kabinet.container.pool
    address = await pool.fetchval("SELECT address FROM accounts WHERE account_id = $1", site.home.account_id)
    term = {
        "areas": [{"code": "town", "name": "Город", "addresses": [address[:8]]}],
        "otherwise": {"code": "region", "name": "Вся область"},
    }
    case_id = await site.promised()
    assert (await site.book(case_id, site.first)).status_code == 201
    await pool.execute("INSERT INTO terms VALUES ('visits.areas', '2026-01-01', $1)", term)
    site.kabinet.clock.later(seconds=31)
    assert await site.free(case_id) == {}
    refused(await site.book(case_id, site.second), 404, "visit-slot-not-found")
    offered = await site.offer({**hours(25, 5), "area": "town"})
    [near] = offered.json()["items"]
    assert await site.free(case_id) == {near["id"]: 1}
    assert (await site.book(case_id, near["id"])).status_code == 201
    refused(await site.offer({**hours(25, 5), "area": "moon"}), 422, "visit-area-unknown")
    day = "/api/v1/office/visit-slots?day=2026-11-25&area=town"
    slots = (await site.kabinet.http.get(day, headers=site.operator)).json()["items"]
    assert [(one["area"], one["free_count"]) for one in slots] == [("town", 0)]


async def test_whoever_has_booked_is_not_told_to_choose(site):
    case_id = (await site.file(site.form())).json()["id"]
    grant = {"kind": "meter-sealing"}
    body = {"outcome": "satisfied", "answer": "Приедем снова", "rule": "ПП РФ 354, п. 81", "grant": grant}
    decided = await site.post(f"cases/{case_id}/decision", body, site.operator)
    assert decided.status_code == 200, decided.text
    booked = await site.book(case_id, site.first)
    assert booked.status_code == 201, booked.text
    await site.kabinet.work()
    steps = (await site.get(f"applications/{case_id}")).json()["steps"]
    told = [step["public_note"] for step in steps if step["verb"] == "effect"]
    assert told == ["Визит назначен на 23.11.2026 10:00–12:00"]
