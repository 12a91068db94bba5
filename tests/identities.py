"""Our OpenID Connect client on the sandbox's identity provider, and the person who goes through its page."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from adapters.oidc.client import OidcProvider
from adapters.oidc.discovery import Discovery
from domain.people.identities import Offer
from infra.sandbox.keys import IDENTITY_CLIENT_ID, IDENTITY_CLIENT_SECRET
from tests import sandboxes
from tests.sandboxes import Sandbox

NAME = "company"
RETURN_URL = f"http://localhost:8000/api/v1/identity-providers/{NAME}/return"
ISSUER = f"{sandboxes.URL}/identity"
KNOWN, NEWCOMER, UNPROVED = "1001", "1002", "1003"


def provider_of(sandbox: Sandbox, **more: Any) -> tuple[OidcProvider, httpx.AsyncClient]:
    """Close the client afterwards."""
    http = httpx.AsyncClient(transport=sandbox.http._transport, trust_env=False)
    given = {
        "http": http,
        "discovery": Discovery(http, ISSUER, sandbox.clock),
        "issuer": ISSUER,
        "client_id": IDENTITY_CLIENT_ID,
        "client_secret": IDENTITY_CLIENT_SECRET,
        "offer": Offer(NAME, "Учётная запись компании"),
        "trusted": True,
        "now": sandbox.clock,
    }
    return OidcProvider(**given | more), http


async def brought_back(sandbox: Sandbox, url: str, person: str = KNOWN) -> dict[str, str]:
    """The browser goes to `url`, the person picks who they are; what it brings back in the address."""
    asked = dict(parse_qsl(urlsplit(url).query))
    page = await sandbox.http.get(url)
    assert page.status_code == 200, page.text
    answer = await sandbox.http.post("/identity/authorize", data=asked | {"person": person})
    assert answer.status_code == 303, answer.text
    location = answer.headers["Location"]
    assert location.startswith(asked["redirect_uri"]), location
    return dict(parse_qsl(urlsplit(location).query))
