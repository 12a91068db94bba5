"""An OpenID Connect provider in small: people the tester plays, codes, tokens, keys that can be rotated.

Honest as the real ones are: a code serves once and for a minute, only the client it was made for, with the
redirect address and the PKCE verifier it was asked with. Nothing outlives a restart: whoever is in the
middle of a sign-in begins anew.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from secrets import compare_digest, token_urlsafe
from typing import Any, NamedTuple

from joserfc import jwt
from joserfc.jwk import ECKey

from infra.sandbox.keys import IDENTITY_CLIENT_ID, IDENTITY_CLIENT_SECRET

CODE_SECONDS = 60
TOKEN_SECONDS = 300
MOST_WAITING = 1000


class Person(NamedTuple):
    subject: str
    name: str
    phone: str
    email: str
    phone_verified: bool = True

    @property
    def claims(self) -> dict[str, Any]:
        return {
            "sub": self.subject,
            "name": self.name,
            "phone_number": self.phone,
            "phone_number_verified": self.phone_verified,
            "email": self.email,
            "email_verified": True,
        }


PEOPLE = {
    person.subject: person
    for person in (
        Person("1001", "Иванова Мария Петровна", "+7 (900) 000-00-01", "resident1@example.test"),
        Person("1002", "Новикова Анна Игоревна", "+7 (900) 000-01-01", "newcomer@example.test"),
        Person(
            "1003", "Серов Пётр Ильич", "+7 (900) 000-01-02", "unproved@example.test", phone_verified=False
        ),
    )
}


class Asked(NamedTuple):
    """What the client asked the person's browser to bring."""

    redirect_uri: str
    nonce: str
    challenge: str


class _Code(NamedTuple):
    asked: Asked
    person: Person
    until: float


class Denied(Exception):
    """An error of RFC 6749, 5.2."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


@dataclass
class IdentityDesk:
    """`issuer` without a slash at the end; `redirect_uris` are those the client has registered."""

    issuer: str
    redirect_uris: tuple[str, ...]
    now: Callable[[], datetime]
    keys: list[ECKey] = field(default_factory=list)
    _codes: dict[str, _Code] = field(default_factory=dict)
    _tokens: dict[str, tuple[Person, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rotate()

    def rotate(self) -> None:
        """Sign with a new key from now on; the one before is published a while longer."""
        self.keys = [_key(), *self.keys][:2]

    def published(self) -> list[dict[str, Any]]:
        return [dict(key.as_dict(private=False)) for key in self.keys]

    def grant(self, asked: Asked, person: Person) -> str:
        """A code for who the tester plays."""
        code = token_urlsafe()
        self._codes[code] = _Code(asked, person, self._moment() + CODE_SECONDS)
        while len(self._codes) > MOST_WAITING:
            del self._codes[next(iter(self._codes))]
        return code

    def redeem(self, client: tuple[str, str], code: str, redirect_uri: str, verifier: str) -> dict[str, Any]:
        """Tokens for a code. Denied; the client's try has used the code up in any case."""
        if client[0] != IDENTITY_CLIENT_ID or not compare_digest(
            client[1].encode(), IDENTITY_CLIENT_SECRET.encode()
        ):
            raise Denied(401, "invalid_client")
        kept = self._codes.pop(code, None)
        if kept is None or self._moment() >= kept.until or kept.asked.redirect_uri != redirect_uri:
            raise Denied(400, "invalid_grant")
        if not compare_digest(_hash(verifier.encode()).encode(), kept.asked.challenge.encode()):
            raise Denied(400, "invalid_grant")
        access_token = token_urlsafe()
        self._tokens[access_token] = (kept.person, self._moment() + TOKEN_SECONDS)
        while len(self._tokens) > MOST_WAITING:
            del self._tokens[next(iter(self._tokens))]
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "id_token": self._id_token(kept, access_token),
        }

    def person(self, access_token: str) -> Person:
        """Whose token it is. Denied."""
        person, until = self._tokens.get(access_token, (None, 0.0))
        if person is None or self._moment() >= until:
            raise Denied(401, "invalid_token")
        return person

    def _id_token(self, code: _Code, access_token: str) -> str:
        moment = int(self._moment())
        claims = {
            "iss": self.issuer,
            "sub": code.person.subject,
            "aud": IDENTITY_CLIENT_ID,
            "iat": moment,
            "exp": moment + TOKEN_SECONDS,
            "nonce": code.asked.nonce,
            "at_hash": _hash(access_token.encode(), 16),
            "name": code.person.name,
        }
        return jwt.encode({"alg": "ES256", "kid": self.keys[0].kid}, claims, self.keys[0])

    def _moment(self) -> float:
        return self.now().timestamp()


def _key() -> ECKey:
    return ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)


def _hash(data: bytes, most_bytes: int = 32) -> str:
    return urlsafe_b64encode(sha256(data).digest()[:most_bytes]).rstrip(b"=").decode()
