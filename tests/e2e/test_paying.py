"""Paying over HTTP, from the button to each supplier's account."""

import asyncio
from itertools import pairwise
from uuid import uuid4

from domain.kernel.money import Money
from domain.payments.payments import CheckPayment
from domain.payments.sbp_links import parse
from tests.households import balances, charge
from tests.kabinets import DEBTS, TO_PAY


async def money_in_equals_money_posted(kabinet):
    """What the provider took is what the books show as come in, and no payment's book holds a rest."""
    pool = kabinet.container.pool
    paid = await pool.fetchval(
        "SELECT coalesce(sum(amount_kopecks), 0)::bigint FROM payments WHERE state = 'paid'"
    )
    clearing = await pool.fetchval(
        "SELECT coalesce(sum(balance_kopecks), 0)::bigint FROM books WHERE book LIKE 'clearing:%'"
    )
    rests = await pool.fetchval(
        "SELECT count(*) FROM books WHERE book LIKE 'payment:%' AND balance_kopecks <> 0"
    )
    assert (clearing, rests) == (paid, 0)
    return paid


async def test_from_the_button_to_five_suppliers(kabinet):
    home = await kabinet.household()
    shown = (await kabinet.http.get(f"/api/v1/accounts/{home.account_id}")).json()
    assert shown["balance"]["to_pay"] == {"kopecks": TO_PAY}

    made = await kabinet.pay(home)
    assert made.status_code == 201, made.text
    payment = made.json()
    assert payment["state"] == "awaiting_payer"
    assert payment["confirmation"]["type"] == "redirect"
    assert payment["confirmation"]["url"].startswith("http")

    await kabinet.play(home, payment["id"])
    await kabinet.notices()
    await kabinet.work()

    paid = await kabinet.payment(home, payment["id"])
    assert paid["state"] == "paid"
    assert not paid["late"]
    assert [step["state"] for step in paid["steps"]] == ["created", "awaiting_payer", "paid"]
    assert {part["amount"]["kopecks"] for part in paid["parts"]} == set(DEBTS.values())
    assert paid["explanation"]["words"]
    assert await balances(kabinet.container.pool, home) == dict.fromkeys(DEBTS, 0)
    assert await money_in_equals_money_posted(kabinet) == TO_PAY


async def test_a_part_of_the_bill_is_spread_as_previewed(kabinet):
    home = await kabinet.household()
    wish = {"amount": {"kopecks": 200000}}
    preview = await kabinet.http.post(f"/api/v1/accounts/{home.account_id}/payment-previews", json=wish)
    assert preview.status_code == 200, preview.text

    made = (await kabinet.pay(home, **wish)).json()
    await kabinet.play(home, made["id"])
    await kabinet.tick(seconds=15)  # the notice is lost: the timer finds the payment

    paid = await kabinet.payment(home, made["id"])
    assert paid["state"] == "paid"
    assert paid["parts"] == preview.json()["parts"]
    owed = await balances(kabinet.container.pool, home)
    assert sum(owed.values()) == TO_PAY - 200000


async def test_one_supplier_alone(kabinet):
    home = await kabinet.household()
    parts = [{"supplier_account_id": str(home.supplier_accounts["heat"]), "amount": {"kopecks": 231000}}]

    made = (await kabinet.pay(home, parts=parts)).json()
    await kabinet.play(home, made["id"])
    await kabinet.tick(seconds=15)

    owed = await balances(kabinet.container.pool, home)
    assert owed == DEBTS | {"heat": 0}


async def test_more_than_is_owed_becomes_an_advance_that_meets_the_next_bill(kabinet):
    home = await kabinet.household()
    made = (await kabinet.pay(home, amount={"kopecks": TO_PAY + 1000})).json()
    await kabinet.play(home, made["id"])
    await kabinet.tick(seconds=15)
    shown = (await kabinet.http.get(f"/api/v1/accounts/{home.account_id}")).json()
    assert shown["balance"]["overpayment"] == {"kopecks": 1000}

    await charge(kabinet.container.pool, home, DEBTS, period="2026-11")

    shown = (await kabinet.http.get(f"/api/v1/accounts/{home.account_id}")).json()
    assert shown["balance"]["overpayment"] == {"kopecks": 0}
    assert shown["balance"]["debt"] == {"kopecks": TO_PAY - 1000}
    statement = (await kabinet.http.get(f"/api/v1/accounts/{home.account_id}/statement")).json()
    assert {"advance-used", "paid", "paid-ahead", "charged"} <= {
        one["movement"] for one in statement["items"]
    }
    # Of the balance each movement takes its change, down to the first; by pages, too.
    lines = [(one["balance"]["kopecks"], one["change"]["kopecks"]) for one in statement["items"]]
    assert lines[0][0] == TO_PAY - 1000
    assert lines[-1][0] == lines[-1][1]
    assert all(after - change == before for (after, change), (before, _) in pairwise(lines))
    path = f"/api/v1/accounts/{home.account_id}/statement"
    first = (await kabinet.http.get(path, params={"limit": 2})).json()
    rest = (await kabinet.http.get(path, params={"cursor": first["next"]})).json()
    assert first["items"] + rest["items"] == statement["items"]


