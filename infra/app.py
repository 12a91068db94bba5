"""The web application: routes, dependencies, errors and the API description."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from litestar import Litestar, Request, Response, Router
from litestar.connection import ASGIConnection
from litestar.datastructures import CacheControlHeader, State
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.static_files import create_static_files_router
from litestar.types import Guard

import api
from adapters.postgres.store import CONNECTION_LOST
from adapters.postgres.vitals import PostgresVitals
from api import description, identity, problems
from api.browser import SessionCookie
from api.pages import pages, refusals
from api.system import Watch, system
from api.terminals import osmp
from domain.kernel.errors import Unavailable
from infra import migrate
from infra.container import Container, open_container
from infra.dependencies import dependencies
from infra.resources import RESOURCES
from infra.settings import load

STATIC = Path(api.__file__).parent / "static"
BODY_MAX_BYTES = 1_048_576


def create(container: Container | None = None) -> Litestar:
    """The application. Without a container it opens its own from the environment's settings."""

    @asynccontextmanager
    async def opened(app: Litestar) -> AsyncIterator[None]:
        if container is not None:
            yield
            return
        async with open_container(load()) as own:
            install(app.state, own)
            yield

    app = Litestar(
        route_handlers=[
            Router("/api/v1", route_handlers=RESOURCES),
            osmp,
            pages,
            system,
            _static(),
        ],
        lifespan=[opened],
        guards=[_pass_gate],
        dependencies=identity.DEPENDENCIES | dependencies(),
        exception_handlers=_error_handlers(),
        request_max_body_size=BODY_MAX_BYTES,
        openapi_config=description.config(),
        logging_config=None,
    )
    _take_dependencies_in_turn(app)
    if container is not None:
        install(app.state, container)
    return app


def _static() -> Router:
    return create_static_files_router(
        "/static",
        [STATIC],
        opt={"access": identity.Entry.OPEN},
        cache_control=CacheControlHeader(public=True, max_age=86400),
    )


def _take_dependencies_in_turn(app: Litestar) -> None:
    """Litestar takes dependencies of one level at the same time, in a group of tasks. Ours are values at
    hand: such a group took longer than all the rest of a request but its query.

    The framework offers no public way. tests/architecture/test_litestar_internals.py tells when this no
    longer does what it says.
    """
    for route in app.routes:
        for _, model in getattr(route, "route_handler_map", {}).values():
            model.dependency_batches = [{one} for batch in model.dependency_batches for one in batch]


def gate_of(container: Container) -> Guard:
    """The guard of every route."""
    return identity.gate(
        container.session_service,
        container.membership_service,
        container.system_service,
        container.of_powers.power_service,
        container.personal_data.consent_service,
        container.now,
        SessionCookie.at(container.settings.public_url),
    )


def install(state: State, container: Container) -> None:
    """What the handlers of one application reach. Routes are dear to make; a container is not."""
    state.container = container
    state.gate = gate_of(container)
    state.zone = container.zone
    state.sandbox_page = container.settings.sandbox_page
    state.session_cookie = SessionCookie.at(container.settings.public_url)
    state.watch = Watch(
        vitals=PostgresVitals(container.pool, container.zone),
        now=container.now,
        migrations=frozenset(migration.name for migration in migrate.read()),
        jobs_late_seconds=container.settings.jobs_late_seconds,
        metrics_token=container.settings.metrics_token,
    )


async def _pass_gate(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    await connection.app.state.gate(connection, handler)


def _error_handlers() -> dict[int | type[Exception], Callable[..., Any]]:
    def unavailable(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        return problems.refused(request, Unavailable())

    def lost(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        answer = refusals.http if refusals.wants_page(request) else problems.http
        return answer(request, error)

    handlers: dict[int | type[Exception], Callable[..., Any]] = {}
    handlers.update(problems.HANDLERS.items())
    handlers[HTTPException] = lost
    for error in (*CONNECTION_LOST, asyncpg.QueryCanceledError):
        handlers[error] = unavailable
    return handlers
