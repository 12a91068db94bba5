"""What a provider says of itself (OpenID Connect Discovery 1.0) and the keys it signs with (RFC 7517).

Both are remembered. A key that is not known is looked for again at once, for providers rotate them, but
not more often than every 10 s. After a silence
nobody asks for 5 s: whoever waited meanwhile is answered at once and not one after another.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from adapters.oidc.answers import Refused, ask
from domain.people.identities import IdentityProviderSilent

REMEMBERED_FOR = timedelta(hours=1)
KEYS_NOT_SOONER = timedelta(seconds=10)
SILENT_FOR = timedelta(seconds=5)
PublicKey = RSAKey | ECKey
T = TypeVar("T")


class Document(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)

    def endpoints(self) -> list[str]:
        found = [self.authorization_endpoint, self.token_endpoint, self.jwks_uri]
        return found + ([self.userinfo_endpoint] if self.userinfo_endpoint else [])


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[dict[str, object]]


class Discovery:
    def __init__(self, http: httpx.AsyncClient, issuer: str, now: Callable[[], datetime]) -> None:
        self._http = http
        self._issuer = issuer
        self._now = now
        self._document: tuple[datetime, Document] | None = None
        self._keys: tuple[datetime, dict[str, PublicKey]] | None = None
        self._silent_since: datetime | None = None
        self._reading = asyncio.Lock()

    async def document(self) -> Document:
        """Refused when it is not this issuer's or names an address without encryption."""
        async with self._reading:
            if self._document is None or self._now() - self._document[0] >= REMEMBERED_FOR:
                self._document = (self._now(), await self._heard(self._read_document()))
            return self._document[1]

    async def key(self, kid: str | None) -> PublicKey:
        """The key of that id; without an id the only one there is. Refused when there is none."""
        uri = (await self.document()).jwks_uri
        async with self._reading:
            age = self._now() - self._keys[0] if self._keys else REMEMBERED_FOR
            found = _chosen(self._keys[1], kid) if self._keys and age < REMEMBERED_FOR else None
            if found is None and age >= KEYS_NOT_SOONER:
                self._keys = (self._now(), await self._heard(self._read_keys(uri)))
                found = _chosen(self._keys[1], kid)
        if found is None:
            raise Refused("signed with a key the provider does not publish")
        return found

    async def _heard(self, reading: Coroutine[None, None, T]) -> T:
        if self._silent_since is not None and self._now() - self._silent_since < SILENT_FOR:
            reading.close()
            raise IdentityProviderSilent
        try:
            return await reading
        except IdentityProviderSilent:
            self._silent_since = self._now()
            raise

    async def _read_document(self) -> Document:
        url = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
        document = (await ask(self._http, "GET", url)).read(Document)
        if document.issuer != self._issuer:
            raise Refused("the discovery document is another issuer's")
        # Plain HTTP is for a provider on the developer's own machine, where the issuer itself is plain.
        schemes = {"https", urlsplit(self._issuer).scheme}
        if any(urlsplit(url).scheme not in schemes for url in document.endpoints()):
            raise Refused("the discovery document names an address without encryption")
        return document

    async def _read_keys(self, uri: str) -> dict[str, PublicKey]:
        listed = (await ask(self._http, "GET", uri)).read(_KeySet)
        found: dict[str, PublicKey] = {}
        for number, one in enumerate(listed.keys):
            if one.get("kty") not in ("RSA", "EC") or one.get("use", "sig") != "sig":
                continue
            try:
                key = JWKRegistry.import_key(one)  # type: ignore[arg-type]  # JSON of the provider
            except (JoseError, ValueError, TypeError, LookupError, AttributeError):
                continue  # RFC 7517, 5: keys that are not understood are passed over
            if isinstance(key, PublicKey):
                found[str(one.get("kid", f"nameless {number}"))] = key
        return found


def _chosen(keys: dict[str, PublicKey], kid: str | None) -> PublicKey | None:
    if kid is None:
        return next(iter(keys.values())) if len(keys) == 1 else None
    return keys.get(kid)
