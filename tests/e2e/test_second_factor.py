"""A second factor over HTTP: set up by choice, asked for at every sign-in, guessed, raced, lost."""

import asyncio
import statistics
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
import pytest_asyncio

from domain.kernel.access import Scope
from domain.people.phones import Phone
from domain.people.second_factor import SecondFactorRequired
from domain.people.staff import Role
from tests.kabinets import PASSWORD
from tests.systems import system_key

ANNA, OLEG = "+79000000001", "+79000000011"
FACTOR = "/api/v1/me/second-factor"
STEP = "/api/v1/sessions/second-factor"


@pytest_asyncio.fixture
async def anna(kabinet):
    """Anna, signed in, with a second factor; her fallback codes."""
    await kabinet.sign_in(ANNA)
    return await kabinet.set_second_factor(ANNA)


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


async def first_step(kabinet, phone=ANNA):
    answer = await kabinet.http.post("/api/v1/sessions", json={"phone": phone, "password": PASSWORD})
    return refused(answer, 401, "second-factor-required")["challenge"]


async def second_step(kabinet, challenge, code):
    return await kabinet.http.post(STEP, json={"challenge": challenge, "code": code})


async def test_a_customer_sets_it_up_by_choice(kabinet):
    await kabinet.sign_in(ANNA)
    before = (await kabinet.http.get(FACTOR)).json()
    begun = (await kabinet.http.post(FACTOR, json={"password": PASSWORD})).json()

    uri = urlsplit(begun["uri"])
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert parse_qs(uri.query)["secret"] == [begun["secret"]]
    assert begun["qr_svg"].startswith("<svg")
    assert "<script" not in begun["qr_svg"]
    # Not in force until a first code of it was seen.
    await kabinet.sign_in_again(ANNA)
    code = pyotp.TOTP(begun["secret"]).at(kabinet.clock())
    done = await kabinet.http.put(FACTOR, json={"code": f"{code[:3]} {code[3:]}"})

    assert before == {"is_set": False, "is_required": False, "confirmed_at": None, "fallback_codes_left": 0}
    assert done.headers["cache-control"] == "no-store"
    assert len(set(done.json()["fallback_codes"])) == 10
    after = (await kabinet.http.get(FACTOR)).json()
    assert (after["is_set"], after["fallback_codes_left"]) == (True, 10)
    await first_step(kabinet)


async def test_who_has_no_password_must_have_signed_in_just_now(kabinet, pool):
    await kabinet.sign_in(ANNA)
    await pool.execute("UPDATE users SET password_hash = NULL")
    kabinet.clock.later(minutes=11)
    refused(await kabinet.http.post(FACTOR, json={}), 422, "second-factor-sign-in-anew")
    await pool.execute("UPDATE user_sessions SET created_at = $1", kabinet.clock())
    assert (await kabinet.http.post(FACTOR, json={})).status_code == 201


async def test_its_owner_is_told(kabinet, anna, pool):
    await kabinet.http.delete(FACTOR, headers={"Second-Factor-Code": await kabinet.code(ANNA)})
    jobs = await pool.fetch(
        "SELECT job FROM local_jobs WHERE kind = 'people.security-notice' ORDER BY run_at, job_id"
    )
    assert [(row["job"]["change"], row["job"]["to"]) for row in jobs] == [
        ("second-factor-set", ANNA),
        ("second-factor-removed", ANNA),
    ]


async def test_the_second_step_opens_the_session(kabinet, anna):
    challenge = await first_step(kabinet)
    answer = await second_step(kabinet, challenge, await kabinet.code(ANNA))

    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    kabinet.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert (await kabinet.http.get("/api/v1/me")).json()["phone"] == ANNA
    refused(await second_step(kabinet, challenge, await kabinet.code(ANNA)), 401, "challenge-refused")


async def test_a_code_works_once(kabinet, anna):
    code = await kabinet.code(ANNA)
    assert (await second_step(kabinet, await first_step(kabinet), code)).status_code == 201

    refused(await second_step(kabinet, await first_step(kabinet), code), 401, "second-factor-wrong")
    taken = await kabinet.http.request("DELETE", FACTOR, headers={"Second-Factor-Code": code})
    refused(taken, 422, "second-factor-code-wrong")


async def test_the_code_that_confirmed_signs_nobody_in(kabinet):
    await kabinet.sign_in(ANNA)
    begun = (await kabinet.http.post(FACTOR, json={"password": PASSWORD})).json()
    code = pyotp.TOTP(begun["secret"]).at(kabinet.clock())
    assert (await kabinet.http.put(FACTOR, json={"code": code})).status_code == 200
    refused(await second_step(kabinet, await first_step(kabinet), code), 401, "second-factor-wrong")


