"""A refund over HTTP, from what can be returned to the ledger: filed by a customer, decided by two."""

import pytest_asyncio

from domain.people.staff import Role
from infra.clock import new_id
from tests import kabinets
from tests.actors import add_customer
from tests.cases import Desk
from tests.households import balances, charge, lay_household
from tests.refunds import PAYEE, Refunds, account, pay

BANK = {"name": PAYEE.name, "bic": PAYEE.bic, "account": PAYEE.account}


@pytest_asyncio.fixture
async def desk(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        refunds = await account(kabinet)
        refunds.payment_id = await pay(refunds, electricity=100_000)
        owner = {"Authorization": kabinet.http.headers.pop("Authorization")}
        made = Desk(kabinet, refunds.home, owner)
        made.refunds = refunds
        yield made


def part(desk, kopecks, payment_id=None):
    owner = desk.home.supplier_accounts["electricity"]
    through = str(payment_id) if payment_id else None
    return {"supplier_account_id": str(owner), "amount": {"kopecks": kopecks}, "payment_id": through}


async def decided(desk, case_id, *parts):
    """One of the staff decides, another agrees. Gives both."""
    operator, senior = await desk.staff(Role.OPERATOR), await desk.staff(Role.SENIOR_OPERATOR)
    grant = {"kind": "refund", "parts": list(parts)}
    verdict = {
        "outcome": "satisfied",
        "answer": "Возвращаем переплату",
        "rule": "ГК РФ, ст. 1102",
        "grant": grant,
    }
    asked = await desk.post(f"cases/{case_id}/decision", verdict, operator)
    assert asked.status_code == 202, asked.text
    assert await desk.refunds.states() == []
    approval = asked.json()["approval_id"]
    url = f"/api/v1/approvals/{approval}/approve"
    alone = await desk.kabinet.http.post(url, json={"reason": "Сам"}, headers=operator)
    assert alone.status_code == 403
    agreed = await desk.kabinet.http.post(url, json={"reason": "Проверено"}, headers=senior)
    assert agreed.status_code == 200, agreed.text
    return operator, senior


async def test_the_same_way_it_was_paid(desk):
    shown = (await desk.get("refundable")).json()
    assert shown["most"] == {"kopecks": 100_000}
    [electricity] = [one for one in shown["suppliers"] if one["most"]["kopecks"]]
    assert [(one["rail"], one["payment_id"]) for one in electricity["rails"]] == [
        ("yookassa", str(desk.refunds.payment_id)),
        ("bank", None),
    ]
    form = {"kind": "refund", "amount": {"kopecks": 60_000}}
    outlook = (await desk.post("applications/proposals", {"form": form})).json()
    assert outlook["proposal"]["amount"] == {"kopecks": 60_000}
    assert "тем же способом" in outlook["proposal"]["words"][0]
    filed = await desk.file(form)
    case_id = filed.json()["id"]
    await decided(desk, case_id, part(desk, 60_000, desk.refunds.payment_id))
    await desk.kabinet.work()
    case = (await desk.get(f"applications/{case_id}")).json()
    assert case["state"] == "executed"
    assert {one["kind"] for one in case["effects"]} == {"posting", "refund"}
    [refund] = (await desk.get("refunds")).json()
    assert (refund["state"], refund["rail"], refund["amount"]) == (
        "confirmed",
        "yookassa",
        {"kopecks": 60_000},
    )
    assert [one["state"] for one in refund["steps"]] == ["prepared", "sent", "confirmed"]
    movements = [one["movement"] for one in (await desk.get("statement")).json()["items"]]
    assert movements[:2] == ["refunded", "refund-prepared"]
    assert (await desk.get("refundable")).json()["most"] == {"kopecks": 40_000}
    await desk.refunds.check_whole()


async def test_to_the_bank_of_the_customer(desk):
    wrong = await desk.file({"kind": "refund", "payee": BANK | {"account": "40817810000000000001"}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "refund-account-wrong")
    filed = await desk.file({"kind": "refund", "payee": BANK})
    operator, senior = await decided(desk, filed.json()["id"], part(desk, 25_000))
    listed = (await desk.kabinet.http.get("/api/v1/office/refunds", headers=operator)).json()["items"]
    [order] = listed
    assert order["payee"]["account"] == BANK["account"]
    [own] = (await desk.get("refunds")).json()
    assert own["payee_account"] == BANK["account"][-4:]
    assert BANK["account"] not in str(own)
    path = f"refunds/{order['id']}"
    decider = await desk.put(f"{path}/order", {"number": "117"}, senior)
    assert (decider.status_code, decider.json()["code"]) == (403, "refund-of-oneself")
    assert (await desk.put(f"{path}/order", {"number": "117"})).status_code == 404
    assert (await desk.put(f"{path}/order", {"number": "117"}, operator)).json()["state"] == "sent"
    paid_on = {"paid_on": str(desk.kabinet.clock().date())}
    giver = await desk.put(f"{path}/confirmation", paid_on, operator)
    assert (giver.status_code, giver.json()["code"]) == (403, "refund-order-of-oneself")
    assert (await desk.put(f"{path}/confirmation", paid_on, senior)).json()["state"] == "confirmed"
    again = await desk.put(f"{path}/failure", {"reason": "Передумали"}, senior)
    assert again.status_code == 409
    await desk.kabinet.work()
    assert (await desk.get(f"applications/{filed.json()['id']}")).json()["state"] == "executed"
    await desk.refunds.check_whole()


async def test_counted_towards_the_debt_of_another_account(desk, pool):
    """The payer asks for it; the other holder is told that money came, neither hears who the other is."""
    other = await lay_household(pool, user_id=await add_customer(desk.kabinet.container), number="6600000321")
    await charge(pool, other, {"water": 40_000})
    rename = "UPDATE accounts SET holder_name = 'Петров П. П.' WHERE account_id = $1"
    await pool.execute(rename, other.account_id)
    await pool.execute("UPDATE users SET email = 'p@example.test' WHERE user_id = $1", other.user_id)
    form = {"kind": "refund", "amount": {"kopecks": 55_000}, "offset": {"account_number": other.number}}
    filed = await desk.file(form)
    case_id = filed.json()["id"]
    asked_on = desk.kabinet.clock().date()
    await desk.later(days=4)
    operator = await desk.staff(Role.OPERATOR)
    seen = (await desk.get(f"cases/{case_id}/proposal", operator)).json()
    assert {one["what"]: one["result"] for one in seen["checks"]} == {
        "Долги": "fine",
        "Плательщик": "fine",
        "Счёт, на который зачитывается": "look",
        "Исковая давность": "fine",
        "Банкротство": "fine",
    }
    await decided(desk, case_id, part(desk, 55_000) | {"is_offset": True})
    await desk.kabinet.work()
    assert await balances(pool, other) | {"water": 0} == dict.fromkeys(other.supplier_accounts, 0)
    rows = await pool.fetch(
        "SELECT DISTINCT value_date FROM transfers WHERE account_id = $1 AND cause_kind = 'move'",
        other.account_id,
    )
    assert [row["value_date"] for row in rows] == [asked_on]
    case = await desk.get(f"applications/{case_id}")
    assert case.json()["state"] == "executed"
    [refund] = (await desk.get("refunds")).json()
    assert (refund["state"], refund["rail"]) == ("confirmed", "offset")
    assert str(other.account_id) not in case.text + str(refund)
    movements = [one["movement"] for one in (await desk.get("statement")).json()["items"]]
    assert movements[:2] == ["offset", "refund-prepared"]
    [told] = await pool.fetch("SELECT * FROM notices WHERE kind = 'money-moved'")
    assert (told["user_id"], told["words"]["has_come"]) == (other.user_id, True)
    assert desk.home.number not in str(told["words"])
    await desk.refunds.check_whole()


async def test_asked_twice_is_one_refund(desk):
    case_id = new_id()
    form = {"kind": "refund", "payee": BANK}
    answers = [await desk.file(form, case_id=case_id) for _ in range(3)]
    assert [one.status_code for one in answers] == [201, 200, 200]
    other = (await desk.file(form)).json()["id"]
    await decided(desk, str(case_id), part(desk, 100_000, desk.refunds.payment_id))
    operator = await desk.staff(Role.OPERATOR)
    grant = {"kind": "refund", "parts": [part(desk, 1, desk.refunds.payment_id)]}
    verdict = {
        "outcome": "satisfied",
        "answer": "И ещё столько же",
        "rule": "ГК РФ, ст. 1102",
        "grant": grant,
    }
    refused = await desk.post(f"cases/{other}/decision", verdict, operator)
    assert (refused.status_code, refused.json()["code"]) == (422, "case-grant-too-much")
    proposal = (await desk.get(f"cases/{other}/proposal", operator)).json()
    assert proposal["amount"] == {"kopecks": 0}


async def test_an_account_is_not_closed_over_a_refund_under_way(desk):
    filed = await desk.file({"kind": "refund", "payee": BANK})
    await decided(desk, filed.json()["id"], part(desk, 100_000))
    closed = await desk.post("closure", {"reason": "Продал"})
    assert (closed.status_code, closed.json().get("code")) == (409, "account-awaits-payment"), closed.text


async def test_the_operator_sees_whose_money_it_is_and_leaves_a_record(desk, pool):
    other = await account(desk.kabinet)
    near = desk.home.number[:-1] + str((int(desk.home.number[-1]) + 1) % 10)
    await pool.execute("UPDATE accounts SET number = $2 WHERE account_id = $1", other.home.account_id, near)
    await pay(Refunds(desk.kabinet, other.home), heat=77_700)
    today = str(desk.kabinet.clock().date())
    filed = await desk.file({"kind": "payment-search", "paid_on": today, "amount": {"kopecks": 77_700}})
    assert filed.json()["state"] == "waiting_for_applicant"
    operator = await desk.staff(Role.OPERATOR)
    [trace] = (await desk.get(f"cases/{filed.json()['id']}/traces", operator)).json()
    assert (trace["account_number"], trace["account_id"]) == (near, str(other.home.account_id))
    looks = await pool.fetchval(
        "SELECT count(*) FROM account_views WHERE account_id = $1", other.home.account_id
    )
    assert looks == 1
    assert (await desk.get(f"cases/{filed.json()['id']}/traces")).status_code == 404
