"""Servers to ask over HTTP, each a process of its own."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from infra import lifeline
from infra.bench import companion
from infra.errors import OperatorError
from infra.ports import answers

_START_SECONDS = 30


@asynccontextmanager
async def served(command: Sequence[str], env: dict[str, str], place: Path, port: int) -> AsyncIterator[None]:
    """A server on `port`, ended with the block. OperatorError with its words when it does not answer."""
    log = place / f"server-{port}.log"
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *lifeline.prefix("TERM"), sys.executable, *command, stdout=said, stderr=said, env=env
        )
    try:
        for _ in range(_START_SECONDS * 10):
            if await answers("127.0.0.1", port):
                break
            if process.returncode is not None:
                raise OperatorError(f"{' '.join(command)} ended:\n{log.read_text()[-2000:]}")
            await asyncio.sleep(0.1)
        yield
    except RuntimeError as error:
        error.add_note(f"{' '.join(command)} said:\n{log.read_text()[-2000:]}")
        raise
    finally:
        await companion.ended(process)


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