async def test_the_same_request_again_is_the_same_payment(kabinet):
    home, payment_id = await kabinet.household(), uuid4()

    first = await kabinet.pay(home, payment_id)
    again = await kabinet.pay(home, payment_id)
    other = await kabinet.pay(home, payment_id, amount={"kopecks": 5000})

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json() == first.json()
    assert other.json()["code"] == "payment-id-taken"


async def test_equal_requests_at_once_open_one_payment(kabinet):
    home, payment_id = await kabinet.household(), uuid4()

    answers = await asyncio.gather(*(kabinet.pay(home, payment_id) for _ in range(8)))

    assert {answer.status_code for answer in answers} <= {200, 201}
    assert await kabinet.container.pool.fetchval("SELECT count(*) FROM payments") == 1
    listed = (await kabinet.sandbox.ask("GET", "/payments")).json()
    assert len(listed["items"]) == 1


async def test_the_same_bill_is_not_paid_twice_by_accident(kabinet):
    home = await kabinet.household()
    await kabinet.pay(home)

    second = await kabinet.pay(home)
    meant = await kabinet.pay(home, confirm_duplicate=True)

    assert (second.status_code, second.json()["code"]) == (409, "bill-being-paid")
    assert meant.status_code == 201


async def test_a_refused_payment_frees_the_bill(kabinet):
    home = await kabinet.household()
    made = (await kabinet.pay(home)).json()
    await kabinet.play(home, made["id"], "refuse")
    await kabinet.notices()
    await kabinet.work()

    failed = await kabinet.payment(home, made["id"])
    assert failed["state"] == "failed"
    assert failed["failure"]
    assert (await kabinet.pay(home)).status_code == 201


async def test_money_that_comes_after_our_deadline_still_lands(kabinet):
    home = await kabinet.household()
    made = (await kabinet.pay(home)).json()
    await kabinet.tick(minutes=21)
    assert (await kabinet.payment(home, made["id"]))["state"] == "expired"

    await kabinet.play(home, made["id"])
    await kabinet.tick(minutes=6)

    paid = await kabinet.payment(home, made["id"])
    assert (paid["state"], paid["late"]) == ("paid", True)
    assert await money_in_equals_money_posted(kabinet) == TO_PAY


async def test_the_deadline_at_the_provider_ends_an_unpaid_one(kabinet):
    home = await kabinet.household()
    made = (await kabinet.pay(home)).json()
    await kabinet.tick(minutes=21)
    await kabinet.tick(minutes=60)
    await kabinet.tick(minutes=6)
    await kabinet.sign_in_again()

    ended = await kabinet.payment(home, made["id"])
    assert ended["state"] == "expired"
    assert ended["awaited"] is None


async def test_notices_doubled_reordered_and_forged_change_nothing(kabinet):
    home = await kabinet.household()
    made = (await kabinet.pay(home)).json()
    forged = b'{"type":"notification","event":"payment.succeeded","object":{"id":"%s","status":"succeeded"}}'
    await kabinet.hear(forged % uuid4().hex.encode())
    await kabinet.hear(b"not json at all")
    await kabinet.work()
    assert (await kabinet.payment(home, made["id"]))["state"] == "awaiting_payer"

    await kabinet.play(home, made["id"])
    bodies = await kabinet.notices()
    for body in [*bodies, *bodies]:
        await kabinet.hear(body)
    await kabinet.work()
    for body in bodies:
        await kabinet.hear(body)
    await kabinet.work()

    assert await money_in_equals_money_posted(kabinet) == TO_PAY
    assert (
        await kabinet.container.pool.fetchval("SELECT count(*) FROM provider_events WHERE read_at IS NULL")
        == 0
    )


