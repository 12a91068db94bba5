"""The ESIA adapter against a stand-in that checks our CMS signatures and signs its tokens."""

import httpx
import pytest

from adapters.esia.provider import EsiaProvider
from adapters.esia.signing import RemoteSigner
from domain.people.identities import IdentityProviderSilent, IdentityRefused, Level, SignInWay
from infra.clock import new_id
from tests.esia import CLIENT_ID, ISSUER, OURS, URL, CryptoService, Esia, cms_holds, part
from tests.sandboxes import Clock

WAY = SignInWay(
    state="0f8b4c9e-5d1a-4c1e-9f0a-3d2b1c0a9e8d",
    nonce="n-1",
    verifier="v" * 43,
    redirect_uri="https://kabinet.test/api/v1/identity-providers/esia/return",
)


@pytest.fixture
def esia():
    return Esia(Clock())


def provider_on(esia: Esia, **more) -> EsiaProvider:
    http = httpx.AsyncClient(transport=httpx.MockTransport(esia))
    given = {
        "http": http,
        "url": URL,
        "client_id": CLIENT_ID,
        "signer": CryptoService(),
        "now": esia.clock,
        "new_id": new_id,
        "algorithms": ("RS256",),
    }
    return EsiaProvider(**given | more)


async def finished(esia: Esia, **more):
    provider = provider_on(esia, **more)
    back = esia.enter(await provider.begin(WAY))
    assert back["state"] == WAY.state
    return await provider.finish(back["code"], WAY)


async def test_who_came_back(esia):
    person = await finished(esia)
    assert (person.issuer, person.subject) == (ISSUER, "1000299654")
    assert person.name == "Иванова Мария Петровна"
    assert (person.phone, person.email) == ("+79000000001", None)
    assert person.may_open_account


async def test_an_account_that_is_not_confirmed_opens_none_here(esia):
    esia.person = {"trusted": False}
    person = await finished(esia)
    assert person.level is Level.PLAIN
    assert not person.may_open_account


async def test_a_phone_that_is_not_verified_is_not_taken(esia):
    esia.contacts = [{"type": "MBT", "vrfStu": "NOT_VERIFIED", "value": "+7(900)0000001"}]
    assert (await finished(esia)).phone is None


async def test_a_contour_that_does_not_repeat_the_nonce_is_taken(esia):
    esia.repeats_nonce = False
    assert (await finished(esia)).subject == "1000299654"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://esia.gosuslugi.ru/"},
        {"iss": "https://esia.test/"},
        {"aud": "ANOTHER"},
        {"aud": ["ANOTHER"]},
        {"exp": 1},
        {"nbf": 9999999999},
        {"iat": 1},
        {"nonce": "another"},
        {"urn:esia:sbj": {}},
        {"urn:esia:sbj": {"urn:esia:sbj:oid": "../1"}},
        {"urn:esia:sbj": None},
    ],
)
async def test_one_wrong_claim_is_enough(esia, claims):
    esia.claims = claims
    with pytest.raises(IdentityRefused):
        await finished(esia)


@pytest.mark.parametrize(
    "answer", [{"state": "another"}, {"id_token": "a.b"}, {"id_token": "ё.ё.ё"}, {"id_token": None}]
)
async def test_an_answer_that_does_not_fit_is_refused(esia, answer):
    esia.answer = answer
    with pytest.raises(IdentityRefused):
        await finished(esia)


async def test_an_algorithm_that_is_not_gosts_is_refused(esia):
    with pytest.raises(IdentityRefused):
        await finished(esia, algorithms=("GOST3410_2012_256",))
    esia.header = {"alg": "none"}
    with pytest.raises(IdentityRefused):
        await finished(esia)


async def test_anothers_signature_is_refused(esia):
    provider = provider_on(esia)
    back = esia.enter(await provider.begin(WAY))
    claims = {"iss": ISSUER, "aud": CLIENT_ID, "exp": 9999999999, "iat": int(esia.clock().timestamp())}
    claims |= {"urn:esia:sbj": {"urn:esia:sbj:oid": 1}}
    esia.answer = {"id_token": f"{part({'alg': 'RS256'})}.{part(claims)}.{part(b'x' * 256)}"}
    with pytest.raises(IdentityRefused):
        await provider.finish(back["code"], WAY)


async def test_a_code_serves_once(esia):
    provider = provider_on(esia)
    back = esia.enter(await provider.begin(WAY))
    await provider.finish(back["code"], WAY)
    with pytest.raises(IdentityRefused):
        await provider.finish(back["code"], WAY)


async def test_signatures_are_made_and_checked_by_the_service_outside(esia):
    async with httpx.AsyncClient(transport=httpx.MockTransport(CryptoService())) as http:
        person = await finished(esia, signer=RemoteSigner(http, "http://signer.test"))
    assert person.subject == "1000299654"


@pytest.mark.parametrize("answer", [httpx.Response(500), httpx.Response(404), httpx.Response(200)])
async def test_without_the_service_nobody_is_sent_to_esia(esia, answer):
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer)) as http:
        signer = RemoteSigner(http, "http://signer.test")
        with pytest.raises(IdentityProviderSilent):
            await provider_on(esia, signer=signer).begin(WAY)
        with pytest.raises(IdentityProviderSilent):
            await signer.is_signed(b"x", b"y")


async def test_the_stand_in_sees_a_signature_over_something_else():
    signature = await CryptoService().sign(b"one")
    assert cms_holds(signature, b"one")
    assert not cms_holds(signature, b"two")
    assert OURS.key_size == 2048
