"""How much of a file we are ready to look at."""

from typing import NamedTuple


class Limits(NamedTuple):
    """An .xlsx is a zip: its bounds stop a small file that unpacks into a huge one."""

    file_bytes: int = 4 * 1024**3
    rows: int = 20_000_000
    columns: int = 64
    xlsx_file_bytes: int = 50 * 1024**2
    xlsx_unpacked_bytes: int = 600 * 1024**2
    xlsx_ratio: int = 200
    xlsx_entries: int = 1_000
    xlsx_rows: int = 200_000
    xlsx_memory_bytes: int = 1536 * 1024**2
    xlsx_seconds: int = 120
