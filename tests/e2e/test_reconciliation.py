"""Agents, bank and ledger compared over HTTP: zero when all agree, each difference by its category."""

from datetime import UTC, date, datetime, timedelta

import pytest_asyncio

from domain.payments.reconciliation.days import ReconcileDays
from domain.people.staff import Role
from infra.demo.agents import BANK_1C, SBER
from infra.demo.registry_files import Paid, one_c, sberbank
from tests import kabinets
from tests.actors import staff_token
from tests.registries import PAID_AT, load, loaded, paid

DAY = PAID_AT.date()
"""Of the agents; the clock of the tests stands on the day after."""


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        kabinet.clock.at = datetime.combine(DAY, PAID_AT.time(), UTC) + timedelta(hours=12)
        yield kabinet


async def operator(kabinet) -> None:
    token = await staff_token(kabinet.container, Role.OPERATOR)
    kabinet.http.headers["Authorization"] = f"Bearer {token}"


def passed_on(kopecks: int, *, order: str = "4815", on: date = DAY + timedelta(days=1)) -> Paid:
    at = datetime.combine(on, PAID_AT.time())
    return Paid(at, order, "", kopecks, name=SBER.name, inn=SBER.inn, purpose=f"По реестру, п/п {order}")


async def what_agrees(kabinet) -> list[dict]:
    """Of the agent's day, two at a time."""
    rows, place = [], f"/api/v1/office/reconciliation/{DAY}/operations"
    asked = {"category": "matched", "agent": SBER.code, "limit": 2}
    while True:
        answer = await kabinet.http.get(place, params=asked)
        assert answer.status_code == 200, answer.text
        rows += answer.json()["items"]
        asked["cursor"] = answer.json()["next"]
        if asked["cursor"] is None:
            return rows


async def test_a_day_on_which_all_agree_is_zero(kabinet) -> None:
    home = await kabinet.household()
    rows = [
        paid(1, home.number, 50_000, fee=750),
        paid(2, "9999999999", 1_000, fee=15),
        paid(3, home.number, 100),
    ]
    await loaded(kabinet, [*rows, rows[2]])
    await load(
        kabinet.container.of_registries.registry_service, one_c([passed_on(50_335)]), agent=BANK_1C.code
    )
    await operator(kabinet)
    said = await kabinet.http.put(f"/api/v1/office/reconciliation/{DAY}")
    assert said.status_code == 200, said.text
    sber = next(one for one in said.json()["agents"] if one["agent"] == SBER.code)
    assert sber["counts"] == {"matched": 4, "duplicate": 1}
    assert (sber["told"]["kopecks"], sber["booked"]["kopecks"]) == (51_200, 51_100)
    assert sber["expected"] == sber["credited"] == {"kopecks": 50_335}
    assert said.json()["is_zero"]
    assert sum(one["rows"] for one in said.json()["suspense"]) == 1
    shown = await kabinet.http.get(f"/api/v1/office/reconciliation/{DAY}")
    assert shown.json() == said.json()
    [matched] = [one for one in said.json()["categories"] if one["code"] == "matched"]
    assert (matched["count"], matched["sum"]) == (4, {"kopecks": 51_100})
    [listed] = (await kabinet.http.get("/api/v1/office/reconciliation")).json()["items"]
    assert (listed["day"], listed["counts"]) == (str(DAY), {"matched": 4, "duplicate": 1})
    agreed = await what_agrees(kabinet)
    assert [(one["subject"], one["told"]["kopecks"], one["difference"]["kopecks"]) for one in agreed] == [
        ("SUIP-000000000001", 50_000, 0),
        ("SUIP-000000000002", 1_000, 0),
        ("SUIP-000000000003", 100, 0),
        ("registry.txt", 50_335, 0),
    ]
    assert agreed[-1]["credited"] == {"kopecks": 50_335}
    book = await kabinet.http.get(f"/api/v1/office/reconciliation/{DAY}/report")
    assert book.content.startswith(b"PK")


