"""Counts and times every request by route template and status, never by address or person."""

import time
from http import HTTPMethod
from typing import Any

from litestar.types import ASGIApp
from prometheus_client import Counter, Histogram

REQUESTS = Counter("kabinet_http_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "kabinet_http_request_seconds",
    "From the request to the end of its answer",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_METHODS = frozenset(HTTPMethod)
_NO_ROUTE = "none"
_BROKEN_OFF = 499


class RequestMetrics:
    """ASGI middleware, to be wrapped around the whole application: so it sees what no route took too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began, took = _BROKEN_OFF, time.perf_counter(), None

        async def watched(message: Any) -> None:
            nonlocal status, took
            if message["type"] == "http.response.start":
                status = message["status"]
                if _is_stream(message):  # how long somebody listens is no figure of ours
                    took = time.perf_counter() - began
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            # The router leaves the template in the scope. Whatever else a client may invent must not
            # make new series.
            route = scope.get("path_template") or _NO_ROUTE
            method = scope["method"] if scope["method"] in _METHODS else "other"
            REQUESTS.labels(method, route, status).inc()
            SECONDS.labels(method, route).observe(time.perf_counter() - began if took is None else took)


def _is_stream(start: Any) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in start.get("headers", ())
    )
