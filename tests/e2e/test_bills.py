"""A bill's life over HTTP: issued, read, explained, paid by its codes, known again."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest

from api.paging import cursor_of
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.money import Money
from domain.payments.paycodes import encode, parse
from domain.people.staff import Role
from domain.readings.readings import ReadingSource
from tests.asking import ask
from tests.bills import scanned, words_on
from tests.households import charge
from tests.kabinets import DEBTS, PASSWORD
from tests.offices import OfficeDesk
from tests.readings import lay_meter, may_send, sent
from tests.sharing import person

KWH, PRICE = 250, Decimal("5.00")
CHARGED = DEBTS | {"electricity": KWH * 500}
TO_PAY = sum(CHARGED.values())


async def metered_home(kabinet):
    """Electricity by a meter at 5 roubles, in October read on the 22nd."""
    home = await kabinet.household()
    pool = kabinet.container.pool
    await charge(pool, home, CHARGED)
    await pool.execute(
        "INSERT INTO tariffs VALUES ($1, 'electricity', '2026-07-01', 5.00, 'кВт·ч') ON CONFLICT DO NOTHING",
        home.suppliers["electricity"],
    )
    await pool.execute(
        "UPDATE charges SET volume = 250, tariff = 5.00, unit = 'кВт·ч' WHERE account_id = $1"
        " AND service_code = 'electricity'",
        home.account_id,
    )
    meter_id = await lay_meter(pool, home, installed_on=kabinet.clock().date() - timedelta(days=80))
    now = kabinet.clock()
    kabinet.clock.later(days=-29)
    await kabinet.container.of_readings.reading_service.submit(
        may_send(home, kabinet.clock()),
        sent(meter_id, 4000 + KWH, taken_on=kabinet.clock().date()),
        ReadingSource.CABINET,
    )
    kabinet.clock.later(seconds=(now - kabinet.clock()).total_seconds())
    return home, meter_id


async def issue(kabinet, home, period="2026-10"):
    issuing = kabinet.container.of_bills.bill_issuing
    done = await issuing.issue([home.account_id], await issuing.common(period))
    assert len(done.new) == 1


async def test_a_bill_is_read_and_its_paper_is_kept(kabinet):
    home, _ = await metered_home(kabinet)
    path = f"/accounts/{home.account_id}/bills"
    assert (await ask(kabinet, "GET", path))["items"] == []
    assert (await ask(kabinet, "GET", f"{path}/2026-10", 404))["code"] == "bill-not-found"
    await issue(kabinet, home)

    [card] = (await ask(kabinet, "GET", path))["items"]
    assert (card["period"], card["to_pay"], card["due_on"]) == ("2026-10", {"kopecks": TO_PAY}, "2026-12-15")
    assert card["charged"] == card["to_pay"]
    bill = await ask(kabinet, "GET", f"{path}/2026-10")
    assert bill["to_pay"] == {"kopecks": TO_PAY}
    assert {part["to_pay"]["kopecks"] for part in bill["suppliers"]} == set(CHARGED.values())

    first = await kabinet.http.get(f"/api/v1{path}/2026-10/document")
    again = await kabinet.http.get(f"/api/v1{path}/2026-10/document")
    assert first.headers["content-type"] == "application/pdf"
    assert f"filename*=UTF-8''{quote('Квитанция')}" in first.headers["content-disposition"]
    assert first.content == again.content
    tag = {"If-None-Match": first.headers["etag"]}
    assert (await kabinet.http.get(f"/api/v1{path}/2026-10/document", headers=tag)).status_code == 304
    assert words_on(first.content)[0] == 1
    assert scanned(first.content) == {bill["code"], *(part["code"] for part in bill["suppliers"])}
    assert (await ask(kabinet, "GET", f"{path}/2026-13", 404))["code"] == "bill-not-found"


async def test_debts_of_months_are_not_to_be_added(kabinet):
    """Each bill asks for those before it as well: the newest alone says what is left."""
    home = await kabinet.household()
    for period in ("2026-08", "2026-09", "2026-10"):
        await charge(kabinet.container.pool, home, CHARGED, period=period)
        await issue(kabinet, home, period)
    path = f"/accounts/{home.account_id}/bills"
    cards = (await ask(kabinet, "GET", path))["items"]
    assert [card["charged"]["kopecks"] for card in cards] == [TO_PAY] * 3
    assert [card["to_pay"]["kopecks"] for card in cards] == [TO_PAY * 3, TO_PAY * 2, TO_PAY]

    await pays(kabinet, home, amount={"kopecks": 1000})
    browser = OfficeDesk(kabinet, kabinet.http.headers["Authorization"].removeprefix("Bearer "))
    archive = await browser.shown(path)
    assert archive.count("Left to pay") == 1
    assert archive.count("the debt went into the bill for") == 2
    after_newest = await browser.shown(f"{path}?cursor={cursor_of('2026-10')}")
    assert "Left to pay" not in after_newest
    assert "the debt went into the bill for October 2026" in after_newest
    bill = " ".join((await browser.shown(f"{path}/2026-10")).split())
    assert "Debt of the months before 4 620,00 ₽ + charged 2 310,00 ₽ = to pay <strong>6 930,00 ₽" in bill


async def test_the_codes_pay_what_the_bill_says(kabinet):
    """The paper is scanned by somebody else, who adds the account by it and pays."""
    home, _ = await metered_home(kabinet)
    await issue(kabinet, home)
    path = f"/accounts/{home.account_id}/bills/2026-10"
    pdf = (await kabinet.http.get(f"/api/v1{path}/document")).content
    bill = await ask(kabinet, "GET", path)
    codes = {parse(code).get("ServiceName"): code for code in scanned(pdf)}
    assert parse(codes[None])["Sum"] == str(TO_PAY)

    async with person(kabinet, "+79000000007") as anna:
        for code in (codes[None], codes[bill["suppliers"][0]["inn"]]):
            assert (await check(kabinet, code))["verdict"] == "ours"
        await anna.ask("POST", "/accounts/by-code", 201, json={"code": codes[None]})

        one = bill["suppliers"][0]
        alone = {
            "supplier_account_id": one["id"],
            "amount": {"kopecks": int(parse(codes[one["inn"]])["Sum"])},
        }
        kabinet.http.headers["Authorization"] = anna.http.headers["Authorization"]
        await pays(kabinet, home, parts=[alone])
        assert await owed(kabinet, home) == {one["id"]: 0} | {
            part["id"]: part["to_pay"]["kopecks"] for part in bill["suppliers"][1:]
        }
        browser = OfficeDesk(kabinet, anna.http.headers["Authorization"].removeprefix("Bearer "))
        for page in (path, path.removesuffix("/2026-10")):
            assert "Left to pay" in await browser.shown(page)
        assert (await check(kabinet, codes[one["inn"]]))["verdict"] == "paid"
        assert (await check(kabinet, codes[None]))["verdict"] == "ours"

        rest = TO_PAY - alone["amount"]["kopecks"]
        await pays(kabinet, home, amount={"kopecks": rest}, period="2026-10")
        assert set((await owed(kabinet, home)).values()) == {0}
        assert (await check(kabinet, codes[None])) == {
            "verdict": "paid",
            "is_last": True,
            "text": "Квитанция наша и уже оплачена: долга по ней нет",
        }
    # By its number the paper still proves whose account it is, though the sum has changed.
    async with person(kabinet, "+79000000008") as boris:
        await boris.ask("POST", "/accounts/by-code", 201, json={"code": codes[None]})


async def pays(kabinet, home, **wish):
    started = await kabinet.pay(home, **wish)
    assert started.status_code in {201, 202}, started.text
    await kabinet.play(home, started.json()["id"])
    await kabinet.notices()
    await kabinet.work()
    assert (await kabinet.payment(home, started.json()["id"]))["state"] == "paid"


async def owed(kabinet, home):
    account = await ask(kabinet, "GET", f"/accounts/{home.account_id}")
    return {one["id"]: one["balance"]["to_pay"]["kopecks"] for one in account["supplier_accounts"]}


async def check(kabinet, code, expected=200):
    return await ask(kabinet, "POST", "/bills/check", expected, json={"code": code})


async def test_forged_codes_are_told_apart_without_a_word_about_anybody(kabinet):
    home, _ = await metered_home(kabinet)
    live = encode(await kabinet.container.payment_codes.unified(_see(kabinet, home)))
    await issue(kabinet, home)
    code = (await ask(kabinet, "GET", f"/accounts/{home.account_id}/bills/2026-10"))["code"]
    del kabinet.http.headers["Authorization"]

    found = await check(kabinet, code)
    assert found == {"verdict": "ours", "is_last": True, "text": found["text"]}
    values = parse(code)
    assert (await check(kabinet, code.replace(f"Sum={TO_PAY}", "Sum=1")))["verdict"] == "other-sum"
    forged = [
        code.replace(values["PersonalAcc"], "40702810600000000001"),
        code.replace(f"PersAcc={home.number}", "PersAcc=6600000002"),
        code.replace(values["QuittId"], values["QuittId"][:-1] + "?"),
        code.replace(values["QuittId"], f"{home.number}-2610-AAAAAA"),
        code.replace(values["QuittId"], "x"),
        live,
    ]
    answers = [await check(kabinet, one) for one in forged]
    assert {one["verdict"] for one in answers} == {"not-ours"}
    assert len({one["text"] for one in answers}) == 1
    assert (await check(kabinet, "не код вовсе", 422))["code"] == "paycode-unreadable"
    await the_page_tells_the_same(kabinet, home, code)
    for _ in range(60):
        answer = await kabinet.http.post("/api/v1/bills/check", json={"code": live})
    assert answer.status_code == 429
    assert (await on_page(kabinet, code))[0] == 429


async def on_page(kabinet, code):
    headers = {"Accept-Language": "ru", "Sec-Fetch-Site": "same-origin"}
    answer = await kabinet.http.post("/bills/check", data={"code": code}, headers=headers)
    return answer.status_code, " ".join(answer.text.split())


async def the_page_tells_the_same(kabinet, home, code):
    """In words, and of the account nothing at all."""
    told = {
        code: "Квитанция наша: получатель",
        code.replace(f"Sum={TO_PAY}", "Sum=1"): "сумму мы просили другую",
        code.replace(f"PersAcc={home.number}", "PersAcc=6600000002"): "Это не код нашей квитанции",
    }
    names = await kabinet.container.pool.fetchrow(
        "SELECT holder_name, address FROM accounts WHERE account_id = $1", home.account_id
    )
    for one, words in told.items():
        status, page = await on_page(kabinet, f" {one}\r\n")
        assert (status, words in page) == (200, True), page
        for hidden in (*names, home.number, str(TO_PAY), str(Money(TO_PAY)).removesuffix("\u00a0₽")):
            assert hidden not in page
    status, page = await on_page(kabinet, "не код вовсе")
    assert (status, "не код вовсе</textarea>" in page) == (422, True)


def _see(kabinet, home):
    return Access(actor=OURSELVES, account_id=home.account_id, scope=Scope.SEE, at=kabinet.clock())


async def test_a_line_is_explained_to_the_customer_and_to_the_operator_alike(kabinet):
    home, meter_id = await metered_home(kabinet)
    await issue(kabinet, home)
    bill = await ask(kabinet, "GET", f"/accounts/{home.account_id}/bills/2026-10")
    line = next(
        line for part in bill["suppliers"] for line in part["lines"] if line["service_code"] == "electricity"
    )
    path = f"/accounts/{home.account_id}/bills/2026-10/lines/{line['id']}"
    told = await ask(kabinet, "GET", path)
    assert told["is_exact"] and told["is_metered"]
    assert told["formula"].replace("\u00a0", " ") == "250 × 5,00 = 1 250,00 ₽"
    assert told["readings"][0]["meter_id"] == str(meter_id)

    same = await ask(
        kabinet, "POST", f"{path}/what-if", json={"meter_id": str(meter_id), "values": {"single": 4250}}
    )
    assert (same["difference"], same["total"]) == ({"kopecks": 0}, {"kopecks": KWH * 500})
    less = await ask(
        kabinet, "POST", f"{path}/what-if", json={"meter_id": str(meter_id), "values": {"single": 4200}}
    )
    assert (less["difference"], less["total"]) == ({"kopecks": -25000}, {"kopecks": 200 * 500})
    assert less["instead"]["total"] == {"kopecks": 100000}
    low = {"meter_id": str(meter_id), "values": {"single": 3999}}
    assert (await ask(kabinet, "POST", f"{path}/what-if", 422, json=low))["code"] == "value-impossible"

    await kabinet.container.enrolment_service.staff("+79000000011", "Оператор", Role.OPERATOR, PASSWORD, None)
    await kabinet.sign_in_again("+79000000011")
    assert await ask(kabinet, "GET", path) == told
    await kabinet.sign_in_again()
    [view] = (await ask(kabinet, "GET", f"/accounts/{home.account_id}/views"))["items"]
    assert (view["staff_name"], view["what"]) == ("Оператор", "Квитанции")
    async with person(kabinet, "+79000000009") as stranger:
        await stranger.ask("GET", path, 404)


@pytest.mark.parametrize("word", ["", "/document", "/lines/01a20000-0000-7000-8000-000000000001"])
async def test_nobody_else_sees_a_bill(kabinet, word):
    home, _ = await metered_home(kabinet)
    await issue(kabinet, home)
    async with person(kabinet, "+79000000009") as stranger:
        await stranger.ask("GET", f"/accounts/{home.account_id}/bills/2026-10{word}", 404)


async def test_its_people_are_told_of_a_new_bill_once(kabinet):
    home = await kabinet.household(email="anna@example.test")
    await issue(kabinet, home)
    await kabinet.work()
    [notice] = (await ask(kabinet, "GET", "/notices"))["items"]
    assert (notice["kind"], notice["account_id"]) == ("bill-ready", str(home.account_id))
    issuing = kabinet.container.of_bills.bill_issuing
    assert not (await issuing.issue([home.account_id], await issuing.common("2026-10"))).new
    assert not await kabinet.work()
