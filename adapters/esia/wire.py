"""What ESIA sends: its token and what it tells of a person, in its own words.

Source: the methodical recommendations on the use of ESIA; the token's claims as read by the open clients
esia-oauth2 and esia-potato.
"""

from base64 import urlsafe_b64decode

import msgspec

from adapters.oidc.answers import Refused


class Tokens(msgspec.Struct, frozen=True):
    access_token: str
    id_token: str
    state: str


class Header(msgspec.Struct, frozen=True):
    alg: str


class Subject(msgspec.Struct, frozen=True):
    """`urn:esia:sbj`: `oid` is the person's number, the same for ever."""

    oid: int = msgspec.field(name="urn:esia:sbj:oid")


class Claims(msgspec.Struct, frozen=True):
    iss: str
    aud: str | list[str]
    exp: int | float
    iat: int | float
    subject: Subject = msgspec.field(name="urn:esia:sbj")
    nbf: int | float | None = None
    nonce: str | None = None


class Person(msgspec.Struct, frozen=True, rename="camel"):
    """/rs/prns/{oid}. `trusted`: the account is confirmed, the person's papers were checked."""

    first_name: str = ""
    last_name: str = ""
    middle_name: str = ""
    trusted: bool = False

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.last_name, self.first_name, self.middle_name)))


class Contact(msgspec.Struct, frozen=True, rename="camel"):
    """`type`: MBT mobile phone, EML e-mail; `vrf_stu`: VERIFIED or NOT_VERIFIED."""

    type: str
    value: str
    vrf_stu: str = "NOT_VERIFIED"


class Contacts(msgspec.Struct, frozen=True):
    elements: list[Contact] = []

    def verified(self, kind: str) -> str | None:
        found = (one.value for one in self.elements if one.type == kind and one.vrf_stu == "VERIFIED")
        return next(found, None)


class Jwt(msgspec.Struct, frozen=True):
    """A compact JWS taken apart, not believed yet."""

    header: Header
    claims: Claims
    signed: bytes
    signature: bytes

    @classmethod
    def parsed(cls, token: str) -> "Jwt":
        """Refused when it has not the shape of ESIA's tokens."""
        parts = token.encode().split(b".")
        if len(parts) != 3:
            raise Refused("the token has not three parts")
        try:
            return cls(
                header=msgspec.json.decode(_bytes(parts[0]), type=Header),
                claims=msgspec.json.decode(_bytes(parts[1]), type=Claims),
                signed=b".".join(parts[:2]),
                signature=_bytes(parts[2]),
            )
        except (ValueError, msgspec.MsgspecError) as error:
            raise Refused(f"the token cannot be read: {error}") from error


def _bytes(part: bytes) -> bytes:
    return urlsafe_b64decode(part + b"=" * (-len(part) % 4))
