"""The sandbox is as strict as the documented API, keeps what it said, and plays every trick on notices."""

import asyncio
import json
from datetime import timedelta
from itertools import pairwise

import httpx
import pytest
import pytest_asyncio

from domain.payments.sbp_links import parse as parse_sbp_link
from infra.errors import OperatorError
from infra.sandbox.app import create, serve
from infra.sandbox.notices import deliver_due
from tests.sandboxes import (
    SHOP,
    TOKEN,
    URL,
    Clock,
    OwnProcess,
    config,
    free_port,
    opened,
    order,
    payment_order,
    receipt,
)


@pytest_asyncio.fixture
async def sandbox(tmp_path):
    async with opened(tmp_path) as sandbox:
        yield sandbox


def payee(**more):
    return payment_order()["recipient"] | more


def bank(**more):
    return payee(bank=payee()["bank"] | more)


def item(**more):
    return receipt() | {"items": [receipt()["items"][0] | more]}


def period(month, year=2026):
    return {"payment_period": {"month": month, "year": year}}


WRONG_VALUES = ["1250", "1250.5", "1250,50", "1 250.50", "-1.00", "01.00", "0.00", "1.00\n", "1e2.00", "٣.00"]
TOO_LONG = "https://a/" + "b" * 2048
WRONG = [
    ("amount", {"amount": None}),
    ("amount.value", {"amount": {"currency": "RUB"}}),
    ("amount.value", {"amount": {"value": 1250.5, "currency": "RUB"}}),
    *(("amount.value", {"amount": {"value": value, "currency": "RUB"}}) for value in WRONG_VALUES),
    ("amount.currency", {"amount": {"value": "1250.50", "currency": "USD"}}),
    ("amount.kopecks", {"amount": {"value": "1250.50", "currency": "RUB", "kopecks": 1}}),
    ("unheard_of", {"unheard_of": 1}),
    ("description", {"description": "д" * 129}),
    ("merchant_customer_id", {"merchant_customer_id": "x" * 201}),
    ("metadata", {"metadata": {str(no): "x" for no in range(17)}}),
    ("metadata", {"metadata": {"k" * 33: "x"}}),
    ("metadata", {"metadata": {"k": "x" * 513}}),
    ("metadata", {"metadata": {"k": 1}}),
    ("client_ip", {"client_ip": "300.1.1.1"}),
    ("capture", {"capture": False}),
    ("capture", {"capture": None}),
    ("capture", {"capture": "yes"}),
    ("payment_method_data.type", {"payment_method_data": {"type": "barter"}}),
    ("payment_method_data.type", {"payment_method_data": {"type": "cash"}}),
    ("payment_method_data.phone", {"payment_method_data": {"type": "sberbank", "phone": "+7 900"}}),
    ("confirmation", {"confirmation": None}),
    ("confirmation.return_url", {"confirmation": {"type": "redirect"}}),
    ("confirmation.return_url", {"confirmation": {"type": "redirect", "return_url": "no address"}}),
    ("confirmation.return_url", {"confirmation": {"type": "redirect", "return_url": TOO_LONG}}),
    ("confirmation.type", {"confirmation": {"type": "telepathy"}}),
    ("confirmation.type", {"confirmation": {"type": "qr"}, "payment_method_data": {"type": "bank_card"}}),
    ("confirmation.locale", {"confirmation": {"type": "qr", "locale": "ru"}}),
    ("payment_order", {"payment_order": None}),
    ("payment_order.type", {"payment_order": payment_order(type="taxes")}),
    ("payment_order.amount", {"payment_order": payment_order("1250.51")}),
    ("payment_order.payment_purpose", {"payment_order": payment_order(payment_purpose="п" * 211)}),
    ("payment_order.payment_purpose", {"payment_order": payment_order(payment_purpose="")}),
    ("payment_order.recipient.inn", {"payment_order": payment_order(recipient=payee(inn="860200000212"))}),
    ("payment_order.recipient.kpp", {"payment_order": payment_order(recipient=payee(kpp=None))}),
    ("payment_order.recipient.bank.name", {"payment_order": payment_order(recipient=bank(name="б" * 46))}),
    ("payment_order.recipient.bank.bic", {"payment_order": payment_order(recipient=bank(bic="47102999"))}),
    ("payment_order.recipient.bank.account", {"payment_order": payment_order(recipient=bank(account="40"))}),
    ("payment_order.payment_period.month", {"payment_order": payment_order(**period(13))}),
    ("payment_order.payment_period.year", {"payment_order": payment_order(**period(1, 2051))}),
    ("payment_order.payment_period.year", {"payment_order": payment_order(payment_period={"month": 1})}),
    ("payment_order.kbk", {"payment_order": payment_order(kbk="00")}),
    ("payment_order.oktmo", {"payment_order": payment_order(oktmo="123456789")}),
    ("payment_order", {"payment_order": payment_order(unified_account_number=None)}),
    ("payment_order.unified_account_number", {"payment_order": payment_order(unified_account_number="1")}),
    ("payment_order.account_number", {"payment_order": payment_order(account_number="1" * 31)}),
    ("payment_order.account_number", {"payment_order": payment_order(account_number="---")}),
    ("payment_order.service_id", {"payment_order": payment_order(service_id="1" * 12)}),
    ("payment_order.payment_document_id", {"payment_order": payment_order(payment_document_id="1" * 17)}),
    ("receipt.items", {"receipt": receipt("1250.49")}),
    ("receipt.items", {"receipt": receipt() | {"items": []}}),
    ("receipt.items", {"receipt": receipt() | {"items": receipt()["items"] * 101}}),
    ("receipt.customer", {"receipt": receipt() | {"customer": {"full_name": "Иванов"}}}),
    ("receipt.customer.email", {"receipt": receipt() | {"customer": {"email": "nobody"}}}),
    ("receipt.items[0].vat_code", {"receipt": item(vat_code=13)}),
    ("receipt.items[0].quantity", {"receipt": item(quantity="0")}),
    ("receipt.items[0].quantity", {"receipt": item(quantity="1.0001")}),
    ("receipt.items[0].description", {"receipt": item(description="о" * 129)}),
    ("receipt.items[0].measure", {"receipt": item(measure="verst")}),
    ("receipt.tax_system_code", {"receipt": receipt() | {"tax_system_code": 7}}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "more"), WRONG)
