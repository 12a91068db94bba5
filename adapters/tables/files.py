"""Any file as a table, told by its content, not by its name."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.tables.csv_file import CsvTable
from adapters.tables.limits import Limits
from adapters.tables.xlsx_file import OLE_MAGIC, ZIP_MAGIC, converted
from domain.accounts.imports import FileUnreadable, Table

_LIMITS = Limits()


@asynccontextmanager
async def open_table(path: Path, limits: Limits = _LIMITS) -> AsyncIterator[Table]:
    """FileUnreadable: no such file, no table, or larger than the limits."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise FileUnreadable(why=error.strerror or "there is no such file") from error
    if magic == OLE_MAGIC:
        raise FileUnreadable(why="it is an old .xls or protected by a password")
    if magic != ZIP_MAGIC:
        yield CsvTable(path, limits)
        return
    with tempfile.TemporaryDirectory(prefix="kabinet-") as directory:
        into = Path(directory, "sheet.csv")
        await converted(path, into, limits)
        yield CsvTable(into, limits)


@asynccontextmanager
async def scratch(pieces: AsyncIterator[bytes]) -> AsyncIterator[Path]:
    """The pieces as one file, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="kabinet-") as directory:
        path = Path(directory, "file")
        with path.open("wb") as file:  # noqa: ASYNC230 - a local file, a piece at a time
            async for piece in pieces:
                file.write(piece)
        yield path
