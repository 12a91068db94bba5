"""Systems that come with keys, for whoever administers them."""

from datetime import datetime
from typing import Annotated, Self

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.problems import responses
from domain.kernel.access import Scope
from domain.kernel.ids import ApiKeyId, SystemId
from domain.people.systems import ApiKey, IssuedKey, System
from services.people.systems import SystemService

SystemName = Annotated[
    str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["Биллинг"])
]


class NewSystem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: SystemName


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With `pay` or `import` among the scopes every request must be signed (docs/systems.md)."""

    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=20)]
    valid_days: Annotated[int, Meta(ge=1, le=1100)] = 365


class SystemMade(msgspec.Struct, frozen=True):
    id: SystemId


class KeyIssued(msgspec.Struct, frozen=True, kw_only=True):
    """`key` goes into the header X-API-Key. `signing_secret` signs requests; null where none is needed.
    Both are shown this once."""

    id: ApiKeyId
    key: str
    signing_secret: str | None
    expires_at: datetime

    @classmethod
    def of(cls, issued: IssuedKey) -> Self:
        return cls(
            id=issued.token.api_key_id,
            key=str(issued.token),
            signing_secret=issued.signing_secret,
            expires_at=issued.expires_at,
        )


class KeyOut(msgspec.Struct, frozen=True, kw_only=True):
    """`last_used_at` is written every five minutes at most."""

    id: ApiKeyId
    scopes: list[Scope]
    signs: bool
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        return cls(
            id=key.id,
            scopes=sorted(key.scopes),
            signs=key.sealed_signing_secret is not None,
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
        )


class SystemOut(msgspec.Struct, frozen=True, kw_only=True):
    id: SystemId
    name: str
    created_at: datetime
    keys: list[KeyOut]

    @classmethod
    def of(cls, system: System, keys: list[ApiKey]) -> Self:
        return cls(
            id=system.id,
            name=system.name,
            created_at=system.created_at,
            keys=[KeyOut.of(key) for key in keys],
        )


@get("/systems", opt={"access": Scope.ADMINISTER}, responses=responses(401, 403))
async def list_systems(system_service: NamedDependency[SystemService]) -> list[SystemOut]:
    """Every system with its keys, the newest first, expired and revoked ones too."""
    return [SystemOut.of(system, keys) for system, keys in await system_service.all()]


@post("/systems", opt={"access": Scope.ADMINISTER}, responses=responses(401, 403, 409, 422))
async def add_system(data: JSONBody[NewSystem], system_service: NamedDependency[SystemService]) -> SystemMade:
    """Add a system by a name of its own. It has no keys yet."""
    return SystemMade((await system_service.add(data.name)).id)


@post(
    "/systems/{system_id:uuid}/keys",
    opt={"access": Scope.ADMINISTER},
    responses=responses(401, 403, 404, 409, 422),
)
async def add_system_key(
    system_id: FromPath[SystemId], data: JSONBody[NewKey], system_service: NamedDependency[SystemService]
) -> Response[KeyIssued]:
    """Issue a key beside those the system has: change to it, then revoke the former one."""
    issued = await system_service.add_key(system_id, data.scopes, valid_days=data.valid_days)
    return Response(KeyIssued.of(issued), status_code=201, headers={"Cache-Control": "no-store"})


@delete(
    "/systems/{system_id:uuid}/keys/{api_key_id:uuid}",
    opt={"access": Scope.ADMINISTER},
    responses=responses(401, 403, 404),
)
async def revoke_system_key(
    system_id: FromPath[SystemId],
    api_key_id: FromPath[ApiKeyId],
    system_service: NamedDependency[SystemService],
) -> None:
    """Revoke a key: it is dead within 5 s."""
    await system_service.revoke(system_id, api_key_id)


systems = Router(
    "/", tags=["systems"], route_handlers=[list_systems, add_system, add_system_key, revoke_system_key]
)