async def test_refuses_a_payment_that_is_wrong_in_one_field(sandbox, field, more):
    answer = await sandbox.ask("POST", "/payments", json=order(**more))
    error = answer.json()
    assert (answer.status_code, error["type"], error["code"]) == (400, "error", "invalid_request"), error
    assert error["parameter"].replace("[...]", "[0]") == field, error
    assert len(error["id"]) == 36


FORBIDDEN = [
    {"payment_method_data": {"type": "bank_card", "card": {"number": "2200"}}},
    {"payment_method_data": None, "payment_token": "token"},
    {"confirmation": {"type": "embedded"}},
    {"transfers": [{"account_id": "1"}]},
]


@pytest.mark.parametrize("more", FORBIDDEN)
async def test_forbids_what_the_shop_may_not(sandbox, more):
    answer = await sandbox.ask("POST", "/payments", json=order(**more))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


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


RIGHT = [
    {},
    {"metadata": None, "description": None},
    {"payment_method_data": None},
    {"payment_method_data": {"type": "bank_card"}, "capture": False},
    {"client_ip": "2a02::1", "merchant_customer_id": "x" * 200, "description": "д" * 128},
    {"metadata": {"k" * 32: "x" * 512} | {str(no): "" for no in range(15)}},
    {"receipt": receipt()},
    {"receipt": item(quantity="0.500", amount={"value": "2501.00", "currency": "RUB"})},
    {
        "payment_order": payment_order(
            payment_purpose="п" * 210, kbk="0", oktmo="71876000", service_id="1" * 13
        )
    },
    {"payment_order": payment_order(unified_account_number=None, account_number="л/с 1")},
]


@pytest.mark.parametrize("more", RIGHT)
async def test_takes_a_payment_at_its_limits(sandbox, more):
    payment = await sandbox.created(**more)
    assert (payment["status"], payment["paid"], payment["test"]) == ("pending", False, True)
    assert payment["recipient"]["account_id"] == SHOP


@pytest.mark.parametrize(
    ("value", "status"), [("0.99", 400), ("1.00", 200), ("700000.00", 200), ("700000.01", 400)]
)
async def test_sbp_has_its_limits(sandbox, value, status):
    body = order(value, payment_order=payment_order(value))
    assert (await sandbox.ask("POST", "/payments", json=body)).status_code == status


