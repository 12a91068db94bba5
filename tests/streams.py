"""Streams of events as they come, from the application in this process: httpx would wait for their end."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Stream:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    events: asyncio.Queue[dict[str, str]] = field(default_factory=asyncio.Queue)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    _rest: str = ""

    def take(self, chunk: bytes) -> None:
        *whole, self._rest = (self._rest + chunk.decode()).split("\n\n")
        for block in whole:
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            if "event" in fields or block.startswith(":"):
                self.events.put_nowait(fields)

    async def next(self, seconds: float = 5) -> tuple[int | None, str, Any]:
        """Id, name and data of the next event; a heartbeat has none of them."""
        one = await asyncio.wait_for(self.events.get(), seconds)
        data = json.loads(one["data"]) if "data" in one else None
        return int(one["id"]) if "id" in one else None, one.get("event", ""), data


@asynccontextmanager
async def listening(app: Any, path: str, headers: dict[str, str]) -> AsyncIterator[Stream]:
    """GET `path`; the client hangs up at the end of the block."""
    stream, gone, begun = Stream(), asyncio.Event(), asyncio.Event()
    path, _, query = path.partition("?")

    async def receive() -> dict[str, Any]:
        if not begun.is_set():
            begun.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            stream.status = message["status"]
            stream.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            return
        stream.take(message.get("body", b""))
        if not message.get("more_body"):
            stream.is_over.set()

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("kabinet", 80),
    }
    running = asyncio.create_task(app(scope, receive, send))
    try:
        yield stream
    finally:
        gone.set()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(running, 5)
