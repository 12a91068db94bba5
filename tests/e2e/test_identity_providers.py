"""Signing in through an identity provider over HTTP: the sandbox's, which checks what real ones check."""

import asyncio
from urllib.parse import parse_qsl, urlsplit

import pytest

from domain.people.identities import PruneSignInRequests
from tests.identities import KNOWN, NAME, NEWCOMER, UNPROVED, brought_back
from tests.kabinets import Kabinet, opened

BEGIN = f"/api/v1/identity-providers/{NAME}/sign-ins"
RETURN = f"/api/v1/identity-providers/{NAME}/return"
SESSIONS, LINKED = "/api/v1/sessions/by-identity", "/api/v1/me/identities"


@pytest.fixture
async def kabinet(pool, tmp_path):
    async with opened(pool, tmp_path) as kabinet:
        yield kabinet


async def came_back(kabinet: Kabinet, person: str = KNOWN) -> dict[str, str]:
    """Begun here, gone through the provider's page: what finishes it."""
    begun = await kabinet.http.post(BEGIN, json={})
    assert begun.status_code == 201, begun.text
    brought = await brought_back(kabinet.sandbox, begun.json()["url"], person)
    return {"state": brought["state"], "code": brought.get("code", "-"), "secret": begun.json()["secret"]}


async def finish(kabinet: Kabinet, back: dict[str, str], where: str = SESSIONS):
    return await kabinet.http.post(where, json=back)


async def sign_in(kabinet: Kabinet, person: str = KNOWN):
    return await finish(kabinet, await came_back(kabinet, person))


async def me(kabinet: Kabinet, session) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {session.json()['access_token']}"}
    return (await kabinet.http.get("/api/v1/me", headers=headers)).json()


async def refused(answer, code: str):
    assert answer.json()["code"] == code, answer.text
    return answer


async def test_providers_are_listed(kabinet):
    [offer] = (await kabinet.http.get("/api/v1/identity-providers")).json()
    assert offer == {"name": NAME, "title": "Учётная запись компании"}
    await refused(
        await kabinet.http.post("/api/v1/identity-providers/esia/sign-ins", json={}),
        "identity-provider-unknown",
    )


async def test_a_confirmed_newcomer_gets_an_account_and_comes_back_to_it(kabinet):
    first = await sign_in(kabinet, NEWCOMER)
    assert first.status_code == 201, first.text
    assert first.headers["Cache-Control"] == "no-store"
    found = await me(kabinet, first)
    assert (found["phone"], found["name"]) == ("+79000000101", "Новикова Анна Игоревна")
    assert found["email"] == "newcomer@example.test"
    again = await sign_in(kabinet, NEWCOMER)
    assert (await me(kabinet, again))["id"] == found["id"]


async def test_a_newcomer_who_comes_twice_at_once_becomes_one_customer(kabinet):
    backs = [await came_back(kabinet, NEWCOMER) for _ in range(4)]
    answers = await asyncio.gather(*(finish(kabinet, back) for back in backs))
    assert [answer.status_code for answer in answers] == [201] * 4, [answer.text for answer in answers]
    assert len({(await me(kabinet, answer))["id"] for answer in answers}) == 1


async def test_a_taken_phone_is_not_taken_over_and_not_told(kabinet):
    await kabinet.sign_in("+79000000001")
    taken = await refused(await sign_in(kabinet, KNOWN), "identity-unknown")
    unproved = await refused(await sign_in(kabinet, UNPROVED), "identity-unknown")
    assert taken.json() | {"request_id": ""} == unproved.json() | {"request_id": ""}


async def test_who_is_signed_in_links_an_identity_and_takes_it_away_again(kabinet):
    user_id = await kabinet.sign_in("+79000000001")
    linked = await finish(kabinet, await came_back(kabinet), LINKED)
    assert linked.status_code == 201, linked.text
    assert (await finish(kabinet, await came_back(kabinet), LINKED)).status_code == 200
    session = await sign_in(kabinet)
    assert (await me(kabinet, session))["id"] == str(user_id)
    [shown] = (await kabinet.http.get(LINKED)).json()
    assert (shown["provider"], shown["name"]) == (NAME, "Иванова Мария Петровна")
    assert shown["last_used_at"] is not None

    assert (await kabinet.http.delete(f"{LINKED}/{shown['id']}")).status_code == 204
    assert (await kabinet.http.delete(f"{LINKED}/{shown['id']}")).status_code == 404
    await refused(await sign_in(kabinet), "identity-unknown")


async def test_an_identity_is_one_persons(kabinet):
    await kabinet.sign_in("+79000000001")
    await finish(kabinet, await came_back(kabinet), LINKED)
    [shown] = (await kabinet.http.get(LINKED)).json()
    await kabinet.sign_in("+79000000002")
    await refused(await finish(kabinet, await came_back(kabinet), LINKED), "identity-taken")
    assert (await kabinet.http.delete(f"{LINKED}/{shown['id']}")).status_code == 404


