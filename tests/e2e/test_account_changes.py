"""An account's life over HTTP: added by the bill's code, handed over, closed."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.money import Money
from domain.payments.paycodes import encode, supplier_paycode, unified_paycode
from domain.people.staff import Role
from tests import kabinets
from tests.asking import ask
from tests.households import charge, details, lay_household
from tests.kabinets import DEBTS, PASSWORD, TO_PAY
from tests.sharing import Messages, let_in, person

PHONE = "+79000000002"
OURS = details("АО «Пример энергосбыт»", 9)


@pytest_asyncio.fixture
async def messages():
    return Messages()


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path, messages):
    async with kabinets.opened(pool, tmp_path, sms=messages) as kabinet:
        yield kabinet


async def foreign_home(kabinet):
    """Somebody's account with a bill for October; the signed-in customer holds none."""
    await kabinet.sign_in()
    home = await lay_household(kabinet.container.pool)
    await charge(kabinet.container.pool, home, DEBTS)
    return home


def whole_bill(home, kopecks, **more):
    return encode(unified_paycode(collection=OURS, number=home.number, to_pay=kopecks, **more))


async def test_an_account_is_added_by_the_code_of_its_bill(kabinet):
    home = await foreign_home(kabinet)
    code = {"code": whole_bill(home, Money(TO_PAY), period="2026-10")}

    added = await ask(kabinet, "POST", "/accounts/by-code", 201, json=code)
    again = await ask(kabinet, "POST", "/accounts/by-code", 200, json=code)

    assert added == again == {"account_id": str(home.account_id)}
    assert (await ask(kabinet, "GET", f"/accounts/{home.account_id}"))["number"] == home.number
    # Somebody manages it already: whoever comes second by a bill does not.
    await ask(kabinet, "GET", f"/accounts/{home.account_id}/members/log", 404)
    role = "SELECT role FROM account_members WHERE account_id = $1 AND user_id <> $2"
    assert await kabinet.container.pool.fetchval(role, home.account_id, home.user_id) == "family"


@pytest.mark.parametrize("direct", [True, False])
async def test_an_account_is_added_by_one_suppliers_code(kabinet, direct):
    home = await foreign_home(kabinet)
    heat = details("АО «heat»", 2)
    paycode = supplier_paycode(
        supplier=heat, collection=OURS, direct=direct, number=f"{home.number}-he", to_pay=Money(DEBTS["heat"])
    )
    added = await ask(kabinet, "POST", "/accounts/by-code", 201, json={"code": encode(paycode)})
    assert added == {"account_id": str(home.account_id)}


async def test_our_own_picture_of_the_code_adds_the_account(kabinet):
    home = await kabinet.household()
    codes = kabinet.container.payment_codes
    access = Access(actor=OURSELVES, account_id=home.account_id, scope=Scope.SEE, at=kabinet.clock())
    texts = [encode(await codes.unified(access))]
    texts += [encode(await codes.supplier(access, one)) for one in home.supplier_accounts.values()]
    for number, text in enumerate(texts):
        async with person(kabinet, f"+7900000010{number}") as anna:
            added = await anna.ask("POST", "/accounts/by-code", 201, json={"code": text})
            assert added == {"account_id": str(home.account_id)}


async def test_a_forged_code_adds_nothing_and_tells_nothing(kabinet):
    home = await foreign_home(kabinet)
    wrong_sum = {"code": whole_bill(home, Money(TO_PAY - 1))}
    unknown = {"code": whole_bill(home, Money(TO_PAY)).replace(home.number, "6600000009")}
    told = [await ask(kabinet, "POST", "/accounts/by-code", 422, json=code) for code in (wrong_sum, unknown)]
    assert {one["code"] for one in told} == {"account-proof-failed"}
    assert told[0]["detail"] == told[1]["detail"]
    other = whole_bill(home, Money(TO_PAY)).replace(OURS.account, details("x", 7).account)
    assert (await ask(kabinet, "POST", "/accounts/by-code", 422, json={"code": other}))["code"] == (
        "paycode-of-another-payee"
    )
    assert await kabinet.container.pool.fetchval("SELECT count(*) FROM account_members") == 1
    for _ in range(3):
        await ask(kabinet, "POST", "/accounts/by-code", 422, json=wrong_sum)
    slowed = await ask(
        kabinet, "POST", "/accounts/by-code", 429, json={"code": whole_bill(home, Money(TO_PAY))}
    )
    assert slowed["code"] == "too-many-attempts"


