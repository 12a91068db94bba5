"""A workbook with readings, read by a process of its own: whatever is wrong with the file, it ends
there, and whoever sent it is told in words."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from adapters.excel.kinds import kind_of
from adapters.excel.order import Answer, Bounds, Order
from adapters.tables.limits import Limits
from domain.readings.meters import Zone
from domain.readings.workbook.refusals import REFUSALS, WorkbookNeedsTooMuch, WorkbookReadersBusy
from domain.readings.workbook.zones import ZoneWords
from domain.readings.workbook_rows import ParsedWorkbook

AT_ONCE = 2
WAITING_SECONDS = 60
SHEETS = 50
LIMITS = Limits(
    columns=256,
    xlsx_file_bytes=10 * 1024**2,
    xlsx_unpacked_bytes=200 * 1024**2,
    xlsx_rows=20_000,
    xlsx_memory_bytes=768 * 1024**2,
    xlsx_seconds=30,
)
_answers = msgspec.msgpack.Decoder(Answer)


async def _no_zones() -> Mapping[str, Zone]:
    return {}


@dataclass(frozen=True, slots=True)
class WorkbookReader:
    """The port `ReadWorkbook`. `zones` gives the words files write for zones beside the common ones."""

    zones: Callable[[], Awaitable[Mapping[str, Zone]]] = _no_zones
    limits: Limits = LIMITS
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def __call__(self, body: bytes, name: str) -> ParsedWorkbook:
        """WorkbookRefused in its many kinds; WorkbookReadersBusy."""
        kind = await asyncio.to_thread(kind_of, body, self.limits)
        words = ZoneWords.of((await self.zones()).values())
        order = Order(kind=kind, name=name, content=body, phrases=dict(words.phrases), bounds=self._bounds)
        try:
            await asyncio.wait_for(self._free.acquire(), WAITING_SECONDS)
        except TimeoutError:
            raise WorkbookReadersBusy from None
        try:
            said = await self._asked(order)
        finally:
            self._free.release()
        answer = await asyncio.to_thread(_answers.decode, said)
        if answer.workbook is None:
            params: dict[str, Any] = answer.fields
            raise REFUSALS[answer.refusal](**params)
        return answer.workbook

    @property
    def _bounds(self) -> Bounds:
        return Bounds(
            rows=self.limits.xlsx_rows,
            columns=self.limits.columns,
            sheets=SHEETS,
            memory_bytes=self.limits.xlsx_memory_bytes,
            seconds=self.limits.xlsx_seconds,
        )

    async def _asked(self, order: Order) -> bytes:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "adapters.excel.child"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=_environment(),
        )
        try:
            said, complaint = await asyncio.wait_for(
                child.communicate(msgspec.msgpack.encode(order)), self.limits.xlsx_seconds + 5
            )
        except TimeoutError:
            raise WorkbookNeedsTooMuch from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode:
            raise _ended(child.returncode, complaint)
        return said


def _environment() -> dict[str, str]:
    """Nothing of ours: neither passwords nor addresses."""
    return {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}


def _ended(code: int, complaint: bytes) -> Exception:
    """A reader that was ended by a bound, or by its own fault in what it could not hold."""
    last = complaint.decode(errors="replace").strip()[-2000:]
    if code < 0 or "MemoryError" in last:
        return WorkbookNeedsTooMuch()
    return RuntimeError(f"The process that reads workbooks ended with {code}: {last}")
