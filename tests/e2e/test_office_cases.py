"""Operators at work: the queue, questions, decisions that move the ledger, four eyes, answers by phone."""

import asyncio

import pytest_asyncio

from domain.people.staff import Role
from tests import kabinets
from tests.cases import QUESTION, Desk, own_suppliers
from tests.households import balances, charge
from tests.invariants import money_is_whole
from tests.refunds import PAYEE

COURT = {
    "procedure": "judicial",
    "court": "Арбитражный суд Тюменской области",
    "case_number": "А70-12345/2026",
    "accepted_on": "2026-10-01",
    "completed_on": "2026-11-02",
}
WRITE_OFF = {
    "kind": "bankruptcy-write-off",
    "how": COURT,
    "debtor_name": "Иванов Иван Иванович",
    "born_on": "1980-01-01",
}


@pytest_asyncio.fixture
async def desk(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        home = await kabinet.household()
        await charge(pool, home, {"electricity": 500_000}, period="2026-08", penalties={"electricity": 7_000})
        await own_suppliers(pool)
        yield Desk(kabinet, home, {"Authorization": kabinet.http.headers.pop("Authorization")})


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def line(desk, period):
    answer = await desk.get("charges?limit=200")
    return next(
        one
        for one in answer.json()["items"]
        if one["period"] == period and one["service_code"] == "electricity"
    )


async def test_the_queue_shows_who_holds_what_and_how_urgent_it_is(desk):
    filed = (await desk.file(QUESTION)).json()
    operator = await desk.staff(Role.OPERATOR)
    queue = await desk.kabinet.http.get("/api/v1/office/cases?is_free=true", headers=operator)
    assert [one["id"] for one in queue.json()["items"]] == [filed["id"]]
    taken = await desk.post(f"cases/{filed['id']}/take", {"seen_step": 2}, operator)
    assert (taken.json()["state"], taken.json()["steps"][-1]["verb"]) == ("in_review", "take")
    mine = await desk.kabinet.http.get("/api/v1/office/cases?mine=true", headers=operator)
    assert len(mine.json()["items"]) == 1
    other = await desk.staff(Role.SENIOR_OPERATOR)
    refused(await desk.post(f"cases/{filed['id']}/take", {"seen_step": 2}, other), 409, "case-moved")

    desk.kabinet.clock.later(days=9)
    operator = await desk.staff(Role.OPERATOR)
    told = (await desk.kabinet.http.get("/api/v1/office/cases/summary", headers=operator)).json()
    assert (told["open"], told["late"]) == (1, 1)


async def test_a_question_pauses_the_clock_until_the_reply(desk):
    filed = (await desk.file(QUESTION)).json()
    operator = await desk.staff(Role.OPERATOR)
    asked = await desk.post(f"cases/{filed['id']}/question", {"question": "Какой период?"}, operator)
    assert asked.json()["clock"]["is_paused"]
    await desk.post(f"cases/{filed['id']}/notes", {"words": "Похоже на август"}, operator)
    seen = (await desk.get(f"enquiries/{filed['id']}")).json()
    assert seen["state_words"] == "Ждём вашего ответа"
    assert "Похоже на август" not in str(seen)
    replied = await desk.post(f"enquiries/{filed['id']}/replies", {"words": "Август"})
    assert not replied.json()["clock"]["is_paused"]


async def test_a_write_off_above_the_limit_takes_two_people(desk, pool):
    before = await balances(pool, desk.home)
    filed = (await desk.file(WRITE_OFF)).json()
    operator, senior = await desk.staff(Role.OPERATOR), await desk.staff(Role.SENIOR_OPERATOR)
    proposed = (await desk.get(f"cases/{filed['id']}/proposal", operator)).json()
    assert proposed["amount"] == {"kopecks": 507_000}

    august = await line(desk, "2026-08")
    verdict = {
        "outcome": "satisfied",
        "answer": "Долг до 1 октября списан",
        "rule": "127-ФЗ, ст. 213.28",
        "grant": {
            "kind": "bankruptcy-write-off",
            "act_reference": "Определение от 02.11.2026",
            "lines": [
                {
                    "charge_id": august["id"],
                    "principal": {"kopecks": 500_000},
                    "penalty": {"kopecks": 7_000},
                }
            ],
        },
    }
    terse = await desk.post(f"cases/{filed['id']}/decision", verdict | {"answer": "x"}, operator)
    refused(terse, 422, "case-answer-too-short")
    lawless = await desk.post(f"cases/{filed['id']}/decision", verdict | {"rule": ""}, operator)
    refused(lawless, 422, "case-rule-missing")
    asked = await desk.post(f"cases/{filed['id']}/decision", verdict, operator)
    assert asked.status_code == 202, asked.text
    approval = asked.json()["approval_id"]
    repeated = await desk.post(f"cases/{filed['id']}/decision", verdict, operator)
    assert repeated.json()["approval_id"] == approval
    assert await balances(pool, desk.home) == before

    async def approve(who):
        return await desk.kabinet.http.post(
            f"/api/v1/approvals/{approval}/approve", json={"reason": "Проверено"}, headers=who
        )

    refused(await approve(operator), 403, "approval-of-oneself")
    assert (await approve(senior)).status_code == 200
    refused(await approve(senior), 409, "approval-decided")
    after = await balances(pool, desk.home)
    assert before["electricity"] - after["electricity"] == 507_000
    case = (await desk.get(f"applications/{filed['id']}")).json()
    assert case["state"] == "satisfied"
    [told] = case["decisions"][0]["lines"]
    assert case["decisions"][0]["granted"] in case["steps"][-1]["public_note"]
    assert "будет списано" in case["decisions"][0]["granted"]
    assert (told["before"]["kopecks"], told["after"]["kopecks"]) == (507_000, 0)
    assert await money_is_whole(pool, []) == 0

    await billing_lowers_what_was_discharged(desk, pool, after)
    again = await desk.post(f"cases/{filed['id']}/reopening", {"words": "Суд отменил акт"}, senior)
    assert again.json()["state"] == "in_review", again.text
    owed = await balances(pool, desk.home)
    assert owed["electricity"] == before["electricity"] - 507_000 + 300_000
    assert await money_is_whole(pool, []) == 0


async def billing_lowers_what_was_discharged(desk, pool, after):
    """5,000 roubles and a penalty were discharged; billing finds that 3,000 were owed: nothing is given."""
    await charge(pool, desk.home, {"electricity": 300_000}, period="2026-08", penalties={"electricity": 0})
    assert await balances(pool, desk.home) == after
    book = "SELECT balance_kopecks FROM books WHERE account_id = $1 AND book = 'written_off'"
    assert await pool.fetchval(book, desk.home.account_id) == 300_000
    card = (await desk.get("")).json()
    assert card["balance"]["overpayment"]["kopecks"] == 0
    assert await money_is_whole(pool, []) == 0


async def test_a_recalculation_is_posted_once_however_often_it_is_decided(desk, pool):
    before = await balances(pool, desk.home)
    august = await line(desk, "2026-08")
    form = {
        "kind": "recalculation",
        "why": {"ground": "price", "words": "Тариф не тот"},
        "lines": [august["id"]],
    }
    filed = (await desk.file(form)).json()
    operator = await desk.staff(Role.OPERATOR)
    verdict = {
        "outcome": "partly_satisfied",
        "answer": "Снимаем 1 000 рублей",
        "rule": "ПП РФ 354, п. 31",
        "grant": {
            "kind": "recalculation",
            "lines": [{"charge_id": august["id"], "principal": {"kopecks": 100_000}}],
        },
    }
    answers = await asyncio.gather(
        *(desk.post(f"cases/{filed['id']}/decision", verdict, operator) for _ in range(6))
    )
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    after = await balances(pool, desk.home)
    assert before["electricity"] - after["electricity"] == 100_000
    assert await money_is_whole(pool, []) == 0
    case = (await desk.get(f"applications/{filed['id']}")).json()
    assert case["decisions"][0]["answer"] == "Снимаем 1 000 рублей"
    # A line of 5,000 roubles; the first case has taken 1,000 of it off.
    too_much = {**verdict, "grant": {**verdict["grant"], "lines": [{**verdict["grant"]["lines"][0]}]}}
    too_much["grant"]["lines"][0] |= {"principal": {"kopecks": 400_001}}
    other = (await desk.file(form)).json()
    refused(await desk.post(f"cases/{other['id']}/decision", too_much, operator), 422, "case-grant-too-much")


async def test_what_was_said_by_phone_is_kept_with_author_and_time(desk):
    filed = (await desk.file(QUESTION)).json()
    operator = await desk.staff(Role.OPERATOR)
    said = {"words": "Платёж зачтён 20 ноября", "inner_note": "Линия 2"}
    await desk.post(f"cases/{filed['id']}/phone-answers", said, operator)
    verdict = {"outcome": "satisfied", "answer": "Ответили по телефону"}
    verdict |= {"rule": "ПП РФ 354, п. 31 (д)", "answered_by": "phone"}
    verdict["grant"] = {"kind": "consultation"}
    decided = await desk.post(f"cases/{filed['id']}/decision", verdict, operator)
    assert decided.status_code == 200, decided.text
    closed = await desk.post(f"cases/{filed['id']}/closing", {}, operator)
    assert closed.json()["state"] == "closed"
    seen = (await desk.get(f"enquiries/{filed['id']}")).json()
    step = next(step for step in seen["steps"] if step["verb"] == "phone_answer")
    assert step["public_note"] == "Платёж зачтён 20 ноября"
    assert step["by"]["name"] and step["inner_note"] is None
    assert seen["decisions"][0]["answered_by"] == "phone"


async def test_a_later_day_is_promised_within_what_the_law_leaves(desk):
    filed = (await desk.file({"kind": "complaint", "about": "waiting", "text": "Долго отвечаете"})).json()
    assert (filed["due_on"], filed["clock"]["latest_on"]) == ("2026-12-22", "2027-01-21")
    path, operator = f"cases/{filed['id']}/promise", await desk.staff(Role.OPERATOR)
    late = {"until": "2027-01-22T12:00:00+05:00", "why": "Ждём ответ сетей"}
    refused(await desk.post(path, late, operator), 422, "case-promise-too-late")
    promised = await desk.post(path, {**late, "until": "2027-01-21T12:00:00+05:00"}, operator)
    assert promised.status_code == 200, promised.text
    assert (promised.json()["due_on"], len(promised.json()["clock"]["promises"])) == ("2027-01-21", 1)


async def test_customers_do_not_come_to_the_desk(desk):
    filed = (await desk.file(QUESTION)).json()
    refused(await desk.post(f"cases/{filed['id']}/take", {}), 404, "account-not-found")
    queue = await desk.kabinet.http.get("/api/v1/office/cases", headers=desk.owner)
    refused(queue, 403, "scope-missing")


async def test_cases_near_their_deadline_are_escalated_once(desk, pool):
    from domain.cases.overview import EscalateCases

    filed = (await desk.file(QUESTION)).json()
    escalation = desk.kabinet.container.of_cases.case_escalation
    await escalation.escalate(EscalateCases())
    verbs = [row["verb"] for row in await pool.fetch("SELECT verb FROM case_steps ORDER BY step_no")]
    await desk.later(days=3)
    await escalation.escalate(EscalateCases())
    await escalation.escalate(EscalateCases())
    later = [row["verb"] for row in await pool.fetch("SELECT verb FROM case_steps ORDER BY step_no")]
    assert (verbs, later) == (["submit", "register"], ["submit", "register", "escalate"])
    seen = (await desk.get(f"enquiries/{filed['id']}")).json()
    assert [step["verb"] for step in seen["steps"]] == ["submit", "register"]
    # A day to name hours by is one of its own: staff are reminded of it once more.
    await pool.execute("UPDATE cases SET agree_on = due_on - 2")
    await escalation.escalate(EscalateCases())
    await escalation.escalate(EscalateCases())
    notes = [
        row["inner_note"] for row in await pool.fetch("SELECT inner_note FROM case_steps ORDER BY step_no")
    ]
    assert len(set(notes[2:])) == len(notes[2:]) == 2


async def test_damages_are_paid_out_to_the_bank_and_called_off(desk, pool):
    before = await balances(pool, desk.home)
    form = {
        "kind": "damages",
        "supplier_account_id": str(desk.home.supplier_accounts["electricity"]),
        "event": "overvoltage",
        "happened_at": "2026-11-20T18:00:00Z",
        "words": "После скачка напряжения не включается роутер",
        "things": [{"name": "Роутер", "asked": {"kopecks": 100_000}}],
        "payee": {"name": PAYEE.name, "bic": PAYEE.bic, "account": PAYEE.account},
    }
    filed = (await desk.file(form)).json()
    operator, senior = await desk.staff(Role.OPERATOR), await desk.staff(Role.SENIOR_OPERATOR)
    verdict = {
        "outcome": "satisfied",
        "answer": "Выплачиваем стоимость роутера",
        "rule": "ГК РФ, ст. 547",
        "grant": {"kind": "damages", "amount": {"kopecks": 100_000}},
    }
    decided = await desk.post(f"cases/{filed['id']}/decision", verdict, operator)
    assert decided.status_code == 200, decided.text
    [refund] = (await desk.get("refunds", operator)).json()
    assert (refund["state"], refund["amount"]["kopecks"]) == ("prepared", 100_000)
    assert await balances(pool, desk.home) == before
    assert await money_is_whole(pool, []) == 0
    again = await desk.post(f"cases/{filed['id']}/reopening", {"words": "Причина не в сети"}, senior)
    assert again.json()["state"] == "in_review", again.text
    [refund] = (await desk.get("refunds", operator)).json()
    assert refund["state"] == "failed"
    assert await balances(pool, desk.home) == before
    assert await money_is_whole(pool, []) == 0
