"""What a backup holds, written last: without it there is no backup."""

import os
from datetime import datetime
from hashlib import file_digest
from pathlib import Path

import msgspec

from infra.errors import OperatorError

NAME = "manifest.json"
FORMAT = "kabinet.backup.v1"


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the backup by its path in it."""

    path: str
    size_bytes: int
    sha256: str

    @classmethod
    def of(cls, folder: Path, file: Path) -> "Piece":
        return cls(path=str(file.relative_to(folder)), size_bytes=file.stat().st_size, sha256=sha256_of(file))


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`counts` are rows by table in the moment of the backup, `migrations` those that had run, with their
    SHA-256. Stored files stand in the piece `files`, a line each; the pieces of `database` are what pg_dump
    of version `dump_major` has written."""

    format: str
    made_at: datetime
    dump_major: int
    migrations: dict[str, str]
    counts: dict[str, int]
    last_root: str
    database: tuple[Piece, ...]
    files: Piece
    file_count: int
    file_bytes: int

    @property
    def database_folder(self) -> str:
        return self.database[0].path.partition("/")[0]


def read(folder: Path) -> Manifest:
    """OperatorError when there is no whole backup in `folder`."""
    try:
        found = msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise OperatorError(f"There is no finished backup in {folder}: {NAME} is missing.") from None
    except msgspec.MsgspecError as error:
        raise OperatorError(f"{folder / NAME} is damaged: {error}") from None
    if found.format != FORMAT or not found.database:
        raise OperatorError(f"{folder / NAME} is of another kind: {found.format}")
    return found


def write(folder: Path, manifest: Manifest) -> None:
    unfinished = folder / f"{NAME}.new"
    with unfinished.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(folder / NAME)


def check(folder: Path, manifest: Manifest) -> None:
    """OperatorError naming the first piece that is not as it was written."""
    for piece in (*manifest.database, manifest.files):
        file = folder / piece.path
        if not file.is_file():
            raise OperatorError(f"The backup is not whole: {file} is missing.")
        if file.stat().st_size != piece.size_bytes or sha256_of(file) != piece.sha256:
            raise OperatorError(f"The backup is damaged: {file} is not as it was written.")


def sha256_of(file: Path) -> str:
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()