async def test_an_account_is_handed_over_at_once(kabinet, messages):
    home = await kabinet.household()
    kabinet.clock.later(days=1)
    await kabinet.sign_in_again()
    async with person(kabinet, PHONE) as anna, person(kabinet, "+79000000003") as boris:
        await let_in(kabinet, messages, home, anna, "see")
        await let_in(kabinet, messages, home, boris, "see", "pay", role="tenant")
        refused = await ask(
            kabinet, "POST", f"/accounts/{home.account_id}/transfer", 404, json={"user_id": str(uuid4())}
        )
        assert refused["code"] == "member-not-found"
        body = {"user_id": str(anna.id), "reason": "Квартира продана"}
        done = await ask(kabinet, "POST", f"/accounts/{home.account_id}/transfer", json=body)

        assert done["done"]
        assert done["balance"]["to_pay"] == {"kopecks": TO_PAY}
        assert "остаётся" in done["notes"][0]
        assert (await anna.ask("GET", f"/accounts/{home.account_id}/membership"))["role"] == "owner"
        shown = await anna.ask("GET", f"/accounts/{home.account_id}")
        assert shown["balance"]["to_pay"] == {"kopecks": TO_PAY}
        await ask(kabinet, "GET", f"/accounts/{home.account_id}", 404)
        await boris.ask("GET", f"/accounts/{home.account_id}", 404)
        log = (await anna.ask("GET", f"/accounts/{home.account_id}/members/log"))["items"]
        assert [one["what"] for one in log[:3]] == ["transferred", "ended", "ended"]
        assert log[0]["reason"] == "Квартира продана"

        # The former owner still has the old bill: it opens nothing any more, and the new one does.
        proof = {"number": home.number, "proof": {"bill_amount": {"kopecks": TO_PAY}}}
        await ask(kabinet, "POST", "/accounts", 422, json=proof)
        await ask(kabinet, "POST", "/accounts/by-code", 422, json={"code": whole_bill(home, Money(TO_PAY))})
        kabinet.clock.later(days=20)
        await kabinet.sign_in_again()
        await charge(kabinet.container.pool, home, {"heat": 1000}, period="2026-12", at=kabinet.clock())
        await ask(
            kabinet, "POST", "/accounts", 201, json=proof | {"proof": {"bill_amount": {"kopecks": 1000}}}
        )


async def test_an_account_is_handed_over_on_its_day(kabinet, messages):
    home = await kabinet.household()
    path = f"/accounts/{home.account_id}/transfer"
    async with person(kabinet, PHONE) as anna:
        await let_in(kabinet, messages, home, anna, "see")
        on = (kabinet.clock() + timedelta(days=3)).date().isoformat()
        promised = await ask(kabinet, "POST", path, json={"user_id": str(anna.id), "on": on})
        assert not promised["done"]
        await kabinet.work()
        await ask(kabinet, "DELETE", path, 204)
        await ask(kabinet, "POST", path, json={"user_id": str(anna.id), "on": on})
        assert (await anna.ask("GET", f"/accounts/{home.account_id}/membership"))["role"] == "family"

        await kabinet.tick(days=3)

        rows = await kabinet.container.pool.fetch("SELECT user_id, role FROM account_members")
        assert [tuple(row) for row in rows] == [(anna.id, "owner")]
        mirror = await kabinet.container.pool.fetch("SELECT user_id FROM user_accounts")
        assert [row["user_id"] for row in mirror] == [anna.id]
        await kabinet.work()
        what = await kabinet.container.pool.fetch("SELECT what FROM account_grants ORDER BY grant_id")
        assert [row["what"] for row in what] == [
            *("invited", "joined", "transfer-promised", "transfer-dropped", "transfer-promised"),
            *("ended", "transferred"),
        ]


async def test_a_promise_is_dropped_when_its_people_are_gone(kabinet, messages):
    home = await kabinet.household()
    async with person(kabinet, PHONE) as anna:
        until = (kabinet.clock() + timedelta(days=1)).isoformat()
        await let_in(kabinet, messages, home, anna, "see", valid_until=until)
        on = (kabinet.clock() + timedelta(days=3)).date().isoformat()
        await ask(
            kabinet, "POST", f"/accounts/{home.account_id}/transfer", json={"user_id": str(anna.id), "on": on}
        )
        await kabinet.tick(days=3)
        last = await kabinet.container.pool.fetchrow(
            "SELECT what, reason, by_kind FROM account_grants ORDER BY grant_id DESC LIMIT 1"
        )
        assert tuple(last) == ("transfer-dropped", "member-not-found", "system")
        assert await kabinet.container.pool.fetchval("SELECT role FROM account_members LIMIT 1") == "owner"


