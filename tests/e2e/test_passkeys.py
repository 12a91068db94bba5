"""Passkeys over HTTP, with a software authenticator in the place of a phone."""

import asyncio

import pytest

from tests.authenticators import Authenticator, b64
from tests.kabinets import Kabinet, opened

MAKING, SIGNING = "/api/v1/passkeys/registration-options", "/api/v1/passkeys/sign-in-options"
SESSIONS = "/api/v1/sessions/by-passkey"


@pytest.fixture
async def kabinet(pool, tmp_path):
    async with opened(pool, tmp_path) as kabinet:
        yield kabinet


async def make(kabinet: Kabinet, device: Authenticator, name: str = "Телефон"):
    options = (await kabinet.http.post(MAKING)).json()
    body = {"name": name, "credential": device.create(options)}
    return await kabinet.http.post("/api/v1/passkeys", json=body)


async def sign_in(kabinet: Kabinet, device: Authenticator, **more):
    options = (await kabinet.http.post(SIGNING)).json()
    return await kabinet.http.post(SESSIONS, json={"credential": device.get(options, **more)})


async def test_a_passkey_signs_in_and_stops_when_it_is_removed(kabinet):
    user_id = await kabinet.sign_in()
    device = Authenticator()
    added = await make(kabinet, device)
    assert added.status_code == 201, added.text
    assert added.json()["id"] == b64(device.keys[0].id)
    assert added.json()["last_used_at"] is None

    del kabinet.http.headers["Authorization"]
    answer = await sign_in(kabinet, device)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    kabinet.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert (await kabinet.http.get("/api/v1/me")).json()["id"] == str(user_id)
    [listed] = (await kabinet.http.get("/api/v1/passkeys")).json()
    assert (listed["name"], listed["transports"]) == ("Телефон", ["internal"])
    assert listed["last_used_at"] is not None

    assert (await kabinet.http.delete(f"/api/v1/passkeys/{listed['id']}")).status_code == 204
    assert (await kabinet.http.delete(f"/api/v1/passkeys/{listed['id']}")).status_code == 404
    assert (await sign_in(kabinet, device)).json()["code"] == "passkey-refused"


async def test_options_name_nobody_and_are_never_the_same(kabinet):
    first, second = [(await kabinet.http.post(SIGNING)) for _ in range(2)]
    assert first.headers["Cache-Control"] == "no-store"
    assert first.json()["allowCredentials"] == []
    assert first.json()["challenge"] != second.json()["challenge"]
    assert first.json()["rpId"] == "localhost"


