"""Acting on somebody else's account over HTTP: invited, paying without seeing, revoked at once."""

import asyncio
import re
from datetime import timedelta
from time import monotonic
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from domain.kernel.access import Scope
from tests import kabinets
from tests.asking import ask
from tests.kabinets import TO_PAY
from tests.sharing import Messages, let_in, person

PHONE = "+79000000002"
SECRET_WORDS = ("Примерск", "Мира", "Иванов", "2026-10", "service_code", "charge_id", 'explanation":{')


@pytest_asyncio.fixture
async def messages():
    return Messages()


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path, messages):
    async with kabinets.opened(pool, tmp_path, sms=messages) as kabinet:
        yield kabinet


async def test_a_daughter_pays_her_mothers_bill_and_sees_nothing_more(kabinet, messages):
    home = await kabinet.household()
    async with person(kabinet, PHONE) as anna:
        await let_in(kabinet, messages, home, anna, "pay")

        [card] = (await anna.ask("GET", "/accounts"))["items"]
        assert (card["number"], card["to_pay"]) == (home.number, {"kopecks": TO_PAY})
        assert card == await anna.ask("GET", f"/accounts/{home.account_id}/payment-card")
        assert {one["to_pay"]["kopecks"] for one in card["supplier_accounts"]} == set(kabinets.DEBTS.values())
        wish = {"amount": {"kopecks": TO_PAY}}
        preview = await anna.ask("POST", f"/accounts/{home.account_id}/payment-previews", json=wish)
        made = await anna.ask("PUT", f"/accounts/{home.account_id}/payments/{uuid4()}", 201, json=wish)
        await kabinet.play(home, made["id"])
        await kabinet.notices()
        await kabinet.work()
        paid = await anna.ask("GET", f"/accounts/{home.account_id}/payments/{made['id']}")
        listed = await anna.ask("GET", f"/accounts/{home.account_id}/payments")

        assert paid["state"] == "paid"
        assert [one["id"] for one in listed["items"]] == [made["id"]]
        assert sum(part["amount"]["kopecks"] for part in paid["parts"]) == TO_PAY
        for shown in (card, preview, made, paid, listed):
            text = str(shown)
            assert not [word for word in SECRET_WORDS if word in text]
        assert (preview["explanation"], paid["explanation"]) == (None, None)
        assert all(part["lines"] == [] for part in [*preview["parts"], *paid["parts"]])
    # The owner sees all of it, with the reasons.
    seen = await kabinet.payment(home, made["id"])
    assert seen["explanation"]["words"]


async def test_own_payments_only(kabinet, messages):
    home = await kabinet.household()
    theirs = (await kabinet.pay(home)).json()
    async with person(kabinet, PHONE) as anna:
        await let_in(kabinet, messages, home, anna, "pay")
        refused = await anna.ask("GET", f"/accounts/{home.account_id}/payments/{theirs['id']}", 404)
        assert refused["code"] == "payment-not-found"
        assert (await anna.ask("GET", f"/accounts/{home.account_id}/payments"))["items"] == []


