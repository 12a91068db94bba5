"""A registry comes in, is judged whole and posted row by row; what nobody knows waits in suspense, finds its
account or goes back."""

import asyncio
from io import BytesIO
from uuid import UUID

import pytest_asyncio
from msgspec.structs import replace
from openpyxl import load_workbook

from adapters.postgres.audit import PostgresAudit
from domain.kernel.money import Money
from domain.payments.moving import MovePayment
from domain.payments.registries.entries import Expected
from domain.payments.registries.suspense import IdentifySuspense
from domain.people.staff import Role
from infra.audit import audited
from infra.clock import new_id
from infra.demo.agents import SBER, TOCHKA, add_agents
from infra.demo.registry_files import sberbank, tochka
from tests import kabinets
from tests.actors import staff_token
from tests.households import balances, charge, lay_household
from tests.kabinets import TO_PAY
from tests.registries import PAID_AT, fates, load, loaded, paid
from tests.systems import system_key

OFFICE = "/api/v1/office/suspense"


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        await add_agents(kabinet.container.transaction)
        yield kabinet


@pytest_asyncio.fixture
async def home(kabinet):
    return await kabinet.household()


@pytest_asyncio.fixture
async def service(kabinet):
    return kabinet.container.of_registries.registry_service


async def staff(kabinet, role: Role = Role.OPERATOR) -> dict[str, str]:
    return {"Authorization": f"Bearer {await staff_token(kabinet.container, role)}"}


async def is_sound(kabinet) -> bool:
    """By the audit of all accounts, registries too."""
    async with kabinet.container.pool.acquire() as connection:
        reader = PostgresAudit(connection, kabinet.container.zone)
        findings = [one async for outcome in audited(reader, "", None) for one in outcome.findings]
    assert findings == []
    return True


async def owed(kabinet, home) -> int:
    return sum((await balances(kabinet.container.pool, home)).values())


async def test_rows_become_payments_counted_from_their_own_day(kabinet, home):
    rows = [
        paid(1, home.number, 50_000, period="1026"),
        paid(2, f"{home.number}-el", 7_000),
        paid(3, f"л/с {home.number}", 1_000, at=PAID_AT.replace(hour=23)),
        paid(4, "9999999999", 1_000),
    ]
    found = await loaded(kabinet, rows)
    assert found.state == "posted"
    posted = ("posted", None)
    assert await fates(kabinet.container.pool, found.id) == {
        1: posted,
        2: posted,
        3: posted,
        4: ("suspense", "account-unknown"),
    }
    assert await owed(kabinet, home) == TO_PAY - 58_000
    listed = (await kabinet.http.get(f"/api/v1/accounts/{home.account_id}/payments")).json()["items"]
    assert {one["method"] for one in listed} == {"registry"}
    days = await kabinet.container.pool.fetch(
        "SELECT DISTINCT amount_kopecks, value_date FROM transfers WHERE account_id = $1"
        " AND debit_book LIKE 'clearing:%'",
        home.account_id,
    )
    # Eleven in the evening in Moscow is one in the morning here.
    assert {row["amount_kopecks"]: row["value_date"].day for row in days} == {
        50_000: 19,
        7_000: 19,
        1_000: 20,
    }
    refundable = await kabinet.http.get(f"/api/v1/accounts/{home.account_id}/refundable")
    assert {rail["rail"] for one in refundable.json()["suppliers"] for rail in one["rails"]} <= {"bank"}
    assert await is_sound(kabinet)


async def test_the_same_file_is_harmless_and_a_corrected_one_brings_what_is_new(kabinet, home, service):
    first = [paid(no, home.number, 1_000 * no) for no in (1, 2)]
    one = await loaded(kabinet, first)
    again = await load(service, sberbank(first))
    assert again.id == one.id
    corrected = await loaded(kabinet, [*first, paid(3, home.number, 3_000), paid(3, home.number, 3_000)])
    assert await fates(kabinet.container.pool, corrected.id) == {
        1: ("repeated", "loaded-before"),
        2: ("repeated", "loaded-before"),
        3: ("posted", None),
        4: ("repeated", "twice-in-file"),
    }
    other = await loaded(kabinet, [paid(1, home.number, 9_000), paid(2, "9999999999", 2_000)])
    assert set((await fates(kabinet.container.pool, other.id)).values()) == {("refused", "operation-differs")}
    assert await owed(kabinet, home) == TO_PAY - 6_000
    # The same operation id of another agent is another payment.
    foreign = await load(service, tochka([paid(1, home.number, 500)]), agent=TOCHKA.code)
    assert await fates(kabinet.container.pool, foreign.id) == {1: ("posted", None)}
    assert await is_sound(kabinet)


