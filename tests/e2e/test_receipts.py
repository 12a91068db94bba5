"""Receipts over HTTP: made after the payment, never in its way, once, sent on, taken back, corrected."""

import asyncio
from datetime import date
from uuid import UUID

from domain.kernel.access import Actor, ActorKind, Scope
from domain.kernel.ids import PaymentId
from domain.payments.payments import CheckPayment
from domain.payments.receipts.keeping import MakeReceipts, SendReceipt
from domain.payments.receipts.receipts import ReceiptId
from domain.payments.receipts.rules import IssuedBy, SupplierReceipts, Vat
from domain.people.staff import Role
from infra.clock import new_id
from tests.households import charge, lay_household
from tests.kabinets import DEBTS, PASSWORD, TO_PAY
from tests.receipts import at_register, kopecks, paid, receipts, tick
from tests.refunds import account, pay

SYSTEM = Actor(kind=ActorKind.SYSTEM, id=new_id(), name="test", scopes=frozenset({Scope.ADMINISTER}))


async def set_supplier(kabinet, home, service, **setting):
    one = SupplierReceipts(
        supplier_id=home.suppliers[service], valid_from=date(2026, 1, 1), **{"vat": Vat.NONE, **setting}
    )
    await kabinet.container.of_receipts.receipt_settings.save(SYSTEM, one, "")


async def test_a_payment_gets_its_receipts(kabinet):
    home = await kabinet.household(email="payer@example.test")
    await set_supplier(kabinet, home, "heat", phone="+73452000000")
    await set_supplier(kabinet, home, "water", issued_by=IssuedBy.SUPPLIER, shop_id="200600")
    await set_supplier(kabinet, home, "waste", issued_by=IssuedBy.ELSEWHERE)
    payment_id = await paid(kabinet, home)
    assert {one["state"] for one in await receipts(kabinet, home, payment_id)} == {"sent", "elsewhere"}
    await tick(kabinet, seconds=11)
    found = await receipts(kabinet, home, payment_id)
    assert [(one["issued_by"], one["state"]) for one in found].count(("us", "registered")) == 1
    assert sum(one["amount"]["kopecks"] for one in found) == TO_PAY
    ours = next(one for one in found if one["issued_by"] == "us")
    assert [step["state"] for step in ours["steps"]] == ["wanted", "sent", "registered"]
    fiscal = ours["fiscal"]
    assert fiscal["qr"].endswith(
        f"&fn={fiscal['storage_number']}&i={fiscal['document_number']}&fp={fiscal['attribute']}&n=1"
    )
    assert fiscal["link"].startswith("https://")
    told = {item["description"]: (item["vat"], item["supplier"]) for item in ours["items"]}
    assert next(told[words] for words in told if words.startswith("Heat за 10.2026")) == ("none", "АО «heat»")

    at_ours, at_water = sorted(at_register(kabinet), key=lambda one: "on_behalf_of" in one)
    assert (kopecks(at_ours), kopecks(at_water)) == (ours["amount"]["kopecks"], DEBTS["water"])
    assert at_water["on_behalf_of"] == "200600"
    heat = next(item for item in at_ours["items"] if item["description"].startswith("Heat"))
    assert (heat["agent_type"], heat["supplier"]["phone"], heat["vat_code"]) == (
        "payment_agent",
        "+73452000000",
        1,
    )
    kept = await kabinet.container.pool.fetch(
        "SELECT contact FROM fiscal_receipts WHERE state = 'registered'"
    )
    assert {row["contact"] for row in kept} == {None}


async def test_nobody_sees_the_receipts_of_others(kabinet):
    home = await kabinet.household()
    payment_id = await paid(kabinet, home)
    await kabinet.sign_in("+79000000002")
    path = f"/api/v1/accounts/{home.account_id}/payments/{payment_id}/receipts"
    assert (await kabinet.http.get(path)).status_code == 404


async def test_a_register_that_is_down_holds_nothing_and_is_asked_again(kabinet):
    home = await kabinet.household()
    await kabinet.sandbox.fault("receipts.create", "500", times=2)
    payment_id = await paid(kabinet, home)
    assert (await kabinet.payment(home, payment_id))["state"] == "paid"
    [waiting] = await receipts(kabinet, home, payment_id)
    assert waiting["state"] == "wanted" and waiting["register_silent_since"]
    for _ in range(3):
        await tick(kabinet, seconds=11)
    [done] = await receipts(kabinet, home, payment_id)
    assert (done["state"], done["attempt"], len(at_register(kabinet))) == ("registered", 1, 1)


