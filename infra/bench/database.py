"""A PostgreSQL of the benchmark's own, in a temporary directory, gone with it."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg

from infra.clock import now
from infra.database import EmbeddedDatabase
from infra.migrate import migrate

# Rows are laid down quickly: nothing of them has to survive a crash, and what is written into a table
# emptied in the same transaction needs no log.
LAYING = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "jit=off"),
    *("wal_level=minimal", "max_wal_senders=0", "max_wal_size=8GB", "checkpoint_timeout=1h"),
    *("shared_buffers=2GB", "maintenance_work_mem=512MB", "work_mem=64MB"),
)
# Measuring is done as in production: every commit waits for the disk. The log's pages are not packed:
# PostgreSQL's own packer takes longer than writing them, and settling among many accounts writes the most
# (1.3 times the time it takes among few, against 1.1).
SERVING = (
    *("fsync=on", "synchronous_commit=on", "full_page_writes=on", "autovacuum=on", "jit=off"),
    *("wal_level=replica", "wal_compression=off", "max_wal_size=4GB", "checkpoint_timeout=15min"),
    *("shared_buffers=2GB", "effective_cache_size=6GB", "random_page_cost=1.1", "max_connections=100"),
)
TEMPLATE = "kabinet"
_PREFIX = "bench-"


@contextmanager
def directory(data: Path) -> Iterator[Path]:
    """An empty directory under `data`, removed at the end. Also removes what killed runs left."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep(data)
    place = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=data))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def server(place: Path, binaries_wish: str, options: tuple[str, ...]) -> Iterator[EmbeddedDatabase]:
    """The server over `place`, stopped at the end."""
    database = EmbeddedDatabase(place, binaries_wish=binaries_wish, options=options)
    database.start()
    try:
        yield database
    finally:
        database.stop()


async def make(database: EmbeddedDatabase, names: list[str]) -> None:
    """A migrated database under each name."""
    await migrate(database.url, now=now)
    connection = await asyncpg.connect(database.address("postgres", "postgres"))
    try:
        for name in names:
            await connection.execute(
                f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" OWNER kabinet_owner STRATEGY file_copy'
            )
    finally:
        await connection.close()


def owner_dsn(database: EmbeddedDatabase, name: str) -> str:
    return database.address("kabinet_owner", name)


def admin_dsn(database: EmbeddedDatabase, name: str) -> str:
    return database.address("postgres", name)


def _sweep(data: Path) -> None:
    for place in data.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if (place / "lock").exists():
                with (place / "lock").open() as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(place, ignore_errors=True)
