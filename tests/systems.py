"""A system that calls us as docs/systems.md says: with its key, every request signed."""

from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

import httpx

from domain.kernel.access import Scope
from domain.people.signatures import signature
from domain.people.systems import IssuedKey
from infra.clock import now as real_now
from services.people.systems import SystemService


class SystemAuth(httpx.Auth):
    """For `auth=` of httpx. A key that moves no money has no secret and signs nothing."""

    requires_request_body = True

    def __init__(self, issued: IssuedKey, now: Callable[[], datetime] = real_now) -> None:
        self.issued = issued
        self._now = now

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        request.headers["X-API-Key"] = str(self.issued.token)
        if self.issued.signing_secret is not None:
            request.headers.update(signed(self.issued.signing_secret, request, self._now()))
        yield request


def signed(signing_secret: str, request: httpx.Request, at: datetime, nonce: str = "") -> dict[str, str]:
    """The three headers of a signature."""
    timestamp, nonce = str(int(at.timestamp())), nonce or token_urlsafe(16)
    right = signature(
        signing_secret,
        request.method,
        request.url.raw_path.decode(),
        timestamp,
        nonce,
        sha256(request.content).hexdigest(),
    )
    return {"X-Kabinet-Timestamp": timestamp, "X-Kabinet-Nonce": nonce, "X-Kabinet-Signature": right}


async def system_key(
    systems: SystemService,
    *scopes: Scope,
    name: str = "billing",
    valid_days: int = 1,
    now: Callable[[], datetime] = real_now,
) -> SystemAuth:
    """One key more of the system of that name."""
    async with systems.transaction() as store:
        system = await store.systems.by_name(name)
    system = system or await systems.add(name)
    return SystemAuth(await systems.add_key(system.id, scopes, valid_days=valid_days), now)