async def test_what_differs_stays_open_until_somebody_says_why(kabinet) -> None:
    home = await kabinet.household()
    await loaded(kabinet, [paid(1, home.number, 50_000), paid(2, home.number, 700)])
    service = kabinet.container.of_registries.registry_service
    changed = sberbank([paid(2, home.number, 900)], order="9")
    await load(service, changed)
    await load(service, one_c([passed_on(50_600)]), agent=BANK_1C.code)
    await operator(kabinet)
    await kabinet.container.of_reconciliation.reconciling.work(ReconcileDays())
    said = (await kabinet.http.get(f"/api/v1/office/reconciliation/{DAY}")).json()
    sber = next(one for one in said["agents"] if one["agent"] == SBER.code)
    found = {(one["category"], one["difference"]["kopecks"]): one for one in sber["discrepancies"]}
    assert set(found) == {("amount_diff", 900), ("amount_diff", 100), ("missing_in_bank", 900)}
    assert not said["is_zero"]
    place = f"/api/v1/office/reconciliation/{DAY}/operations"
    open_ones = (await kabinet.http.get(place)).json()["items"]
    assert {(one["category"], one["difference"]["kopecks"]) for one in open_ones} == set(found)
    for one in found.values():
        answer = await kabinet.http.put(
            f"/api/v1/office/reconciliation/{DAY}/{SBER.code}/{one['id']}/resolution",
            json={"reason": "Банк исправит завтра"},
        )
        assert answer.status_code == 200, answer.text
    again = (await kabinet.http.put(f"/api/v1/office/reconciliation/{DAY}")).json()
    assert again["is_zero"]
    assert (again["explained"], again["explained_difference"]) == (3, {"kopecks": 1_900})
    one = found[("missing_in_bank", 900)]
    kabinet.clock.later(minutes=1)
    await operator(kabinet)
    second = await kabinet.http.put(
        f"/api/v1/office/reconciliation/{DAY}/{SBER.code}/{one['id']}/resolution",
        json={"reason": "Деньги пришли"},
    )
    [kept] = [each for each in second.json()["discrepancies"] if each["id"] == one["id"]]
    assert [each["reason"] for each in kept["said"]] == ["Банк исправит завтра", "Деньги пришли"]
    assert kept["resolution"] == kept["said"][0]
    days = (await kabinet.http.get("/api/v1/office/reconciliation")).json()["items"]
    [listed] = [each for each in days if each["day"] == str(DAY)]
    assert (listed["is_zero"], listed["explained"], listed["open"]) == (True, 3, 0)
    assert listed["explained_by"] and listed["explained_at"] == kept["said"][1]["at"]
    late = await kabinet.http.put(
        f"/api/v1/office/reconciliation/{DAY}/{SBER.code}/{home.account_id}/resolution",
        json={"reason": "Нет такого"},
    )
    assert late.status_code == 404


async def test_the_online_provider_is_asked_for_its_own_list(kabinet) -> None:
    home = await kabinet.household()
    begun = await kabinet.pay(home)
    await kabinet.play(home, begun.json()["id"])
    today = kabinet.clock().date()
    kabinet.clock.later(days=1)
    await operator(kabinet)
    before = (await kabinet.http.put(f"/api/v1/office/reconciliation/{today}")).json()
    [online] = [one for one in before["agents"] if one["agent"] == "yookassa"]
    assert [one["category"] for one in online["discrepancies"]] == ["missing_in_ledger"]
    await kabinet.notices()
    await kabinet.work()
    after = (await kabinet.http.put(f"/api/v1/office/reconciliation/{today}")).json()
    [online] = [one for one in after["agents"] if one["agent"] == "yookassa"]
    assert online["counts"] == {"matched": 1} or online["counts"] == {"matched": 0, "late": 1}
    assert after["is_zero"]
