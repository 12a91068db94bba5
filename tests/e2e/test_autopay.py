"""Autopay over HTTP: saved with consent, told before, within the limit, never twice, stopped by one press."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest_asyncio

from domain.kernel.ids import AccountId, AutopayId, PaymentId
from domain.payments.autopay.runs import RunAutopay
from domain.payments.registries.rows import RowState
from tests.autopays import Autopayer
from tests.kabinets import DEBTS, TO_PAY
from tests.registries import loaded, paid

# The clock of tests stands at noon of 22.11.2026 (UTC): payments of the 28th are announced on the 26th.
ANNOUNCED = datetime(2026, 11, 26, 6, tzinfo=UTC)
PAID = datetime(2026, 11, 28, 6, tzinfo=UTC)
REST = TO_PAY - 100


@pytest_asyncio.fixture
async def payer(kabinet):
    return Autopayer(kabinet, await kabinet.household(email="payer@example.test"))


async def set_up(payer, **plan):
    saved = await payer.saved()
    answer = await payer.put(saved["id"], **plan)
    assert answer.status_code == 201, answer.text
    return saved


async def at(payer, moment):
    payer.kabinet.clock.at = moment
    await payer.look()


async def test_a_method_is_saved_with_consent_only_and_forgotten(payer):
    kabinet = payer.kabinet
    answer = await kabinet.pay(payer.home, amount={"kopecks": 100}, method="bank_card")
    await kabinet.play(payer.home, answer.json()["id"])
    await kabinet.notices()
    await kabinet.work()
    assert (await kabinet.http.get("/api/v1/payment-methods/saved")).json() == []

    saved = await payer.saved()
    assert (saved["method"], saved["title"]) == ("bank_card", "*0004")
    path = f"/api/v1/payment-methods/saved/{saved['id']}"
    assert (await kabinet.http.delete(path)).status_code == 204
    assert (await kabinet.http.delete(path)).status_code == 404
    refused = await payer.put(saved["id"])
    assert (refused.status_code, refused.json()["code"]) == (404, "saved-method-not-found")


async def test_it_is_told_before_and_pays_on_its_day_once(payer):
    await set_up(payer)
    assert (await payer.shown())["next_pay_on"] == "2026-11-28"
    await at(payer, ANNOUNCED)
    [(kind, words)] = await payer.told()
    assert (kind, words["amount"], words["pay_on"]) == ("autopay-ahead", {"kopecks": REST}, "2026-11-28")
    assert payer.taken() == []
    await at(payer, PAID)
    await payer.hours(1)
    await payer.hours(1)
    assert payer.taken() == [REST]
    shown = await payer.shown()
    [run] = shown["runs"]
    assert (run["state"], run["occasion"], shown["next_pay_on"]) == ("paid", "2026-11-28", "2026-12-28")
    payment = await payer.kabinet.payment(payer.home, run["payment_id"])
    assert (payment["state"], payment["amount"]) == ("paid", {"kopecks": REST})
    assert len(await payer.told()) == 1


async def test_days_before_the_bill_is_due(payer):
    saved = await payer.saved()
    await payer.put(saved["id"], days_before_due=3)
    assert (await payer.shown())["next_pay_on"] == "2026-12-12"  # November is due on 15.12.2026
    again = await payer.put(saved["id"], days_before_due=3)
    assert again.status_code == 200 and len(again.json()["steps"]) == 1
    # November's bill is handed over late: the day that stands on it counts, before anything is announced.
    await payer.kabinet.container.pool.execute(
        """
        INSERT INTO bills (account_id, period, number, issued_at, due_on, to_pay_kopecks, version, body)
        VALUES ($1, '2026-11', '1', $2, '2027-01-15', 100, 1, '')
        """,
        payer.home.account_id,
        ANNOUNCED,
    )
    await at(payer, datetime(2026, 12, 10, 6, tzinfo=UTC))
    shown = await payer.shown()
    assert (shown["next_pay_on"], shown["runs"], await payer.told()) == ("2027-01-12", [], [])


async def test_above_the_limit_it_asks_and_goes_on_when_raised(payer):
    saved = await set_up(payer, limit={"kopecks": 1000})
    await at(payer, ANNOUNCED)
    shown = await payer.shown()
    assert (shown["state"], shown["reason"], shown["next_pay_on"]) == ("paused", "above-limit", None)
    [(kind, words)] = await payer.told()
    assert (kind, words["what"], words["amount"]) == (
        "autopay-trouble",
        "above-limit",
        {"kopecks": REST},
    )
    await at(payer, PAID)
    assert payer.taken() == []
    await payer.kabinet.sign_in_again()
    raised = await payer.put(saved["id"], limit={"kopecks": TO_PAY})
    assert (raised.status_code, raised.json()["state"]) == (200, "active")
    await payer.look()
    assert (await payer.told())[-1][0] == "autopay-ahead"
    for _ in range(5):
        await payer.hours(12)
    assert payer.taken() == [REST]


async def test_what_its_owner_pays_meanwhile_is_not_taken_again(payer):
    await set_up(payer)
    await at(payer, ANNOUNCED)
    kabinet, home = payer.kabinet, payer.home
    kabinet.clock.at = PAID
    # It is open still: the run waits, and takes what is left when it is paid.
    await kabinet.sign_in_again()
    under_way = await kabinet.pay(home, amount={"kopecks": 50_000})
    await payer.look()
    assert payer.taken() == []
    assert (await payer.shown())["runs"][0]["state"] == "announced"
    await kabinet.play(home, under_way.json()["id"])
    await kabinet.notices()
    await kabinet.work()
    await payer.hours(1)
    await payer.hours(1)
    assert payer.taken() == [REST - 50_000]


async def test_paid_already_is_skipped(payer):
    await set_up(payer)
    await at(payer, ANNOUNCED)
    kabinet, home = payer.kabinet, payer.home
    await kabinet.sign_in_again()
    answer = await kabinet.pay(home, amount={"kopecks": REST})
    await kabinet.play(home, answer.json()["id"])
    await kabinet.notices()
    await kabinet.work()
    await at(payer, PAID)
    [run] = (await payer.shown())["runs"]
    assert (run["state"], run["note"], payer.taken()) == ("skipped", "paid-already", [])


async def test_money_in_a_registry_that_is_not_posted_yet_holds_it_back(payer):
    await set_up(payer)
    await at(payer, ANNOUNCED)
    pool = payer.kabinet.container.pool
    registry = await loaded(payer.kabinet, [paid(1, payer.home.number, REST)])
    await pool.execute(
        "UPDATE registry_rows SET state = $2, settled_at = NULL WHERE account_id = $1",
        registry.id,
        RowState.WAITING,
    )
    await pool.execute("DELETE FROM account_jobs")
    await at(payer, PAID)
    assert payer.taken() == []
    assert (await payer.shown())["runs"][0]["state"] == "announced"
    async with payer.kabinet.container.transaction() as store:
        assert not await store.autopays.is_in_registries(["6699999999"])
    # It never gets its fate: a day later nothing is taken all the same.
    await payer.hours(25)
    [run] = (await payer.shown())["runs"]
    assert (run["state"], run["note"]) == ("skipped", "being-paid")


async def test_many_workers_and_the_owner_at_once_pay_once(payer):
    await set_up(payer)
    await at(payer, ANNOUNCED)
    kabinet, home = payer.kabinet, payer.home
    kabinet.clock.at = PAID
    await kabinet.sign_in_again()
    job = RunAutopay(account_id=AccountId(home.account_id), autopay_id=AutopayId(UUID(payer.autopay_id)))
    running = kabinet.container.of_autopay.autopay_running

    async def by_hand():
        return await kabinet.pay(home, amount={"kopecks": REST})

    *_, answer = await asyncio.gather(*(running.run(job) for _ in range(6)), by_hand())
    # Whoever came second: the owner is refused, or the run waits for the owner's payment.
    if answer.status_code == 409:
        assert answer.json()["code"] == "bill-being-paid"
    else:
        assert answer.status_code == 201, answer.text
        await kabinet.play(home, answer.json()["id"])
    await kabinet.notices()
    await kabinet.work()
    for _ in range(4):
        await payer.hours(0.5)
    paid_in = await kabinet.container.pool.fetchval(
        "SELECT sum(amount_kopecks)::bigint FROM payments WHERE state = 'paid'"
    )
    assert paid_in == TO_PAY


async def test_a_refusal_is_tried_again_by_rule_and_told(payer):
    await set_up(payer)
    await at(payer, ANNOUNCED)
    await payer.kabinet.sandbox.fault("saved.charge", "cancel", times=3)
    await at(payer, PAID)
    await payer.hours(1)
    await payer.hours(1)
    [run] = (await payer.shown())["runs"]
    assert (run["state"], run["attempt"], run["pay_on"], run["note"]) == (
        "announced",
        2,
        "2026-11-29",
        "insufficient_funds",
    )
    assert (await payer.told())[-1][1]["again_on"] == "2026-11-29"
    for _ in range(12):
        await payer.hours(12)
    shown = await payer.shown()
    assert (shown["runs"][0]["state"], shown["state"], shown["next_pay_on"]) == (
        "failed",
        "active",
        "2026-12-28",
    )
    assert [words.get("what") for _, words in await payer.told()] == [None, "again", "again", "failed"]
    assert payer.taken() == []


async def test_a_method_taken_back_pauses_it(payer):
    await set_up(payer)
    await at(payer, ANNOUNCED)
    await payer.kabinet.sandbox.fault("saved.charge", "revoked")
    await at(payer, PAID)
    await payer.hours(1)
    await payer.hours(1)
    shown = await payer.shown()
    assert (shown["state"], shown["reason"], shown["runs"][0]["state"]) == (
        "paused",
        "method-refused",
        "failed",
    )


async def test_a_deleted_method_takes_nothing(payer):
    saved = await set_up(payer)
    await at(payer, ANNOUNCED)
    await payer.kabinet.sign_in_again()
    await payer.kabinet.http.delete(f"/api/v1/payment-methods/saved/{saved['id']}")
    await at(payer, PAID)
    shown = await payer.shown()
    assert (shown["reason"], shown["runs"][0]["state"], payer.taken()) == ("method-deleted", "skipped", [])


async def test_one_press_stops_it_without_signing_in(payer):
    await set_up(payer)
    await at(payer, ANNOUNCED)
    [(_, words)] = await payer.told()
    http = payer.kabinet.http
    link = f"/api/v1/autopay-stops/{words['stop']}"
    del http.headers["Authorization"]
    assert (await http.post(link[:-2] + "xx")).status_code == 404
    asked = await http.get(link)
    assert asked.status_code == 200 and "Отключить автоплатёж?" in asked.text
    stopped = await http.post(link)
    assert stopped.status_code == 200 and "Автоплатёж отключён" in stopped.text
    assert (await http.post(link)).status_code == 200
    await at(payer, PAID)
    shown = await payer.shown()
    assert (shown["state"], shown["reason"], payer.taken()) == ("stopped", "by-link", [])
    assert shown["runs"][0]["state"] == "skipped"
    again = await payer.put(shown["saved_method_id"])
    assert (again.status_code, again.json()["code"]) == (409, "autopay-stopped")


async def test_stopped_in_the_cabinet(payer):
    await set_up(payer)
    stopped = await payer.kabinet.http.delete(payer.path)
    assert (stopped.status_code, stopped.json()["state"]) == (200, "stopped")
    assert (await payer.kabinet.http.delete(payer.path)).status_code == 200


async def test_one_supplier_alone(payer):
    owner = payer.home.supplier_accounts["electricity"]
    await set_up(payer, supplier_account_id=str(owner))
    await at(payer, ANNOUNCED)
    await at(payer, PAID)
    await payer.hours(1)
    assert payer.taken()[0] <= DEBTS["electricity"]
    payment = (await payer.shown())["runs"][0]["payment_id"]
    kept = await payer.kabinet.container.payments.found(payer.home.account_id, PaymentId(UUID(payment)))
    assert [part.supplier_account_id for part in kept.parts] == [owner]


async def test_who_has_lost_the_right_pays_no_more(payer):
    await set_up(payer)
    await at(payer, ANNOUNCED)
    pool = payer.kabinet.container.pool
    await pool.execute("UPDATE account_members SET scopes = '{see}'")
    await at(payer, PAID)
    row = await pool.fetchrow("SELECT state, reason FROM autopays")
    assert tuple(row) == ("stopped", "no-right")
    assert payer.taken() == []


async def test_others_see_and_stop_nothing(payer):
    await set_up(payer)
    await payer.kabinet.sign_in("+79000000002")
    assert (await payer.kabinet.http.get(payer.path)).status_code == 404
    assert (await payer.kabinet.http.delete(payer.path)).status_code == 404
    listed = f"/api/v1/accounts/{payer.home.account_id}/autopay"
    assert (await payer.kabinet.http.get(listed)).status_code == 404
