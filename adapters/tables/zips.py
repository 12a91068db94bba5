"""What a zip says it unpacks into, before anything of it is unpacked."""

import zipfile
from typing import IO

from adapters.tables.limits import Limits


class NoZip(Exception):
    """It cannot be opened as one."""


class UnpacksTooMuch(Exception):
    """It has more entries, or unpacks into more, than the limits allow."""


def entries(file: IO[bytes], size_bytes: int, limits: Limits) -> list[zipfile.ZipInfo]:
    """NoZip, UnpacksTooMuch. A sheet of little variety packs well: only a large one is suspicious."""
    try:
        with zipfile.ZipFile(file) as archive:
            found = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise NoZip from error
    unpacked = sum(entry.file_size for entry in found)
    if len(found) > limits.xlsx_entries or unpacked > limits.xlsx_unpacked_bytes:
        raise UnpacksTooMuch
    if unpacked > limits.xlsx_ratio * size_bytes and unpacked > limits.xlsx_unpacked_bytes // 10:
        raise UnpacksTooMuch
    return found
