"""A registry may come in a zip (Tochka): one file in it, not much larger than it says."""

import zipfile
from io import BytesIO

_ZIP = b"PK\x03\x04"
UNPACKED_MAX_BYTES = 64 * 1024**2


def unpacked(body: bytes) -> bytes:
    """The one file of a zip, or the body as it is. What cannot be unpacked stays as it is: no layout reads
    it, and that is what is told."""
    if not body.startswith(_ZIP):
        return body
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            names = [one for one in archive.infolist() if not one.is_dir()]
            if len(names) != 1 or names[0].flag_bits & 1:
                return body
            with archive.open(names[0]) as file:
                content = file.read(UNPACKED_MAX_BYTES + 1)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError):
        return body
    return content if len(content) <= UNPACKED_MAX_BYTES else body
