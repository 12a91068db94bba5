"""Passkeys: made by who is signed in, and signed in by.

The bodies are those of the browser: `PublicKeyCredential.parseCreationOptionsFromJSON` and
`parseRequestOptionsFromJSON` take the options as they are, `credential.toJSON()` gives the answers.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.identity import Entry, client_ip, device
from api.people import SessionOut
from api.problems import responses
from domain.kernel.access import Actor
from domain.kernel.ids import UserId
from domain.people.passkeys import (
    Assertion,
    Attestation,
    Passkey,
    PasskeyNotFound,
    PasskeyNotMade,
    PasskeyRefused,
)
from services.people.passkeys import PasskeyService

_PATTERN = r"^[A-Za-z0-9_-]*$"
Bytes = Annotated[str, Meta(max_length=1400, pattern=_PATTERN, description="base64url")]
ManyBytes = Annotated[str, Meta(max_length=100_000, pattern=_PATTERN, description="base64url")]
Kind = Annotated[str, Meta(max_length=40, pattern=r"^public-key$")]
Transport = Annotated[str, Meta(max_length=20, pattern=r"^[a-z-]*$")]
KeyName = Annotated[
    str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["Телефон"])
]
NO_STORE = {"Cache-Control": "no-store"}


class AttestationIn(msgspec.Struct, frozen=True, rename={"client_data": "clientDataJSON"}):
    client_data: ManyBytes
    attestation_object: ManyBytes = msgspec.field(name="attestationObject")
    transports: Annotated[list[Transport], Meta(max_length=10)] = []


class AssertionIn(msgspec.Struct, frozen=True, rename={"client_data": "clientDataJSON"}):
    client_data: ManyBytes
    authenticator_data: ManyBytes = msgspec.field(name="authenticatorData")
    signature: ManyBytes
    user_handle: Bytes | None = msgspec.field(name="userHandle", default=None)


class NewCredential(msgspec.Struct, frozen=True):
    """`RegistrationResponseJSON` of WebAuthn; what else a browser sends is left alone."""

    id: Bytes
    type: Kind
    response: AttestationIn


class UsedCredential(msgspec.Struct, frozen=True):
    """`AuthenticationResponseJSON` of WebAuthn; what else a browser sends is left alone."""

    id: Bytes
    type: Kind
    response: AssertionIn


class NewPasskey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`name` is for the owner: which device it is."""

    name: KeyName
    credential: NewCredential


class PasskeySignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    credential: UsedCredential


class PasskeyOut(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    transports: list[str]
    created_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, passkey: Passkey) -> Self:
        return cls(
            id=urlsafe_b64encode(passkey.credential_id).rstrip(b"=").decode(),
            name=passkey.name,
            transports=list(passkey.transports),
            created_at=passkey.created_at,
            last_used_at=passkey.last_used_at,
        )


@post(
    "/passkeys/registration-options",
    status_code=200,
    opt={"access": Entry.CUSTOMER},
    responses=responses(401, 403, 409, 429),
)
async def passkey_registration_options(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    passkey_service: NamedDependency[PasskeyService],
) -> Response[Mapping[str, Any]]:
    """What `navigator.credentials.create` needs to make a passkey. It serves once, for 5 minutes."""
    options = await passkey_service.making_options(UserId(actor.id), ip=client_ip(request))
    return Response(options, status_code=200, headers=NO_STORE)


@post("/passkeys", opt={"access": Entry.CUSTOMER}, responses=responses(401, 403, 409, 422))
async def add_passkey(
    data: JSONBody[NewPasskey],
    actor: NamedDependency[Actor],
    passkey_service: NamedDependency[PasskeyService],
) -> PasskeyOut:
    """Keep a passkey the device has made."""
    made = attestation_of(data.credential)
    return PasskeyOut.of(await passkey_service.add(UserId(actor.id), data.name, made))


@get("/passkeys", opt={"access": Entry.CUSTOMER}, responses=responses(401, 403))
async def list_passkeys(
    actor: NamedDependency[Actor], passkey_service: NamedDependency[PasskeyService]
) -> list[PasskeyOut]:
    """My passkeys, the oldest first."""
    return [PasskeyOut.of(passkey) for passkey in await passkey_service.of_user(UserId(actor.id))]


@delete("/passkeys/{passkey_id:str}", opt={"access": Entry.CUSTOMER}, responses=responses(401, 403, 404))
async def remove_passkey(
    passkey_id: FromPath[str],
    actor: NamedDependency[Actor],
    passkey_service: NamedDependency[PasskeyService],
) -> None:
    """Nobody signs in by this passkey any more."""
    await passkey_service.remove(UserId(actor.id), credential_id_of(passkey_id))


@post("/passkeys/sign-in-options", status_code=200, opt={"access": Entry.OPEN}, responses=responses(429, 503))
async def passkey_sign_in_options(
    request: Request[Any, Any, Any], passkey_service: NamedDependency[PasskeyService]
) -> Response[Mapping[str, Any]]:
    """What `navigator.credentials.get` needs to sign in. It names nobody and serves once, for 5 minutes."""
    options = await passkey_service.signing_options(ip=client_ip(request))
    return Response(options, status_code=200, headers=NO_STORE)


@post("/sessions/by-passkey", opt={"access": Entry.OPEN}, responses=responses(401, 422, 503))
async def sign_in_by_passkey(
    request: Request[Any, Any, Any],
    data: JSONBody[PasskeySignIn],
    passkey_service: NamedDependency[PasskeyService],
) -> Response[SessionOut]:
    """Sign in by a passkey."""
    shown = assertion_of(data.credential)
    tokens = await passkey_service.sign_in(shown, device=device(request), ip=client_ip(request))
    return Response(SessionOut.of(tokens), status_code=201, headers=NO_STORE)


def attestation_of(made: NewCredential) -> Attestation:
    """PasskeyNotMade."""
    try:
        return Attestation(
            credential_id=_bytes(made.id),
            client_data=_bytes(made.response.client_data),
            attestation_object=_bytes(made.response.attestation_object),
            transports=tuple(made.response.transports),
        )
    except NotBase64 as error:
        raise PasskeyNotMade(field="credential") from error


def assertion_of(used: UsedCredential) -> Assertion:
    """PasskeyRefused."""
    try:
        return Assertion(
            credential_id=_bytes(used.id),
            client_data=_bytes(used.response.client_data),
            authenticator_data=_bytes(used.response.authenticator_data),
            signature=_bytes(used.response.signature),
            user_handle=_bytes(used.response.user_handle or ""),
        )
    except NotBase64 as error:
        raise PasskeyRefused from error


def credential_id_of(passkey_id: str) -> bytes:
    """PasskeyNotFound."""
    try:
        return _bytes(passkey_id)
    except (NotBase64, ValueError) as error:
        raise PasskeyNotFound from error


def _bytes(written: str) -> bytes:
    return urlsafe_b64decode(written + "=" * (-len(written) % 4))


passkeys = Router(
    "/",
    tags=["passkeys"],
    route_handlers=[
        passkey_registration_options,
        add_passkey,
        list_passkeys,
        remove_passkey,
        passkey_sign_in_options,
        sign_in_by_passkey,
    ],
)
