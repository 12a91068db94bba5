"""`kabinet backup`: beside the running product, again and again into the same folder."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import asyncpg

from adapters.postgres.backed_up import PostgresBackedUp
from adapters.postgres.pool import connect
from infra.backup import manifest
from infra.backup.manifest import Manifest, Piece
from infra.backup.stored import Copying, Stored
from infra.database import dumping
from infra.database.dumping import Programs, Told
from infra.errors import OperatorError
from infra.settings import Settings

_DUMP, _LIST = "database-", "files-"
_OURS = (_DUMP, _LIST, "files", "attachments", "manifest", "lock")


async def back_up(settings: Settings, folder: Path, told: Told, now: Callable[[], datetime]) -> Manifest:
    """A backup of this moment. Broken off, it leaves the backup before it whole, and is run again: files that
    are copied stay copied. OperatorError."""
    os.umask(0o077)
    with _held(folder):
        _clear(folder, keep=_named(folder))
        stamp = f"{now():%Y%m%dT%H%M%SZ}"
        copying = Copying(settings.data, folder, told)
        told(f"files: {len(copying.run()):,} copied before the database")
        connection = await connect(settings.database_url)
        try:
            made = await _dumped(settings, connection, folder, stamp, told)
        finally:
            await connection.close()
        # Whatever the database names by now was on disk before it was named.
        files = copying.run()
        done = _finished(folder, stamp, now(), made, files)
        _clear(folder, keep={done.database_folder, done.files.path})
    return done


class _Dumped(NamedTuple):
    """What was written out, and what the same snapshot counts."""

    major: int
    migrations: dict[str, str]
    counts: dict[str, int]
    last_root: str


async def _dumped(
    settings: Settings, connection: asyncpg.Connection, folder: Path, stamp: str, told: Told
) -> _Dumped:
    programs = dumping.find(settings.postgres_bin)
    _refuse_newer(connection, programs)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
        rows = PostgresBackedUp(connection)
        jobs = min(4, os.cpu_count() or 1)
        dumping.dump(programs, settings.database_url, snapshot, folder / f"{_DUMP}{stamp}", jobs, told)
        return _Dumped(
            programs.major,
            await rows.migrations(),
            await rows.counts(),
            await rows.last_root(),
        )


def _refuse_newer(connection: asyncpg.Connection, programs: Programs) -> None:
    server = connection.get_server_version().major
    if server > programs.major:
        raise OperatorError(
            f"The server is PostgreSQL {server}, {programs.pg_dump} is of {programs.major} and cannot "
            f"write it out. Set KABINET_POSTGRES_BIN to the programs of PostgreSQL {server}."
        )


def _finished(folder: Path, stamp: str, at: datetime, made: _Dumped, files: Sequence[Stored]) -> Manifest:
    listed = folder / f"{_LIST}{stamp}"
    with listed.open("w", encoding="ascii") as out:
        out.writelines(one.line for one in files)
    done = Manifest(
        format=manifest.FORMAT,
        made_at=at,
        dump_major=made.major,
        migrations=made.migrations,
        counts=made.counts,
        last_root=made.last_root,
        database=tuple(Piece.of(folder, file) for file in sorted((folder / f"{_DUMP}{stamp}").iterdir())),
        files=Piece.of(folder, listed),
        file_count=len(files),
        file_bytes=sum(one.size_bytes for one in files),
    )
    manifest.write(folder, done)
    return done


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """One backup at a time goes into a folder, and nothing else has ever been there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    strange = [one.name for one in folder.iterdir() if not one.name.startswith(_OURS)]
    if strange:
        raise OperatorError(f"{folder} holds other things ({', '.join(strange[:3])}); name an empty folder.")
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OperatorError(f"Another backup is being written to {folder}.") from None
        yield


def _named(folder: Path) -> set[str]:
    """What the finished backup there consists of."""
    if not (folder / manifest.NAME).exists():
        return set()
    found = manifest.read(folder)
    return {found.database_folder, found.files.path}


def _clear(folder: Path, keep: set[str]) -> None:
    """Of former backups and of those that were broken off; stored files stay."""
    for one in folder.iterdir():
        if one.name in keep:
            continue
        if one.name.startswith(_DUMP):
            shutil.rmtree(one)
        elif one.name.startswith(_LIST):
            one.unlink()