async def test_a_shop_of_another_kind_needs_no_payment_order(tmp_path):
    async with opened(tmp_path, utilities=False) as sandbox:
        assert (await sandbox.created(payment_order=None))["status"] == "pending"


@pytest.mark.parametrize("auth", [None, ("100500", "wrong"), ("1", "test_secret"), ("", "")])
async def test_asks_who_it_is(sandbox, auth):
    for method, path in (("GET", "/me"), ("POST", "/payments"), ("GET", "/refunds")):
        answer = await sandbox.ask(method, path, auth=auth)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


async def test_the_bounds_of_http(sandbox):
    async def status(*ask, **more):
        answer = await sandbox.ask(*ask, **more)
        assert answer.json()["type"] == "error"
        return answer.status_code

    assert (
        await status("POST", "/payments", content=b"{", headers={"Content-Type": "application/json"}) == 400
    )
    assert await status("POST", "/payments", content=b"a=1", headers={"Content-Type": "text/plain"}) == 415
    assert await status("PUT", "/payments") == 405
    assert await status("GET", "/nothing") == 404
    assert await status("GET", "/payments/unknown") == 404
    deep = b'{"receipt":' + b"[" * 50_000
    assert (
        await status("POST", "/payments", content=deep, headers={"Content-Type": "application/json"}) == 400
    )
    assert await status("POST", "/payments", json=order(description="x" * 300_000)) in {400, 413}


@pytest.mark.parametrize("key", ["", "k" * 65, "с-кириллицей".encode(), "two words"])
async def test_wants_an_idempotence_key(sandbox, key):
    answer = await sandbox.http.post(
        "/v3/payments", json=order(), auth=(SHOP, "test_secret"), headers={b"Idempotence-Key": key}
    )
    assert (answer.status_code, answer.json()["parameter"]) == (400, "Idempotence-Key")


async def test_one_key_one_answer_for_a_day(sandbox):
    first = (await sandbox.ask("POST", "/payments", "key", json=order())).json()
    await sandbox.play(first["id"])
    assert (await sandbox.ask("POST", "/payments", "key", json=order())).json() == first
    other = await sandbox.ask("POST", "/payments", "key", json=order(description="другое"))
    assert (other.status_code, other.json()["parameter"]) == (400, "Idempotence-Key")
    elsewhere = await sandbox.ask("POST", "/refunds", "key", json=order())
    assert elsewhere.json()["parameter"] == "Idempotence-Key"
    sandbox.clock.later(hours=24, seconds=1)
    assert (await sandbox.ask("POST", "/payments", "key", json=order())).json()["id"] != first["id"]


async def test_a_refused_request_leaves_its_key_free(sandbox):
    assert (await sandbox.ask("POST", "/payments", "key", json=order("0.50"))).status_code == 400
    assert (await sandbox.ask("POST", "/payments", "key", json=order())).status_code == 200


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


async def test_lists_by_pages_without_a_gap(sandbox):
    made = []
    for no in range(25):
        made.append((await sandbox.created())["id"])
        sandbox.clock.later(seconds=no % 2)
    seen, query = [], {"limit": "7"}
    while True:
        body = (await sandbox.ask("GET", "/payments", params=query)).json()
        seen += [one["id"] for one in body["items"]]
        if "next_cursor" not in body:
            break
        query["cursor"] = body["next_cursor"]
    assert sorted(seen) == sorted(made)
    await sandbox.play(made[3])
    paid = (await sandbox.ask("GET", "/payments?status=succeeded")).json()["items"]
    assert [one["id"] for one in paid] == [made[3]]
    at = (await sandbox.read(made[10]))["created_at"]
    after = (await sandbox.ask("GET", "/payments", params={"created_at.gt": at, "limit": 100})).json()[
        "items"
    ]
    upto = (await sandbox.ask("GET", "/payments", params={"created_at.lte": at, "limit": 100})).json()[
        "items"
    ]
    assert len(after) + len(upto) == 25
    for wrong in (
        "limit=0",
        "limit=101",
        "limit=x",
        "cursor=x",
        "status=new",
        "created_at.gt=now",
        "colour=red",
    ):
        assert (await sandbox.ask("GET", f"/payments?{wrong}")).status_code == 400


