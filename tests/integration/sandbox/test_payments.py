"""Payments, refunds and receipts of the sandbox from their first state to the final one."""

import asyncio

from domain.payments.sbp_links import parse as parse_sbp_link
from tests.sandboxes import URL, order, receipt


async def test_a_saved_method_pays_without_its_owner(sandbox):
    card = {"payment_method_data": {"type": "bank_card"}}
    first = await sandbox.created(**card, save_payment_method=True)
    by_saved = order(payment_method_data=None, confirmation=None, payment_method_id=first["id"])
    early = await sandbox.ask("POST", "/payments", json=by_saved)
    assert (early.status_code, early.json()["parameter"]) == (400, "payment_method_id")
    await sandbox.play(first["id"])
    assert (await sandbox.read(first["id"]))["payment_method"]["saved"]
    again = (await sandbox.ask("POST", "/payments", json=by_saved)).json()
    assert (again["status"], again["payment_method"]["id"]) == ("succeeded", first["id"])
    await sandbox.fault("saved.charge", "revoked")
    refused = (await sandbox.ask("POST", "/payments", json=by_saved)).json()
    assert refused["cancellation_details"]["reason"] == "permission_revoked"
    gone = await sandbox.ask("POST", "/payments", json=by_saved)
    assert gone.status_code == 400


async def test_paid_by_sbp(sandbox):
    payment = await sandbox.created(receipt=receipt())
    sandbox.clock.later(minutes=3)
    assert (await sandbox.play(payment["id"])).json() == {"id": payment["id"], "status": "succeeded"}
    done = await sandbox.read(payment["id"])
    assert (done["paid"], done["refundable"]) == (True, True)
    assert done["captured_at"] == "2026-11-22T12:03:00.000Z"
    assert len(bytes.fromhex(done["payment_method"]["sbp_operation_id"])) == 16
    assert done["income_amount"]["value"] == "1244.40"
    assert done["refunded_amount"]["value"] == "0.00"
    assert done["receipt_registration"] == "pending"
    assert "confirmation" not in done
    sandbox.clock.later(seconds=2)
    await sandbox.tick()
    assert (await sandbox.read(payment["id"]))["receipt_registration"] == "succeeded"


async def test_two_stages_by_card(sandbox):
    card = {"payment_method_data": {"type": "bank_card"}, "capture": False}
    payment = await sandbox.created(**card)
    path = f"/payments/{payment['id']}"
    assert (await sandbox.ask("POST", f"{path}/capture")).status_code == 400
    assert (await sandbox.ask("POST", f"{path}/cancel")).status_code == 400
    await sandbox.play(payment["id"])
    assert (await sandbox.read(payment["id"]))["status"] == "waiting_for_capture"
    part = {"amount": {"value": "1000.00", "currency": "RUB"}}
    captured = (await sandbox.ask("POST", f"{path}/capture", json=part)).json()
    assert (captured["status"], captured["amount"]["value"]) == ("succeeded", "1000.00")
    assert (await sandbox.ask("POST", f"{path}/cancel")).status_code == 400
    held = await sandbox.created(**card)
    await sandbox.play(held["id"])
    cancelled = (await sandbox.ask("POST", f"/payments/{held['id']}/cancel")).json()
    assert cancelled["cancellation_details"] == {"party": "merchant", "reason": "canceled_by_merchant"}


async def test_a_final_state_is_final(sandbox):
    paid, refused = (await sandbox.created())["id"], (await sandbox.created())["id"]
    await sandbox.play(paid)
    await sandbox.play(refused, "refuse", reason="insufficient_funds")
    for payment_id in (paid, refused):
        before = await sandbox.read(payment_id)
        for what in ("pay", "refuse"):
            assert (await sandbox.play(payment_id, what)).status_code == 400
        assert await sandbox.read(payment_id) == before


async def test_expires_after_an_hour_and_says_so(sandbox):
    payment_id = (await sandbox.created())["id"]
    sandbox.clock.later(hours=1)
    await sandbox.tick()
    assert [(one["event"], one["object"]["id"]) for one in sandbox.shop.heard] == [
        ("payment.canceled", payment_id)
    ]
    expired = await sandbox.read(payment_id)
    assert expired["cancellation_details"] == {"party": "yoo_money", "reason": "expired_on_confirmation"}
    assert (await sandbox.play(payment_id)).status_code == 400
    # What the documents rule out happens on demand only.
    assert (await sandbox.play(payment_id, late=1)).json()["status"] == "succeeded"


async def test_pays_later_by_itself(sandbox):
    payment_id = (await sandbox.created())["id"]
    await sandbox.play(payment_id, after_seconds=1500)
    assert (await sandbox.read(payment_id))["status"] == "pending"
    sandbox.clock.later(seconds=1500)
    await sandbox.tick()
    assert (await sandbox.read(payment_id))["status"] == "succeeded"
    beyond = (await sandbox.created())["id"]
    await sandbox.play(beyond, after_seconds=4000)
    late = (await sandbox.created())["id"]
    await sandbox.play(late, after_seconds=4000, late=1)
    sandbox.clock.later(seconds=3700)
    await sandbox.tick()
    assert [(await sandbox.read(one))["status"] for one in (beyond, late)] == ["canceled"] * 2
    sandbox.clock.later(seconds=400)
    await sandbox.tick()
    assert [(await sandbox.read(one))["status"] for one in (beyond, late)] == ["canceled", "succeeded"]


