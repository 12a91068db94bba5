"""Serves the API: granian's processes around `infra.app:create`, each request with an id."""

import multiprocessing
import re
import time
from typing import Any

import structlog
from granian.constants import Interfaces, Loops
from granian.server import Server
from litestar import Litestar

from api.request_metrics import RequestMetrics
from infra import clock, lifeline, logs, packing, stopping
from infra.app import create
from infra.packing import Packed
from infra.proxies import BehindProxies
from infra.safe_answers import SafeAnswers
from infra.settings import Settings, load

log = structlog.get_logger("kabinet.api")

_TARGET = "infra.asgi_server:application"
_GOOD_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SLOW_SECONDS = 1.0
_SERVER_ERROR = 500
_prepared: list[Litestar] = []


def prepare() -> None:
    """Makes the application once, before the server forks its processes: that takes longer than all the rest
    of their start. Nothing is open in it; each process opens its own connections."""
    if multiprocessing.get_start_method() == "fork":
        _prepared.append(create())


def serve(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT; requests in hand are finished within `stop_seconds`."""
    Server(
        _TARGET,
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=settings.workers,
        # Without these a dead worker ends the whole server, and an open event stream its stop.
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=settings.stop_seconds,
        websockets=False,
        log_dictconfig={"loggers": {"_granian": {"propagate": True}}},
    ).serve()


def application() -> Any:
    """What each process of the server runs."""
    lifeline.follow_parent()
    settings = load()
    cabinet = _prepared.pop() if _prepared else create()
    stopping.close_streams_first(cabinet)
    counted = RequestMetrics(SafeAnswers(Packed(cabinet)))
    app = WithRequestId(BehindProxies(counted, settings.proxy_networks))
    logs.configure(settings.log_level, settings.log_format)  # last: Litestar sets up logging of its own
    return app


class WithRequestId:
    """Gives each request an id (the caller's `X-Request-Id` when it is a decent one), binds it to every
    log line as `request_id` and returns it in the answer. Says which requests failed or were slow; the
    rest is counted by the metrics and, if wanted, listed by the reverse proxy.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        own = given if _GOOD_ID.fullmatch(given) else clock.new_id().hex.encode()
        began, status, is_stream = time.perf_counter(), 0, False
        scope.setdefault("state", {})["request_id"] = own.decode()

        async def send_with_id(message: Any) -> None:
            nonlocal status, is_stream
            if message["type"] == "http.response.start":
                status, is_stream = message["status"], packing.is_stream(message)
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", own)]
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=own.decode())
        try:
            await self.app(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - began
            if status >= _SERVER_ERROR or status == 0 or (seconds > _SLOW_SECONDS and not is_stream):
                told = log.error if status >= _SERVER_ERROR or status == 0 else log.info
                told(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    seconds=round(seconds, 3),
                )