async def test_webhooks_are_for_partners(sandbox):
    hook = {"event": "payment.succeeded", "url": "http://partner.test/hook"}
    assert (await sandbox.ask("POST", "/webhooks", json=hook)).status_code == 403
    partner = {"auth": None, "headers": {"Authorization": f"Bearer {TOKEN}"}}
    made = (await sandbox.ask("POST", "/webhooks", json=hook, **partner)).json()
    payment_id = (await sandbox.created())["id"]
    await sandbox.play(payment_id)
    await sandbox.tick()
    assert len(sandbox.shop.heard) == 2
    assert (await sandbox.ask("GET", "/webhooks", **partner)).json()["items"] == [made]
    assert (await sandbox.ask("DELETE", f"/webhooks/{made['id']}", **partner)).json() == {}
    assert (await sandbox.ask("DELETE", f"/webhooks/{made['id']}", **partner)).status_code == 404
    wrong = hook | {"event": "payment.dreamt"}
    assert (await sandbox.ask("POST", "/webhooks", json=wrong, **partner)).status_code == 400


async def test_a_notice_carries_the_whole_object(sandbox):
    payment_id = (await sandbox.created())["id"]
    await sandbox.play(payment_id)
    await sandbox.tick()
    (notice,) = sandbox.shop.heard
    assert (notice["type"], notice["event"]) == ("notification", "payment.succeeded")
    assert notice["object"] == await sandbox.read(payment_id)
    refund = {"payment_id": payment_id, "amount": {"value": "1.00", "currency": "RUB"}}
    await sandbox.ask("POST", "/refunds", json=refund)
    await sandbox.tick()
    assert (sandbox.shop.heard[1]["event"], sandbox.shop.heard[1]["object"]["payment_id"]) == (
        "refund.succeeded",
        payment_id,
    )


async def test_a_notice_is_repeated_until_200(sandbox):
    sandbox.shop.answers = [500, 404, 204, 302]
    await sandbox.play((await sandbox.created())["id"])
    waited = []
    for _ in range(200):
        before = len(sandbox.shop.heard)
        await sandbox.tick()
        if len(sandbox.shop.heard) > before:
            waited.append(sandbox.clock())
        sandbox.clock.later(seconds=1)
    assert len(waited) == 5
    gaps = [second - first for first, second in pairwise(waited)]
    assert gaps == sorted(gaps)
    assert len({json.dumps(one) for one in sandbox.shop.heard}) == 1


async def test_notices_are_given_up_after_a_day(sandbox):
    await sandbox.play((await sandbox.created())["id"])
    sandbox.shop.answers = [500] * 1000
    for _ in range(30 * 60):
        await sandbox.tick()
        sandbox.clock.later(minutes=1)
    assert 20 < len(sandbox.shop.heard) < 60
    (row,) = (await sandbox.http.get("/sandbox/notices")).json()["items"]
    assert (row["due_at"], row["outcome"]) == (None, "500")


@pytest.mark.parametrize(
    ("query", "at_once", "later"),
    [
        ({"notice": "once"}, ["succeeded"], []),
        ({"notice": "twice"}, ["succeeded", "succeeded"], []),
        ({"notice": "lost"}, [], []),
        ({"notice": "delayed", "seconds": 40}, [], ["succeeded"]),
        ({"notice": "reordered"}, ["succeeded"], ["waiting_for_capture"]),
    ],
)
async def test_what_happens_to_notices_on_the_way(sandbox, query, at_once, later):
    await sandbox.play((await sandbox.created())["id"], **query)
    await sandbox.tick()
    assert [one["object"]["status"] for one in sandbox.shop.heard] == at_once
    sandbox.clock.later(seconds=60)
    await sandbox.tick()
    assert [one["object"]["status"] for one in sandbox.shop.heard] == at_once + later


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


async def test_faults_on_demand(sandbox):
    await sandbox.fault("payments.create", "500", times=2)
    await sandbox.fault("payments.create", "500_after")
    statuses = [(await sandbox.ask("POST", "/payments", "key", json=order())).status_code for _ in range(5)]
    assert statuses == [500, 500, 500, 200, 200]
    assert len((await sandbox.ask("GET", "/payments")).json()["items"]) == 1
    await sandbox.fault("*", "202", seconds=1.8)
    accepted = await sandbox.ask("GET", "/me")
    assert (accepted.status_code, accepted.json()["retry_after"]) == (202, 1800)
    await sandbox.fault("me.get", "429")
    assert (await sandbox.http.get("/sandbox/faults")).json()["items"][0]["kind"] == "429"
    assert "слишком много запросов" in (await sandbox.http.get("/sandbox")).text
    await sandbox.http.delete("/sandbox/faults")
    assert (await sandbox.ask("GET", "/me")).status_code == 200
    for wrong in ({"operation": "x", "kind": "500"}, {"operation": "*", "kind": "x"}, {"kind": "500"}):
        assert (await sandbox.http.post("/sandbox/faults", json=wrong)).status_code == 400
    form = {"operation": "me.get", "kind": "refuse", "times": "1", "seconds": "1.8"}
    led = await sandbox.http.post("/sandbox/faults", data=form, headers={"Accept": "text/html"})
    assert led.headers["Location"] == "/sandbox"
    assert (await sandbox.ask("GET", "/me")).status_code == 400


