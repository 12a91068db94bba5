"""Systems beside ours (billing, the contact centre) that come with keys.

A system may hold several live keys, so that a new one is in use before the old one is revoked. A
key that may move money must also sign each request (`domain/people/signatures.py`): its token alone,
found in a log, moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

import msgspec

from domain.kernel.access import Actor, ActorKind, Scope
from domain.kernel.errors import Conflict, Invalid, NotFound
from domain.kernel.ids import ApiKeyId, SystemId
from domain.people.tokens import KeyToken, digest

MONEY_SCOPES = frozenset({Scope.PAY, Scope.IMPORT})
"""Whoever may do these signs each request."""

SYSTEM_SCOPES = frozenset(Scope) - {Scope.ADMINISTER, Scope.DECIDE, Scope.MANAGE}
"""What a key may be given. Rights are given by people: a stolen key must not make further ones."""

MOST_LIVE_KEYS = 10


class ApiKeyNotFound(NotFound):
    code = "api-key-not-found"
    text = "There is no such key, or it is revoked already"


class SystemNotFound(NotFound):
    code = "system-not-found"
    text = "There is no such system"


class SystemNameTaken(Conflict):
    code = "system-name-taken"
    text = "There is a system of this name already"
    remedy = "Add a key to it, or choose another name"


class TooManyKeys(Conflict):
    code = "too-many-keys"
    text = "The system has {most} live keys already"
    remedy = "Revoke those that are not used any more"


class ScopeNotForSystems(Invalid):
    code = "scope-not-for-systems"
    text = "The right “{scope}” is given to people only"
    remedy = "Leave it out"


class System(msgspec.Struct, frozen=True, kw_only=True):
    """One program of others, by the name it has in lists and logs."""

    id: SystemId
    name: str
    created_at: datetime


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key. `sealed_signing_secret` is there when its scopes move money; we must be able to read it
    to check a signature, so it is sealed, not hashed."""

    id: ApiKeyId
    system_id: SystemId
    secret_hash: bytes
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime
    sealed_signing_secret: bytes | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    @classmethod
    def issued(
        cls,
        id: ApiKeyId,
        system_id: SystemId,
        scopes: Iterable[Scope],
        *,
        secret: str,
        signing_secret: str,
        seal: Callable[[str], bytes],
        at: datetime,
        expires_at: datetime,
    ) -> tuple[ApiKey, IssuedKey]:
        """The key to keep and what its holder takes away. ScopeNotForSystems.

        `signing_secret` is used only when the scopes move money.
        """
        assert expires_at > at
        given = frozenset(scopes)
        for scope in sorted(given - SYSTEM_SCOPES):
            raise ScopeNotForSystems(field="scopes", scope=scope)
        signs = bool(given & MONEY_SCOPES)
        key = cls(
            id=id,
            system_id=system_id,
            secret_hash=digest(secret),
            scopes=given,
            created_at=at,
            expires_at=expires_at,
            sealed_signing_secret=seal(signing_secret) if signs else None,
        )
        return key, IssuedKey(
            token=KeyToken(id, secret),
            signing_secret=signing_secret if signs else None,
            expires_at=expires_at,
        )

    def is_live(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


class IssuedKey(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder of a new key takes away. Nobody is shown these secrets again."""

    token: KeyToken
    signing_secret: str | None
    expires_at: datetime


def must_sign(actor: Actor) -> bool:
    return actor.kind is ActorKind.SYSTEM and bool(actor.scopes & MONEY_SCOPES)


class Systems(Protocol):
    async def add(self, system: System) -> None:
        """SystemNameTaken."""

    async def keys_locked(self, system_id: SystemId) -> list[ApiKey]:
        """The system's keys with the system locked, so that they are counted right. SystemNotFound."""

    async def add_key(self, key: ApiKey) -> None: ...

    async def revoke(self, system_id: SystemId, api_key_id: ApiKeyId, at: datetime) -> None:
        """ApiKeyNotFound when there is none or it is revoked already."""

    async def all(self) -> list[tuple[System, list[ApiKey]]]:
        """Every system by its name, each with its keys, the newest first, revoked ones too."""

    async def by_name(self, name: str) -> System | None: ...

    async def sealed_signing_secret(self, api_key_id: ApiKeyId) -> bytes | None:
        """None when the key is dead or has none."""

    async def take_nonce(self, api_key_id: ApiKeyId, nonce: str, until: datetime) -> bool:
        """Keep the nonce until then. False when the key has used it before."""

    async def prune_nonces(self, before: datetime) -> int:
        """Forget nonces that were kept until an earlier moment; how many."""
