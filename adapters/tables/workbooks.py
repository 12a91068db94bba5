"""The port `Workbooks` by openpyxl, which is loaded when the first workbook is written."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import IO

from domain.kernel.sheets import Sheet, WorkbooksBusy

AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class OpenpyxlWorkbooks:
    """Written in a thread, two at once at most: it is work for the processor."""

    zone: tzinfo
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def write(self, sheets: Sequence[Sheet]) -> IO[bytes]:
        if self._free.locked():
            raise WorkbooksBusy
        async with self._free:
            return await asyncio.to_thread(self._written, sheets)

    def _written(self, sheets: Sequence[Sheet]) -> IO[bytes]:
        from adapters.tables import sheet_writing  # noqa: PLC0415 - heavy, and few processes ever need it

        return sheet_writing.written(sheets, self.zone)
