"""A PostgreSQL of the tests' own: made in a temporary directory, gone with the process that began it."""

import asyncio
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg

from infra.clock import now
from infra.database import EmbeddedDatabase
from infra.migrate import migrate

TEMPLATE = "kabinet_template"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
_PREFIX = "kabinet-test-"
_TABLES = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'kabinet'::regnamespace
AND c.relkind IN ('r', 'p') AND c.relname <> 'migrations' ORDER BY 1"""


def start() -> EmbeddedDatabase:
    """A running server, without fsync, with a migrated database called TEMPLATE to clone from.

    In TEMPLATE the rows that migrations themselves laid down are kept once more in the schema `seed`.
    """
    _sweep()
    data = Path(tempfile.mkdtemp(prefix=_PREFIX))
    server = EmbeddedDatabase(data, options=FAST, binaries_wish=os.environ.get("TEST_POSTGRES_BIN", ""))
    server.start()
    try:
        in_thread(_prepare_template(server))
    except BaseException:
        stop(server)
        raise
    return server


def stop(server: EmbeddedDatabase) -> None:
    server.stop()
    shutil.rmtree(server.data, ignore_errors=True)


def in_thread(work: Coroutine[Any, Any, Any]) -> Any:
    """Runs it in a loop of its own, out of the way of the tests' loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def clone(admin_url: str, name: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(
            f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE} OWNER kabinet_owner STRATEGY file_copy'
        )
    finally:
        await connection.close()


async def tables(connection: asyncpg.Connection) -> tuple[list[str], list[str]]:
    """Tables that begin empty, and tables that begin with rows of a migration."""
    seeded = {
        row[0]
        for row in await connection.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('seed') AND relkind = 'r'"
        )
    }
    names = [row[0] for row in await connection.fetch(_TABLES)]
    return [name for name in names if name not in seeded], [name for name in names if name in seeded]


async def empty(connection: asyncpg.Connection, plain: list[str], seeded: list[str]) -> None:
    """Back to the template. DELETE of the tables that hold something is far quicker than TRUNCATE.

    As the superuser in the role of a replica: neither foreign keys nor append-only triggers object.
    """
    questions = [f"SELECT '{name}' WHERE EXISTS (SELECT FROM kabinet.{name})" for name in plain]
    for name in seeded:
        present, first = f"SELECT t::text FROM kabinet.{name} t", f"SELECT t::text FROM seed.{name} t"
        differ = f"EXISTS ({present} EXCEPT ALL {first}) OR EXISTS ({first} EXCEPT ALL {present})"
        questions.append(f"SELECT '{name}' WHERE {differ}")
    touched = [row[0] for row in await connection.fetch(" UNION ALL ".join(questions))] if questions else []
    if not touched:
        return
    orders = [f"DELETE FROM kabinet.{name};" for name in touched]
    orders += [f"INSERT INTO kabinet.{name} SELECT * FROM seed.{name};" for name in touched if name in seeded]
    # A test that left a transaction open is told so instead of hanging.
    await connection.execute(
        "BEGIN; SET LOCAL session_replication_role = replica; SET LOCAL lock_timeout = '5s';"
        + "".join(orders)
        + "COMMIT;"
    )


async def _prepare_template(server: EmbeddedDatabase) -> None:
    connection = await asyncpg.connect(server.address("postgres", "postgres"))
    await connection.execute(f"CREATE DATABASE {TEMPLATE} OWNER kabinet_owner")
    await connection.close()
    await migrate(server.address("kabinet_owner", TEMPLATE), now=now)
    connection = await asyncpg.connect(server.address("postgres", TEMPLATE))
    await connection.execute("CREATE SCHEMA seed")
    for row in await connection.fetch(_TABLES):
        if await connection.fetchval(f"SELECT EXISTS (SELECT FROM kabinet.{row[0]})"):
            await connection.execute(f"CREATE TABLE seed.{row[0]} AS TABLE kabinet.{row[0]}")
    await connection.close()


def _sweep() -> None:
    """Removes what tests that were killed outright left behind: directories nobody holds the lock of."""
    for place in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            with (place / "lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(place, ignore_errors=True)
        except BlockingIOError:
            continue
        except OSError:
            if time.time() - place.stat().st_mtime > 3600:
                shutil.rmtree(place, ignore_errors=True)