async def test_the_qr_is_a_link_of_sbp(sandbox):
    payment = await sandbox.created(confirmation={"type": "qr"})
    link = payment["confirmation"]["confirmation_data"]
    parsed = parse_sbp_link(link)
    assert parsed.qrc_id.startswith("AD10")
    assert parsed.sum.kopecks == 125050
    led = await sandbox.http.get(f"/sandbox/qr/{parsed.qrc_id}")
    assert led.headers["Location"] == f"/checkout/{payment['id']}"


async def test_refunds_never_exceed_what_was_paid(sandbox):
    payment_id = (await sandbox.created())["id"]

    async def refund(value, **more):
        body = {"payment_id": payment_id, "amount": {"value": value, "currency": "RUB"}, **more}
        return await sandbox.ask("POST", "/refunds", json=body)

    assert (await refund("1.00")).status_code == 400
    await sandbox.play(payment_id)
    assert (await refund("0.00")).status_code == 400
    assert (await refund("1.00", description="о" * 256)).status_code == 400
    made = (await refund("250.50", description="ошибка")).json()
    assert (len(made["id"]), made["status"]) == (36, "succeeded")
    assert (await refund("1000.01")).json()["parameter"] == "amount.value"
    answers = await asyncio.gather(*(refund("300.00") for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [400] * 7
    done = await sandbox.read(payment_id)
    assert (done["refunded_amount"]["value"], done["refundable"]) == ("1150.50", True)
    await refund("100.00")
    assert (await sandbox.read(payment_id))["refundable"] is False
    listed = (await sandbox.ask("GET", f"/refunds?payment_id={payment_id}")).json()["items"]
    assert sum(int(one["amount"]["value"].replace(".", "")) for one in listed) == 125050
    assert (await sandbox.ask("GET", f"/refunds/{made['id']}")).json() == made


async def test_receipts_apart(sandbox):
    payment_id = (await sandbox.created())["id"]
    settlements = [{"type": "cashless", "amount": {"value": "1250.50", "currency": "RUB"}}]
    body = receipt() | {"type": "payment", "payment_id": payment_id, "send": True, "settlements": settlements}
    assert (await sandbox.ask("POST", "/receipts", json=body)).status_code == 400
    await sandbox.play(payment_id)
    wrong = body | {"settlements": [{"type": "cashless", "amount": {"value": "1.00", "currency": "RUB"}}]}
    assert (await sandbox.ask("POST", "/receipts", json=wrong)).json()["parameter"] == "settlements"
    assert (await sandbox.ask("POST", "/receipts", json=body | {"type": "refund"})).status_code == 200
    made = (await sandbox.ask("POST", "/receipts", json=body)).json()
    assert made["status"] == "pending"
    sandbox.clock.later(seconds=2)
    await sandbox.tick()
    done = (await sandbox.ask("GET", f"/receipts/{made['id']}")).json()
    assert done["status"] == "succeeded"
    assert done["fiscal_attribute"]
    assert len((await sandbox.ask("GET", f"/receipts?payment_id={payment_id}")).json()["items"]) == 2


async def test_wrong_wishes_of_the_payer_are_refused(sandbox):
    payment_id = (await sandbox.created())["id"]
    for query in (
        {"notice": "eaten"},
        {"seconds": "nan"},
        {"after_seconds": "-1"},
        {"after_seconds": "soon"},
    ):
        assert (await sandbox.play(payment_id, **query)).status_code == 400
    assert (await sandbox.play("unknown")).status_code == 404
    assert (await sandbox.read(payment_id))["status"] == "pending"


async def test_the_page_of_the_payer(sandbox):
    payment = await sandbox.created(description="<b>Оплата</b>")
    url = payment["confirmation"]["confirmation_url"]
    assert url == f"{URL}/checkout/{payment['id']}"
    page = await sandbox.http.get(url)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "1\u00a0250,50\u00a0₽" in page.text
    assert "&lt;b&gt;" in page.text
    assert "<script" not in page.text
    browser = {"Accept": "text/html,*/*", "Content-Type": "application/x-www-form-urlencoded"}
    led = await sandbox.http.post(f"{url}/pay", content=b"notice=twice&seconds=30", headers=browser)
    assert (led.status_code, led.headers["Location"]) == (303, "https://shop.test/back")
    assert "оплачен" in (await sandbox.http.get(url)).text
    assert payment["id"] in (await sandbox.http.get("/sandbox")).text
    await sandbox.tick()
    assert len(sandbox.shop.heard) == 2
    refused = await sandbox.created()
    page_url = refused["confirmation"]["confirmation_url"]
    answer = await sandbox.http.post(f"{page_url}/refuse", json={"reason": "insufficient_funds"})
    assert answer.json()["status"] == "canceled"
    assert "insufficient_funds" in (await sandbox.http.get(page_url)).text


async def test_the_page_offers_to_pay_what_expired(sandbox):
    payment = await sandbox.created()
    sandbox.clock.later(hours=2)
    page = await sandbox.http.get(f"/checkout/{payment['id']}")
    assert "Оплатить с опозданием" in page.text