async def test_a_bad_file_posts_nothing_and_says_every_reason(kabinet, home):
    body = sberbank([paid(1, home.number, 1_000), paid(2, home.number, 2_000)])
    bad = body.replace(b"=2;30,00", b"=3;31,00").replace(b"19-11-2026;", b"32-11-2026;", 1)
    auth = await system_key(kabinet.container.system_service, "import", name="bank", now=kabinet.clock)
    registry_id, params = new_id(), {"agent": SBER.code, "file_name": "реестр.txt"}
    url = f"/api/v1/registries/{registry_id}"
    sent = await kabinet.http.put(url, content=bad, params=params, auth=auth)
    assert (sent.status_code, sent.json()["state"]) == (202, "received")
    await kabinet.work()
    told = (await kabinet.http.get(url, auth=auth)).json()
    assert (told["state"], told["faults_count"], told["fates"]) == ("quarantined", 3, [])
    assert {(one["line"], one["code"]) for one in told["faults"]} == {
        (0, "count-differs"),
        (0, "sum-differs"),
        (1, "not-a-date"),
    }
    assert told["faults"][0]["message"] == "Число строк не совпадает с итогом"
    faults = (await kabinet.http.get(f"{url}/faults", params={"limit": 2}, auth=auth)).json()
    assert len(faults["items"]) == 2
    assert faults["next"]
    assert await owed(kabinet, home) == TO_PAY
    taken = await kabinet.http.put(url, content=body, params=params, auth=auth)
    assert (taken.status_code, taken.json()["code"]) == (409, "registry-id-taken")
    unknown = await kabinet.http.put(url, content=body, params={"agent": "nobody"}, auth=auth)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "payment-agent-not-found")
    anew = await kabinet.http.put(f"/api/v1/registries/{new_id()}", content=bad, params=params, auth=auth)
    assert anew.json()["id"] == str(registry_id)
    assert anew.json()["state"] == "received"


async def test_a_registry_is_told_row_by_row_and_as_a_workbook(kabinet, home):
    found = await loaded(kabinet, [paid(no, home.number if no % 2 else "1", 100 * no) for no in range(1, 6)])
    senior = await staff(kabinet, Role.SENIOR_OPERATOR)
    url = f"/api/v1/registries/{found.id}"
    told = (await kabinet.http.get(url, headers=senior)).json()
    assert {one["state"]: one["sum"]["kopecks"] for one in told["fates"]} == {"posted": 900, "suspense": 600}
    assert told["sum"]["kopecks"] == sum(one["sum"]["kopecks"] for one in told["fates"])
    page = (await kabinet.http.get(f"{url}/rows", params={"limit": 3}, headers=senior)).json()
    rest = (await kabinet.http.get(f"{url}/rows", params={"cursor": page["next"]}, headers=senior)).json()
    rows = [*page["items"], *rest["items"]]
    assert [one["row"] for one in rows] == [1, 2, 3, 4, 5]
    assert rows[1]["message"] == "Счёта с таким номером нет"
    assert rows[0]["payment_id"] in {
        one["id"]
        for one in (await kabinet.http.get(f"/api/v1/accounts/{home.account_id}/payments")).json()["items"]
    }
    held = await kabinet.http.get(f"{url}/rows", params={"row_state": "suspense"}, headers=senior)
    assert [one["row"] for one in held.json()["items"]] == [2, 4]
    report = await kabinet.http.get(f"{url}/report.xlsx", headers=senior)
    book = load_workbook(BytesIO(report.content))
    assert [sheet.title for sheet in book] == ["Реестр", "Строки", "Ошибки"]
    assert book["Строки"].max_row == 6
    listed = (await kabinet.http.get("/api/v1/registries", headers=senior)).json()["items"]
    assert [one["id"] for one in listed] == [str(found.id)]
    agents = (await kabinet.http.get("/api/v1/payment-agents", headers=senior)).json()
    assert {one["code"] for one in agents} >= {"sber", "raif", "tochka", "bank-1c", "bank-camt"}