async def test_an_unsure_provider_is_asked_again_by_the_timer(kabinet):
    home = await kabinet.household()
    await kabinet.sandbox.fault("payments.create", "500_after", times=1)

    unsure = await kabinet.pay(home)
    assert unsure.status_code == 202
    assert unsure.json()["state"] == "created"
    assert unsure.json()["provider_unreachable_since"]

    await kabinet.tick(seconds=40)
    payment = await kabinet.payment(home, unsure.json()["id"])
    assert payment["state"] == "awaiting_payer"
    assert payment["provider_unreachable_since"] is None
    await kabinet.play(home, payment["id"])
    await kabinet.tick(seconds=15)
    assert await money_in_equals_money_posted(kabinet) == TO_PAY


async def test_an_order_opened_unheard_is_found_after_the_deadline(kabinet):
    home = await kabinet.household()
    await kabinet.sandbox.fault("payments.create", "500_after", times=1)
    unsure = (await kabinet.pay(home)).json()

    await kabinet.tick(minutes=21)

    assert (await kabinet.payment(home, unsure["id"]))["state"] == "expired"
    found = await kabinet.container.payments.found(home.account_id, unsure["id"])
    assert found.provider_payment_id


async def test_a_final_refusal_of_the_provider_is_a_failed_payment(kabinet):
    home = await kabinet.household()
    await kabinet.sandbox.fault("payments.create", "refuse", times=1)

    refused = await kabinet.pay(home)

    assert refused.json()["state"] == "failed"


async def test_a_method_that_fails_moves_last_and_says_so(kabinet):
    home = await kabinet.household()
    before = (await kabinet.http.get("/api/v1/payment-methods")).json()
    assert before[0]["method"] == "sbp"
    await kabinet.sandbox.fault("payments.create", "500", times=3)
    for _ in range(3):
        await kabinet.pay(home, confirm_duplicate=True)

    after = (await kabinet.http.get("/api/v1/payment-methods")).json()
    assert after[-1]["method"] == "sbp"
    assert after[-1]["note"]
    await kabinet.pay(home, confirm_duplicate=True)
    assert (await kabinet.http.get("/api/v1/payment-methods")).json()[0]["method"] == "sbp"


async def test_racing_settlers_post_once(kabinet):
    home = await kabinet.household()
    payments = []
    for _ in range(6):
        made = (await kabinet.pay(home, amount={"kopecks": 10001}, confirm_duplicate=True)).json()
        await kabinet.play(home, made["id"])
        payments.append(made["id"])
    await asyncio.gather(
        *(
            kabinet.container.payment_settlement.check(
                CheckPayment(account_id=home.account_id, payment_id=payment_id)
            )
            for payment_id in payments * 4
        )
    )

    assert await money_in_equals_money_posted(kabinet) == 6 * 10001
    assert sum((await balances(kabinet.container.pool, home)).values()) == TO_PAY - 6 * 10001


async def test_an_sbp_link_to_show_as_a_qr(kabinet):
    home = await kabinet.household()

    made = (await kabinet.pay(home, confirmation="qr")).json()

    link = parse(made["confirmation"]["data"])
    assert made["confirmation"]["type"] == "qr"
    assert link.sum == Money(TO_PAY)


async def test_refusals_name_the_field_and_what_to_do(kabinet):
    home = await kabinet.household()
    stranger = home.suppliers["heat"]
    for wish, code in [
        ({"amount": {"kopecks": 1}}, "payment-amount-out-of-limits"),
        ({"amount": {"kopecks": 100}, "parts": []}, None),
        (
            {"parts": [{"supplier_account_id": str(stranger), "amount": {"kopecks": 500}}]},
            "account-not-found",
        ),
        ({"amount": {"kopecks": 1.5}}, None),
        ({"amount": {"kopecks": 5000}, "method": "cash"}, None),
    ]:
        answer = await kabinet.pay(home, **wish)
        assert answer.status_code in {404, 422}, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["detail"]
        assert code is None or problem["code"] == code


async def test_another_customers_account_is_not_found(kabinet):
    home = await kabinet.household()
    made = (await kabinet.pay(home)).json()
    await kabinet.sign_in("+79000000002")

    for path in ("", "/charges", "/statement", "/payments", f"/payments/{made['id']}", "/qr.svg", "/qr.png"):
        answer = await kabinet.http.get(f"/api/v1/accounts/{home.account_id}{path}")
        assert answer.status_code == 404, path
    assert (await kabinet.pay(home)).status_code == 404
