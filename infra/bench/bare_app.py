"""The limit for an HTTP answer: a Litestar handler that runs one query and encodes its rows.

`python -m infra.bench.bare_app PORT`, with BENCH_DSN, BENCH_SQL and BENCH_USER_ID in the environment. No
session, no rights, no errors, no metrics; the same server, settings and pool as the product's.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from granian.constants import Interfaces, Loops
from granian.server import Server
from litestar import Litestar, Request, get
from litestar.params import FromPath

from adapters.postgres.pool import create_pool
from infra import clock, lifeline

_SQL = os.environ.get("BENCH_SQL", "")
_USER_ID = UUID(os.environ.get("BENCH_USER_ID", str(UUID(int=0))))


@get("/accounts/{account_id:uuid}")
async def account(request: Request[Any, Any, Any], account_id: FromPath[UUID]) -> list[dict[str, Any]]:
    rows = await request.app.state.pool.fetch(_SQL, account_id, _USER_ID, "see", clock.now(), 0)
    return [dict(row) for row in rows]


@asynccontextmanager
async def _connected(app: Litestar) -> AsyncIterator[None]:
    app.state.pool = await create_pool(os.environ["BENCH_DSN"])
    yield
    await app.state.pool.close()


def application() -> Litestar:
    lifeline.follow_parent()
    return Litestar([account], lifespan=[_connected], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    Server(
        "infra.bench.bare_app:application",
        factory=True,
        port=int(sys.argv[1]),
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=1,
        websockets=False,
    ).serve()
