"""The identity providers this installation offers, by their names in addresses."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import httpx

from adapters.esia.provider import EsiaProvider
from adapters.esia.signing import RemoteSigner
from adapters.oidc.client import OidcProvider
from adapters.oidc.discovery import Discovery
from domain.people.identities import IdentityProvider, Offer
from infra import clock
from infra.settings import Settings


def identity_providers(
    settings: Settings, http: httpx.AsyncClient, now: Callable[[], datetime]
) -> Mapping[str, IdentityProvider]:
    """Those whose settings are given."""
    found: list[IdentityProvider] = []
    if settings.esia_url:
        found.append(
            EsiaProvider(
                http=http,
                url=settings.esia_url.rstrip("/"),
                client_id=settings.esia_client_id,
                signer=RemoteSigner(http, settings.esia_signer_url.rstrip("/")),
                now=now,
                new_id=clock.new_id,
            )
        )
    if settings.oidc_issuer:
        found.append(
            OidcProvider(
                http=http,
                discovery=Discovery(http, settings.oidc_issuer, now),
                issuer=settings.oidc_issuer,
                client_id=settings.oidc_client_id,
                client_secret=settings.oidc_client_secret,
                offer=Offer(settings.oidc_name, settings.oidc_title),
                trusted=settings.oidc_trusted,
                now=now,
            )
        )
    return {provider.offer.name: provider for provider in found}


def return_url(settings: Settings, name: str) -> str:
    """Where a provider sends the browser back: it must be registered there, letter by letter."""
    return f"{settings.public_url.rstrip('/')}/api/v1/identity-providers/{name}/return"


def return_urls(settings: Settings, names: Iterable[str]) -> Mapping[str, str]:
    return {name: return_url(settings, name) for name in names}
