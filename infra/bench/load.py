"""A process that asks over HTTP as fast as it is answered: `python -m infra.bench.load`.

It knows just enough of HTTP/1.1 for that: connections kept alive, answers with a Content-Length.
"""

import asyncio
import time
from collections.abc import Sequence
from statistics import quantiles
from typing import Any, cast

import uvloop

from infra import lifeline
from infra.bench import companion

_LONGEST_WAIT_SECONDS = 10
_OK = b"HTTP/1.1 200 "
_LENGTH = b"content-length: "


class Client(asyncio.Protocol):
    """One connection: the next question goes out as soon as the answer is complete."""

    def __init__(self, questions: Sequence[bytes], until: float) -> None:
        self.took_ms: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._questions, self._until = questions, until
        self._number = 0
        self._began = 0.0
        self._said = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        self._began = time.perf_counter()
        self._transport.write(self._questions[self._number % len(self._questions)])
        self._number += 1

    def data_received(self, data: bytes) -> None:
        self._said += data
        end = self._said.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._said[:end].lower() + b"\r\n"
        start = head.find(_LENGTH) + len(_LENGTH)
        if start < len(_LENGTH) or not self._said.startswith(_OK):
            self._end(RuntimeError(f"unexpected answer: {self._said[:600]!r}"))
            return
        if len(self._said) < end + 4 + int(head[start : head.index(b"\r", start)]):
            return
        now = time.perf_counter()
        self.took_ms.append((now - self._began) * 1000)
        self._said = b""
        if now < self._until:
            self._ask()
        else:
            self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or ConnectionError("the server closed the connection"))

    def _end(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error:
            self.done.set_exception(error)
        else:
            self.done.set_result(None)
        self._transport.close()


async def act(question: dict[str, Any]) -> dict[str, Any]:
    """Ask `paths` of 127.0.0.1:`port` in turn on so many `connections` for so many `seconds`."""
    questions = [
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{question['headers']}\r\n".encode()
        for path in question["paths"]
    ]
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    clients = []
    for number in range(question["connections"]):
        mine = questions[number :: question["connections"]] or questions
        client = Client(mine, began + question["seconds"])
        await loop.create_connection(lambda client=client: client, "127.0.0.1", question["port"])  # type: ignore[misc]
        clients.append(client)
    async with asyncio.timeout(question["seconds"] + _LONGEST_WAIT_SECONDS):
        await asyncio.gather(*(client.done for client in clients))
    took_ms = [one for client in clients for one in client.took_ms]
    seconds = time.perf_counter() - began
    by_hundredths = quantiles(took_ms, n=100)
    return {"rate": len(took_ms) / seconds, "p95_ms": by_hundredths[94], "p99_ms": by_hundredths[-1]}


if __name__ == "__main__":
    lifeline.follow_parent()
    uvloop.run(companion.answer(act))