async def pay_all(kabinet, home):
    paid = (await kabinet.pay(home)).json()
    await kabinet.play(home, paid["id"])
    await kabinet.notices()
    await kabinet.work()


async def test_an_account_is_closed_when_it_is_settled(kabinet, messages):
    home = await kabinet.household()
    path = f"/accounts/{home.account_id}/closure"
    assert (await ask(kabinet, "POST", path, 409, json={}))["code"] == "account-has-debt"
    async with person(kabinet, PHONE) as anna:
        await let_in(kabinet, messages, home, anna, "see", "pay", "manage")
        assert (await anna.ask("POST", path, 403, json={}))["code"] == "owner-only"
        await pay_all(kabinet, home)

        closed = await ask(kabinet, "POST", path, json={"reason": "Дом расселён"})

        await anna.ask("GET", f"/accounts/{home.account_id}", 404)
    shown = await ask(kabinet, "GET", f"/accounts/{home.account_id}")
    assert shown["closed_at"] == closed["closed_at"]
    assert len((await ask(kabinet, "GET", f"/accounts/{home.account_id}/payments"))["items"]) == 1
    assert (await kabinet.pay(home)).status_code == 404
    await ask(kabinet, "POST", path, 404, json={})
    proof = {"number": home.number, "proof": {"bill_amount": {"kopecks": TO_PAY}}}
    await ask(kabinet, "POST", "/accounts", 422, json=proof)
    kabinet.clock.later(days=1097)
    await kabinet.sign_in_again()
    await ask(kabinet, "GET", f"/accounts/{home.account_id}", 404)


async def test_money_ahead_or_under_way_keeps_an_account_open(kabinet):
    home = await kabinet.household()
    path = f"/accounts/{home.account_id}/closure"
    await pay_all(kabinet, home)
    wish = {"amount": {"kopecks": 5000}}
    begun = (await kabinet.pay(home, **wish)).json()
    assert (await ask(kabinet, "POST", path, 409, json={}))["code"] == "account-awaits-payment"
    await kabinet.play(home, begun["id"])
    await kabinet.notices()
    await kabinet.work()
    refused = await ask(kabinet, "POST", path, 409, json={})
    assert (refused["code"], "возврат" in refused["remedy"]) == ("account-has-overpayment", True)


async def test_staff_close_for_a_reason(kabinet):
    home = await kabinet.household()
    await pay_all(kabinet, home)
    path = f"/accounts/{home.account_id}/staff-closure"
    await ask(kabinet, "POST", path, 404, json={"reason": "x"})
    for phone, role, expected in (
        ("+79000000011", Role.OPERATOR, 403),
        ("+79000000019", Role.ADMINISTRATOR, 200),
    ):
        await kabinet.container.enrolment_service.staff(phone, "Сотрудник", role, PASSWORD, None)
        await kabinet.sign_in_again(phone)
        await ask(kabinet, "POST", path, expected, json={"reason": "Акт № 17"})
    await ask(kabinet, "POST", path, 409, json={"reason": "Акт № 17"})
    last = await kabinet.container.pool.fetchrow(
        "SELECT what, by_kind, reason FROM account_grants ORDER BY grant_id DESC LIMIT 1"
    )
    assert tuple(last) == ("closed", "staff", "Акт № 17")


async def test_closing_and_paying_at_once_never_both(kabinet):
    home = await kabinet.household()
    await pay_all(kabinet, home)
    closed, *paid = await asyncio.gather(
        kabinet.http.post(f"/api/v1/accounts/{home.account_id}/closure", json={}),
        *(kabinet.pay(home, amount={"kopecks": 5000}) for _ in range(4)),
    )
    begun = await kabinet.container.pool.fetchval("SELECT count(*) FROM payments WHERE state <> 'paid'")
    assert {one.status_code for one in paid} <= {201, 404, 409}
    assert (closed.status_code, begun > 0) in {(200, False), (409, True)}


async def test_the_last_owner_leaves_and_takes_all_rights_along(kabinet, messages):
    home = await kabinet.household()
    async with person(kabinet, PHONE) as anna:
        await let_in(kabinet, messages, home, anna, "see")
        await ask(kabinet, "DELETE", f"/accounts/{home.account_id}/membership", 204)
        await ask(kabinet, "DELETE", f"/accounts/{home.account_id}/membership", 404)
        await anna.ask("GET", f"/accounts/{home.account_id}", 404)
    for table in ("account_members", "user_accounts"):
        assert await kabinet.container.pool.fetchval(f"SELECT count(*) FROM {table}") == 0