async def test_everything_outlives_a_restart(tmp_path):
    clock = Clock()
    async with opened(tmp_path, clock) as sandbox:
        paid = (await sandbox.ask("POST", "/payments", "key", json=order())).json()
        await sandbox.play(paid["id"])
        await sandbox.fault("me.get", "500")
        sandbox.shop.answers = [500]
        await sandbox.tick()
        before = await sandbox.read(paid["id"])
    clock.later(seconds=30)
    async with opened(tmp_path, clock) as sandbox:
        assert await sandbox.read(paid["id"]) == before
        assert (await sandbox.ask("POST", "/payments", "key", json=order())).json() == paid
        assert (await sandbox.ask("GET", "/me")).status_code == 500
        await sandbox.tick()
        assert [one["object"]["id"] for one in sandbox.shop.heard] == [paid["id"]]


async def test_two_sandboxes_on_one_file_refund_once(tmp_path):
    clock = Clock()
    async with opened(tmp_path, clock) as one, opened(tmp_path, clock) as two:
        payment_id = (await one.created())["id"]
        await one.play(payment_id)
        body = {"payment_id": payment_id, "amount": {"value": "1250.50", "currency": "RUB"}}
        answers = await asyncio.gather(
            *(side.ask("POST", "/refunds", json=body) for side in (one, two, one, two))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]


async def test_works_by_itself_and_stops(tmp_path):
    heard = asyncio.Event()

    async def ear(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        heard.set()

    server = await asyncio.start_server(ear, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    app = create(config(tmp_path, notice_url=f"http://127.0.0.1:{port}/notices"))
    async with (
        server,
        app.lifespan(),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL) as http,
    ):
        made = await http.post(
            "/v3/payments", json=order(), auth=(SHOP, "test_secret"), headers={"Idempotence-Key": "1"}
        )
        await http.post(f"/checkout/{made.json()['id']}/pay")
        await asyncio.wait_for(heard.wait(), 10)


async def test_a_kill_loses_no_notice(tmp_path):
    """kill -9 between the payer's yes and the shop's 200: after the start the notice goes on."""
    process = OwnProcess(tmp_path, free_port())
    await process.start()
    try:
        async with httpx.AsyncClient(base_url=process.url, trust_env=False) as http:
            auth = (SHOP, "test_secret")
            made = await http.post("/v3/payments", json=order(), auth=auth, headers={"Idempotence-Key": "1"})
            await http.post(f"/checkout/{made.json()['id']}/pay")
            process.kill()
            await process.start()
            done = await http.get(f"/v3/payments/{made.json()['id']}", auth=auth)
            assert done.json()["status"] == "succeeded"
            for _ in range(100):
                (notice,) = (await http.get("/sandbox/notices")).json()["items"]
                if notice["outcome"] == "ConnectError":
                    break
                await asyncio.sleep(0.1)
            assert notice["outcome"] == "ConnectError"
            assert notice["due_at"]
    finally:
        process.kill()


async def test_a_shop_that_hangs_is_left_after_its_time(sandbox):
    async def hang(request):
        raise httpx.ReadTimeout("slow")

    await sandbox.play((await sandbox.created())["id"])
    async with httpx.AsyncClient(transport=httpx.MockTransport(hang)) as http:
        assert await deliver_due(sandbox.desk, http) == 1
        assert await deliver_due(sandbox.desk, http) == 0
    sandbox.clock.at += timedelta(seconds=1)
    await sandbox.tick()
    assert len(sandbox.shop.heard) == 1


async def test_a_taken_port_is_told(tmp_path):
    async def ear(reader, writer):
        writer.close()

    server = await asyncio.start_server(ear, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(OperatorError):
            await serve(config(tmp_path, public_url=f"http://127.0.0.1:{port}"))
