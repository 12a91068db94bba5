"""Small tables that customers send: their bounds are narrower than those of billing's imports."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.tables import Limits, open_table, scratch
from domain.accounts.imports import Table

LIMITS = Limits(
    file_bytes=2 * 1024**2,
    rows=10_000,
    xlsx_file_bytes=2 * 1024**2,
    xlsx_unpacked_bytes=50 * 1024**2,
    xlsx_rows=10_000,
    xlsx_memory_bytes=512 * 1024**2,
    xlsx_seconds=20,
)


@asynccontextmanager
async def opened(body: bytes) -> AsyncIterator[Table]:
    """FileUnreadable."""
    async with scratch(_whole(body)) as path, open_table(path, LIMITS) as table:
        yield table


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body
