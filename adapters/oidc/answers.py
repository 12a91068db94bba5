"""One request to an identity provider, with every limit on what comes back."""

from collections.abc import Mapping
from typing import TypeVar

import httpx
import msgspec

from domain.people.identities import IdentityProviderSilent

MOST_BYTES = 1024 * 1024
TIMEOUT_SECONDS = 10.0
T = TypeVar("T")


class Refused(Exception):
    """The provider said no, or what it said cannot be trusted. The text is for our log only."""


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes

    def read(self, kind: type[T]) -> T:
        """The JSON of a 200; Refused for any other status or shape."""
        if self.status != 200:
            raise Refused(f"HTTP {self.status} {_fault(self.body)}".rstrip())
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refused(f"an answer that cannot be read: {error}") from error


class _Fault(msgspec.Struct):
    error: str


def http_client() -> httpx.AsyncClient:
    """One client per process. Redirects and the environment's proxies are not followed."""
    return httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False, follow_redirects=False)


async def ask(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> Answer:
    """IdentityProviderSilent when it cannot be reached, is too slow, too busy or out of order."""
    body = b""
    sent = dict(form) if form is not None else None
    try:
        async with http.stream(
            method, url, data=sent, params=params, headers=headers, content=content
        ) as response:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise Refused(f"the answer is longer than {MOST_BYTES} bytes")
    except (httpx.TransportError, httpx.InvalidURL, httpx.DecodingError) as error:
        raise IdentityProviderSilent from error
    if response.status_code >= 500 or response.status_code == 429:
        raise IdentityProviderSilent
    return Answer(response.status_code, body)


def _fault(body: bytes) -> str:
    """The error code of RFC 6749, 5.2, if there is one: short and never personal."""
    try:
        return msgspec.json.decode(body, type=_Fault).error[:60]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