async def test_of_two_uses_of_a_code_at_once_one_goes_well(kabinet, anna):
    challenges = [await first_step(kabinet) for _ in range(4)]
    code = await kabinet.code(ANNA)
    answers = await asyncio.gather(*(second_step(kabinet, one, code) for one in challenges))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]


async def test_a_challenge_passed_twice_at_once_opens_one_session(kabinet, anna, pool):
    challenge = await first_step(kabinet)
    before = await pool.fetchval("SELECT count(*) FROM user_sessions")
    answers = await asyncio.gather(*(second_step(kabinet, challenge, code) for code in anna[:3]))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401]
    assert await pool.fetchval("SELECT count(*) FROM user_sessions") == before + 1
    assert (await kabinet.http.get(FACTOR)).json()["fallback_codes_left"] == 9


async def test_a_fallback_code_takes_the_place_of_a_code_once(kabinet, anna):
    assert (await second_step(kabinet, await first_step(kabinet), anna[0].lower())).status_code == 201
    refused(await second_step(kabinet, await first_step(kabinet), anna[0]), 401, "second-factor-wrong")
    assert (await kabinet.http.get(FACTOR)).json()["fallback_codes_left"] == 9


async def test_new_fallback_codes_end_the_former(kabinet, anna):
    url = f"{FACTOR}/fallback-codes"
    refused(await kabinet.http.post(url, json={"code": "000000"}), 422, "second-factor-code-wrong")
    fresh = (await kabinet.http.post(url, json={"code": await kabinet.code(ANNA)})).json()["fallback_codes"]

    assert not set(fresh) & set(anna)
    refused(await second_step(kabinet, await first_step(kabinet), anna[0]), 401, "second-factor-wrong")
    assert (await second_step(kabinet, await first_step(kabinet), fresh[0])).status_code == 201


async def test_it_is_removed_by_a_code_only(kabinet, anna):
    waiting = await first_step(kabinet)
    refused(await kabinet.http.delete(FACTOR), 422, "invalid")
    refused(await kabinet.http.post(FACTOR, json={"password": PASSWORD}), 409, "second-factor-set")
    headers = {"Second-Factor-Code": await kabinet.code(ANNA)}
    assert (await kabinet.http.delete(FACTOR, headers=headers)).status_code == 204

    refused(await second_step(kabinet, waiting, anna[0]), 401, "challenge-refused")
    refused(await kabinet.http.delete(FACTOR, headers=headers), 409, "second-factor-not-set")
    await kabinet.sign_in_again(ANNA)


async def test_a_stolen_session_alone_sets_nothing_up(kabinet):
    await kabinet.sign_in(ANNA)
    for password in ("", "wrong"):
        refused(await kabinet.http.post(FACTOR, json={"password": password}), 422, "password-wrong")
    refused(await kabinet.http.put(FACTOR, json={"code": "123456"}), 409, "second-factor-not-set")


async def test_a_challenge_survives_five_tries_and_five_minutes(kabinet, anna):
    old = await first_step(kabinet)
    kabinet.clock.later(minutes=5)
    refused(await second_step(kabinet, old, await kabinet.code(ANNA)), 401, "challenge-refused")

    tried = await first_step(kabinet)
    for _ in range(5):
        refused(await second_step(kabinet, tried, "000000"), 401, "second-factor-wrong")
    refused(await second_step(kabinet, tried, anna[0]), 401, "challenge-refused")


async def test_guesses_at_the_same_time_are_all_counted(kabinet, anna, pool):
    challenges = [await first_step(kabinet) for _ in range(3)]
    guesses = [(challenges[number % 3], f"{number:06d}") for number in range(20)]
    answers = await asyncio.gather(*(second_step(kabinet, *guess) for guess in guesses))
    codes = [answer.json()["code"] for answer in answers]
    assert codes.count("second-factor-wrong") == 5
    assert set(codes) <= {"second-factor-wrong", "too-many-attempts", "challenge-refused"}
    # Counted and committed before they were looked at, and only by this network.
    doors = await pool.fetch("SELECT key FROM attempts WHERE kind = 'second-factor'")
    assert len([row for row in doors if not row["key"].endswith("signed-in")]) == 1


def elsewhere(app, ip):
    transport = httpx.ASGITransport(app, client=(ip, 5000))
    return httpx.AsyncClient(transport=transport, base_url="http://kabinet")


