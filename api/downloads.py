"""Files that people take along."""

from collections.abc import AsyncIterator
from typing import IO
from urllib.parse import quote

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK_BYTES = 65_536


def headers_of(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }


def named(plain: str, full: str) -> str:
    """The value of Content-Disposition (RFC 6266): `full` for whoever knows RFC 8187, `plain`, of ASCII, for
    the others."""
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(full)}"


async def pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    """The file bit by bit, closed at its end."""
    with file:
        while piece := file.read(CHUNK_BYTES):
            yield piece
