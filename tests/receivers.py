"""A legal entity's own system that webhooks call: a real HTTP server, up or down."""

import asyncio
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.sandboxes import free_port


@dataclass
class Receiver:
    """`status` is what it answers with; `heard` are the headers and bodies of calls it has taken."""

    port: int
    status: int = 204
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    calls: int = 0
    location: str = ""
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/kabinet?of=us"

    @property
    def numbers(self) -> list[int]:
        return [json.loads(body)["number"] for _, body in self.heard]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]

    async def up(self) -> None:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self.port)

    async def down(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        headers["webhook-signature"] = next(
            (line.split(": ", 1)[1] for line in head if line.lower().startswith("webhook-signature")), ""
        )
        body = await reader.readexactly(int(headers["content-length"]))
        self.calls += 1
        if self.status < 300:
            self.heard.append((headers, body))
        extra = f"Location: {self.location}\r\n" if self.location else ""
        writer.write(
            f"HTTP/1.1 {self.status} X\r\n{extra}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As docs/webhooks.md tells receivers to check."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode()
    return any(hmac.compare_digest(expected, one) for one in headers["webhook-signature"].split())


@asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    receiver = Receiver(free_port())
    await receiver.up()
    try:
        yield receiver
    finally:
        await receiver.down()
