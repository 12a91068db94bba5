"""Refunds from the decision to their end: by every rail, with a provider that is slow, deaf or unwilling."""

import asyncio
import dataclasses

import httpx
import pytest
import pytest_asyncio
from msgspec.structs import replace

from domain.applications.refund_parts import OffsetTo
from domain.cases.forms import GrantTooMuch
from domain.payments.refund_keeping import CountOffset, FollowRefund
from domain.payments.refunds import RefundNotByBank, RefundOfOneself, RefundOnItsWay, RefundOrderOfOneself
from domain.people.staff import Role
from services.payments.refunding import RefundMismatch
from tests import kabinets
from tests.households import charge
from tests.offices import OfficeDesk
from tests.refunds import PAYEE, account, pay


@pytest_asyncio.fixture
async def refunds(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        yield await account(kabinet)


@pytest_asyncio.fixture
async def paid(refunds):
    """1,000 roubles ahead by one payment."""
    return await pay(refunds, electricity=100_000)


async def decided(refunds, *parts):
    case_id = await refunds.file()
    await refunds.decide(case_id, *parts)
    return case_id


async def test_through_the_payment(refunds, paid):
    case_id = await decided(refunds, refunds.part(60_000, paid))
    assert (await refunds.states(), await refunds.ahead()) == (["prepared"], 40_000)
    assert await refunds.book("refund_reserve") == -60_000
    await refunds.kabinet.work()
    assert (await refunds.states(), refunds.returned()) == (["confirmed"], 60_000)
    assert await refunds.book("refund_reserve") == 0
    assert await refunds.book("clearing:yookassa") == 40_000
    assert await refunds.notes(case_id) == ["600,00 ₽ возвращено."]
    assert await refunds.case_state(case_id) == "executed"
    await refunds.check_whole()


async def test_a_slow_refund_is_asked_for_until_it_ends(refunds, paid):
    await refunds.kabinet.sandbox.fault("refunds.end", "pending", seconds=3600)
    case_id = await decided(refunds, refunds.part(60_000, paid))
    await refunds.kabinet.work()
    assert (await refunds.states(), await refunds.book("refund_reserve")) == (["sent"], -60_000)
    assert await refunds.notes(case_id) == ["Возврат 600,00 ₽ отправлен."]
    for _ in range(20):
        await refunds.tick(minutes=10)
    assert (await refunds.states(), refunds.returned()) == (["confirmed"], 60_000)
    assert await refunds.notes(case_id) == ["Возврат 600,00 ₽ отправлен.", "600,00 ₽ возвращено."]
    await refunds.check_whole()


async def test_a_notice_ends_it_before_the_timer(refunds, paid):
    await refunds.kabinet.sandbox.fault("refunds.end", "pending", seconds=5)
    await decided(refunds, refunds.part(60_000, paid))
    await refunds.kabinet.work()
    refunds.kabinet.clock.later(seconds=6)
    await refunds.kabinet.sandbox.tick()
    [notice] = [one for one in refunds.kabinet.sandbox.shop.heard if one["event"] == "refund.succeeded"]
    await refunds.kabinet.hear(httpx.Request("POST", "http://x", json=notice).content)
    await refunds.kabinet.work()
    assert await refunds.states() == ["confirmed"]
    await refunds.check_whole()


@pytest.mark.parametrize(
    ("plan", "reason"), [("cancel", "insufficient_funds"), ("pending_cancel", "insufficient_funds")]
)
async def test_what_the_provider_cancels_is_ahead_again(refunds, paid, plan, reason):
    await refunds.kabinet.sandbox.fault("refunds.end", plan, seconds=60)
    case_id = await decided(refunds, refunds.part(60_000, paid))
    await refunds.kabinet.work()
    await refunds.tick(minutes=5)
    [row] = await refunds.rows()
    assert (row["state"], row["failure"]) == ("failed", reason)
    assert (await refunds.ahead(), await refunds.book("refund_reserve")) == (100_000, 0)
    assert (await refunds.notes(case_id))[-1].startswith("Вернуть 600,00 ₽ не удалось")
    assert await refunds.case_state(case_id) == "satisfied"
    await refunds.check_whole()


async def test_what_came_back_meets_what_was_charged_meanwhile(refunds, paid):
    await refunds.kabinet.sandbox.fault("refunds.end", "cancel")
    await decided(refunds, refunds.part(100_000, paid))
    await charge(refunds.pool, refunds.home, {"electricity": 30_000})
    await refunds.kabinet.work()
    assert (await refunds.states(), await refunds.ahead()) == (["failed"], 70_000)
    open_ = await refunds.pool.fetchval("SELECT amount_kopecks - paid_kopecks FROM charges")
    assert open_ == 0
    await refunds.check_whole()


@pytest.mark.parametrize("fault", ["500_after", "500", "202", "429"])
async def test_a_deaf_provider_returns_it_once(refunds, paid, fault):
    await refunds.kabinet.sandbox.fault("refunds.create", fault, times=9, seconds=1)
    await decided(refunds, refunds.part(60_000, paid))
    await refunds.kabinet.work()
    assert await refunds.states() == ["sent"]
    assert (await refunds.rows())[0]["provider_unreachable_since"] is not None
    for _ in range(12):
        await refunds.tick(minutes=2)
    assert (await refunds.states(), refunds.returned()) == (["confirmed"], 60_000)
    assert len(refunds.at_provider()) == 1
    await refunds.check_whole()


async def test_a_key_that_is_too_old_is_not_used_again(refunds, paid):
    """Heard, done and forgotten by us: a day later it is looked for, not made again."""
    await refunds.kabinet.sandbox.fault("refunds.create", "500_after")
    await decided(refunds, refunds.part(60_000, paid))
    await refunds.kabinet.work()
    await refunds.tick(hours=30)
    assert (await refunds.states(), refunds.returned()) == (["confirmed"], 60_000)
    assert (await refunds.rows())[0]["attempt"] == 1
    await refunds.check_whole()


async def test_a_fresh_key_where_nothing_was_made(refunds, paid):
    await refunds.kabinet.sandbox.fault("refunds.create", "500")
    await decided(refunds, refunds.part(60_000, paid))
    await refunds.kabinet.work()
    await refunds.tick(hours=30)
    assert (await refunds.states(), refunds.returned()) == (["confirmed"], 60_000)
    assert (await refunds.rows())[0]["attempt"] == 2


async def test_more_than_the_provider_holds_fails_and_returns_nothing(refunds, paid):
    """Somebody has returned a part by hand in the provider's own cabinet."""
    found = await refunds.container.payments.found(refunds.home.account_id, paid)
    by_hand = {"payment_id": found.provider_payment_id, "amount": {"value": "500.00", "currency": "RUB"}}
    answer = await refunds.kabinet.sandbox.ask(
        "POST", "/refunds", json=by_hand | {"metadata": {"account_id": "x"}}
    )
    assert answer.status_code == 200, answer.text
    await decided(refunds, refunds.part(60_000, paid))
    await refunds.kabinet.work()
    [row] = await refunds.rows()
    assert (row["state"], row["failure"], refunds.returned()) == ("failed", "invalid_request", 0)
    assert await refunds.ahead() == 100_000
    await refunds.check_whole()


async def test_a_refund_that_differs_is_for_people(refunds, paid):
    await decided(refunds, refunds.part(60_000, paid))
    [row] = await refunds.rows()
    service = refunds.container.of_refunds.refund_service
    real = service.provider

    class Liar:
        async def refund(self, wanted):
            return replace(await real.refund(wanted), amount=wanted.amount + wanted.amount)

    job = FollowRefund(account_id=refunds.home.account_id, refund_id=row["refund_id"])
    with pytest.raises(RefundMismatch):
        await dataclasses.replace(service, provider=Liar()).follow(job)
    assert await refunds.states() == ["sent"]


async def test_never_above_what_is_ahead_nor_above_what_a_payment_held(refunds, paid):
    other = await pay(refunds, heat=50_000)
    case_id = await refunds.file()
    for parts in (
        [refunds.part(100_001)],
        [refunds.part(60_000), refunds.part(40_001)],
        [refunds.part(60_000, paid), refunds.part(40_000), refunds.part(1)],
        [refunds.part(50_001, paid, "heat")],
        [refunds.part(1, other)],
        [refunds.part(0)],
        [refunds.part(-5)],
    ):
        with pytest.raises(GrantTooMuch):
            await refunds.decide(case_id, *parts)
    assert await refunds.states() == []
    await refunds.decide(
        case_id, refunds.part(60_000, paid), refunds.part(40_000), refunds.part(50_000, other, "heat")
    )
    await refunds.kabinet.work()
    assert sorted(await refunds.states()) == ["confirmed", "confirmed", "prepared"]
    assert refunds.returned() == 110_000
    assert await refunds.case_state(case_id) == "satisfied"
    await refunds.check_whole()


async def test_debts_of_the_same_supplier_come_first(refunds, paid):
    await charge(refunds.pool, refunds.home, {"electricity": 30_000, "heat": 500_000})
    case_id = await refunds.file()
    with pytest.raises(GrantTooMuch):
        await refunds.decide(case_id, refunds.part(70_001, paid))
    await refunds.decide(case_id, refunds.part(70_000, paid))


async def test_fifty_at_once_return_it_once(refunds, paid):
    """Fifty applications for all of it, decided at the same moment by different people."""
    cases = [await refunds.file() for _ in range(50)]
    outcomes = await asyncio.gather(
        *(
            refunds.decide(one, refunds.part(100_000, paid), number=n)
            for n, one in enumerate(cases, start=10)
        ),
        return_exceptions=True,
    )
    assert [one for one in outcomes if not isinstance(one, Exception)] == [None]
    assert all(isinstance(one, GrantTooMuch) for one in outcomes if one is not None)
    await refunds.kabinet.work(most=1000)
    assert (await refunds.states(), refunds.returned()) == (["confirmed"], 100_000)
    await refunds.check_whole()


async def test_fifty_parts_at_once_never_exceed_the_payment(refunds, paid):
    cases = [await refunds.file() for _ in range(50)]
    outcomes = await asyncio.gather(
        *(refunds.decide(one, refunds.part(3_000, paid), number=n) for n, one in enumerate(cases, start=10)),
        return_exceptions=True,
    )
    assert sum(one is None for one in outcomes) == 33
    await refunds.kabinet.work(most=1000)
    assert (set(await refunds.states()), refunds.returned()) == ({"confirmed"}, 99_000)
    await refunds.check_whole()


async def test_counted_once_however_many_decide_and_carry_it_out(refunds, paid):
    """Twenty decide at one moment to count all of it towards the heat; ten workers carry it out at once."""
    await charge(refunds.pool, refunds.home, {"heat": 70_000})
    to_heat = OffsetTo(supplier_account_id=refunds.home.supplier_accounts["heat"])
    cases = [await refunds.file(offset=to_heat) for _ in range(20)]
    outcomes = await asyncio.gather(
        *(
            refunds.decide(one, replace(refunds.part(100_000), is_offset=True), number=n)
            for n, one in enumerate(cases, start=10)
        ),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes if one is not None] == [GrantTooMuch] * 19
    [row] = await refunds.rows()
    job = CountOffset(account_id=refunds.home.account_id, refund_id=row["refund_id"])
    count = refunds.container.of_refunds.offset_counting.count
    await asyncio.gather(*(count(job) for _ in range(10)))
    await refunds.kabinet.work()
    assert (await refunds.states(), await refunds.ahead("heat")) == (["confirmed"], 30_000)
    assert await refunds.case_state(row["case_id"]) == "executed"
    await refunds.check_whole()


async def test_what_was_to_go_to_a_closed_account_stays(refunds, paid):
    other = await account(refunds.kabinet, refunds.home.user_id)
    case_id = await refunds.file(offset=OffsetTo(account_number=other.home.number))
    await refunds.decide(case_id, replace(refunds.part(60_000), is_offset=True))
    closed = "UPDATE accounts SET closed_at = $2 WHERE account_id = $1"
    await refunds.pool.execute(closed, other.home.account_id, refunds.kabinet.clock())
    await refunds.kabinet.work()
    [row] = await refunds.rows()
    assert (row["state"], row["failure"], await refunds.ahead()) == ("failed", "account-closed", 100_000)
    await refunds.check_whole()


async def test_followed_by_many_workers_at_once(refunds, paid):
    await decided(refunds, refunds.part(60_000, paid))
    [row] = await refunds.rows()
    job = FollowRefund(account_id=refunds.home.account_id, refund_id=row["refund_id"])
    follow = refunds.container.of_refunds.refund_service.follow
    await asyncio.gather(*(follow(job) for _ in range(10)))
    assert (await refunds.states(), len(refunds.at_provider())) == (["confirmed"], 1)
    await refunds.check_whole()


async def test_called_off_or_sent_but_never_both(refunds, paid):
    """Reopened while a worker sends it: either nothing was sent, or it cannot be called off."""
    deciding = refunds.container.of_cases.case_deciding
    for number in range(8):
        case_id = await decided(refunds, refunds.part(1_000, paid))
        row = (await refunds.rows())[-1]
        follow = FollowRefund(account_id=refunds.home.account_id, refund_id=row["refund_id"])
        reopened, _ = await asyncio.gather(
            deciding.reopen(refunds.operator(), case_id, "Ошибка"),
            refunds.container.of_refunds.refund_service.follow(follow),
            return_exceptions=True,
        )
        state = await refunds.pool.fetchval(
            "SELECT state FROM refunds WHERE refund_id = $1", row["refund_id"]
        )
        if isinstance(reopened, Exception):
            assert isinstance(reopened, RefundOnItsWay), reopened
            assert state == "confirmed"
        refunds.kabinet.clock.later(seconds=number + 1)
    await refunds.kabinet.work(most=1000)
    assert refunds.returned() == 1_000 * (await refunds.states()).count("confirmed")
    await refunds.check_whole()


async def test_reopened_before_it_is_sent_gives_it_back(refunds, paid):
    case_id = await decided(refunds, refunds.part(60_000, paid), refunds.part(10_000))
    deciding = refunds.container.of_cases.case_deciding
    await deciding.reopen(refunds.operator(), case_id, "Ошибка")
    await refunds.kabinet.work()
    assert (await refunds.states(), refunds.returned()) == (["failed", "failed"], 0)
    assert await refunds.ahead() == 100_000
    await refunds.decide(case_id, refunds.part(5_000, paid))
    await refunds.kabinet.work()
    assert refunds.returned() == 5_000
    assert await refunds.case_state(case_id) == "executed"
    await refunds.check_whole()


async def test_by_the_bank_another_person_pays_it_out(refunds, paid):
    case_id = await decided(refunds, refunds.part(60_000))
    [row] = await refunds.rows()
    refund_id = row["refund_id"]
    await refunds.tick(days=3)
    assert await refunds.states() == ["prepared"]
    service = refunds.container.of_refunds.refund_service
    today = refunds.kabinet.clock().date()
    decider, other = refunds.operator(7), refunds.operator(8)
    with pytest.raises(RefundOfOneself):
        await service.ordered(decider, refund_id, "117")
    for _ in range(2):
        assert (await service.ordered(other, refund_id, "117")).order_number == "117"
    with pytest.raises(RefundOrderOfOneself):
        await service.confirmed(other, refund_id, today)
    with pytest.raises(RefundOrderOfOneself):
        await service.failed(other, refund_id, "Счёт закрыт")
    for _ in range(2):
        assert (await service.confirmed(decider, refund_id, today)).state == "confirmed"
    assert await refunds.book("clearing:bank") == -60_000
    await refunds.kabinet.work()
    assert await refunds.notes(case_id) == ["Возврат 600,00 ₽ отправлен.", "600,00 ₽ возвращено."]
    assert await refunds.case_state(case_id) == "executed"
    await refunds.check_whole()


async def test_by_the_bank_it_may_come_back(refunds, paid):
    """By the office's page: an order is given, and the bank sends it back."""
    await decided(refunds, refunds.part(60_000))
    [row] = await refunds.rows()
    desk = await OfficeDesk.of(refunds.kabinet, Role.OPERATOR)
    one = f"/office/accounts/{refunds.home.account_id}/refunds/{row['refund_id']}"
    assert PAYEE.account in await desk.shown("/office/refunds")
    assert (await desk.post(f"{one}/order")).status_code == 422
    await desk.done(f"{one}/order", number="117")
    assert "№ 117" in await desk.shown("/office/refunds?state=sent")
    assert "another person must say what became of it" in await desk.shown("/office/refunds?state=sent")
    assert (await desk.post(f"{one}/failure", reason="Счёт закрыт")).status_code == 403
    desk = await OfficeDesk.of(refunds.kabinet, Role.OPERATOR)
    await desk.done(f"{one}/failure", reason="Счёт закрыт")
    assert "Счёт закрыт" in await desk.shown("/office/refunds?state=failed")
    assert (await refunds.states(), await refunds.ahead()) == (["failed"], 100_000)
    await refunds.check_whole()


async def test_nobody_of_the_staff_ends_what_the_provider_pays(refunds, paid):
    await decided(refunds, refunds.part(60_000, paid))
    [row] = await refunds.rows()
    service = refunds.container.of_refunds.refund_service
    with pytest.raises(RefundNotByBank):
        await service.ordered(refunds.operator(8), row["refund_id"], "1")
