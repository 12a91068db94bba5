"""A legal entity's claims over HTTP: a meter replaced, with money off for the delay, and one installed."""

from uuid import UUID

import pytest_asyncio

from infra.clock import new_id
from tests import kabinets
from tests.offices import OfficeDesk
from tests.sites import CONTACT, Site, refused

SIGNER = {"name": "Петров П. П.", "is_head": True}


@pytest_asyncio.fixture
async def site(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        home = await kabinet.household(services=("electricity",))
        await pool.execute("UPDATE accounts SET kind = 'contract'")
        owner = {"Authorization": kabinet.http.headers.pop("Authorization")}
        yield await Site(kabinet, home, owner).laid()


def replacement(site, **more):
    return {
        "kind": "meter-replacement",
        "reason": "failed",
        "meters": [str(site.meter_id)],
        "premises": "shop-in-apartment-house",
        "since": "2026-03-01",
        "signer": SIGNER,
        "contact": CONTACT,
        **more,
    }


NEW = {"serial": "9001", "model": "М-208", "values": [{"zone": "single", "value": "3"}], "digit_count": 6}


async def line_of(site):
    line = await site.kabinet.container.pool.fetchrow("SELECT charge_id, period FROM charges")
    return str(line["charge_id"]), line["period"]


async def test_a_meter_is_replaced_and_the_delay_costs_us(site):
    line, _ = await line_of(site)
    form = replacement(site, lines=[line])
    proposed = await site.post("claims/proposals", {"form": form})
    # Claimed in November: October's line stays as it is.
    assert proposed.json()["proposal"]["amount"] == {"kopecks": 0}, proposed.text
    assert "шесть" not in proposed.json()["proposal"]["words"][0]

    filed = await site.file(form, who=site.operator, channel="office", received_at="2026-10-30T06:00:00Z")
    assert filed.status_code == 201, filed.text
    case_id = filed.json()["id"]
    outlook = (await site.get(f"cases/{case_id}/proposal", site.operator)).json()
    [lowered] = outlook["lines"]
    less = lowered["before"]["kopecks"] - lowered["after"]["kopecks"]
    grant = {"kind": "meter-replacement", "lines": [{"charge_id": line, "principal": {"kopecks": less}}]}
    before = (await site.get("")).json()["balance"]["to_pay"]["kopecks"]
    body = {"outcome": "satisfied", "answer": "Заменим прибор", "rule": "ПП РФ 442, п. 136", "grant": grant}
    decided = await site.post(f"cases/{case_id}/decision", body, site.operator)
    assert decided.status_code == 200, decided.text
    await site.kabinet.work()
    assert (await site.get("")).json()["balance"]["to_pay"]["kopecks"] == before - less

    visit = (await site.book(case_id, site.first)).json()
    await site.later(days=1)
    entry = {
        "meter_id": str(site.meter_id),
        "values": [{"zone": "single", "value": "4300"}],
        "new_meter": NEW,
        "seals_set": [{"number": "П-1"}],
        "verified_until": "2042-11-23",
    }
    done = await site.act(case_id, visit["id"], entries=[entry])
    assert done.status_code == 200, done.text
    await site.kabinet.work()
    assert (await site.get(f"claims/{case_id}")).json()["state"] == "executed"

    old = await site.meter()
    new = await site.meter(old["replaced_by"])
    assert (old["removed_on"], old["registers"][0]["closing_value"]) == ("2026-11-23", "4300")
    assert (new["serial"], new["registers"][0]["opening_value"]) == ("9001", "3")
    assert [seal["number"] for seal in new["seals"]] == ["П-1"]

    await site.later(days=1)
    body = {"taken_on": "2026-11-24", "values": [{"zone": "single", "value": "4310"}]}
    refusal = (await site.put(f"meters/{old['id']}/readings/{new_id()}", body)).json()
    assert refusal["values"][0]["findings"][0]["code"] == "reading-meter-removed"
    body = {"taken_on": "2026-11-24", "values": [{"zone": "single", "value": "13"}]}
    taken = (await site.put(f"meters/{new['id']}/readings/{new_id()}", body)).json()
    assert taken["values"][0]["state"].startswith("accepted")
    life = (await site.get(f"meters/{old['id']}/timeline")).json()["items"]
    assert life[0]["words"] == "Прибор заменён на 9001"


async def test_a_meter_past_its_verification_is_marked_where_it_is_chosen(site):
    await site.kabinet.container.pool.execute("UPDATE meters SET verified_until = '2026-05-01'")
    owner = OfficeDesk(site.kabinet, site.owner["Authorization"].removeprefix("Bearer "))
    place = f"/accounts/{site.home.account_id}/cases"
    shown = await owner.shown(f"{place}/new/meter-replacement")
    assert "№ 0100200300 · the verification ended on 1 May 2026" in shown
    assert "(if the meter has failed or is lost)" in shown
    filed = await site.file(replacement(site, reason="verification-over", since=None))
    assert [one["code"] for one in filed.json()["papers_missing"]] == ["claim"], filed.text
    assert "the verification ended" not in await owner.shown(f"{place}/{filed.json()['id']}")


async def test_a_meter_is_installed_where_there_was_none(site):
    pool = site.kabinet.container.pool
    point = new_id()
    await pool.execute(
        "INSERT INTO delivery_points VALUES ($1, $2, 'ТП-7', 'Склад', 'г. Примерск')",
        site.home.account_id,
        point,
    )
    form = {
        "kind": "meter-installation",
        "supplier_account_id": str(site.home.supplier_accounts["electricity"]),
        "points": [str(point)],
        "premises": "shop-in-apartment-house",
        "applied_on": "2026-05-01",
        "signer": {**SIGNER, "is_head": False, "power_guid": str(UUID(int=5))},
        "contact": CONTACT,
    }
    case_id = await site.promised(form)
    visit = (await site.book(case_id, site.first)).json()
    await site.later(days=1)
    entry = {"point_id": str(point), "new_meter": NEW}
    taken = {**entry, "new_meter": {**NEW, "service": "steam"}}
    refused(await site.act(case_id, visit["id"], entries=[taken]), 422, "act-service-unknown")
    done = await site.act(case_id, visit["id"], entries=[entry])
    assert done.status_code == 200, done.text
    [meter_id] = done.json()["meter_ids"]
    meter = await site.meter(meter_id)
    assert (meter["delivery_point"]["code"], meter["serial"]) == ("ТП-7", "9001")
    refused(await site.file(form), 422, "claim-point-has-meter")


async def test_two_meters_of_one_number_do_not_hang(site):
    case_id = await site.promised(replacement(site))
    visit = (await site.book(case_id, site.first)).json()
    await site.later(days=1)
    await site.kabinet.container.pool.execute(
        "INSERT INTO meter_serials VALUES ('9001', $1, 'М-208', 'electricity', $2, NULL)",
        new_id(),
        site.home.account_id,
    )
    entry = {
        "meter_id": str(site.meter_id),
        "values": [{"zone": "single", "value": "4300"}],
        "new_meter": NEW,
    }
    refused(await site.act(case_id, visit["id"], entries=[entry]), 409, "act-serial-hangs")
    assert (await site.meter())["removed_on"] is None
    assert await site.count("readings") == 0
