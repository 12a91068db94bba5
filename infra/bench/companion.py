"""Processes that measure: each is a program of this package, asked and answering by a line of JSON."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec

from infra import lifeline

_LONGEST_LINE_BYTES = 1 << 24
_LONGEST_ANSWER_SECONDS = 300
_STOP_SECONDS = 5


class Companion:
    """The side that asks."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self._name = name
        self._process = process

    async def ask(self, **question: Any) -> dict[str, Any]:
        """Its answer. RuntimeError when it ended instead; what went wrong stands on its stderr."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(msgspec.json.encode(question) + b"\n")
        async with asyncio.timeout(_LONGEST_ANSWER_SECONDS):
            line = await stdout.readline()
        if not line:
            raise RuntimeError(f"the program {self._name} ended; see above")
        answer: dict[str, Any] = msgspec.json.decode(line)
        return answer


@asynccontextmanager
async def started(
    module: str, *arguments: str, env: Mapping[str, str] | None = None
) -> AsyncIterator[Companion]:
    """`python -m module arguments`, ended with the block. Use it from the main thread."""
    process = await asyncio.create_subprocess_exec(
        *lifeline.prefix("TERM"),
        *(sys.executable, "-m", module, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE_BYTES,
        start_new_session=True,
        env=env,
    )
    try:
        yield Companion(module, process)
    finally:
        await ended(process)


async def ended(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def answer(act: Callable[[dict[str, Any]], Coroutine[Any, Any, dict[str, Any]]]) -> None:
    """The side that answers: each line of stdin until its end."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_LONGEST_LINE_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        said = await act(msgspec.json.decode(line))
        sys.stdout.write(msgspec.json.encode(said).decode() + "\n")
        sys.stdout.flush()