async def test_what_came_online_is_matched_and_not_posted_twice(kabinet, home):
    first = (await kabinet.pay(home, amount={"kopecks": 10_000})).json()["id"]
    await kabinet.play(home, first)
    await kabinet.notices()
    await kabinet.work()
    known = await kabinet.container.payments.found(home.account_id, UUID(first))
    assert known.state == "paid"
    waiting = (await kabinet.pay(home, amount={"kopecks": 20_000}, confirm_duplicate=True)).json()["id"]
    before = await owed(kabinet, home)
    rows = [
        paid(1, home.number, 10_000)._replace(operation=known.provider_payment_id, at=known.paid_at),
        paid(2, home.number, 20_000)._replace(operation=waiting),
        paid(3, home.number, 300)._replace(operation=first),
    ]
    found = await loaded(kabinet, [one._replace(at=one.at.replace(tzinfo=None)) for one in rows])
    assert await fates(kabinet.container.pool, found.id) == {
        1: ("matched", "paid-online"),
        2: ("matched", "online-unpaid"),
        3: ("refused", "online-differs"),
    }
    assert await owed(kabinet, home) == before
    assert await is_sound(kabinet)


async def test_beyond_doubt_money_finds_its_account_by_itself(kabinet, home):
    slip = home.number[:-3] + home.number[-2:]
    where = {"name": "Иванов И. И.", "address": "Примерск, Мира, 1"}
    found = await loaded(kabinet, [paid(1, slip, 5_000, **where), paid(2, slip, 6_000, name="Иванов И. И.")])
    assert await fates(kabinet.container.pool, found.id) == {
        1: ("resolved", "account-unknown"),
        2: ("suspense", "account-unknown"),
    }
    assert await owed(kabinet, home) == TO_PAY - 5_000
    # A corrected file of the agent names the account: that is enough.
    fixed = await loaded(kabinet, [paid(2, home.number, 6_000)])
    assert await fates(kabinet.container.pool, fixed.id) == {1: ("refused", "operation-differs")}
    await kabinet.container.of_registries.suspense_service.identify(identifying(found.id))
    assert (await fates(kabinet.container.pool, found.id))[2] == ("resolved", "account-unknown")
    assert await owed(kabinet, home) == TO_PAY - 11_000
    kept = await kabinet.container.pool.fetch("SELECT payer FROM registry_rows WHERE state = 'resolved'")
    assert [row["payer"] for row in kept] == [None, None]  # whose it is, is known: no more is needed
    assert await is_sound(kabinet)


def identifying(registry_id):
    return IdentifySuspense(account_id=registry_id)


async def test_two_who_may_be_meant_are_left_to_a_person(kabinet, home):
    await lay_household(kabinet.container.pool, number=home.number[:-1] + "9")
    contract = await lay_household(kabinet.container.pool, number="Д-7200000669")
    rows = [paid(1, home.number[:-1], TO_PAY, name="Иванов И. И."), paid(2, "7200000669", 900)]
    found = await loaded(kabinet, rows)
    unknown = ("suspense", "account-unknown")
    assert await fates(kabinet.container.pool, found.id) == {1: unknown, 2: unknown}
    operator = await staff(kabinet)
    url = f"{OFFICE}/{found.id}/1"
    near = (await kabinet.http.get(f"{url}/suggestions", headers=operator)).json()
    assert near[0]["account_id"] == str(home.account_id)
    assert near[0]["evidence"] == ["number-one-off", "name", "sum-to-pay"]
    assert near[0]["score"] > near[1]["score"]
    unprefixed = await kabinet.http.get(f"{OFFICE}/{found.id}/2/suggestions", headers=operator)
    [one] = unprefixed.json()
    assert (one["account_id"], one["score"]) == (str(contract.account_id), 70)
    seen = await kabinet.container.pool.fetch(
        "SELECT account_id FROM account_views WHERE what = 'office/suspense'"
    )
    assert {row["account_id"] for row in seen} == {
        found.id,
        *(UUID(one["account_id"]) for one in (*near, one)),
    }


