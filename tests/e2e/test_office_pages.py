"""Pages of the office with something on them: readings, letters, money that wait; a new second factor."""

import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest_asyncio

from domain.people.staff import Role
from infra.clock import new_id
from infra.mail_receiver import receiver_of
from tests import kabinets, scanner
from tests.actors import add_customer, staff_token
from tests.cases import QUESTION
from tests.households import lay_household
from tests.letters import AUTHSERV, BOOK, letter
from tests.offices import OfficeDesk
from tests.plates import registered, scanned
from tests.posts import mailed
from tests.readings import lay_meter
from tests.registries import PAID_AT, loaded, paid

PHOTO = b"\xff\xd8\xff\xe0" + bytes(1000)


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    async with scanner.opened(tmp_path) as address:
        env = {"KABINET_MAIL_AUTHSERV_ID": AUTHSERV, "KABINET_CLAMAV": address}
        async with kabinets.opened(pool, tmp_path, env=env) as kabinet:
            yield kabinet


@pytest_asyncio.fixture
async def desk(kabinet):
    return await OfficeDesk.of(kabinet, Role.OPERATOR)


async def views(pool, what):
    return await pool.fetchval("SELECT count(*) FROM account_views WHERE what = $1", what)


async def test_a_reading_gets_an_operators_word(kabinet, pool, desk):
    home = await kabinet.household(services=["electricity"])
    meter = await lay_meter(pool, home, max_power_kw=Decimal(1))
    day = kabinet.clock().date().isoformat()
    url = f"/accounts/{home.account_id}/meters/{meter}/readings/01a20000-0000-7000-8000-0000000000aa"
    sent = await kabinet.http.put(f"/api/v1{url}", json={"taken_on": day, "values": [{"value": "14100"}]})
    assert sent.json()["state"] == "needs_confirmation", sent.text
    body = {"comment": "It is so", "photo": b64encode(PHOTO).decode()}
    assert (await kabinet.http.put(f"/api/v1{url}/insistence", json=body)).status_code == 200
    shown = (await desk.get("/office/readings")).text
    assert "14\u00a0100" in shown
    assert "It is so" in shown
    assert await views(pool, "GET /office/readings") == 1
    assert (await desk.get(f"/office{url}/photo")).content == PHOTO
    refused = await desk.post(f"/office{url}", verdict="accept", reason=" ")
    assert (refused.status_code, "Nothing is written" in refused.text) == (422, True)
    after = await desk.shown(await desk.done(f"/office{url}", verdict="accept", reason="Seen"))
    assert ("The reading is accepted" in after, "14\u00a0100" in after) == (True, False)


async def test_a_letter_is_released_or_rejected(kabinet, pool, desk):
    home = await kabinet.household(services=["electricity"])
    receiver = receiver_of(kabinet.container)
    port = await receiver.listen("127.0.0.1", 0, is_lmtp=False)
    for subject, book in (("First", BOOK), ("Second", scanner.EICAR)):
        await mailed(port, letter(("Показания.xlsx", book), subject=subject))
    await receiver.stop(timeout_seconds=5)
    await kabinet.work()
    shown = (await desk.get("/office/letters")).text
    first, second = (
        re.search(rf'/office/letters/([\w-]+)"><strong>{one}', shown) for one in ("First", "Second")
    )
    assert first
    assert second
    one = f"/office/letters/{first[1]}"
    shown = (await desk.get(one)).text
    assert "Добрый день, показания во вложении." in shown
    assert f'{one}/workbooks/0">Показания.xlsx' in shown
    book = await desk.get(f"{one}/workbooks/0")
    assert book.content == BOOK
    assert book.headers["content-disposition"].startswith("attachment;")
    assert (await desk.get(f"{one}/workbooks/1")).status_code == 404
    infected = await desk.get(f"/office/letters/{second[1]}/workbooks/0")
    assert (infected.status_code, "Malware was found" in infected.text) == (409, True)
    assert await pool.fetchval("SELECT count(*) FROM letter_views WHERE what LIKE '%workbooks%'") == 3
    nobody = await desk.post(f"{one}/release", account_number="0", reason="By phone")
    assert (nobody.status_code, 'value="By phone"' in nobody.text) == (404, True)
    after = await desk.done(f"{one}/release", account_number=home.number, reason="By phone")
    assert "The letter is taken for the account" in await desk.shown(after)
    after = await desk.shown(await desk.done(f"/office/letters/{second[1]}/rejection", reason="Spam"))
    assert ("The letter is rejected" in after, "First" in after) == (True, False)


