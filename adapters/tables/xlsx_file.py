"""An .xlsx turned into a .csv by a process of its own, which may not take more memory or time than it
is given: what a zip may unpack into is not known before it is unpacked."""

import asyncio
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from adapters.tables.limits import Limits
from adapters.tables.zips import NoZip, UnpacksTooMuch, entries
from domain.accounts.imports import FileUnreadable

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0"


async def converted(path: Path, into: Path, limits: Limits) -> None:
    """Write the first sheet of `path` as CSV into `into`. FileUnreadable when it is no such file or a
    bound was passed."""
    _check_zip(path, limits)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, str(path), str(into)),
        *(str(limits.xlsx_rows), str(limits.columns), str(limits.xlsx_memory_bytes)),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await asyncio.wait_for(child.communicate(), limits.xlsx_seconds)
    except TimeoutError:
        raise FileUnreadable(why=f"reading takes longer than {limits.xlsx_seconds} s") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        last = said.decode(errors="replace").strip().rsplit("\n", 1)[-1]
        raise FileUnreadable(why=last[:200] or f"the reader stopped with code {child.returncode}")


def _check_zip(path: Path, limits: Limits) -> None:
    size = path.stat().st_size
    if size > limits.xlsx_file_bytes:
        raise FileUnreadable(why=f"an .xlsx may have {limits.xlsx_file_bytes} bytes; send .csv instead")
    try:
        with path.open("rb") as file:
            entries(file, size, limits)
    except NoZip as error:
        raise FileUnreadable(why="it is not an .xlsx") from error
    except UnpacksTooMuch as error:
        raise FileUnreadable(why="it unpacks into too much") from error


def _as_text(cell: object) -> str:
    """The reader gives every number as a float: an account number of 7701234567.0 is 7701234567."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{cell:.6f}".rstrip("0")
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _rows(path: Path, most_rows: int, most_columns: int) -> Iterator[list[str]]:
    import python_calamine  # noqa: PLC0415 - only the child needs it

    sheet = python_calamine.load_workbook(str(path)).get_sheet_by_index(0)
    if sheet.total_height > most_rows + 1:
        raise SystemExit(f"an .xlsx may have {most_rows} rows; send .csv instead")
    if sheet.total_width > most_columns:
        raise SystemExit(f"it has more than {most_columns} columns")
    for row in sheet.iter_rows():
        yield [_as_text(cell) for cell in row]


def _main(path: str, into: str, most_rows: str, most_columns: str, memory_bytes: str) -> None:
    import csv  # noqa: PLC0415 - only the child needs it

    resource.setrlimit(resource.RLIMIT_AS, (int(memory_bytes), int(memory_bytes)))
    with Path(into).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\n").writerows(
            _rows(Path(path), int(most_rows), int(most_columns))
        )


if __name__ == "__main__":
    _main(*sys.argv[1:])
