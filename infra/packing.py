"""Long answers go out packed (gzip, RFC 1952) to those who take it."""

import zlib
from typing import Any

PACKED_FROM_BYTES = 4096
"""Packing less, one account's 2 KB say, would take longer than sending it."""

_GZIP = 16  # zlib: added to the window's bits it asks for gzip's frame
_LEVEL, _WINDOW_BITS = 6, 15
_SMALL_BYTES, _SMALL_LEVEL, _SMALL_WINDOW_BITS, _SMALL_MEMORY_LEVEL = 16_384, 3, 13, 6
"""A packer of the usual size wants 270 KB of fresh memory, which takes longer than packing a page in it. This
one packs a page of 6 KB in a fifth of the time, and 5 % less tightly."""
# Of texts only these: an event stream's start must not wait for its first event.
_TYPES = (
    b"application/json",
    b"application/problem+json",
    b"text/html",
    b"text/csv",
    b"image/svg+xml",
    b"text/css",
    b"text/javascript",
)


class Packed:
    """ASGI middleware. Only bodies that come whole are packed: streams and files go through as they
    are. The framework's own wraps every answer, whatever its length, in a packer; this one waits."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not _takes_gzip(scope["headers"]):
            await self._app(scope, receive, send)
            return
        start: Any = None

        async def send_packed(message: Any) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_packable(message):
                start = message
                return
            if start is not None:
                body = message.get("body", b"")
                if len(body) >= PACKED_FROM_BYTES and not message.get("more_body"):
                    message = {**message, "body": _packed(body)}
                    start = {**start, "headers": _headers(start["headers"], len(message["body"]))}
                await send(start)
                start = None
            await send(message)

        await self._app(scope, receive, send_packed)


def _packed(body: bytes) -> bytes:
    if len(body) > _SMALL_BYTES:
        return zlib.compress(body, _LEVEL, _GZIP + _WINDOW_BITS)
    packer = zlib.compressobj(_SMALL_LEVEL, zlib.DEFLATED, _GZIP + _SMALL_WINDOW_BITS, _SMALL_MEMORY_LEVEL)
    return packer.compress(body) + packer.flush()


def _takes_gzip(headers: Any) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in headers)


def _is_packable(start: Any) -> bool:
    said = {name.lower(): value for name, value in start.get("headers", ())}
    return b"content-encoding" not in said and said.get(b"content-type", b"").startswith(_TYPES)


def is_stream(start: Any) -> bool:
    """Whether an answer that begins so is a stream of events: it lasts as long as somebody listens."""
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in start.get("headers", ())
    )


def _headers(headers: Any, length: int) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
    packed = (b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")
    return [*kept, (b"content-length", str(length).encode()), *packed]
