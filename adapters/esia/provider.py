"""ESIA (Gosuslugi), OAuth 2.0 version 1, at https://esia.gosuslugi.ru; tests: esia-portal1.test.gosuslugi.ru.

It differs from OpenID Connect in that `client_secret` is no password but a detached CMS signature over
scope, timestamp, client_id and state, made anew for every request (GOST only: see signing.py), in that the
person is read by further requests, and in that it knows neither discovery nor PKCE.
"""

import logging
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from typing import TypeVar
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import httpx

from adapters.esia import wire
from adapters.esia.signing import Signer
from adapters.oidc.answers import Refused, ask
from adapters.oidc.tokens import check_times
from domain.people.identities import (
    ExternalPerson,
    IdentityRefused,
    Level,
    Offer,
    SignInWay,
    mail_address,
    mobile,
    shown_name,
)

SCOPE = "openid fullname mobile email"
ALGORITHMS = ("GOST3410_2012_256", "GOST3410_2012_512")
OFFER = Offer("esia", "Госуслуги")
_log = logging.getLogger("kabinet.identity")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EsiaProvider:
    """`url` without a slash at the end. `algorithms` differ only where a stand-in signs for ESIA."""

    http: httpx.AsyncClient
    url: str
    client_id: str
    signer: Signer
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    algorithms: tuple[str, ...] = ALGORITHMS
    offer: Offer = OFFER

    async def begin(self, way: SignInWay) -> str:
        query = await self._signed(way.state) | {
            "redirect_uri": way.redirect_uri,
            "response_type": "code",
            "access_type": "online",
            "nonce": way.nonce,
        }
        return f"{self.url}/aas/oauth2/ac?{urlencode(query)}"

    async def finish(self, code: str, way: SignInWay) -> ExternalPerson:
        try:
            given = await self._redeemed(code, way)
            oid = await self._checked(given.id_token, way)
            return await self._read(oid, given.access_token)
        except Refused as error:
            _log.warning("identity provider %s: %s", self.offer.name, error)
            raise IdentityRefused from error

    async def _signed(self, state: str) -> dict[str, str]:
        """What every request says of who asks: the client, and its signature as `client_secret`."""
        timestamp = self.now().astimezone(UTC).strftime("%Y.%m.%d %H:%M:%S +0000")
        signature = await self.signer.sign(f"{SCOPE}{timestamp}{self.client_id}{state}".encode())
        return {
            "client_id": self.client_id,
            "client_secret": urlsafe_b64encode(signature).decode(),
            "scope": SCOPE,
            "timestamp": timestamp,
            "state": state,
        }

    async def _redeemed(self, code: str, way: SignInWay) -> wire.Tokens:
        state = str(self.new_id())
        form = await self._signed(state) | {
            "code": code,
            "grant_type": "authorization_code",
            "redirect_uri": way.redirect_uri,
            "token_type": "Bearer",
        }
        given = (await ask(self.http, "POST", f"{self.url}/aas/oauth2/te", form=form)).read(wire.Tokens)
        if not compare_digest(given.state.encode(), state.encode()):
            raise Refused("the answer is to another request for a token")
        return given

    async def _checked(self, id_token: str, way: SignInWay) -> int:
        """The person's number. Refused unless signature and claims hold."""
        token = wire.Jwt.parsed(id_token)
        if token.header.alg not in self.algorithms:
            raise Refused("the token is signed by an algorithm that is not allowed")
        if not await self.signer.is_signed(token.signed, token.signature):
            raise Refused("the signature is wrong")
        claims = token.claims
        if claims.iss != self._issuer():
            raise Refused("iss is another issuer")
        if self.client_id not in ([claims.aud] if isinstance(claims.aud, str) else claims.aud):
            raise Refused("aud is somebody else")
        check_times(claims.exp, claims.iat, claims.nbf, self.now())
        # Older contours do not repeat the nonce; there the code and the state alone tie the answer to us.
        if claims.nonce is not None and claims.nonce != way.nonce:
            raise Refused("nonce is not the one we sent")
        return claims.subject.oid

    async def _read(self, oid: int, access_token: str) -> ExternalPerson:
        person = await self._get(f"/rs/prns/{oid}", access_token, wire.Person)
        contacts = await self._get(f"/rs/prns/{oid}/ctts?embed=(elements)", access_token, wire.Contacts)
        return ExternalPerson(
            issuer=self._issuer(),
            subject=str(oid),
            name=shown_name(person.name, str(oid)),
            phone=mobile(contacts.verified("MBT")),
            email=mail_address(contacts.verified("EML")),
            level=Level.CONFIRMED if person.trusted else Level.PLAIN,
        )

    async def _get(self, path: str, access_token: str, kind: type[T]) -> T:
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        return (await ask(self.http, "GET", self.url + path, headers=headers)).read(kind)

    def _issuer(self) -> str:
        """ESIA names itself by its host, over plain http and with a slash: `http://esia.gosuslugi.ru/`."""
        return f"http://{urlsplit(self.url).netloc}/"