async def test_an_answer_that_is_lost_makes_no_second_receipt(kabinet):
    home = await kabinet.household()
    await kabinet.sandbox.fault("receipts.create", "500_after")
    payment_id = await paid(kabinet, home)
    kabinet.clock.later(hours=25)  # the register has forgotten the key: it is looked for
    await tick(kabinet, seconds=11)
    await tick(kabinet, minutes=61)
    await kabinet.sign_in_again()
    [done] = await receipts(kabinet, home, payment_id)
    assert (done["state"], len(at_register(kabinet))) == ("registered", 1)


async def test_a_key_that_is_too_old_is_not_used_again(kabinet):
    home = await kabinet.household()
    await kabinet.sandbox.fault("receipts.create", "500")
    payment_id = await paid(kabinet, home)
    kabinet.clock.later(hours=25)
    await tick(kabinet, seconds=11)
    await tick(kabinet, seconds=11)
    await kabinet.sign_in_again()
    [done] = await receipts(kabinet, home, payment_id)
    assert (done["state"], done["attempt"], len(at_register(kabinet))) == ("registered", 2, 1)


async def test_a_refused_receipt_is_listed_counted_and_tried_anew(kabinet):
    home = await kabinet.household()
    await kabinet.sandbox.fault("receipts.end", "cancel")
    payment_id = await paid(kabinet, home)
    [failed] = await receipts(kabinet, home, payment_id)
    assert (failed["state"], failed["failure"]) == ("failed", "canceled")
    metrics = (await kabinet.http.get("/metrics")).text
    assert 'kabinet_receipts{state="failed"} 1.0' in metrics

    owner = kabinet.http.headers["Authorization"]
    await kabinet.container.enrolment_service.staff("+79000000011", "О", Role.OPERATOR, PASSWORD, None)
    await kabinet.sign_in_again("+79000000011")
    listed = (await kabinet.http.get("/api/v1/office/receipts")).json()["items"]
    assert [one["id"] for one in listed] == [failed["id"]]
    retry = f"/api/v1/office/accounts/{home.account_id}/receipts/{failed['id']}/retry"
    again = await kabinet.http.post(retry)
    assert (again.status_code, again.json()["state"]) == (200, "wanted")
    await kabinet.work()
    await tick(kabinet, seconds=11)
    refused = await kabinet.http.post(retry)
    assert (refused.status_code, refused.json()["code"]) == (409, "receipt-not-failed")
    kabinet.http.headers["Authorization"] = owner
    [done] = await receipts(kabinet, home, payment_id)
    assert (done["state"], done["attempt"], done["failure"]) == ("registered", 2, None)


async def test_a_failure_is_tried_anew_by_itself(kabinet):
    home = await kabinet.household()
    await kabinet.sandbox.fault("receipts.create", "refuse")
    payment_id = await paid(kabinet, home)
    [failed] = await receipts(kabinet, home, payment_id)
    assert (failed["state"], failed["failure"]) == ("failed", "invalid_request")
    await tick(kabinet, minutes=9)
    assert (await receipts(kabinet, home, payment_id))[0]["state"] == "failed"
    await tick(kabinet, minutes=2)
    await tick(kabinet, seconds=11)
    assert (await receipts(kabinet, home, payment_id))[0]["state"] == "registered"


async def test_many_at_once_make_and_send_one(kabinet):
    home = await kabinet.household()
    payment_id = await paid(kabinet, home)
    service = kabinet.container.of_receipts
    make = MakeReceipts(account_id=home.account_id, payment_id=PaymentId(UUID(payment_id)))
    [one] = await receipts(kabinet, home, payment_id)
    send = SendReceipt(account_id=home.account_id, receipt_id=ReceiptId(UUID(one["id"])))
    kabinet.clock.later(seconds=2)
    await asyncio.gather(
        *(service.receipt_making.make(make) for _ in range(4)),
        *(service.receipt_sending.send(send) for _ in range(6)),
    )
    [done] = await receipts(kabinet, home, payment_id)
    assert (done["state"], [step["state"] for step in done["steps"]]) == (
        "registered",
        ["wanted", "sent", "registered"],
    )
    assert len(at_register(kabinet)) == 1


