"""Workbooks for people: the one to fill in is ours and made here; the marked one is made of what a stranger
sent, in a process of its own that may take so much memory and time and no more."""

import asyncio
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from domain.kernel.sheets import WorkbooksBusy
from domain.readings.replies import Reply, Translate
from domain.readings.templates import Template

AT_ONCE = 2
MEMORY_BYTES = 1536 * 1024**2
SECONDS = 120
WAITING = 8
BODY, REPLY, MARKED = "body", "reply.json", "marked.xlsx"


class NotMarked(RuntimeError):
    """A file that could be read could not be marked: our own mistake. Says what the process said last."""


@dataclass(frozen=True, slots=True)
class ExcelReadingWorkbooks:
    """The port `ReadingWorkbooks`. So many are made at once; as many as `WAITING` wait for their turn."""

    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _waiting: list[None] = field(default_factory=list)

    async def template(self, template_: Template, translate: Translate) -> bytes:
        async with _Turn(self):
            return await asyncio.to_thread(_written, template_, translate)

    async def reply(self, body: bytes, name: str, reply: Reply) -> bytes:
        async with _Turn(self):
            with tempfile.TemporaryDirectory(prefix="kabinet-") as directory:
                folder = Path(directory)
                (folder / BODY).write_bytes(body)
                (folder / REPLY).write_bytes(msgspec.json.encode(reply))
                said = await _marked(folder, "dressed")
                if said is not None:
                    # Not to openpyxl's taste, or too heavy with its looks: the values alone.
                    said = await _marked(folder, "plain")
                if said is not None:
                    raise NotMarked(said)
                return (folder / MARKED).read_bytes()


def _written(template_: Template, translate: Translate) -> bytes:
    from adapters.excel import template  # noqa: PLC0415 - openpyxl is heavy, and few processes ever need it

    return template.written(template_, translate)


@dataclass(frozen=True, slots=True)
class _Turn:
    books: ExcelReadingWorkbooks

    async def __aenter__(self) -> None:
        if len(self.books._waiting) >= WAITING:
            raise WorkbooksBusy
        self.books._waiting.append(None)
        try:
            await self.books._free.acquire()
        finally:
            self.books._waiting.pop()

    async def __aexit__(self, *_: object) -> None:
        self.books._free.release()


async def _marked(folder: Path, looks: str) -> str | None:
    """Run the process; None, or what it said last when it failed."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", "adapters.excel.reply_process", str(folder), looks, str(MEMORY_BYTES)),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        # Nothing of ours; what is written on the way is gone with the folder.
        env={name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        | {"TMPDIR": str(folder)},
    )
    try:
        _, said = await asyncio.wait_for(child.communicate(), SECONDS)
    except TimeoutError:
        return f"longer than {SECONDS} s"
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode == 0:
        return None
    return said.decode(errors="replace").strip().rsplit("\n", 1)[-1][:300] or f"code {child.returncode}"
