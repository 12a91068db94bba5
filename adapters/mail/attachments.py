"""Which attachments may be workbooks: told by their bytes and names, zips and winmail.dat opened."""

import io
import zipfile
import zlib
from collections.abc import Iterator

from adapters.mail import tnef
from adapters.mail.words import file_name, text_of
from domain.mail.content import MOST_WORKBOOK_BYTES, MOST_WORKBOOKS, MailedFile, Trouble

WORKBOOK_ENDINGS = ("xlsx", "xlsm", "xls", "ods", "csv", "xlsb", "xltx")
MOST_ENTRIES = 200
MOST_RATIO = 200
_ARCHIVE_ENDINGS = ("rar", "7z", "gz", "tar", "arj", "bz2", "xz")
_ZIP, _OLE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF"
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b")
_UTF8_NAME = 0x800
_LOCKED = 0x1
_SHEET_TYPES = ("spreadsheet", "ms-excel", "text/csv", "x-excel", "x-msexcel")
_OTHER_OFFICE = ("word/document.xml", "ppt/presentation.xml", "visio/document.xml")


def usable(name: str, media_type: str, body: bytes, *, in_text: bool = False) -> list[MailedFile]:
    """The workbooks of one attachment, or its trouble; nothing where it never meant to be one (pictures of
    signatures, letters' texts). `in_text`: it is shown as a part of the text and has no name."""
    if body.startswith(tnef.MAGIC):
        return _of_winmail(body)
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    means_workbook = ending in WORKBOOK_ENDINGS or any(kind in media_type for kind in _SHEET_TYPES)
    if not body:
        return [MailedFile(name=name, size_bytes=0, trouble=Trouble.EMPTY)] if means_workbook else []
    if body.startswith(_ARCHIVES) or ending in _ARCHIVE_ENDINGS:
        return [_troubled(name, body, Trouble.ARCHIVE_UNKNOWN)]
    if body.startswith(_ZIP) and not _is_office(body):
        return _of_zip(name, body)
    if in_text and not means_workbook:
        return []
    if means_workbook or body.startswith(_ZIP) or (body.startswith(_OLE) and _is_ole_workbook(body)):
        return [_whole(name or "workbook", body)]
    if body.startswith((_OLE, _PDF)) or ending in ("doc", "docx", "pdf"):
        return [_troubled(name, body, Trouble.NOT_A_WORKBOOK)]
    return []


def limited(files: list[MailedFile]) -> tuple[MailedFile, ...]:
    """At most MOST_WORKBOOKS with their content; of the rest only that they were too many."""
    kept: list[MailedFile] = []
    for one in files[: 5 * MOST_WORKBOOKS]:
        is_over = one.trouble is None and sum(file.trouble is None for file in kept) >= MOST_WORKBOOKS
        kept.append(
            MailedFile(name=one.name, size_bytes=one.size_bytes, trouble=Trouble.TOO_MANY) if is_over else one
        )
    return tuple(kept)


def _whole(name: str, body: bytes) -> MailedFile:
    if len(body) > MOST_WORKBOOK_BYTES:
        return _troubled(name, body, Trouble.TOO_LARGE)
    return MailedFile(name=name, size_bytes=len(body), content=body)


def _troubled(name: str, body: bytes, trouble: Trouble) -> MailedFile:
    return MailedFile(name=name or "?", size_bytes=len(body), trouble=trouble)


def _of_winmail(body: bytes) -> list[MailedFile]:
    found: list[MailedFile] = []
    for one in tnef.files(body):
        name = file_name(one.name if isinstance(one.name, str) else text_of(one.name))
        if not one.content.startswith(tnef.MAGIC):
            found += usable(name, "", one.content)
    return found


def _is_office(body: bytes) -> bool:
    """An .xlsx or .ods is a zip too; so are documents of text, which are no archives to look into."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = {entry.filename.lower() for entry in archive.infolist()[:MOST_ENTRIES]}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False
    return "[content_types].xml" in names or "mimetype" in names or not names.isdisjoint(_OTHER_OFFICE)


def _is_ole_workbook(body: bytes) -> bool:
    """By its directory: an old .xls, or a workbook that needs a password."""
    wanted = ("Workbook", "Book", "EncryptedPackage")
    return any(f"{name}\0".encode("utf-16-le") in body for name in wanted)


def _of_zip(name: str, body: bytes) -> list[MailedFile]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            found = list(_entries(archive))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, zlib.error, EOFError):
        return [_troubled(name, body, Trouble.ARCHIVE_BROKEN)]
    except RuntimeError:  # the stdlib's word for "needs a password"
        return [_troubled(name, body, Trouble.ARCHIVE_LOCKED)]
    return found or [_troubled(name, body, Trouble.ARCHIVE_EMPTY)]


def _entries(archive: zipfile.ZipFile) -> Iterator[MailedFile]:
    """Workbooks of an archive; no archive inside of it is opened."""
    taken = 0
    for entry in archive.infolist()[:MOST_ENTRIES]:
        name = file_name(_entry_name(entry))
        ending = name.rpartition(".")[2].lower()
        if entry.is_dir() or ending not in WORKBOOK_ENDINGS or "__macosx" in entry.filename.lower():
            continue
        if entry.flag_bits & _LOCKED:
            raise RuntimeError("password")
        is_bomb = entry.file_size > MOST_RATIO * max(entry.compress_size, 1)
        if entry.file_size > MOST_WORKBOOK_BYTES or is_bomb or taken > MOST_WORKBOOKS:
            yield MailedFile(name=name, size_bytes=entry.file_size, trouble=Trouble.TOO_LARGE)
            continue
        with archive.open(entry) as file:
            # What the directory says of the size may be a lie: no more than the limit is ever unpacked.
            body = file.read(MOST_WORKBOOK_BYTES + 1)
        taken += 1
        yield _whole(name, body) if body else MailedFile(name=name, size_bytes=0, trouble=Trouble.EMPTY)


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """Windows archivers write names in the DOS code page, which the stdlib takes for the American one."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("cp866")
    except ValueError:
        return entry.filename
