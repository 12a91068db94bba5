"""A payment that is missed: answered at once, or moved to where it was meant with the day it was paid."""

import asyncio
import random
from datetime import timedelta

import pytest_asyncio

from domain.applications.payment_search import MovedBecause, PaymentSearch, SearchGrant
from domain.cases.deciding import Verdict
from domain.cases.filing import Filing
from domain.cases.states import CaseState
from domain.kernel.ids import CaseId
from domain.kernel.money import Money
from domain.payments.moving import MovePayment
from infra.clock import new_id
from tests import kabinets
from tests.actors import customer_token
from tests.households import balances, charge, lay_household
from tests.refunds import Refunds, account, pay

SUM = 123_456


@pytest_asyncio.fixture
async def mine(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        yield await account(kabinet)


async def neighbour(mine) -> Refunds:
    """The account whose number has two digits swapped."""
    number = mine.home.number
    swapped = number[:-2] + number[-1] + number[-2] if number[-1] != number[-2] else number[:-1] + "9"
    home = await lay_household(mine.pool, user_id=mine.home.user_id, number=swapped)
    return Refunds(mine.kabinet, home)


async def search(mine, **form):
    """The case as the customer sees it, answered by the very request."""
    home, clock = mine.home, mine.kabinet.clock
    body = {"kind": "payment-search", "paid_on": str(clock().date()), "amount": {"kopecks": SUM}} | form
    answer = await mine.kabinet.http.put(
        f"/api/v1/accounts/{home.account_id}/applications/{new_id()}", json={"form": body}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_found_here_is_answered_and_closed_at_once(mine):
    await charge(mine.pool, mine.home, {"electricity": 100_000})
    await pay(mine, electricity=SUM)
    mine.kabinet.clock.later(days=2)
    await sign_in(mine)
    case = await search(mine)
    assert case["state"] == "closed"
    [decision] = case["decisions"]
    assert (
        decision["answer"]
        .replace("\u00a0", " ")
        .startswith("Платёж 1 234,56 ₽ найден на этом счёте: он учтён с 2")
    )
    assert decision["by"]["name"] == "Личный кабинет"
    assert (decision["stands"], decision["rule"]) == (True, "ГК РФ, ст. 316")
    assert case["clock"]["answered_at"]
    await mine.check_whole()


async def sign_in(mine):
    token = await customer_token(mine.container, mine.home.user_id)
    mine.kabinet.http.headers["Authorization"] = f"Bearer {token}"


async def test_by_its_operation_or_by_the_providers_id(mine):
    payment_id = await pay(mine, electricity=SUM)
    row = await mine.pool.fetchrow("SELECT * FROM payments WHERE payment_id = $1", payment_id)
    assert len(row["operation_id"]) == 32
    month_ago = str((mine.kabinet.clock() - timedelta(days=30)).date())
    for known in (row["operation_id"], row["operation_id"].lower(), row["provider_payment_id"]):
        assert (await search(mine, paid_on=month_ago, operation_id=known))["state"] == "closed"
    assert (await search(mine, paid_on=month_ago))["state"] == "registered"


async def test_a_card_is_known_by_its_last_digits(mine):
    payment_id = await pay(mine, method="bank_card", electricity=SUM)
    row = await mine.pool.fetchrow("SELECT * FROM payments WHERE payment_id = $1", payment_id)
    assert (row["payer_digits"], len(row["operation_id"])) == ("0004", 12)


async def test_begun_but_not_paid(mine):
    part = {"supplier_account_id": str(mine.home.supplier_accounts["heat"]), "amount": {"kopecks": SUM}}
    await mine.kabinet.pay(mine.home, parts=[part], method="sbp")
    case = await search(mine)
    assert case["state"] == "registered"
    assert "деньги не поступили" in case["steps"][-1]["public_note"]


async def test_not_yet_is_told_and_left_to_people(mine):
    case = await search(mine)
    assert (case["state"], case["steps"][-1]["verb"]) == ("registered", "effect")
    assert "трёх рабочих дней" in case["steps"][-1]["public_note"]
    old = await search(mine, paid_on="2026-10-01")
    assert "30 дней" in old["steps"][-1]["public_note"]


async def test_what_the_provider_told_and_nobody_knew_is_found_by_the_operator(mine):
    body = b'{"type":"notification","event":"payment.succeeded","object":{"id":"x","rrn":"603412345678"}}'
    await mine.kabinet.hear(body)
    await mine.kabinet.work()
    case = await search(mine, operation_id="603412345678")
    assert case["state"] == "registered"
    found = await mine.container.of_refunds.money_traces.like(
        PaymentSearch(
            paid_on=mine.kabinet.clock().date(), amount=Money(SUM), operation_id="603412345678"
        ).question,
        (await mine.container.accounts.card(mine.owner)).account,
    )
    assert [(one.source, one.state) for one in found] == [("provider-event", "not-ours")]


async def test_found_elsewhere_asks_for_a_proof_and_says_nothing_of_whose(mine):
    other = await neighbour(mine)
    await pay(other, electricity=SUM)
    case = await search(mine)
    assert (case["state"], case["clock"]["is_paused"]) == ("waiting_for_applicant", True)
    question = case["steps"][-1]["public_note"]
    assert "на другом счёте" in question
    for secret in (other.home.number, str(other.home.account_id)):
        assert secret not in str(case)
    words = {"words": "Ошибся в номере, чек приложил"}
    url = f"/api/v1/accounts/{mine.home.account_id}/applications/{case['id']}/replies"
    replied = await mine.kabinet.http.post(url, json=words)
    assert replied.json()["state"] == "in_review"


async def moved(mine, other, payment_id, kopecks=SUM):
    """The operator decides that it was a slip of the payer."""
    today = mine.kabinet.clock().date()
    form = PaymentSearch(paid_on=today, amount=Money(kopecks))
    case_id = CaseId(new_id())
    await mine.container.of_cases.case_filing.submit(mine.owner, case_id, Filing(form=form))
    grant = SearchGrant(
        payment_id=payment_id,
        from_account_id=other.home.account_id,
        amount=Money(kopecks),
        moved_because=MovedBecause.TYPO,
        evidence="Чек № 118",
    )
    verdict = Verdict(
        outcome=CaseState.SATISFIED, answer="Переносим деньги", rule="ГК РФ, ст. 312", grant=grant
    )
    await mine.container.of_cases.case_deciding.decide(mine.operator(), case_id, verdict)
    await mine.kabinet.work()
    return case_id


async def test_money_moves_with_the_day_it_was_paid(mine):
    other = await neighbour(mine)
    await charge(mine.pool, other.home, {"electricity": 100_000, "heat": 50_000}, penalties={"heat": 700})
    await charge(mine.pool, mine.home, {"electricity": 20_000, "water": 60_000})
    before = await balances(mine.pool, other.home)
    await mine.pool.execute("UPDATE users SET email = 'a@example.test'")
    payment_id = await pay(other, electricity=101_000, heat=22_456)
    paid_on = mine.kabinet.clock().date()
    mine.kabinet.clock.later(days=9)
    case_id = await moved(mine, other, payment_id)
    assert await balances(mine.pool, other.home) == before
    assert sum((await balances(mine.pool, mine.home)).values()) == 80_000 - SUM
    rows = await mine.pool.fetch(
        "SELECT DISTINCT account_id, value_date FROM transfers WHERE cause_kind = 'move'"
    )
    assert {row["value_date"] for row in rows} == {paid_on}
    assert len(rows) == 2
    assert "перенесено на этот счёт" in (await mine.notes(case_id))[-1]
    [told] = await mine.pool.fetch("SELECT account_id, words FROM notices WHERE kind = 'money-moved'")
    assert (told["account_id"], told["words"]["has_come"]) == (other.home.account_id, False)
    assert mine.home.number not in str(told["words"])
    await sign_in(mine)
    seen = await mine.kabinet.http.get(f"/api/v1/accounts/{mine.home.account_id}/applications/{case_id}")
    assert "Чек № 118" not in seen.text
    assert str(other.home.account_id) not in seen.text
    assert await mine.case_state(case_id) == "executed"
    await mine.check_whole()


async def test_money_that_was_used_meanwhile_moves_all_the_same(mine):
    other = await neighbour(mine)
    payment_id = await pay(other, electricity=SUM)
    await charge(mine.pool, other.home, {"electricity": 100_000})
    await moved(mine, other, payment_id)
    assert (await balances(mine.pool, other.home))["electricity"] == 100_000
    await mine.check_whole()


async def test_moved_once_however_many_ask(mine):
    other = await neighbour(mine)
    payment_id = await pay(other, electricity=SUM)
    job = MovePayment(
        account_id=mine.home.account_id,
        payment_id=payment_id,
        from_account_id=other.home.account_id,
        case_id=await moved(mine, other, payment_id),
        amount=Money(SUM),
    )
    move = mine.container.of_refunds.payment_moving.move
    await asyncio.gather(*(move(job) for _ in range(8)))
    third = await account(mine.kabinet, mine.home.user_id)
    refused = await moved(third, other, payment_id)
    assert "уже перенесены" in (await third.notes(refused))[-1]
    assert await third.case_state(refused) == "satisfied"
    count = await mine.pool.fetchval(
        "SELECT count(DISTINCT account_id) FROM transfers WHERE cause_kind = 'move'"
    )
    assert count == 2
    await mine.check_whole()


async def test_what_was_moved_is_not_refunded_what_was_refunded_is_not_moved(mine):
    other = await neighbour(mine)
    payment_id, second = await pay(other, electricity=SUM), await pay(other, electricity=SUM)
    await moved(mine, other, payment_id)
    _, [electricity, *_] = await other.container.of_refunds.refund_service.refundable(other.owner)
    assert [rail.payment_id for rail in electricity.rails] == [second, None]
    case_id = await other.file()
    await other.decide(case_id, other.part(1_000, second))
    await mine.kabinet.work()
    refused = await moved(mine, other, second)
    assert "вернули плательщику" in (await mine.notes(refused))[-1]
    await mine.check_whole()


async def test_refunds_and_moves_of_one_payment_at_once(mine):
    """Either it is moved or it is refunded; both accounts stay whole."""
    rng = random.Random(7)
    other = await neighbour(mine)
    for _ in range(5):
        payment_id = await pay(other, electricity=SUM)
        case_id, search_id = await other.file(), CaseId(new_id())
        job = MovePayment(
            account_id=mine.home.account_id,
            payment_id=payment_id,
            from_account_id=other.home.account_id,
            case_id=search_id,
            amount=Money(SUM),
        )
        acts = [
            other.decide(case_id, other.part(SUM, payment_id)),
            mine.container.of_refunds.payment_moving.move(job),
        ]
        rng.shuffle(acts)
        await asyncio.gather(*acts, return_exceptions=True)
        await mine.pool.execute("DELETE FROM account_jobs WHERE kind = 'cases.effect-done'")
        await mine.kabinet.work()
        moves = await mine.pool.fetchval("SELECT moved_at FROM payments WHERE payment_id = $1", payment_id)
        refunded = await mine.pool.fetchval(
            "SELECT count(*) FROM refunds WHERE payment_id = $1 AND state = 'confirmed'", payment_id
        )
        assert bool(moves) != bool(refunded)
    await mine.check_whole()