async def test_money_finds_its_account(kabinet, pool, desk):
    home = await kabinet.household()
    registry = await loaded(kabinet, [paid(1, "9900000099", 50_000)])
    shown = (await desk.get("/office/suspense")).text
    assert "9900000099" in shown
    row = f"/office/suspense/{registry.id}/1"
    assert (await desk.get(row)).status_code == 200
    nobody = await desk.post(f"{row}/account", account="1", reason="By phone")
    assert nobody.status_code == 422
    assert (await desk.post(f"{row}/account", account="9900000098", reason="By phone")).status_code == 404
    sent = await desk.post(f"{row}/account", account=home.number, reason="The payer has called")
    assert sent.status_code == 303, sent.text
    assert "9900000099" not in (await desk.get("/office/suspense")).text


async def test_much_money_goes_back_to_its_sender_by_two(kabinet, desk):
    registry = await loaded(kabinet, [paid(1, "9900000099", 2_000_000)])
    row, form = f"/office/suspense/{registry.id}/1", {"reason": "The payer asks for it"}
    unnamed = await desk.post(f"{row}/return", returned_on="2026-11-20", **form)
    assert (unnamed.status_code, "is not named" in unnamed.text) == (422, True)
    asked = await desk.done(f"{row}/return", order_number="117", returned_on="2026-11-20", **form)
    assert asked == "/office/approvals?asked=yes"
    assert await desk.done(f"{row}/return", order_number="117", returned_on="2026-11-20", **form) == asked
    # Another's request, or another reason, is not kept: the page of the payment says what waits.
    form = {"reason": "Asked once more", "order_number": "117", "returned_on": "2026-11-20"}
    assert await desk.done(f"{row}/return", **form) == row
    shown = await desk.shown(row)
    assert ("Waits for approval" in shown, f"{row}/return" in shown) == (True, False)
    assert "waits for approval" in await desk.shown("/office/suspense")
    senior = await OfficeDesk.of(kabinet, Role.SENIOR_OPERATOR)
    waiting = await senior.shown("/office/approvals")
    assert "№ 117" in waiting
    assert "20\u00a0000" in waiting
    assert "9900000099" in waiting
    assert row in waiting
    [approval] = re.findall(r"/office/approvals/([\w-]+)/approve", waiting)
    await senior.done(f"/office/approvals/{approval}/approve", reason="Checked")
    assert "waits no more" in await desk.shown(row)


async def test_an_operator_finds_whom_to_call_and_the_look_is_kept(kabinet, pool, desk):
    home = await kabinet.household()
    place = f"/accounts/{home.account_id}/contacts"
    assert (await kabinet.http.get(f"/api/v1{place}")).status_code == 404
    token = await staff_token(kabinet.container, Role.OPERATOR)
    answer = await kabinet.http.get(f"/api/v1{place}", headers={"Authorization": f"Bearer {token}"})
    [one] = answer.json()
    assert (one["role"], one["valid_until"]) == ("owner", None)
    assert one["phone"] in await desk.shown(f"/office{place}")
    looks = await pool.fetch("SELECT what FROM account_views WHERE account_id = $1", home.account_id)
    assert sum("contacts" in look["what"] for look in looks) == 2
    quality = await OfficeDesk.of(kabinet, Role.QUALITY)
    assert (await quality.get(f"/office{place}")).status_code == 403


