"""Settings of passkeys and of identity providers: a part of `infra.settings.Settings`."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from infra.setting_words import HTTP
from infra.setting_words import described as _is

_HERE = ("127.0.0.1", "localhost", "::1")


class IdentitySettings(msgspec.Struct, frozen=True, kw_only=True):
    webauthn_rp_id: Annotated[
        str,
        _is(
            "The domain passkeys are made for: that of the pages or one above it. Changed: every passkey "
            "is lost. None: the host of KABINET_PUBLIC_URL",
            "domain",
        ),
    ] = ""
    webauthn_origin: Annotated[
        str, _is("The address of the pages passkeys are used on; none: that of KABINET_PUBLIC_URL", "origin")
    ] = ""
    oidc_issuer: Annotated[
        str, _is("OpenID Connect provider to sign in through, as it names itself; none: not offered", HTTP)
    ] = ""
    oidc_client_id: Annotated[str, _is("How we are registered there", "text")] = ""
    oidc_client_secret: Annotated[str, _is("Our secret there", "text", secret=True)] = ""
    oidc_name: Annotated[
        str, _is("Its name in addresses", "letters, digits, -", pattern=r"^[a-z0-9-]{1,40}$")
    ] = "company"
    oidc_title: Annotated[str, _is("Its name for people", "text")] = "Учётная запись компании"
    oidc_trusted: Annotated[
        bool, _is("Whether a phone it has verified opens a new customer's account at once", "true or false")
    ] = False
    esia_url: Annotated[
        str, _is("ESIA (Gosuslugi), such as https://esia.gosuslugi.ru; none: not offered", HTTP)
    ] = ""
    esia_client_id: Annotated[str, _is("Our mnemonic at ESIA", "text")] = ""
    esia_signer_url: Annotated[
        str, _is("The service beside CryptoPro that signs our requests to ESIA and checks its tokens", HTTP)
    ] = ""


def follow_from(public_url: str) -> dict[str, str]:
    """Where passkeys are used, by our public address. Browsers make none for an IP address: on this
    machine it is `localhost`."""
    parts = urlsplit(public_url)
    host = "localhost" if parts.hostname in _HERE else parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return {"webauthn_rp_id": host, "webauthn_origin": f"{parts.scheme}://{host}{port}"}


def contradictions(settings: IdentitySettings) -> Iterator[str]:
    """What is half given or cannot be safe, by the names of the variables."""
    if settings.oidc_issuer:
        if not (settings.oidc_client_id and settings.oidc_client_secret):
            yield "KABINET_OIDC_ISSUER: needs KABINET_OIDC_CLIENT_ID and KABINET_OIDC_CLIENT_SECRET"
        issuer = urlsplit(settings.oidc_issuer)
        if issuer.scheme != "https" and not (issuer.scheme == "http" and issuer.hostname in _HERE):
            yield "KABINET_OIDC_ISSUER: must begin with https://"
        if settings.oidc_name == "esia" and settings.esia_url:
            yield "KABINET_OIDC_NAME: esia is ESIA's own name"
    if settings.esia_url and not (settings.esia_client_id and settings.esia_signer_url):
        yield "KABINET_ESIA_URL: needs KABINET_ESIA_CLIENT_ID and KABINET_ESIA_SIGNER_URL"
    origin = urlsplit(settings.webauthn_origin)
    if origin.hostname != settings.webauthn_rp_id and not (origin.hostname or "").endswith(
        f".{settings.webauthn_rp_id}"
    ):
        yield "KABINET_WEBAUTHN_RP_ID: must be the host of KABINET_WEBAUTHN_ORIGIN or a domain above it"
