"""One handler behind the product's gate and once more without it: `python -m infra.bench.gated_app PORT`.

With DATABASE_URL in the environment. The same server, settings and pool as the product's.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from granian.constants import Interfaces, Loops
from granian.server import Server
from litestar import Litestar, get
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from adapters.postgres.pool import create_pool
from api.identity import DEPENDENCIES, Entry
from domain.payments.provider import Provider
from infra import lifeline
from infra.app import gate_of
from infra.container import wire
from infra.settings import load


@get("/gated", opt={"access": Entry.SIGNED_IN})
async def gated() -> dict[str, str]:
    return {"answer": "the same"}


@get("/free", opt={"access": Entry.OPEN})
async def free() -> dict[str, str]:
    return {"answer": "the same"}


@asynccontextmanager
async def _connected(app: Litestar) -> AsyncIterator[None]:
    dsn = os.environ["DATABASE_URL"]
    pool = await create_pool(dsn)
    own = wire(load({"DATABASE_URL": dsn}), pool, cast(Provider, None))  # nothing is paid
    app.state.gate = gate_of(own)
    yield
    await pool.close()


async def _pass_gate(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    if handler.opt["access"] is not Entry.OPEN:
        await connection.app.state.gate(connection, handler)


def application() -> Litestar:
    lifeline.follow_parent()
    return Litestar(
        [gated, free],
        guards=[_pass_gate],
        dependencies=DEPENDENCIES,
        lifespan=[_connected],
        openapi_config=None,
        logging_config=None,
    )


if __name__ == "__main__":
    Server(
        "infra.bench.gated_app:application",
        factory=True,
        port=int(sys.argv[1]),
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=1,
        websockets=False,
    ).serve()
