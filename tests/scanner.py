"""A scanner that speaks clamd's protocol: it finds the test file of EICAR, and takes so much and no more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


async def _answer(reader: asyncio.StreamReader, most_bytes: int) -> bytes:
    command = await reader.readuntil(b"\0")
    if command != b"zINSTREAM\0":
        return b"UNKNOWN COMMAND"
    content = b""
    while length := int.from_bytes(await reader.readexactly(4), "big"):
        if len(content) + length > most_bytes:
            return b"INSTREAM size limit exceeded. ERROR"
        content += await reader.readexactly(length)
    return b"stream: Win.Test.EICAR_HDB-1 FOUND" if EICAR in content else b"stream: OK"


@asynccontextmanager
async def opened(folder: Path, most_bytes: int = 1024**2) -> AsyncIterator[str]:
    """Its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(await _answer(reader, most_bytes) + b"\0")
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    path = folder / "clamd.ctl"
    async with await asyncio.start_unix_server(serve, path):
        yield f"unix://{path}"
