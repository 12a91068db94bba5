"""Systems beside ours (billing, the contact centre) that come with a key."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

import msgspec

from domain.kernel.access import Scope
from domain.kernel.errors import NotFound
from domain.kernel.ids import ApiKeyId
from domain.people.tokens import KeyToken, digest


class ApiKeyNotFound(NotFound):
    code = "api-key-not-found"
    text = "There is no such key, or it is revoked already"


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    id: ApiKeyId
    name: str
    secret_hash: bytes
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    @classmethod
    def issued(
        cls,
        id: ApiKeyId,
        name: str,
        scopes: Iterable[Scope],
        *,
        secret: str,
        at: datetime,
        expires_at: datetime,
    ) -> tuple[ApiKey, KeyToken]:
        assert expires_at > at
        key = cls(
            id=id,
            name=name,
            secret_hash=digest(secret),
            scopes=frozenset(scopes),
            created_at=at,
            expires_at=expires_at,
        )
        return key, KeyToken(id, secret)


class Systems(Protocol):
    async def add(self, key: ApiKey) -> None: ...

    async def revoke(self, api_key_id: ApiKeyId, at: datetime) -> None:
        """ApiKeyNotFound when there is none or it is revoked already."""

    async def all(self) -> list[ApiKey]:
        """Every key, the newest first, revoked ones too."""
