"""The sandbox put together and served."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar, Request, Response, Router
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from infra import clock
from infra.ports import refuse_taken
from infra.sandbox import api, identity, notices, pages, payments, pos_links, powers, receipts, refunds
from infra.sandbox.config import Config
from infra.sandbox.desk import Desk
from infra.sandbox.identity_desk import IdentityDesk
from infra.sandbox.store import Store
from infra.sandbox.words import Refused
from infra.settings import Settings, load

_LOG = logging.getLogger("kabinet.sandbox")
_TICK_SECONDS = 0.2
_GET = {"payment": payments.get, "refund": refunds.get, "receipt": receipts.get}
_CODES = {404: "not_found", 405: "invalid_request", 413: "invalid_request"}


def create(
    config: Config | None = None, *, now: Callable[[], datetime] = clock.now, busy: bool = True
) -> Litestar:
    """The app. `busy=False` leaves expiry, receipts and notices to calls of `tick`, for tests."""

    @asynccontextmanager
    async def at_work(app: Litestar) -> AsyncIterator[None]:
        desk: Desk = app.state.desk
        task = asyncio.create_task(_work(desk)) if busy else None
        yield
        if task:
            task.cancel()
            await asyncio.wait({task})
        desk.store.close()

    app = Litestar(
        [
            Router("/v3", route_handlers=[*api.HANDLERS, *pos_links.HANDLERS]),
            *pages.HANDLERS,
            *pos_links.PAGES,
            *identity.HANDLERS,
            *powers.HANDLERS,
        ],
        lifespan=[at_work],
        openapi_config=None,
        logging_config=None,
        exception_handlers={HTTPException: _problem},
        request_max_body_size=api.MOST_BYTES,
    )
    install(app.state, config or Config.of(load()), now)
    return app


def install(state: State, config: Config, now: Callable[[], datetime]) -> None:
    """What the handlers of one application reach. Routes are dear to make; a desk is not."""
    state.desk = Desk(config, Store(config.file), now)
    state.identity = IdentityDesk(f"{config.public_url}/identity", config.return_urls, now)
    state.revoked_powers = set()


async def tick(desk: Desk, http: httpx.AsyncClient) -> None:
    """Everything that is due by now: payments that expire or get paid, receipts, notices."""
    for kept in desk.store.due(desk.moment()):
        with desk.store.transaction():
            _GET[kept.kind](desk, kept.id)
    await notices.deliver_due(desk, http)


async def serve(settings: Settings | Config) -> None:
    """Serve until cancelled. Raises OperatorError when the port is taken: granian would share it."""
    config = settings if isinstance(settings, Config) else Config.of(settings)
    host = settings.host if isinstance(settings, Settings) else "127.0.0.1"
    port = int(config.public_url.rpartition(":")[2])
    refuse_taken(host, {"KABINET_SANDBOX_PORT": port})
    server = Server(
        create(config),
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        websockets=False,
    )
    serving = asyncio.ensure_future(server.serve())
    try:
        await asyncio.shield(serving)
    finally:
        server.stop()  # type: ignore[no-untyped-call]  # granian has no annotation here
        await asyncio.wait({serving}, timeout=5)


async def _work(desk: Desk) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        while True:
            try:
                await tick(desk, http)
            except Exception:  # noqa: BLE001 - one bad row must not end all notices: told, tried again
                _LOG.exception("the sandbox's tick failed")
            await asyncio.sleep(_TICK_SECONDS)


def _problem(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    code = _CODES.get(error.status_code, "invalid_request")
    return Response(Refused(error.status_code, code, error.detail).body, status_code=error.status_code)