async def test_a_person_sends_money_home_or_back(kabinet, home):
    found = await loaded(kabinet, [paid(1, "7", 5_000), paid(2, "8", 6_000), paid(3, "9", 7_000)])
    operator = await staff(kabinet)
    waiting = (await kabinet.http.get(OFFICE, params={"limit": 2}, headers=operator)).json()
    assert [one["amount"]["kopecks"] for one in waiting["items"]] == [5_000, 6_000]
    rest = await kabinet.http.get(OFFICE, params={"cursor": waiting["next"]}, headers=operator)
    assert [one["age_days"] for one in rest.json()["items"]] == [2]
    ageing = (await kabinet.http.get(f"{OFFICE}/ageing", headers=operator)).json()
    assert ageing[0] == {"days": 3, "rows": 3, "sum": {"kopecks": 18_000}}
    to = {"account_id": str(home.account_id), "reason": "Чек приложен к обращению"}
    done = await kabinet.http.put(f"{OFFICE}/{found.id}/1/resolution", json=to, headers=operator)
    assert (done.status_code, done.json()["state"]) == (200, "resolved")
    again = await kabinet.http.put(f"{OFFICE}/{found.id}/1/resolution", json=to, headers=operator)
    assert again.status_code == 200
    heat = to | {"supplier_account_id": str(home.supplier_accounts["heat"])}
    before = await balances(kabinet.container.pool, home)
    await kabinet.http.put(f"{OFFICE}/{found.id}/2/resolution", json=heat, headers=operator)
    after = await balances(kabinet.container.pool, home)
    assert {one: before[one] - after[one] for one in before if before[one] != after[one]} == {"heat": 6_000}
    back = {"order_number": "418", "returned_on": "2026-11-22", "reason": "Ошибка банка"}
    gone = await kabinet.http.put(f"{OFFICE}/{found.id}/3/return", json=back, headers=operator)
    assert gone.json()["state"] == "returned"
    late = await kabinet.http.put(f"{OFFICE}/{found.id}/3/resolution", json=to, headers=operator)
    assert (late.status_code, late.json()["code"]) == (409, "not-in-suspense")
    assert "Возвращена отправителю" in late.json()["detail"]
    told = (await kabinet.http.get(f"{OFFICE}/{found.id}/3", headers=operator)).json()
    assert [(one["state"], one["by_name"]) for one in told["steps"]] == [
        ("suspense", "kabinet"),
        ("returned", "operator"),
    ]
    rows = await kabinet.container.pool.fetch(
        "SELECT value_date FROM transfers WHERE 'transit' IN (debit_book, credit_book)"
    )
    assert len(rows) == 4
    assert {row["value_date"].day for row in rows} == {19}  # the day it was paid, not the day it was found
    assert await is_sound(kabinet)


async def test_above_the_limit_a_second_person_agrees(kabinet, home):
    found = await loaded(kabinet, [paid(1, "7", 1_500_100), paid(2, "8", 1_500_200)])
    operator, other = await staff(kabinet), await staff(kabinet)
    to = {"account_id": str(home.account_id), "reason": "Чек приложен"}
    heat = to | {"supplier_account_id": str(home.supplier_accounts["heat"])}
    back = {"order_number": "418", "returned_on": "2026-11-22", "reason": "Ошибка банка"}
    for row_no, verb, body in ((1, "resolution", to), (2, "return", back)):
        row = f"{OFFICE}/{found.id}/{row_no}"
        asked, *rest = await asyncio.gather(
            *(kabinet.http.put(f"{row}/{verb}", json=body, headers=operator) for _ in range(4))
        )
        assert asked.status_code == 202, asked.text
        rest.append(await kabinet.http.put(f"{row}/{verb}", json=body, headers=other))
        assert {one.json()["approval_id"] for one in rest} == {asked.json()["approval_id"]}
        elsewhere = body | {"returned_on": "2026-11-21"} if verb == "return" else heat
        refused = await kabinet.http.put(f"{row}/{verb}", json=elsewhere, headers=operator)
        assert (refused.status_code, refused.json()["code"]) == (409, "suspense-asked-otherwise")
        url = f"/api/v1/approvals/{asked.json()['approval_id']}/approve"
        alone = await kabinet.http.post(url, json={"reason": "Проверено"}, headers=operator)
        assert alone.json()["code"] == "approval-of-oneself"
        agreed = await kabinet.http.post(url, json={"reason": "Проверено"}, headers=other)
        assert agreed.status_code == 200, agreed.text
    assert await fates(kabinet.container.pool, found.id) == {
        1: ("resolved", "account-unknown"),
        2: ("returned", "account-unknown"),
    }
    nobody = to | {"account_id": str(new_id())}
    small = await loaded(kabinet, [paid(3, "7", 100)])
    answer = await kabinet.http.put(f"{OFFICE}/{small.id}/1/resolution", json=nobody, headers=operator)
    assert (answer.status_code, answer.json()["code"]) == (404, "account-not-found")
    itself = to | {"account_id": str(small.id)}
    answer = await kabinet.http.put(f"{OFFICE}/{small.id}/1/resolution", json=itself, headers=operator)
    assert answer.status_code == 404
    assert await is_sound(kabinet)


