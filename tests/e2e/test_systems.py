"""Systems come with keys; keys are changed without a pause; those that move money sign their requests."""

import asyncio
import subprocess
from functools import partial
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from domain.kernel.access import Scope
from domain.people.staff import Role
from tests import commands
from tests.actors import staff_token
from tests.systems import SystemAuth, signed, system_key

ME = "/api/v1/me"


@pytest_asyncio.fixture
async def administrator(kabinet):
    token = await staff_token(kabinet.container, Role.ADMINISTRATOR)
    kabinet.http.headers["Authorization"] = f"Bearer {token}"
    return kabinet.http


async def of_billing(kabinet, *scopes):
    return await system_key(kabinet.container.system_service, *scopes or [Scope.IMPORT], now=kabinet.clock)


def as_key(made):
    """A key as its holder got it over HTTP; for those that sign nothing."""
    return {"X-API-Key": made["key"]}


def code(answer):
    return answer.status_code, answer.json()["code"]


async def test_a_key_is_changed_without_a_pause(kabinet, administrator):
    system = await administrator.post("/api/v1/systems", json={"name": "Контакт-центр"})
    assert system.status_code == 201, system.text
    keys = f"/api/v1/systems/{system.json()['id']}/keys"
    old, new = [(await administrator.post(keys, json={"scopes": ["see"]})).json() for _ in range(2)]
    assert old["signing_secret"] is None
    for key in (old, new):
        answer = await kabinet.http.get(ME, headers=as_key(key))
        assert (answer.json()["kind"], answer.json()["name"]) == ("system", "Контакт-центр")

    assert (await administrator.delete(f"{keys}/{old['id']}")).status_code == 204
    kabinet.clock.later(seconds=4)
    assert code(await kabinet.http.get(ME, headers=as_key(old))) == (401, "token-refused")
    assert (await kabinet.http.get(ME, headers=as_key(new))).status_code == 200

    [shown] = (await administrator.get("/api/v1/systems")).json()
    assert [(key["id"], key["scopes"], key["signs"]) for key in shown["keys"]] == [
        (new["id"], ["see"], False),
        (old["id"], ["see"], False),
    ]
    assert [key["revoked_at"] is None for key in shown["keys"]] == [True, False]
    assert all(key["last_used_at"] for key in shown["keys"])
    assert old["key"].rpartition(".")[2] not in str(shown)


async def test_what_cannot_be_made_or_revoked(kabinet, administrator):
    system = (await administrator.post("/api/v1/systems", json={"name": "A"})).json()["id"]
    other = (await administrator.post("/api/v1/systems", json={"name": "B"})).json()["id"]
    assert code(await administrator.post("/api/v1/systems", json={"name": "A"})) == (409, "system-name-taken")
    keys = f"/api/v1/systems/{system}/keys"
    for scopes, expected in (
        (["see", "administer"], (422, "scope-not-for-systems")),
        ([], (422, "invalid")),
        (["everything"], (422, "invalid")),
    ):
        assert code(await administrator.post(keys, json={"scopes": scopes})) == expected
    unknown = await administrator.post(f"/api/v1/systems/{uuid4()}/keys", json={"scopes": ["see"]})
    assert code(unknown) == (404, "system-not-found")
    made = [(await administrator.post(keys, json={"scopes": ["see"]})).json() for _ in range(10)]
    assert code(await administrator.post(keys, json={"scopes": ["see"]})) == (409, "too-many-keys")
    wrong_system = await administrator.delete(f"/api/v1/systems/{other}/keys/{made[0]['id']}")
    assert code(wrong_system) == (404, "api-key-not-found")
    assert (await administrator.delete(f"{keys}/{made[0]['id']}")).status_code == 204
    assert code(await administrator.delete(f"{keys}/{made[0]['id']}")) == (404, "api-key-not-found")
    assert (await administrator.post(keys, json={"scopes": ["see"]})).status_code == 201


async def test_last_use_is_written_every_five_minutes(kabinet, pool):
    centre = await of_billing(kabinet, Scope.SEE)
    seen = set()
    for _ in range(11):
        assert (await kabinet.http.get(ME, auth=centre)).status_code == 200
        seen.add(await pool.fetchval("SELECT last_used_at FROM api_keys"))
        kabinet.clock.later(seconds=60)
    assert len(seen) == 3


async def test_a_signed_request_goes_through_once(kabinet):
    billing = await of_billing(kabinet)
    request = kabinet.http.build_request("GET", f"{ME}?b=2&a=%D1%8F&a=1")
    request = next(billing.auth_flow(request))
    assert (await kabinet.http.send(request)).status_code == 200
    assert code(await kabinet.http.send(request)) == (401, "signature-replayed")
    assert (await kabinet.http.get(ME, auth=billing)).status_code == 200


async def test_a_nonce_is_kept_as_long_as_its_request_could_be_replayed(kabinet, pool):
    billing = await of_billing(kabinet)
    request = next(billing.auth_flow(kabinet.http.build_request("GET", ME)))
    assert (await kabinet.http.send(request)).status_code == 200
    kabinet.clock.later(seconds=300)
    await kabinet.container.system_service.prune_nonces(None)
    assert code(await kabinet.http.send(request)) == (401, "signature-replayed")
    kabinet.clock.later(seconds=2)
    await kabinet.container.system_service.prune_nonces(None)
    assert await pool.fetchval("SELECT count(*) FROM api_key_nonces") == 0
    assert code(await kabinet.http.send(request)) == (401, "signature-expired")


