"""The OpenID Connect client against the sandbox's provider, with one answer changed on the way at a time."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from adapters.oidc.client import OidcProvider
from adapters.oidc.discovery import Discovery
from domain.people.identities import IdentityProviderSilent, IdentityRefused, Level, SignInWay
from tests import sandboxes
from tests.identities import ISSUER, KNOWN, RETURN_URL, UNPROVED, brought_back, provider_of

WAY = SignInWay(state="s-1", nonce="n-1", verifier="v" * 43, redirect_uri=RETURN_URL)
Change = Callable[[httpx.Response], httpx.Response]


class Meddling(httpx.AsyncBaseTransport):
    """Passes requests on and lets `changes` alter the answers, by the end of the path."""

    def __init__(self, inner: httpx.AsyncBaseTransport, changes: dict[str, Change]) -> None:
        self.inner = inner
        self.changes = changes
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = await self.inner.handle_async_request(request)
        await answer.aread()
        for ending, change in self.changes.items():
            if request.url.path.endswith(ending):
                return change(answer)
        return answer

    def count(self, ending: str) -> int:
        return sum(request.url.path.endswith(ending) for request in self.asked)


def merged(**more: Any) -> Change:
    def change(answer: httpx.Response) -> httpx.Response:
        return httpx.Response(answer.status_code, json=json.loads(answer.content) | more)

    return change


def said(status: int, content: bytes = b"") -> Change:
    return lambda answer: httpx.Response(status, content=content)


@pytest.fixture
async def sandbox(tmp_path):
    async with sandboxes.opened(tmp_path, return_urls=(RETURN_URL,)) as sandbox:
        yield sandbox


def client_on(sandbox, changes: dict[str, Change] | None = None, **more: Any):
    way = Meddling(sandbox.http._transport, changes or {})
    http = httpx.AsyncClient(transport=way)
    provider, _ = provider_of(sandbox, http=http, discovery=Discovery(http, ISSUER, sandbox.clock), **more)
    return provider, way


async def finished(sandbox, provider: OidcProvider, person: str = KNOWN, way: SignInWay = WAY):
    brought = await brought_back(sandbox, await provider.begin(way), person)
    return await provider.finish(brought["code"], way)


async def test_the_address_carries_what_ties_the_answer_to_us(sandbox):
    provider, _ = client_on(sandbox)
    asked = dict(parse_qsl(urlsplit(await provider.begin(WAY)).query))
    assert asked["response_type"] == "code"
    assert (asked["state"], asked["nonce"], asked["redirect_uri"]) == ("s-1", "n-1", RETURN_URL)
    assert asked["code_challenge"] != WAY.verifier
    assert asked["code_challenge_method"] == "S256"


async def test_who_came_back(sandbox):
    person = await finished(sandbox, client_on(sandbox)[0])
    assert person.issuer == ISSUER
    assert (person.subject, person.name) == (KNOWN, "Иванова Мария Петровна")
    assert (person.phone, person.email) == ("+79000000001", "resident1@example.test")
    assert person.may_open_account


async def test_only_what_the_provider_has_verified_is_taken(sandbox):
    person = await finished(sandbox, client_on(sandbox)[0], UNPROVED)
    assert person.phone is None
    assert not person.may_open_account
    changed = {"/userinfo": merged(email_verified=False, phone_number="+1 202 555 0100")}
    person = await finished(sandbox, client_on(sandbox, changed)[0])
    assert (person.phone, person.email) == (None, None)


async def test_a_provider_that_is_not_trusted_opens_no_account(sandbox):
    person = await finished(sandbox, client_on(sandbox, trusted=False)[0])
    assert person.level is Level.PLAIN
    assert not person.may_open_account


async def test_names_are_fit_to_be_kept(sandbox):
    changed = {"/userinfo": merged(name="  Анна\x00\n Петровна" + "а" * 300)}
    person = await finished(sandbox, client_on(sandbox, changed)[0])
    assert person.name.startswith("Анна Петровна")
    assert len(person.name) == 200


async def test_documents_and_keys_are_remembered(sandbox):
    provider, way = client_on(sandbox)
    for _ in range(3):
        await finished(sandbox, provider)
    assert (way.count("/openid-configuration"), way.count("/keys")) == (1, 1)
    sandbox.clock.later(hours=1)
    await finished(sandbox, provider)
    assert (way.count("/openid-configuration"), way.count("/keys")) == (2, 2)


async def test_a_new_key_is_looked_for_but_not_endlessly(sandbox):
    provider, way = client_on(sandbox)
    await finished(sandbox, provider)
    await sandbox.http.post("/identity/rotate")
    with pytest.raises(IdentityRefused):
        await finished(sandbox, provider)
    sandbox.clock.later(seconds=10)
    await finished(sandbox, provider)
    assert way.count("/keys") == 2


async def test_the_secret_goes_into_the_form_where_the_header_is_not_taken(sandbox):
    changed = {"/openid-configuration": merged(token_endpoint_auth_methods_supported=["client_secret_post"])}
    provider, way = client_on(sandbox, changed)
    await finished(sandbox, provider)
    [asked] = [request for request in way.asked if request.url.path.endswith("/token")]
    assert "Authorization" not in asked.headers


async def test_a_wrong_secret_is_refused(sandbox):
    with pytest.raises(IdentityRefused):
        await finished(sandbox, client_on(sandbox, client_secret="wrong")[0])


async def test_a_code_is_redeemed_once_and_only_with_its_verifier(sandbox):
    provider, _ = client_on(sandbox)
    brought = await brought_back(sandbox, await provider.begin(WAY))
    await provider.finish(brought["code"], WAY)
    with pytest.raises(IdentityRefused):
        await provider.finish(brought["code"], WAY)
    other = SignInWay(state="s-1", nonce="n-1", verifier="w" * 43, redirect_uri=RETURN_URL)
    brought = await brought_back(sandbox, await provider.begin(WAY))
    with pytest.raises(IdentityRefused):
        await provider.finish(brought["code"], other)


@pytest.mark.parametrize(
    "changed",
    [
        {"/token": merged(id_token="a.b.c")},
        {"/token": merged(access_token="another")},
        {"/token": merged(id_token=None)},
        {"/token": said(200, b"<html>")},
        {"/token": said(400, b"no")},
        {"/token": said(302)},
        {"/keys": said(200, b'{"keys": []}')},
        {"/keys": said(200, b'{"keys": [{}, {"kty": "new"}, {"kty": "oct", "k": "AA", "kid": "x"}]}')},
        {"/keys": said(404)},
        {"/userinfo": merged(sub="1002")},
        {"/userinfo": said(401)},
    ],
)
async def test_what_cannot_be_believed_is_refused(sandbox, changed):
    with pytest.raises(IdentityRefused):
        await finished(sandbox, client_on(sandbox, changed)[0])


@pytest.mark.parametrize("ending", ["/token", "/keys", "/userinfo"])
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_provider_out_of_order_is_silent(sandbox, ending, status):
    with pytest.raises(IdentityProviderSilent):
        await finished(sandbox, client_on(sandbox, {ending: said(status)})[0])


@pytest.mark.parametrize(
    "change",
    [
        merged(issuer="http://sandbox.test/another"),
        merged(token_endpoint="ftp://sandbox.test/token"),
        merged(jwks_uri=None),
        said(404),
        said(200, b"{}"),
        said(500),
        said(200, b"x" * 1_100_000),
    ],
)
async def test_nothing_is_begun_with_a_document_that_cannot_be_believed(sandbox, change):
    provider, _ = client_on(sandbox, {"/openid-configuration": change})
    with pytest.raises(IdentityProviderSilent):
        await provider.begin(WAY)


async def test_endpoints_without_encryption_are_for_this_machine_only(sandbox):
    secure = "https://id.example"
    document = {
        "issuer": secure,
        "authorization_endpoint": f"{secure}/a",
        "token_endpoint": "http://id.example/t",
        "jwks_uri": f"{secure}/k",
    }
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, json=document))
    ) as http:
        provider, _ = provider_of(sandbox, discovery=Discovery(http, secure, sandbox.clock), issuer=secure)
        with pytest.raises(IdentityProviderSilent):
            await provider.begin(WAY)


async def test_a_provider_that_is_not_there_is_silent(sandbox):
    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    async with httpx.AsyncClient(transport=httpx.MockTransport(lost)) as http:
        provider, _ = provider_of(sandbox, http=http, discovery=Discovery(http, ISSUER, sandbox.clock))
        with pytest.raises(IdentityProviderSilent):
            await provider.begin(WAY)


@pytest.mark.parametrize(
    "more",
    [
        {"client_id": "another"},
        {"redirect_uri": "https://evil.example/"},
    ],
)
async def test_the_sandbox_shows_no_page_to_a_strange_client(sandbox, more):
    provider, _ = client_on(sandbox)
    asked = dict(parse_qsl(urlsplit(await provider.begin(WAY)).query))
    assert (await sandbox.http.get("/identity/authorize", params=asked | more)).status_code == 400


@pytest.mark.parametrize(
    "more",
    [
        {"response_type": "token"},
        {"scope": "profile"},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
    ],
)
async def test_the_sandbox_asks_for_the_code_flow_with_pkce(sandbox, more):
    provider, _ = client_on(sandbox)
    asked = dict(parse_qsl(urlsplit(await provider.begin(WAY)).query))
    answer = await sandbox.http.get("/identity/authorize", params=asked | more)
    assert answer.status_code == 303
    assert "error=invalid_request" in answer.headers["Location"]


async def test_after_a_silence_nobody_waits_for_some_seconds(sandbox):
    provider, way = client_on(sandbox, {"/openid-configuration": said(503)})
    found = await asyncio.gather(*(provider.begin(WAY) for _ in range(5)), return_exceptions=True)
    assert [type(one) for one in found] == [IdentityProviderSilent] * 5
    assert way.count("/openid-configuration") == 1
    way.changes.clear()
    sandbox.clock.later(seconds=5)
    await provider.begin(WAY)
