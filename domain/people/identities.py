"""Signing in through somebody who knows the person already: the state's or a company's provider.

A sign-in is begun here, goes through the provider's page in the person's browser and is finished
here. What was begun is finished once, and only by who holds the secret it was begun with, so that
nobody is signed in to another's sign-in.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from domain.kernel.errors import Conflict, Invalid, NotFound, Unauthenticated, Unavailable
from domain.kernel.ids import UserId
from domain.kernel.jobs import Job
from domain.people.emails import EmailInvalid, normalised_email
from domain.people.phones import Phone, PhoneInvalid, normalised
from domain.people.tokens import digest, matches

REQUEST_LIVES = timedelta(minutes=15)
"""Long enough to type a password and a code from an SMS at the provider."""
NAME_CHARACTERS = 200


class IdentityRefused(Unauthenticated):
    """The provider refused, or said what cannot be trusted: which is in the log only."""

    code = "identity-refused"
    text = "The identity provider did not confirm who you are"
    remedy = "Begin again, or sign in another way"


class SignInRequestUnknown(Unauthenticated):
    """Never begun, finished already, too late, or begun by somebody else: the caller is not told."""

    code = "sign-in-request-unknown"
    text = "This sign-in was not begun here or is over"
    remedy = "Begin again"


class IdentityUnknown(Unauthenticated):
    """One answer whether the phone is somebody's, not trusted, or not told at all."""

    code = "identity-unknown"
    text = "Nobody here has linked this identity"
    remedy = "Sign in by your phone, then link the identity to your account"


class IdentityTaken(Conflict):
    code = "identity-taken"
    text = "This identity is linked to somebody else"
    remedy = "Sign in by it and remove it there first"


class IdentityNotFound(NotFound):
    code = "identity-not-found"
    text = "You have no such linked identity"


class ProviderUnknown(NotFound):
    code = "identity-provider-unknown"
    text = "There is no such identity provider"
    remedy = "See the list of identity providers"


class IdentityProviderSilent(Unavailable):
    code = "identity-provider-silent"
    text = "The identity provider does not answer"
    remedy = "Try again later or sign in another way"


class ReturnInvalid(Invalid):
    code = "return-address-invalid"
    text = "The address to return to must be a path of this site"
    remedy = "Send a path that begins with one slash"


class Level(StrEnum):
    """How well the provider knows the person."""

    PLAIN = "plain"
    """They said so themselves."""

    CONFIRMED = "confirmed"
    """Their papers were seen, or their company vouches for them."""


class ExternalPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Who the provider says it is. Phone and e-mail are there only if the provider has verified them."""

    issuer: str
    subject: str
    name: str
    phone: Phone | None = None
    email: str | None = None
    level: Level = Level.PLAIN

    @property
    def may_open_account(self) -> bool:
        """Whether a new customer may be made of what the provider says."""
        return self.level is Level.CONFIRMED and self.phone is not None


class Offer(msgspec.Struct, frozen=True):
    """A provider as people see it: `name` in addresses, `title` on the button."""

    name: str
    title: str


class SignInWay(msgspec.Struct, frozen=True, kw_only=True):
    """What ties the answer of a provider to our question. All but `redirect_uri` are secret or random.

    `state` is a UUID (ESIA asks for one), `verifier` of RFC 7636.
    """

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


class SignInRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that was begun and is not finished. `return_to` is a path of ours, or nothing."""

    state_hash: bytes
    secret_hash: bytes
    provider: str
    nonce: str
    verifier: str
    expires_at: datetime
    return_to: str | None = None

    @classmethod
    def begun(
        cls, way: SignInWay, secret: str, provider: str, *, return_to: str | None, at: datetime
    ) -> SignInRequest:
        return cls(
            state_hash=digest(way.state),
            secret_hash=digest(secret),
            provider=provider,
            nonce=way.nonce,
            verifier=way.verifier,
            expires_at=at + REQUEST_LIVES,
            return_to=return_to,
        )

    def is_finished_by(self, secret: str, at: datetime) -> bool:
        return at < self.expires_at and matches(secret, self.secret_hash)


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's person linked to a customer of ours. `name` is how the provider calls them."""

    id: UUID
    user_id: UserId
    provider: str
    issuer: str
    subject: str
    name: str
    linked_at: datetime
    last_used_at: datetime | None = None


class PruneSignInRequests(Job, frozen=True, kw_only=True, tag="people.prune-sign-in-requests"):
    """Forget sign-ins through providers that nobody finished."""

    is_routine = True


_LOCAL_PATH = re.compile(r"/(?:[^/\\\x00-\x20\x7f][^\\\x00-\x20\x7f]*)?")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


def local_path(written: str | None) -> str | None:
    """`written`, if it leads nowhere but to our site; ReturnInvalid."""
    if written is not None and not _LOCAL_PATH.fullmatch(written):
        raise ReturnInvalid(field="return_to")
    return written


def shown_name(written: str, otherwise: str) -> str:
    """A name as a stranger's system gives it, fit to be kept and shown."""
    return " ".join(_CONTROLS.sub(" ", written).split())[:NAME_CHARACTERS] or otherwise


def mobile(written: str | None) -> Phone | None:
    """The phone, if it is one that may be signed in by."""
    try:
        return normalised(written) if written else None
    except PhoneInvalid:
        return None


def mail_address(written: str | None) -> str | None:
    """The e-mail, if letters can be sent to it."""
    try:
        return normalised_email(written) if written else None
    except EmailInvalid:
        return None


class IdentityProvider(Protocol):
    """Both raise IdentityProviderSilent when the provider does not answer."""

    @property
    def offer(self) -> Offer: ...

    async def begin(self, way: SignInWay) -> str:
        """Where the person's browser is sent."""

    async def finish(self, code: str, way: SignInWay) -> ExternalPerson:
        """Who came back with that code. IdentityRefused when anything does not fit `way`."""


class Identities(Protocol):
    async def add(self, identity: Identity) -> None:
        """Link it; IdentityTaken when it is linked already, to whomever."""

    async def linked(self, issuer: str, subject: str) -> Identity | None: ...

    async def of_user(self, user_id: UserId) -> list[Identity]:
        """The oldest first."""

    async def save(self, identity: Identity) -> None:
        """Keep its name and last use."""

    async def remove(self, user_id: UserId, identity_id: UUID) -> bool:
        """Whether there was one."""

    async def add_request(self, request: SignInRequest) -> None: ...

    async def return_path(self, state_hash: bytes, provider: str) -> str | None:
        """Where a sign-in that waits at that provider wants to go on; it stays as it is."""

    async def take_request(self, state_hash: bytes) -> SignInRequest | None:
        """Found and removed: nobody takes it twice."""

    async def prune_requests(self, before: datetime) -> int:
        """Forget those that expired before that; how many."""