async def test_without_a_signature_nothing_is_answered(kabinet):
    billing = await of_billing(kabinet)
    whole = next(billing.auth_flow(kabinet.http.build_request("GET", ME))).headers
    for header in ("X-Kabinet-Timestamp", "X-Kabinet-Nonce", "X-Kabinet-Signature"):
        headers = {name: value for name, value in whole.items() if name.lower() != header.lower()}
        answer = await kabinet.http.get(ME, headers=headers)
        assert code(answer) == (401, "signature-missing")
        assert header in answer.json()["detail"]


async def test_neither_address_nor_body_can_be_changed_on_the_way(kabinet, pool):
    billing = await of_billing(kabinet)
    place = "/api/v1/imports/suppliers"
    signed_one = kabinet.http.build_request("POST", f"{place}?expect_rows=1", content=b"inn;name\n")
    headers = next(billing.auth_flow(signed_one)).headers
    for path, body in ((place, b"inn;name\n"), (f"{place}?expect_rows=1", b"inn;nam\n")):
        changed = kabinet.http.build_request("POST", path, content=body)
        changed.headers.update({n: v for n, v in headers.items() if n.startswith("x-")})
        assert code(await kabinet.http.send(changed)) == (401, "signature-wrong")
    assert await pool.fetchval("SELECT count(*) FROM imports") == 0
    # Wrong signatures fill no table.
    assert await pool.fetchval("SELECT count(*) FROM api_key_nonces") == 0


async def test_one_keys_secret_does_not_sign_for_another(kabinet):
    one, other = await of_billing(kabinet), await of_billing(kabinet)
    mixed = SystemAuth(
        type(one.issued)(
            token=one.issued.token,
            signing_secret=other.issued.signing_secret,
            expires_at=one.issued.expires_at,
        ),
        kabinet.clock,
    )
    assert code(await kabinet.http.get(ME, auth=mixed)) == (401, "signature-wrong")


async def test_a_row_of_another_key_does_not_open(kabinet, pool):
    """Somebody who can write to the table cannot lend a key the secret of another."""
    one, other = await of_billing(kabinet), await of_billing(kabinet)
    await pool.execute(
        "UPDATE api_keys SET sealed_signing_secret ="
        " (SELECT sealed_signing_secret FROM api_keys WHERE api_key_id = $2) WHERE api_key_id = $1",
        one.issued.token.api_key_id,
        other.issued.token.api_key_id,
    )
    assert code(await kabinet.http.get(ME, auth=one)) == (503, "sealed-by-another-key")
    stored = await pool.fetchval(
        "SELECT string_agg(encode(sealed_signing_secret, 'escape'), '') FROM api_keys"
    )
    assert other.issued.signing_secret not in stored


async def test_two_clocks_may_differ_by_five_minutes(kabinet):
    billing = await of_billing(kabinet)
    for seconds, expected in ((-301, 401), (-299, 200), (299, 200), (301, 401)):
        request = kabinet.http.build_request("GET", ME)
        request.headers["X-API-Key"] = str(billing.issued.token)
        at = kabinet.clock().timestamp() + seconds
        request.headers.update(
            signed(billing.issued.signing_secret, request, kabinet.clock().fromtimestamp(at).astimezone())
        )
        answer = await kabinet.http.send(request)
        assert answer.status_code == expected, (seconds, answer.text)


async def test_the_example_of_the_documentation_works(kabinet):
    """The text that docs/systems.md signs by openssl is the text that we check."""
    billing = await of_billing(kabinet)
    at, nonce = str(int(kabinet.clock().timestamp())), "5f0c6f0c7a7e4f7f9d1b2a3c4d5e6f70"
    script = (
        "EMPTY=$(printf '' | openssl dgst -sha256 -r | cut -c1-64)\n"
        f"printf 'GET\\n%s\\n%s\\n%s\\n%s' {ME} {at} {nonce} $EMPTY"
        f" | openssl dgst -sha256 -hmac {billing.issued.signing_secret} -r | cut -c1-64"
    )
    done = await asyncio.to_thread(
        subprocess.run, ["sh", "-c", script], capture_output=True, text=True, check=True
    )
    headers = {"X-API-Key": str(billing.issued.token), "X-Kabinet-Timestamp": at}
    headers |= {"X-Kabinet-Nonce": nonce, "X-Kabinet-Signature": done.stdout.strip()}
    answer = await httpx.AsyncClient.get(kabinet.http, ME, headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.slow
async def test_systems_from_the_terminal(dsn, tmp_path):
    command = partial(commands.kabinet, "systems", DATABASE_URL=dsn, KABINET_DATA=str(tmp_path))
    code, added = await command("add", "Billing", "--scope", "import", "--days", "30")
    assert code == 0, added
    assert "Signing secret" in added
    code, again = await command("add", "Billing", "--scope", "import")
    assert (code, "system of this name already" in again) == (1, True)
    _, wrong = await command("add", "Other", "--scope", "administer")
    assert "The scopes of a system are" in wrong
    assert (await command("rotate", "Billing"))[0] == 0
    _, shown = await command("list")
    assert shown.count("live") == 2, shown
    old = added.split("k.")[1][:32]
    assert (await command("revoke", old))[0] == 0
    assert (await command("list"))[1].count("live") == 1
    assert (await command("list", "--all"))[1].count("revoked") == 1
    assert (await command("revoke", old))[0] == 1