async def test_one_bill_is_not_paid_by_two_people_at_once(kabinet, messages):
    home = await kabinet.household()
    wish = {"amount": {"kopecks": TO_PAY}}
    async with person(kabinet, PHONE) as anna:
        await let_in(kabinet, messages, home, anna, "pay")
        payments = [f"/api/v1/accounts/{home.account_id}/payments/{uuid4()}" for _ in range(2)]
        answers = await asyncio.gather(
            kabinet.http.put(payments[0], json=wish), anna.http.put(payments[1], json=wish)
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        [refused] = [answer.json() for answer in answers if answer.status_code == 409]
        assert refused["code"] == "bill-being-paid"
        again = await anna.http.put(
            f"/api/v1/accounts/{home.account_id}/payments/{uuid4()}", json=wish | {"confirm_duplicate": True}
        )
        assert again.status_code == 201


def account_routes(kabinet):
    """Every address of one account that the application knows, with its method."""
    for route in kabinet.http._transport.app.routes:
        if "{account_id" not in route.path or not route.path.startswith("/api/"):
            continue
        for method in set(route.methods) - {"OPTIONS", "HEAD"}:
            yield method, route.path


OPEN_TO_PAYERS = {
    ("GET", "/payment-card"),
    ("POST", "/payment-previews"),
    ("PUT", "/payments/{payment_id}"),
    ("GET", "/payments"),
    ("GET", "/payments/{payment_id}"),
    ("GET", "/membership"),
    ("DELETE", "/membership"),
    ("GET", "/powers"),  # their own ones
    ("GET", "/autopay"),  # likewise
}


async def test_a_payer_meets_no_other_door(kabinet, messages):
    """Whatever routes of an account are added: closed to those who may only pay, until said otherwise."""
    home = await kabinet.household()
    async with person(kabinet, PHONE) as anna:
        await let_in(kabinet, messages, home, anna, "pay")
        tried = 0
        for method, path in account_routes(kabinet):
            tail = re.sub(r":\w+", "", path).split("{account_id}")[1]
            if (method, tail) in OPEN_TO_PAYERS:
                continue
            body = {} if method == "GET" else {"json": example(tail)}
            where = path.replace("{account_id:uuid}", str(home.account_id))
            where = where.replace("{supplier_account_id:uuid}", str(home.supplier_accounts["heat"]))
            answer = await anna.http.request(
                method, re.sub(r"\{\w+:uuid\}", str(home.user_id), where), **body
            )
            # 422: a route whose body this test does not know; the matrix of scopes tries the right one.
            assert answer.status_code in {403, 404, 422}, (method, path, answer.status_code, answer.text)
            assert not [word for word in SECRET_WORDS if word in answer.text], path
            tried += 1
        assert tried > 12


def example(tail):
    if tail.startswith("/members"):
        return {"role": "family", "scopes": ["pay"]}
    if tail.startswith("/invitations"):
        return {"role": "family", "scopes": ["pay"], "phone": "+79000000009"}
    if tail == "/transfer":
        return {"user_id": str(uuid4())}
    return {"reason": "x"}


async def test_a_revoked_right_is_dead_at_once(kabinet, messages):
    home = await kabinet.household()
    async with person(kabinet, PHONE) as anna:
        await let_in(kabinet, messages, home, anna, "see", "pay")
        await anna.ask("GET", f"/accounts/{home.account_id}")
        members = await ask(kabinet, "GET", f"/accounts/{home.account_id}/members")
        assert [(one["role"], one["scopes"]) for one in members][1] == ("family", ["pay", "see"])
        assert members[1]["phone"] == "+7900•••••02"

        started = monotonic()
        await ask(kabinet, "DELETE", f"/accounts/{home.account_id}/members/{anna.id}", 204)
        for path in ("", "/payment-card", "/charges", "/payments", "/qr.svg", "/membership"):
            assert (await anna.ask("GET", f"/accounts/{home.account_id}{path}", 404))["code"].endswith(
                "not-found"
            )
        assert (await anna.ask("GET", "/accounts"))["items"] == []
        wish = {"amount": {"kopecks": TO_PAY}}
        await anna.ask("PUT", f"/accounts/{home.account_id}/payments/{uuid4()}", 404, json=wish)
        assert monotonic() - started < 5
        await ask(kabinet, "DELETE", f"/accounts/{home.account_id}/members/{anna.id}", 204)

        log = (await ask(kabinet, "GET", f"/accounts/{home.account_id}/members/log"))["items"]
        assert [one["what"] for one in log] == ["ended", "joined", "invited"]
        assert log[0]["user_id"] == str(anna.id)
        assert log[0]["by_id"] == str(home.user_id)


async def test_a_right_ends_by_its_date_and_can_be_changed(kabinet, messages):
    home = await kabinet.household()
    until = (kabinet.clock() + timedelta(minutes=30)).isoformat()
    async with person(kabinet, PHONE) as anna:
        await let_in(kabinet, messages, home, anna, "see", "pay", valid_until=until)
        path = f"/accounts/{home.account_id}/members/{anna.id}"
        less = {"role": "accountant", "scopes": ["see"], "valid_until": until}
        changed = await ask(kabinet, "PUT", path, json=less)
        assert (changed["role"], changed["scopes"]) == ("accountant", ["see"])
        await anna.ask("GET", f"/accounts/{home.account_id}/payment-card", 404)
        assert (await anna.ask("GET", f"/accounts/{home.account_id}/membership"))["scopes"] == ["see"]

        kabinet.clock.later(minutes=31)
        await anna.ask("GET", f"/accounts/{home.account_id}", 404)
        assert len(await ask(kabinet, "GET", f"/accounts/{home.account_id}/members")) == 1
        # A right that is over makes room for a new one.
        await let_in(kabinet, messages, home, anna, "pay")
        await anna.ask("GET", f"/accounts/{home.account_id}/payment-card")


async def test_known_and_unknown_phones_look_the_same(kabinet, messages):
    home = await kabinet.household()
    async with person(kabinet, PHONE):
        answers = []
        for phone in (PHONE, "+79000000003"):
            body = {"phone": phone, "role": "tenant", "scopes": ["readings"]}
            made = await ask(kabinet, "POST", f"/accounts/{home.account_id}/invitations", 201, json=body)
            answers.append(
                {key: made[key] for key in made if key not in {"id", "phone", "made_at", "expires_at"}}
            )
        assert answers[0] == answers[1]
        await kabinet.work()
        assert [to for to, _ in messages.sent] == [PHONE, "+79000000003"]
        for _, text in messages.sent:
            assert home.number not in text


async def test_a_code_is_for_its_phone_and_for_once(kabinet, messages):
    home = await kabinet.household(email="owner@example.test")
    invitation = {"phone": PHONE, "role": "family", "scopes": ["pay"], "id": str(uuid4())}
    path = f"/accounts/{home.account_id}/invitations"
    async with person(kabinet, PHONE) as anna, person(kabinet, "+79000000003") as boris:
        await ask(kabinet, "POST", path, 201, json=invitation)
        await ask(kabinet, "POST", path, 200, json=invitation)
        taken = await ask(kabinet, "POST", path, 409, json=invitation | {"scopes": ["see"]})
        assert taken["code"] == "invitation-id-taken"
        await kabinet.work()
        assert len(messages.sent) == 1
        code = {"code": messages.code(PHONE)}

        stolen = await boris.ask("POST", "/invitations/accept", 404, json=code)
        wrong = await boris.ask("POST", "/invitations/accept", 404, json={"code": "AAAA-BBBB-CCCC-DDDD"})
        assert (stolen["code"], stolen["detail"]) == (wrong["code"], wrong["detail"])
        first = await anna.ask("POST", "/invitations/accept", json=code)
        assert await anna.ask("POST", "/invitations/accept", json=code) == first
        await kabinet.work()
        [told] = await kabinet.container.pool.fetch(
            "SELECT * FROM notices WHERE kind = 'invitation-accepted'"
        )
        assert (told["user_id"], told["words"]["phone_end"]) == (home.user_id, PHONE[-2:])
        shown = await ask(kabinet, "GET", f"{path}/{invitation['id']}")
        assert shown["state"] == "accepted"
        await anna.ask("DELETE", f"/accounts/{home.account_id}/membership", 204)
        gone = await anna.ask("POST", "/invitations/accept", 404, json=code)
        assert gone["code"] == "invitation-not-found"
        codes = [await kabinet.container.pool.fetchval("SELECT code_hash FROM invitation_codes")]
        assert code["code"] not in str(codes)


async def test_guessing_codes_is_slowed(kabinet):
    await kabinet.sign_in()
    for number in range(10):
        await ask(kabinet, "POST", "/invitations/accept", 404, json={"code": f"AAAA-BBBB-CCCC-{number}"})
    slowed = await ask(kabinet, "POST", "/invitations/accept", 429, json={"code": "AAAA"})
    assert slowed["code"] == "too-many-attempts"


async def test_an_invitation_is_withdrawn_or_dies_with_its_givers_right(kabinet, messages):
    home = await kabinet.household()
    async with person(kabinet, PHONE) as anna, person(kabinet, "+79000000003") as boris:
        path = f"/accounts/{home.account_id}/invitations"
        made = await ask(
            kabinet,
            "POST",
            path,
            201,
            json={"phone": PHONE, "role": "family", "scopes": ["see", "pay", "manage"]},
        )
        await kabinet.work()
        await ask(kabinet, "DELETE", f"{path}/{made['id']}", 204)
        await anna.ask("POST", "/invitations/accept", 404, json={"code": messages.code(PHONE)})

        await let_in(kabinet, messages, home, anna, "see", "pay", "manage")
        body = {"phone": boris.phone, "role": "tenant", "scopes": ["readings"]}
        refused = await anna.ask("POST", path, 403, json=body)
        assert refused["code"] == "more-than-held"
        await anna.ask("POST", path, 201, json=body | {"scopes": ["see"]})
        await kabinet.work()
        await ask(kabinet, "DELETE", f"/accounts/{home.account_id}/members/{anna.id}", 204)
        await boris.ask("POST", "/invitations/accept", 404, json={"code": messages.code(boris.phone)})
        assert {one["state"] for one in await ask(kabinet, "GET", path)} == {"withdrawn", "accepted", "open"}


async def test_many_accept_and_revoke_at_once(kabinet, messages):
    home = await kabinet.household()
    async with person(kabinet, PHONE) as anna:
        body = {"phone": PHONE, "role": "family", "scopes": ["pay"]}
        path = f"/accounts/{home.account_id}/invitations"
        made = await asyncio.gather(*(kabinet.http.post(f"/api/v1{path}", json=body) for _ in range(4)))
        assert sorted(one.status_code for one in made) == [201, 409, 409, 409]
        await kabinet.work()
        code = {"code": messages.code(PHONE)}
        joined = await asyncio.gather(
            *(anna.http.post("/api/v1/invitations/accept", json=code) for _ in range(5))
        )
        assert {one.status_code for one in joined} == {200}
        gone = f"/api/v1/accounts/{home.account_id}/members/{anna.id}"
        ended = await asyncio.gather(*(kabinet.http.delete(gone) for _ in range(4)))
        assert {one.status_code for one in ended} == {204}
        counts = await kabinet.container.pool.fetch(
            "SELECT what, count(*) AS times FROM account_grants GROUP BY what"
        )
        assert {row["what"]: row["times"] for row in counts} == {"invited": 1, "joined": 1, "ended": 1}


async def test_the_log_is_append_only(kabinet, messages, owner):
    home = await kabinet.household()
    async with person(kabinet, PHONE) as anna:
        await let_in(kabinet, messages, home, anna, "pay")
        for statement in ("DELETE FROM account_grants", "UPDATE account_grants SET what = 'x'"):
            with pytest.raises(asyncpg.CheckViolationError):
                await owner.execute(statement)
        pages = await ask(kabinet, "GET", f"/accounts/{home.account_id}/members/log?limit=1")
        rest = await ask(
            kabinet, "GET", f"/accounts/{home.account_id}/members/log?limit=5&cursor={pages['next']}"
        )
        assert [one["what"] for one in pages["items"] + rest["items"]] == ["joined", "invited"]
        assert pages["items"][0]["scopes"] == [Scope.PAY]


async def test_whose_right_was_taken_back_does_not_return_by_the_bill(kabinet, messages):
    home = await kabinet.household()
    proof = {"number": home.number, "proof": {"bill_amount": {"kopecks": TO_PAY}}}
    async with person(kabinet, PHONE) as anna:
        await let_in(kabinet, messages, home, anna, "pay")
        await ask(kabinet, "DELETE", f"/accounts/{home.account_id}/members/{anna.id}", 204)
        told = await anna.ask("POST", "/accounts", 403, json=proof, headers={"Accept-Language": "en"})
        assert told["code"] == "account-right-taken-back"
        assert "invite" in told["remedy"]
        # Whoever cannot prove it is told no more than anybody.
        wrong = {"number": home.number, "proof": {"bill_amount": {"kopecks": 1}}}
        assert (await anna.ask("POST", "/accounts", 422, json=wrong))["code"] == "account-proof-failed"
        await let_in(kabinet, messages, home, anna, "pay")
        # The bill gives no more than those who manage the account have given.
        await anna.ask("POST", "/accounts", 200, json=proof)


async def test_when_nobody_manages_the_account_the_bill_counts_again(kabinet, messages):
    home = await kabinet.household()
    proof = {"number": home.number, "proof": {"bill_amount": {"kopecks": TO_PAY}}}
    async with person(kabinet, PHONE) as anna:
        await let_in(kabinet, messages, home, anna, "pay")
        await ask(kabinet, "DELETE", f"/accounts/{home.account_id}/members/{anna.id}", 204)
        await ask(kabinet, "DELETE", f"/accounts/{home.account_id}/membership", 204)
        await anna.ask("POST", "/accounts", 201, json=proof)


async def test_whose_right_ended_with_anothers_is_not_shut_out(kabinet, messages):
    home = await kabinet.household()
    proof = {"number": home.number, "proof": {"bill_amount": {"kopecks": TO_PAY}}}
    async with person(kabinet, PHONE) as anna, person(kabinet, "+79000000003") as oleg:
        await let_in(kabinet, messages, home, anna, "pay")
        await ask(kabinet, "DELETE", f"/accounts/{home.account_id}/membership", 204)
        await oleg.ask("POST", "/accounts", 201, json=proof)
        await anna.ask("POST", "/accounts", 201, json=proof)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ru", "Нужно право «видеть, кто смотрел персональные данные»"),
        ("en", "see who looked at personal data"),
    ],
)
async def test_a_missing_right_is_told_by_its_name(kabinet, language, words):
    await kabinet.sign_in()
    told = await ask(kabinet, "GET", "/account-views", 403, headers={"Accept-Language": language})
    assert words in told["detail"]