async def test_a_day_is_compared_and_explained(kabinet, desk):
    kabinet.clock.at = datetime.combine(PAID_AT.date(), PAID_AT.time(), UTC) + timedelta(hours=12)
    desk = await OfficeDesk.of(kabinet, Role.OPERATOR)
    home = await kabinet.household()
    await loaded(kabinet, [paid(1, home.number, 50_000), paid(2, "9900000099", 700)])
    day = f"/office/reconciliation/{PAID_AT.date()}"
    assert "not compared yet" in await desk.shown(day)
    assert await desk.done(f"{day}/comparison") == day
    assert day in await desk.shown("/office/reconciliation")
    listed = await desk.shown(f"{day}?agent=sber&category=missing_in_bank")
    assert "The bank has not credited it" in listed
    assert "SUIP-000000000001" in await desk.shown(f"{day}?agent=sber&category=matched")
    [explain] = re.findall(rf'action="({day}/sber/[^"]+)"', listed)
    short = await desk.post(explain.replace("&amp;", "&"), reason="x")
    assert short.status_code == 422
    back = await desk.done(explain.replace("&amp;", "&"), reason="It comes tomorrow")
    assert "It comes tomorrow" in await desk.shown(back)
    assert "explained: 1" in await desk.shown(day)
    assert "explained: 1" in await desk.shown("/office/reconciliation")
    assert (await desk.get(f"{day}/report.xlsx")).content.startswith(b"PK")
    to_come = (await desk.post(f"/office/reconciliation/{kabinet.clock().date()}/comparison")).status_code
    assert to_come == 409


async def test_an_administrator_lets_staff_and_systems_in(kabinet, pool):
    admin = await OfficeDesk.of(kabinet, Role.ADMINISTRATOR)
    unnamed = await admin.post("/office/staff", login="+79000000077", role="operator")
    assert unnamed.status_code == 422
    added = await admin.post("/office/staff", login="+79000000077", name="Новикова Ольга", role="operator")
    assert "shown this once" in added.text
    member = await pool.fetchval("SELECT staff_id FROM staff WHERE login = '+79000000077'")
    one = f"/office/staff/{member}"
    assert await admin.done(f"{one}/role", role="senior_operator", reason="Promoted") == one
    reset = await admin.post(f"{one}/reset-password", reason="Forgotten")
    [secret] = re.findall(r'data-copy="([^"]+)"', reset.text)
    chosen = {"reset": secret, "password": "a long new password"}
    assert await admin.done("/staff/new-password", **chosen) == "/sign-in?next=/office"
    assert (await admin.post("/staff/new-password", **chosen)).status_code == 422
    await admin.done(f"{one}/disable", reason="Left")
    assert "shut out" in await admin.shown("/office/staff")
    log = await admin.shown("/office/staff-log")
    assert log.index("Somebody was shut out") < log.index("A role was changed")
    await admin.done("/office/systems", name="Billing")
    [keys] = re.findall(r'action="(/office/systems/[^"]+/keys)"', await admin.shown("/office/systems"))
    assert (await admin.post(keys, valid_days="365")).status_code == 422
    issued = await admin.post(keys, valid_days="365", scopes=["see", "import"])
    assert issued.text.count("shown this once") == 2
    [end] = re.findall(r'action="([^"]+/end)"', issued.text)
    await admin.done(end)
    assert "revoked" in await admin.shown("/office/systems")


async def test_the_record_of_looks_is_narrowed_and_the_menu_goes_by_rights(kabinet, pool, desk):
    home = await kabinet.household()
    other = await lay_household(pool, user_id=await add_customer(kabinet.container), number="7711223355")
    for each in (home, other):
        await desk.get(f"/accounts/{each.account_id}")
    admin = await OfficeDesk.of(kabinet, Role.ADMINISTRATOR)
    every = await admin.shown("/office/views")
    assert home.number in every
    assert other.number in every
    day = kabinet.clock().date()
    narrowed = await admin.shown(f"/office/views?account={home.number}&since={day}&until={day}")
    assert other.number not in narrowed
    assert "The account and its balance" in narrowed
    assert (await admin.get("/office/views?account=9900000098")).status_code == 404
    assert (await desk.get("/office/views")).status_code == 403
    assert "/office/staff" not in await desk.shown("/office/more")
    quality = await OfficeDesk.of(kabinet, Role.QUALITY)
    assert "/office/cases" not in await quality.shown("/office")
    assert "/plate" not in await quality.shown(f"/accounts/{home.account_id}")


async def test_a_new_member_sets_up_the_second_factor_first(kabinet):
    desk = await OfficeDesk.of(kabinet, Role.OPERATOR, has_factor=False)
    sent_away = await desk.get("/office")
    assert (sent_away.status_code, sent_away.headers["location"]) == (303, "/office/second-factor")
    assert (await desk.get("/office/second-factor")).status_code == 200
    wrong = await desk.post("/office/second-factor", password="no")
    assert wrong.status_code == 422