async def test_a_guesser_elsewhere_does_not_lock_the_owner_out(kabinet, anna):
    kabinet.clock.later(minutes=20)
    app = kabinet.http._transport.app
    for number in range(12):
        async with elsewhere(app, f"198.51.100.{number}") as http:
            first = await http.post("/api/v1/sessions", json={"phone": ANNA, "password": PASSWORD})
            challenge = refused(first, 401, "second-factor-required")["challenge"]
            answer = await http.post(STEP, json={"challenge": challenge, "code": "000000"})
            expected = (401, "second-factor-wrong") if number < 10 else (429, "too-many-attempts")
            refused(answer, *expected)
    await kabinet.sign_in_again(ANNA)


async def test_a_code_by_phone_needs_the_second_step_too(kabinet, anna):
    async with kabinet.container.transaction() as store:
        customer = await store.customers.by_phone(Phone(ANNA))
    sessions = kabinet.container.session_service
    with pytest.raises(SecondFactorRequired) as raised:
        await sessions.open_for(customer, device="curl", ip="203.0.113.7")
    answer = await second_step(kabinet, raised.value.params["challenge"], await kabinet.code(ANNA))
    assert answer.status_code == 201
    assert await sessions.open_for(customer, device="curl", ip="203.0.113.7", is_strong=True)


async def test_nothing_kept_gives_a_code_or_a_challenge_away(kabinet, anna, pool):
    challenge = await first_step(kabinet)
    secret = challenge.partition(".")[2]
    kept = [
        repr(dict(row))
        for table in ("user_factors", "user_fallback_codes", "sign_in_challenges")
        for row in await pool.fetch(f"SELECT * FROM {table}")
    ]
    assert len(kept) == 12
    for shown in (secret, *anna, *(code.replace("-", "") for code in anna)):
        assert not any(shown in row for row in kept)


async def test_wrong_codes_of_both_sorts_take_the_same_time(kabinet, anna):
    """A right one goes the same way up to the session that is written for it."""

    async def seconds(code):
        kabinet.clock.later(hours=2)
        challenge = await first_step(kabinet)
        begun = time.perf_counter()
        await second_step(kabinet, challenge, code)
        return time.perf_counter() - begun

    taken = {code: [await seconds(code) for _ in range(12)] for code in ("000000", "AAAA-AAAA-AAAA-AAAA")}
    totp, fallback = (statistics.median(times) for times in taken.values())
    assert abs(totp - fallback) < 0.02


async def test_systems_have_no_second_factor(kabinet):
    refused(await kabinet.http.get(FACTOR), 401, "unauthenticated")
    centre = await system_key(kabinet.container.system_service, Scope.SEE, name="centre")
    refused(await kabinet.http.get(FACTOR, auth=centre), 403, "wrong-kind-of-actor")


async def test_staff_may_do_nothing_before_they_have_it(kabinet):
    home = await kabinet.household()
    await kabinet.container.enrolment_service.staff(OLEG, "Олег", Role.ADMINISTRATOR, PASSWORD, None)
    answer = await kabinet.http.post("/api/v1/staff-sessions", json={"login": OLEG, "password": PASSWORD})
    kabinet.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    me = (await kabinet.http.get("/api/v1/me")).json()
    assert (me["must_set_second_factor"], me["scopes"]) == (True, [])
    for path in (f"/accounts/{home.account_id}", "/staff", "/approvals", "/sessions"):
        refused(await kabinet.http.get(f"/api/v1{path}"), 403, "second-factor-missing")
    assert await kabinet.container.pool.fetchval("SELECT count(*) FROM account_views") == 0
    assert (await kabinet.http.get(FACTOR)).json()["is_required"] is True

    await kabinet.set_second_factor(OLEG)
    assert (await kabinet.http.get(f"/api/v1/accounts/{home.account_id}")).status_code == 200
    headers = {"Second-Factor-Code": await kabinet.code(OLEG)}
    assert (await kabinet.http.delete(FACTOR, headers=headers)).status_code == 204
    refused(await kabinet.http.get("/api/v1/staff"), 403, "second-factor-missing")
    acts = await kabinet.container.pool.fetch("SELECT act FROM staff_log ORDER BY entry_id")
    assert [row["act"] for row in acts] == ["second-factor-set", "second-factor-removed"]


async def test_staff_sessions_are_short(kabinet):
    await kabinet.container.enrolment_service.staff(OLEG, "Олег", Role.OPERATOR, PASSWORD, None)
    await kabinet.sign_in_again(OLEG)
    kabinet.clock.later(minutes=16)
    refused(await kabinet.http.get("/api/v1/me"), 401, "token-refused")