async def test_a_refund_has_a_receipt_at_the_same_rates(kabinet):
    refunds = await account(kabinet)
    payment_id = await pay(refunds, electricity=100_000)
    case_id = await refunds.file()
    await refunds.decide(case_id, refunds.part(60_000, payment_id))
    await kabinet.work()
    await refunds.tick(seconds=11)
    await tick(kabinet, seconds=11)
    await tick(kabinet, seconds=11)
    first, back = await receipts(kabinet, refunds.home, payment_id)
    assert (first["type"], back["type"], back["state"]) == ("payment", "refund", "registered")
    assert (back["amount"], back["refund_id"] is not None) == ({"kopecks": 60_000}, True)
    assert [item["vat"] for item in back["items"]] == ["22"] and back["items"][0]["is_advance"]
    assert back["fiscal"]["qr"].endswith("&n=2")
    assert [one["type"] for one in at_register(kabinet) if "refund_id" in one] == ["refund"]


async def test_wrong_receipts_are_taken_back_and_made_anew(kabinet):
    home = await kabinet.household(services=("electricity", "heat"))
    payment_id = await paid(kabinet, home, amount={"kopecks": 300_000})
    path = f"/api/v1/office/accounts/{home.account_id}/payments/{payment_id}/receipts/correction"
    await kabinet.container.enrolment_service.staff("+79000000011", "О", Role.OPERATOR, PASSWORD, None)
    await kabinet.sign_in_again("+79000000011")
    early = await kabinet.http.post(path, json={"reason": "Ставка"})
    assert (early.status_code, early.json()["code"]) == (409, "receipts-under-way")
    await tick(kabinet, seconds=11)
    right = await kabinet.http.post(path, json={"reason": "Ставка"})
    assert (right.status_code, right.json()["code"]) == (409, "receipts-right")

    await set_supplier(kabinet, home, "heat", issued_by=IssuedBy.ELSEWHERE)
    made = await kabinet.http.post(path, json={"reason": "Ставка"})
    assert made.status_code == 200, made.text
    await kabinet.work()
    await tick(kabinet, seconds=11)
    wrong, *others = await receipts(kabinet, home, payment_id)
    back = next(one for one in others if one["reverses"] == wrong["id"])
    assert (back["type"], back["state"], back["amount"]) == ("refund", "registered", wrong["amount"])
    anew = [one for one in others if one is not back]
    assert {one["state"] for one in anew} == {"registered", "elsewhere"}
    assert sum(one["amount"]["kopecks"] for one in anew) == 300_000
    assert anew[0]["steps"][0]["note"] == "Ставка"


async def test_receipts_that_are_missing_are_made(kabinet):
    """Of payments from before there were receipts."""
    home = await kabinet.household()
    answer = await kabinet.pay(home)
    await kabinet.play(home, answer.json()["id"])
    await kabinet.notices()
    await kabinet.container.payment_settlement.check(
        CheckPayment(account_id=home.account_id, payment_id=PaymentId(UUID(answer.json()["id"])))
    )
    await kabinet.container.pool.execute("DELETE FROM account_jobs")
    kabinet.clock.later(hours=2)
    await kabinet.sign_in_again()
    assert "kabinet_payments_without_receipt 1.0" in (await kabinet.http.get("/metrics")).text
    making = kabinet.container.of_receipts.receipt_making
    assert (await making.make_missing(), await making.make_missing()) == (1, 0)
    await kabinet.work()
    await tick(kabinet, seconds=11)
    [done] = await receipts(kabinet, home, answer.json()["id"])
    assert done["state"] == "registered"


async def test_advances_that_met_charges_are_summed_up_for_the_months_receipt(kabinet):
    pool = kabinet.container.pool
    home = await lay_household(pool)
    await set_supplier(kabinet, home, "heat", vat=Vat.MAIN)
    await charge(pool, home, {"water": -30_00, "heat": -300_00}, period="2025-11")
    await charge(pool, home, {"heat": 122_00}, period="2025-12", penalties={"heat": 5_00})
    await charge(pool, home, {"heat": 122_00}, period="2026-01")
    suppliers, lines = await kabinet.container.of_receipts.receipt_offsets.of("2026-11")
    assert {one.supplier_id for one in lines} <= set(suppliers)
    heat = [one for one in lines if one.supplier_id == home.suppliers["heat"]]
    assert {(one.vat, one.amount.kopecks, one.tax.kopecks) for one in heat} == {
        (Vat.TWENTY, 122_00, 20_33),
        (Vat.NONE, 5_00, 0),
        (Vat.TWENTY_TWO, 122_00, 22_00),
    }
    _, before = await kabinet.container.of_receipts.receipt_offsets.of("2026-10")
    assert before == []
