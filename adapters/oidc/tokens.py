"""Whether an id_token may be believed: OpenID Connect Core 1.0, 3.1.3.7, every step of it."""

from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

import msgspec
from joserfc import jws
from joserfc.errors import JoseError

from adapters.oidc.answers import Refused
from adapters.oidc.discovery import PublicKey

ALGORITHMS = ("ES256", "RS256", "PS256")
"""Public keys only: with HS256 whoever knows our client secret could sign, with "none" anybody."""

SKEW_SECONDS = 60
OLDEST_SECONDS = 600
"""A token is made for the code we have just shown; an older one was made for something else."""


class Header(msgspec.Struct, frozen=True):
    alg: str
    kid: str | None = None


class Claims(msgspec.Struct, frozen=True):
    """Those every token has, and those that bind it to our question."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: int | float
    iat: int | float
    nbf: int | float | None = None
    azp: str | None = None
    nonce: str | None = None
    at_hash: str | None = None


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    issuer: str
    client_id: str
    nonce: str
    access_token: str
    at: datetime


def header_of(token: str) -> Header:
    """The header of a compact JWS. Refused when it cannot be read or its algorithm is not allowed."""
    try:
        protected = jws.extract_compact(token.encode()).headers()
        header = msgspec.convert(protected, Header)
    except (JoseError, ValueError, TypeError) as error:
        raise Refused("the token cannot be read") from error
    if header.alg not in ALGORITHMS:
        raise Refused("the token is signed by an algorithm that is not allowed")
    return header


def signed_payload(token: str, key: PublicKey, header: Header) -> bytes:
    """The payload as it was signed. Refused when the signature is not that key's."""
    try:
        return jws.deserialize_compact(token.encode(), key, algorithms=[header.alg]).payload or b""
    except (JoseError, ValueError, TypeError) as error:
        raise Refused("the signature is wrong") from error


def check(claims: Claims, expected: Expected) -> None:
    """Refused, naming the first claim that does not fit."""
    if claims.iss != expected.issuer:
        raise Refused("iss is another issuer")
    _check_audience(claims, expected.client_id)
    check_times(claims.exp, claims.iat, claims.nbf, expected.at)
    if not compare_digest((claims.nonce or "").encode(), expected.nonce.encode()):
        raise Refused("nonce is not the one we sent")
    if claims.at_hash is not None and claims.at_hash != _half_hash(expected.access_token):
        raise Refused("at_hash is of another access token")
    if not 1 <= len(claims.sub) <= 255 or not claims.sub.isprintable():
        raise Refused("sub is no identifier")


def check_times(exp: float, iat: float, nbf: float | None, at: datetime) -> None:
    moment = at.timestamp()
    if moment >= exp + SKEW_SECONDS:
        raise Refused("exp has passed")
    if nbf is not None and moment < nbf - SKEW_SECONDS:
        raise Refused("nbf is yet to come")
    if not iat - SKEW_SECONDS <= moment <= iat + OLDEST_SECONDS:
        raise Refused("iat is not of this moment")


def _check_audience(claims: Claims, client_id: str) -> None:
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if client_id not in audience:
        raise Refused("aud is somebody else")
    if claims.azp is None and len(audience) > 1:
        raise Refused("azp is missing beside several aud")
    if claims.azp is not None and claims.azp != client_id:
        raise Refused("azp is somebody else")


def _half_hash(access_token: str) -> str:
    """at_hash for the algorithms above, all of which hash by SHA-256."""
    digest = sha256(access_token.encode()).digest()
    return urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