async def test_closed_accounts_and_agents_of_one_supplier(kabinet, home, service):
    closed = await lay_household(kabinet.container.pool, number="6600000077")
    await kabinet.container.pool.execute(
        "UPDATE account_heads SET closed = true WHERE account_id = $1", closed.account_id
    )
    inn = await kabinet.container.pool.fetchval(
        "SELECT inn FROM suppliers WHERE supplier_id = $1", home.suppliers["heat"]
    )
    async with kabinet.container.transaction() as store:
        own = replace(TOCHKA, code="heat-office", supplier_inn=inn)
        await store.payment_agents.save(own, PAID_AT.date())
    found = await loaded(kabinet, [paid(1, closed.number, 100)])
    assert await fates(kabinet.container.pool, found.id) == {1: ("suspense", "account-closed")}
    before = await balances(kabinet.container.pool, home)
    theirs = tochka([paid(1, home.number, 900), paid(2, f"{home.number}-el", 100)])
    only = await load(service, theirs, agent="heat-office")
    assert await fates(kabinet.container.pool, only.id) == {
        1: ("posted", None),
        2: ("suspense", "account-unknown"),
    }
    after = await balances(kabinet.container.pool, home)
    assert {one: before[one] - after[one] for one in before if before[one] != after[one]} == {"heat": 900}
    assert await is_sound(kabinet)


async def test_a_search_finds_unidentified_money_and_brings_it(kabinet, home):
    slip = home.number[:-1]
    found = await loaded(kabinet, [paid(1, slip, 4_321)])
    form = {
        "kind": "payment-search",
        "paid_on": "2026-11-19",
        "amount": {"kopecks": 4_321},
        "paid_by": "bank",
    }
    url = f"/api/v1/accounts/{home.account_id}/applications/{new_id()}"
    case = (await kabinet.http.put(url, json={"form": form})).json()
    [row] = await kabinet.container.pool.fetch("SELECT payment_id FROM registry_rows")
    operator = await staff(kabinet)
    office = f"/api/v1/accounts/{home.account_id}/cases/{case['id']}"
    [trace] = (await kabinet.http.get(f"{office}/traces", headers=operator)).json()
    assert (trace["source"], trace["account_id"]) == ("unidentified", str(found.id))
    await kabinet.http.post(
        f"/api/v1/accounts/{home.account_id}/applications/{case['id']}/answer", json={"words": "Вот чек"}
    )
    await kabinet.container.of_refunds.payment_moving.move(moving(home, found, row["payment_id"], case["id"]))
    await kabinet.container.of_refunds.payment_moving.move(moving(home, found, row["payment_id"], case["id"]))
    assert await owed(kabinet, home) == TO_PAY - 4_321
    assert await fates(kabinet.container.pool, found.id) == {1: ("resolved", "account-unknown")}
    here = (await kabinet.http.put(url[:-36] + str(new_id()), json={"form": form})).json()
    assert here["state"] == "closed", here
    assert await is_sound(kabinet)


def moving(home, found, payment_id, case_id):
    return MovePayment(
        account_id=home.account_id,
        from_account_id=found.id,
        payment_id=payment_id,
        case_id=UUID(case_id),
        amount=Money(4_321),
    )


async def test_a_row_of_a_wrong_account_is_moved_as_any_payment(kabinet, home, service):
    other = await lay_household(kabinet.container.pool, number="6600000088", services=["electricity"])
    await charge(kabinet.container.pool, other, {"electricity": 10_000})
    found = await load(service, sberbank([paid(1, other.number, 4_321)]), expected=Expected(rows=1))
    [row] = await kabinet.container.pool.fetch("SELECT payment_id FROM registry_rows")
    moved = moving(home, found, row["payment_id"], str(new_id()))
    await kabinet.container.of_refunds.payment_moving.move(replace(moved, from_account_id=other.account_id))
    assert await owed(kabinet, home) == TO_PAY - 4_321
    assert await owed(kabinet, other) == 10_000
    assert await is_sound(kabinet)