async def test_an_answer_serves_once(kabinet):
    await kabinet.sign_in()
    device = Authenticator()
    await make(kabinet, device)
    options = (await kabinet.http.post(SIGNING)).json()
    body = {"credential": device.get(options)}
    answers = await asyncio.gather(*(kabinet.http.post(SESSIONS, json=body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401, 401]
    again = {"credential": device.get(options)}
    assert (await kabinet.http.post(SESSIONS, json=again)).json()["code"] == "passkey-refused"


async def test_a_refused_answer_has_used_its_challenge_up(kabinet):
    await kabinet.sign_in()
    device = Authenticator()
    await make(kabinet, device)
    options = (await kabinet.http.post(SIGNING)).json()
    wrong = device.get(options)
    wrong["response"]["signature"] = b64(b"no signature")
    assert (await kabinet.http.post(SESSIONS, json={"credential": wrong})).status_code == 401
    right = {"credential": device.get(options)}
    assert (await kabinet.http.post(SESSIONS, json=right)).status_code == 401


async def test_a_challenge_is_soon_over(kabinet):
    await kabinet.sign_in()
    device = Authenticator()
    await make(kabinet, device)
    options = (await kabinet.http.post(SIGNING)).json()
    kabinet.clock.later(minutes=5)
    assert (await kabinet.http.post(SESSIONS, json={"credential": device.get(options)})).status_code == 401


async def test_a_copied_key_is_refused_and_told(kabinet):
    await kabinet.sign_in()
    device = Authenticator()
    await make(kabinet, device)
    assert (await sign_in(kabinet, device)).status_code == 201
    device.keys[0].count = 0
    refused = await sign_in(kabinet, device)
    assert refused.status_code == 401
    assert refused.json()["code"] == "passkey-cloned"


async def test_a_synced_key_that_does_not_count_signs_in_again_and_again(kabinet):
    await kabinet.sign_in()
    device = Authenticator(counts=False)
    await make(kabinet, device)
    for _ in range(2):
        assert (await sign_in(kabinet, device)).status_code == 201


async def test_another_page_or_an_absent_owner_is_refused(kabinet):
    await kabinet.sign_in()
    device = Authenticator()
    await make(kabinet, device)
    device.origin = "https://evil.example"
    assert (await sign_in(kabinet, device)).json()["code"] == "passkey-refused"
    device.origin, device.verifies = "http://localhost:8000", False
    assert (await sign_in(kabinet, device)).json()["code"] == "passkey-refused"
    assert (await make(kabinet, device)).json()["code"] == "passkey-not-made"


async def test_a_key_that_is_not_ours_and_a_strangers_handle_get_the_same_answer(kabinet):
    await kabinet.sign_in()
    device, stranger = Authenticator(), Authenticator()
    await make(kabinet, device)
    options = (await kabinet.http.post(MAKING)).json()
    stranger.create(options)  # never sent
    unknown = await sign_in(kabinet, stranger)
    device.keys[0].user_handle = bytes(16)
    wrong = await sign_in(kabinet, device)
    assert unknown.json() | {"request_id": ""} == wrong.json() | {"request_id": ""}


async def test_a_challenge_for_one_person_makes_no_key_for_another(kabinet):
    await kabinet.sign_in("+79000000001")
    options = (await kabinet.http.post(MAKING)).json()
    await kabinet.sign_in("+79000000002")
    body = {"name": "Чужой", "credential": Authenticator().create(options)}
    assert (await kabinet.http.post("/api/v1/passkeys", json=body)).json()["code"] == "passkey-not-made"
    # Nor does one to sign in by, and the other way round.
    signing = (await kabinet.http.post(SIGNING)).json()
    mixed = options | {"challenge": signing["challenge"]}
    body = {"name": "Чужой", "credential": Authenticator().create(mixed)}
    assert (await kabinet.http.post("/api/v1/passkeys", json=body)).json()["code"] == "passkey-not-made"


async def test_a_key_belongs_to_one_person(kabinet):
    await kabinet.sign_in("+79000000001")
    device = Authenticator()
    await make(kabinet, device)
    await kabinet.sign_in("+79000000002")
    options = (await kabinet.http.post(MAKING)).json()
    answer = Authenticator().create(options, id=device.keys[0].id)
    taken = await kabinet.http.post("/api/v1/passkeys", json={"name": "Копия", "credential": answer})
    assert taken.status_code == 409, taken.text
    assert taken.json()["code"] == "passkey-taken"


async def test_twenty_are_enough(kabinet):
    await kabinet.sign_in()
    for _ in range(20):
        assert (await make(kabinet, Authenticator())).status_code == 201
    assert (await kabinet.http.post(MAKING)).json()["code"] == "too-many-passkeys"


async def test_beginnings_are_counted_by_network(kabinet):
    for _ in range(600):
        assert (await kabinet.http.post(SIGNING)).status_code == 200
    refused = await kabinet.http.post(SIGNING)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "30"


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"id": "", "type": "public-key", "response": {}},
        {"id": "***", "type": "public-key", "response": {"clientDataJSON": "", "authenticatorData": ""}},
        {"id": "a" * 2000, "type": "public-key"},
        {"id": "a", "type": "password", "response": {}},
    ],
)
async def test_what_is_no_answer_is_refused_by_its_shape(kabinet, credential):
    answer = await kabinet.http.post(SESSIONS, json={"credential": credential})
    assert answer.status_code in (401, 422), answer.text


async def test_odd_lengths_of_base64_are_refused(kabinet):
    response = dict.fromkeys(("clientDataJSON", "authenticatorData", "signature"), "a")
    credential = {"id": "a", "type": "public-key", "response": response}
    answer = await kabinet.http.post(SESSIONS, json={"credential": credential})
    assert answer.json()["code"] == "passkey-refused"
    await kabinet.sign_in()
    assert (await kabinet.http.delete("/api/v1/passkeys/a")).status_code == 404
    assert (await kabinet.http.delete("/api/v1/passkeys/%D1%91")).status_code == 404


async def test_old_challenges_are_forgotten(kabinet):
    await kabinet.http.post(SIGNING)
    kabinet.clock.later(minutes=6)
    await kabinet.http.post(SIGNING)
    from domain.people.passkeys import PrunePasskeyChallenges

    await kabinet.container.by_other_sign_ins.passkey_service.prune(PrunePasskeyChallenges())
    assert await kabinet.container.pool.fetchval("SELECT count(*) FROM passkey_challenges") == 1


async def test_a_passkey_is_both_steps_of_a_sign_in(kabinet):
    await kabinet.sign_in()
    device = Authenticator()
    await make(kabinet, device)
    await kabinet.set_second_factor("+79000000001")
    assert (await sign_in(kabinet, device)).status_code == 201
