"""Settings of passkeys and identity providers, and what the demo adds to them."""

import httpx
import pytest

from infra.cli.run import _sandbox_identity
from infra.clock import now
from infra.identity_providers import identity_providers, return_url
from infra.setting_fields import rows
from infra.settings import SettingsError, load

OIDC = {
    "KABINET_OIDC_ISSUER": "https://id.example",
    "KABINET_OIDC_CLIENT_ID": "kabinet",
    "KABINET_OIDC_CLIENT_SECRET": "very-secret",
}
ESIA = {
    "KABINET_ESIA_URL": "https://esia-portal1.test.gosuslugi.ru",
    "KABINET_ESIA_CLIENT_ID": "KABINET",
    "KABINET_ESIA_SIGNER_URL": "http://127.0.0.1:9000",
}


@pytest.mark.parametrize(
    ("public_url", "rp_id", "origin"),
    [
        ("", "localhost", "http://localhost:8000"),
        ("http://localhost:9000/", "localhost", "http://localhost:9000"),
        ("https://lk.example.ru", "lk.example.ru", "https://lk.example.ru"),
        ("https://lk.example.ru:8443/cabinet", "lk.example.ru", "https://lk.example.ru:8443"),
    ],
)
def test_passkeys_are_for_the_public_address(public_url, rp_id, origin):
    settings = load({"KABINET_PUBLIC_URL": public_url})
    assert (settings.webauthn_rp_id, settings.webauthn_origin) == (rp_id, origin)


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"KABINET_OIDC_ISSUER": "https://id.example"}, "needs KABINET_OIDC_CLIENT_ID"),
        (OIDC | {"KABINET_OIDC_ISSUER": "http://id.example"}, "must begin with https://"),
        (OIDC | {"KABINET_OIDC_ISSUER": "id.example"}, "must begin with https://"),
        (OIDC | {"KABINET_OIDC_NAME": "Our company"}, "KABINET_OIDC_NAME"),
        (OIDC | ESIA | {"KABINET_OIDC_NAME": "esia"}, "ESIA's own name"),
        ({"KABINET_ESIA_URL": "https://esia.gosuslugi.ru"}, "needs KABINET_ESIA_CLIENT_ID"),
        ({"KABINET_WEBAUTHN_RP_ID": "example.ru"}, "KABINET_WEBAUTHN_RP_ID"),
        (
            {"KABINET_WEBAUTHN_RP_ID": "example.ru", "KABINET_WEBAUTHN_ORIGIN": "https://badexample.ru"},
            "KABINET_WEBAUTHN_RP_ID",
        ),
    ],
)
def test_what_is_half_given_or_unsafe_is_refused(env, said):
    with pytest.raises(SettingsError, match=said):
        load(env)


def test_a_domain_above_the_pages_may_own_the_passkeys():
    env = {"KABINET_WEBAUTHN_RP_ID": "example.ru", "KABINET_WEBAUTHN_ORIGIN": "https://lk.example.ru"}
    assert load(env).webauthn_rp_id == "example.ru"


async def test_only_what_is_set_is_offered():
    async with httpx.AsyncClient() as http:
        assert identity_providers(load({}), http, now) == {}
        both = load(OIDC | ESIA | {"KABINET_OIDC_NAME": "firm", "KABINET_OIDC_TITLE": "Фирма"})
        offered = identity_providers(both, http, now)
    assert [(one.offer.name, one.offer.title) for one in offered.values()] == [
        ("esia", "Госуслуги"),
        ("firm", "Фирма"),
    ]
    assert return_url(both, "firm") == "http://localhost:8000/api/v1/identity-providers/firm/return"


def test_the_clients_secret_is_not_shown():
    shown = {row.variable: row.value for row in rows(load(OIDC))}
    assert shown["KABINET_OIDC_CLIENT_SECRET"] == "***"


def test_the_sandboxs_provider_is_the_demos_alone():
    assert _sandbox_identity(load({}))["KABINET_OIDC_ISSUER"] == "http://127.0.0.1:8001/identity"
    assert _sandbox_identity(load(OIDC)) == {}
    real = {
        "KABINET_YOOKASSA_URL": "https://api.yookassa.ru/v3",
        "KABINET_YOOKASSA_SECRET": "live_x",
        "KABINET_SECRET_KEY": "0123456789abcdef0123456789abcdef",
    }
    assert _sandbox_identity(load(real)) == {}
