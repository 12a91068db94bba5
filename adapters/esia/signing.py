"""Signatures ESIA asks for: GOST R 34.10-2012 only, made and checked by a service of certified cryptography.

No library of ours may make them (class KS3 is asked for), so they are made outside: a small service beside
CryptoPro that speaks two requests.

    POST <url>/sign    the bytes            -> 200, the detached CMS signature (RFC 5652) in DER
    POST <url>/verify  {"data", "signature"} -> 200, {"valid": true|false}; both in base64, the signature
                                               as it stands in the token, made by ESIA's key
"""

from base64 import b64encode
from dataclasses import dataclass
from typing import Protocol

import httpx
import msgspec

from adapters.oidc.answers import Refused, ask
from domain.people.identities import IdentityProviderSilent


class Signer(Protocol):
    """Both raise IdentityProviderSilent when the service does not answer."""

    async def sign(self, data: bytes) -> bytes:
        """A detached CMS signature over `data` by our certificate, in DER."""

    async def is_signed(self, data: bytes, signature: bytes) -> bool:
        """Whether ESIA's key made that signature over `data`."""


class _Verdict(msgspec.Struct, frozen=True):
    valid: bool


@dataclass(frozen=True, slots=True)
class RemoteSigner:
    http: httpx.AsyncClient
    url: str

    async def sign(self, data: bytes) -> bytes:
        answer = await ask(self.http, "POST", f"{self.url}/sign", content=data)
        if answer.status != 200 or not answer.body:
            raise IdentityProviderSilent
        return answer.body

    async def is_signed(self, data: bytes, signature: bytes) -> bool:
        asked = {"data": b64encode(data).decode(), "signature": b64encode(signature).decode()}
        answer = await ask(self.http, "POST", f"{self.url}/verify", content=msgspec.json.encode(asked))
        try:
            return answer.read(_Verdict).valid
        except Refused as error:
            raise IdentityProviderSilent from error