async def test_staff_see_the_account_and_pay_nothing(kabinet, pool, desk):
    home = await kabinet.household()
    shown = await desk.get(f"/accounts/{home.account_id}")
    assert shown.status_code == 200
    assert "every view is recorded" in shown.text
    assert f"/accounts/{home.account_id}/pay" not in shown.text
    assert await views(pool, "GET /accounts/{account_id}") == 1
    assert (await desk.get(f"/accounts/{home.account_id}/pay")).status_code == 403
    found = await desk.post("/office/find", text=home.number)
    assert (found.status_code, found.headers["location"]) == (303, f"/accounts/{home.account_id}")
    assert await views(pool, "office/accounts/search") == 1
    filed = await kabinet.http.put(
        f"/api/v1/accounts/{home.account_id}/enquiries/{(case_id := new_id())}", json={"form": QUESTION}
    )
    by_case = await desk.post("/office/find", text=filed.json()["number"].lower())
    assert by_case.headers["location"] == f"/office/accounts/{home.account_id}/cases/{case_id}"
    unsaid = await desk.post(f"{by_case.headers['location']}/decision", action="preview", answer="Yes")
    assert (unsaid.status_code, "Choose the outcome" in unsaid.text) == (422, True)


async def test_a_sum_is_put_on_a_plate_and_seen_to_come(kabinet, desk):
    home = await kabinet.household()
    customer = OfficeDesk(kabinet, kabinet.http.headers["Authorization"].removeprefix("Bearer "))
    plate_id, payment_id = await registered(kabinet), str(new_id())
    form = {"plate": str(plate_id), "payment_id": payment_id, "amount": "100,00"}
    blank = await desk.shown(f"/accounts/{home.account_id}/plate")
    assert f'value="{plate_id}" required checked' in blank  # there is no other
    for _ in range(2):  # the second press puts nothing on
        put = await desk.post(f"/accounts/{home.account_id}/plate", **form)
        assert (put.status_code, put.headers["location"][-36:]) == (303, payment_id)
    again = await desk.post(f"/accounts/{home.account_id}/plate", **form | {"payment_id": str(new_id())})
    assert again.status_code == 409
    place = put.headers["location"]
    asked = await desk.shown(place)
    assert "Ask the customer to scan it" in asked
    assert f"/sandbox/plates/AS1R{1:028d}" in asked
    assert f'action="/office/plates/{plate_id}/off"' in asked
    told = await customer.shown(place)
    assert "Scan the SBP QR at the service centre: Центр на Мира, 1, Окно 1" in told
    assert "/off" not in told
    front = await customer.shown(f"/accounts/{home.account_id}")
    assert "can be paid by the SBP QR at the service centre" in front
    assert "is not finished" not in front
    await kabinet.sandbox.play(await scanned(kabinet))
    await kabinet.notices()
    await kabinet.work()
    assert "<h1>Received</h1>" in (await desk.get(place)).text
    assert "<h1>Paid</h1>" in (await customer.get(place)).text
    assert "Received" in (await desk.get("/office/plates")).text


async def test_a_sum_is_taken_off_from_its_own_page(kabinet, pool, desk):
    home = await lay_household(pool)
    plate_id, stale, payment_id = await registered(kabinet), str(new_id()), str(new_id())
    blank = await desk.shown(f"/accounts/{home.account_id}/plate")
    assert 'name="amount" value=""' in blank  # nothing is owed
    form = {"plate": str(plate_id), "payment_id": payment_id, "amount": "100,00"}
    place = await desk.done(f"/accounts/{home.account_id}/plate", **form)
    off = f"/office/plates/{plate_id}/off"
    assert await desk.done(off, payment=stale, back="payment") == "/office/plates"  # another stands there now
    assert await scanned(kabinet) is not None
    assert await desk.done(off, payment=payment_id, back="payment") == place
    assert await scanned(kabinet) is None
    taken = await desk.shown(place)
    assert "The sum was taken off the QR" in taken
    assert f'/accounts/{home.account_id}/pay"' not in taken
