"""An OpenID Connect provider: authorization code flow with PKCE (RFC 6749, RFC 7636, OIDC Core 1.0)."""

import logging
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TypeVar
from urllib.parse import quote_plus, urlencode

import httpx
import msgspec

from adapters.oidc import tokens
from adapters.oidc.answers import Refused, ask
from adapters.oidc.discovery import Discovery, Document
from domain.people.identities import (
    ExternalPerson,
    IdentityProviderSilent,
    IdentityRefused,
    Level,
    Offer,
    SignInWay,
    mail_address,
    mobile,
    shown_name,
)

SCOPE = "openid profile phone email"
_log = logging.getLogger("kabinet.identity")
T = TypeVar("T")


class _Tokens(msgspec.Struct, frozen=True):
    access_token: str
    id_token: str


class _Person(msgspec.Struct, frozen=True):
    """Standard claims (OIDC Core 5.1) of an id_token or of the userinfo endpoint."""

    sub: str
    name: str = ""
    phone_number: str | None = None
    phone_number_verified: bool | None = None
    email: str | None = None
    email_verified: bool | None = None


@dataclass(frozen=True, slots=True)
class OidcProvider:
    """`trusted`: the company vouches for whom it lets in, so its verified phone may open an account."""

    http: httpx.AsyncClient
    discovery: Discovery
    issuer: str
    client_id: str
    client_secret: str
    offer: Offer
    trusted: bool
    now: Callable[[], datetime]

    async def begin(self, way: SignInWay) -> str:
        try:
            document = await self.discovery.document()
        except Refused as error:
            _log.error("identity provider %s: %s", self.offer.name, error)
            raise IdentityProviderSilent from error
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self.client_id,
                "redirect_uri": way.redirect_uri,
                "scope": SCOPE,
                "state": way.state,
                "nonce": way.nonce,
                "code_challenge": challenge_of(way.verifier),
                "code_challenge_method": "S256",
            }
        )
        joint = "&" if "?" in document.authorization_endpoint else "?"
        return f"{document.authorization_endpoint}{joint}{query}"

    async def finish(self, code: str, way: SignInWay) -> ExternalPerson:
        try:
            return await self._finished(code, way)
        except Refused as error:
            _log.warning("identity provider %s: %s", self.offer.name, error)
            raise IdentityRefused from error

    async def _finished(self, code: str, way: SignInWay) -> ExternalPerson:
        document = await self.discovery.document()
        given = await self._redeemed(document, code, way)
        header = tokens.header_of(given.id_token)
        key = await self.discovery.key(header.kid)
        payload = tokens.signed_payload(given.id_token, key, header)
        claims = _decoded(payload, tokens.Claims)
        expected = tokens.Expected(
            issuer=self.issuer,
            client_id=self.client_id,
            nonce=way.nonce,
            access_token=given.access_token,
            at=self.now(),
        )
        tokens.check(claims, expected)
        person = _decoded(payload, _Person)
        if person.phone_number is None and document.userinfo_endpoint:
            person = await self._userinfo(document.userinfo_endpoint, given.access_token)
            if person.sub != claims.sub:
                raise Refused("userinfo is of somebody else")
        return self._shown(person)

    async def _redeemed(self, document: Document, code: str, way: SignInWay) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": way.redirect_uri,
            "code_verifier": way.verifier,
        }
        headers = {"Accept": "application/json"}
        if "client_secret_basic" in document.token_endpoint_auth_methods_supported:
            # RFC 6749, 2.3.1: both parts are form-encoded before they are put together.
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self.client_id, "client_secret": self.client_secret}
        answer = await ask(self.http, "POST", document.token_endpoint, form=form, headers=headers)
        return answer.read(_Tokens)

    async def _userinfo(self, url: str, access_token: str) -> _Person:
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        return (await ask(self.http, "GET", url, headers=headers)).read(_Person)

    def _shown(self, person: _Person) -> ExternalPerson:
        phone = mobile(person.phone_number) if person.phone_number_verified else None
        return ExternalPerson(
            issuer=self.issuer,
            subject=person.sub,
            name=shown_name(person.name, person.sub),
            phone=phone,
            email=mail_address(person.email) if person.email_verified else None,
            level=Level.CONFIRMED if self.trusted else Level.PLAIN,
        )


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636, 4.2."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _decoded(payload: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(f"the token's claims cannot be read: {error}") from error
