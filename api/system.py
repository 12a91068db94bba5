"""Is the process alive, can it serve, and the figures for monitoring."""

import asyncio
import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Literal

import msgspec
from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec

from api.identity import Entry
from api.vital_metrics import MEDIA_TYPE, rendered
from domain.kernel.errors import Unauthenticated
from domain.kernel.vitals import Vitals, VitalSigns

_KEEP_SIGNS = timedelta(seconds=5)
_DATABASE_SECONDS = 1.0
_SIGNS_SECONDS = 5.0


class Alive(msgspec.Struct, frozen=True):
    status: Literal["alive"] = "alive"


class Hindrance(StrEnum):
    """Why requests should not be sent here now."""

    DATABASE_SILENT = "database-silent"
    MIGRATIONS_MISSING = "migrations-missing"
    MIGRATIONS_UNKNOWN = "migrations-unknown"
    JOBS_LATE = "jobs-late"


class Reason(msgspec.Struct, frozen=True):
    code: Hindrance
    detail: str


class Readiness(msgspec.Struct, frozen=True):
    """`reasons` is empty when all is well."""

    status: Literal["ready", "not-ready"]
    reasons: list[Reason]


@dataclass(slots=True, kw_only=True)
class Watch:
    """What the answers below are made of.

    `migrations` are the names this program was written for. Jobs may be overdue by
    `jobs_late_seconds`. Without `metrics_token` the figures are for this machine alone.
    """

    vitals: Vitals
    now: Callable[[], datetime]
    migrations: frozenset[str]
    jobs_late_seconds: int
    metrics_token: str = ""
    _signs: VitalSigns | None = field(default=None, init=False)
    _signs_at: datetime | None = field(default=None, init=False)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def hindrances(self) -> list[Reason]:
        try:
            async with asyncio.timeout(_DATABASE_SECONDS):
                ran = await self.vitals.migrations()
                late_seconds = await self.vitals.oldest_job_seconds(self.now())
        except Exception as error:  # noqa: BLE001 - whatever the driver raises, the answer is the same
            return [Reason(Hindrance.DATABASE_SILENT, type(error).__name__)]
        found = []
        if missing := self.migrations - ran:
            found.append(Reason(Hindrance.MIGRATIONS_MISSING, ", ".join(sorted(missing))))
        if unknown := ran - self.migrations:
            found.append(Reason(Hindrance.MIGRATIONS_UNKNOWN, ", ".join(sorted(unknown))))
        if late_seconds > self.jobs_late_seconds:
            found.append(Reason(Hindrance.JOBS_LATE, f"the oldest by {late_seconds:.0f} s"))
        return found

    async def signs(self) -> VitalSigns | None:
        """At most five seconds old; None when the database does not answer."""
        async with self._reading:
            at = self.now()
            if self._signs_at is None or at - self._signs_at >= _KEEP_SIGNS:
                self._signs_at, self._signs = at, await self._read(at)
            return self._signs

    async def _read(self, at: datetime) -> VitalSigns | None:
        try:
            async with asyncio.timeout(_SIGNS_SECONDS):
                return await self.vitals.signs(at)
        except Exception:  # noqa: BLE001 - a scrape without the database still shows the rest
            return None

    def check_may_see(self, request: Request[Any, Any, Any]) -> None:
        """Raises Unauthenticated unless asked from this machine itself or with the token."""
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.metrics_token and hmac.compare_digest(given.encode(), self.metrics_token.encode()):
            return
        if not _from_here(request):
            raise Unauthenticated


def _from_here(request: Request[Any, Any, Any]) -> bool:
    """A reverse proxy on this machine speaks for others: it does not count."""
    if any(name in request.headers for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded")):
        return False
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


@get("/health/live", opt={"access": Entry.OPEN}, sync_to_thread=False, summary="Is the process alive")
def live() -> Alive:
    return Alive()


@get(
    "/health/ready",
    opt={"access": Entry.OPEN},
    summary="Can it serve",
    responses={503: ResponseSpec(Readiness, description="Not now", generate_examples=False)},
)
async def ready(watch: NamedDependency[Watch]) -> Response[Readiness]:
    """The database answers within a second, its schema is this program's, jobs are not late."""
    reasons = await watch.hindrances()
    if reasons:
        return Response(Readiness("not-ready", reasons), status_code=HTTPStatus.SERVICE_UNAVAILABLE)
    return Response(Readiness("ready", []))


@get("/metrics", opt={"access": Entry.OPEN}, include_in_schema=False)
async def metrics(request: Request[Any, Any, Any], watch: NamedDependency[Watch]) -> Response[bytes]:
    watch.check_may_see(request)
    return Response(rendered(await watch.signs()), media_type=MEDIA_TYPE)


system = Router("/", route_handlers=[live, ready, metrics], tags=["System"])