async def test_a_sign_in_is_finished_once(kabinet):
    back = await came_back(kabinet, NEWCOMER)
    answers = await asyncio.gather(*(finish(kabinet, back) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]
    await refused(await finish(kabinet, back), "sign-in-request-unknown")


async def test_nobody_is_signed_in_to_anothers_sign_in(kabinet):
    """Somebody sends their own way back to another's browser: it has not the secret."""
    back = await came_back(kabinet, NEWCOMER)
    mine = (await kabinet.http.post(BEGIN, json={})).json()
    await refused(await finish(kabinet, back | {"secret": mine["secret"]}), "sign-in-request-unknown")
    await refused(await finish(kabinet, back), "sign-in-request-unknown")  # tried, so used up


async def test_an_unknown_state_and_a_late_one_are_refused(kabinet):
    back = await came_back(kabinet, NEWCOMER)
    await refused(await finish(kabinet, back | {"state": "x"}), "sign-in-request-unknown")
    kabinet.clock.later(minutes=15)
    await refused(await finish(kabinet, back), "sign-in-request-unknown")


async def test_a_code_of_another_sign_in_is_refused(kabinet):
    """The verifier (RFC 7636) and the nonce tie a code to the sign-in it was asked for."""
    one, other = await came_back(kabinet, NEWCOMER), await came_back(kabinet, KNOWN)
    await refused(await finish(kabinet, one | {"code": other["code"]}), "identity-refused")


@pytest.mark.parametrize("what", ["nonce", "verifier"])
async def test_another_nonce_or_verifier_is_refused(kabinet, owner, what):
    back = await came_back(kabinet, NEWCOMER)
    text = {
        "nonce": "UPDATE sign_in_requests SET nonce = 'another'",
        "verifier": "UPDATE sign_in_requests SET verifier = 'another'",
    }
    await owner.execute(text[what])
    await refused(await finish(kabinet, back), "identity-refused")


async def test_a_code_is_soon_over_at_the_provider(kabinet):
    back = await came_back(kabinet, NEWCOMER)
    kabinet.clock.later(seconds=61)
    await refused(await finish(kabinet, back), "identity-refused")


async def test_who_refuses_there_is_not_signed_in_here(kabinet):
    begun = (await kabinet.http.post(BEGIN, json={})).json()
    brought = await brought_back(kabinet.sandbox, begun["url"], "")
    assert brought["error"] == "access_denied"
    shown = await kabinet.http.get(RETURN, params=brought)
    assert shown.json() == {"state": brought["state"], "code": None, "error": "access_denied"}


async def test_keys_are_rotated_under_way(kabinet):
    assert (await sign_in(kabinet, NEWCOMER)).status_code == 201
    for _ in range(3):
        await kabinet.sandbox.http.post("/identity/rotate")
        kabinet.clock.later(seconds=10)
        assert (await sign_in(kabinet, NEWCOMER)).status_code == 201


async def test_the_browser_is_led_back_to_where_it_began(kabinet):
    begun = (await kabinet.http.post(BEGIN, json={"return_to": "/sign-in/finish?via=company"})).json()
    brought = await brought_back(kabinet.sandbox, begun["url"], NEWCOMER)
    led = await kabinet.http.get(RETURN, params=brought)
    assert led.status_code == 303
    assert led.headers["Referrer-Policy"] == "no-referrer"
    address = urlsplit(led.headers["Location"])
    assert (address.netloc, address.path) == ("", "/sign-in/finish")
    query = dict(parse_qsl(address.query))
    assert query == {"via": "company", "state": brought["state"], "code": brought["code"]}
    back = {"state": query["state"], "code": query["code"], "secret": begun["secret"]}
    assert (await finish(kabinet, back)).status_code == 201


@pytest.mark.parametrize(
    "path",
    ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "", "/a b", "/a\nb", "/\x00"],
)
async def test_it_is_led_nowhere_else(kabinet, path):
    await refused(await kabinet.http.post(BEGIN, json={"return_to": path}), "return-address-invalid")


async def test_a_state_nobody_knows_leads_nowhere(kabinet):
    shown = await kabinet.http.get(RETURN, params={"state": "x", "code": "y"})
    assert shown.json() == {"state": "x", "code": "y", "error": None}
    assert (await kabinet.http.get(RETURN)).status_code == 422
    for long in (
        {"state": "x" * 101},
        {"state": "x", "code": "y" * 4001},
        {"state": "x", "error": "z" * 101},
    ):
        assert (await kabinet.http.get(RETURN, params=long)).status_code == 422


async def test_old_requests_are_forgotten(kabinet):
    await kabinet.http.post(BEGIN, json={})
    kabinet.clock.later(minutes=16)
    await kabinet.http.post(BEGIN, json={})
    await kabinet.container.by_other_sign_ins.identity_service.prune(PruneSignInRequests())
    assert await kabinet.container.pool.fetchval("SELECT count(*) FROM sign_in_requests") == 1


async def test_what_travels_through_the_browser_is_kept_as_hashes(kabinet):
    begun = (await kabinet.http.post(BEGIN, json={})).json()
    asked = dict(parse_qsl(urlsplit(begun["url"]).query))
    row = await kabinet.container.pool.fetchrow("SELECT * FROM sign_in_requests")
    kept = " ".join(str(value) for value in row.values())
    assert begun["secret"] not in kept
    assert asked["state"] not in kept
    assert asked["code_challenge"] not in kept
    assert asked["code_challenge_method"] == "S256"


async def test_a_second_factor_is_asked_for_after_a_provider_too(kabinet):
    await kabinet.sign_in("+79000000001")
    await finish(kabinet, await came_back(kabinet), LINKED)
    await kabinet.set_second_factor("+79000000001")
    asked = await refused(await sign_in(kabinet), "second-factor-required")
    step = {"challenge": asked.json()["challenge"], "code": await kabinet.code("+79000000001")}
    assert (await kabinet.http.post("/api/v1/sessions/second-factor", json=step)).status_code == 201


async def test_who_is_erased_comes_in_by_neither(kabinet):
    await kabinet.sign_in("+79000000001")
    await finish(kabinet, await came_back(kabinet), LINKED)
    erased = await kabinet.http.request("DELETE", "/api/v1/me", json={"password": "kabinet-demo"})
    assert erased.status_code == 200, erased.text
    counts = "SELECT (SELECT count(*) FROM external_identities) + (SELECT count(*) FROM user_identities)"
    assert await kabinet.container.pool.fetchval(counts) == 0
