"""Runs `infra/migrations/*.sql` forward, each file once, in the order of their names.

A file is split into statements (`;` at the end of a line ends one, except within a dollar-quoted body)
and runs in one transaction, together with its row in `kabinet.migrations`. A file that begins with
`-- no-transaction` runs without one, statement by statement (CREATE INDEX CONCURRENTLY): each of its
statements must be safe to repeat. A file that ran is never changed: its sha256 is kept and compared.
"""

import asyncio
import contextlib
import hashlib
import re
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import asyncpg

from infra.errors import OperatorError

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number will do as long as every runner uses the same.
_LOCK_KEY = 0x6B61_6269_6E65_74
_LOCK_POLL_SECONDS = 0.2
_DOLLAR_QUOTE = re.compile(r"\$[A-Za-z_]*\$")


class MigrationRefused(OperatorError):
    """The schema cannot be brought up to date; the text says which file and why."""


class Migration(NamedTuple):
    name: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def in_transaction(self) -> bool:
        return not self.text.startswith("-- no-transaction")


def read(directory: Path = MIGRATIONS) -> list[Migration]:
    return [Migration(file.name, file.read_text("utf-8")) for file in sorted(directory.glob("*.sql"))]


def statements(text: str) -> list[str]:
    """The statements of a file, without comment lines between them."""
    found: list[str] = []
    lines: list[str] = []
    quote = ""
    for line in text.splitlines():
        if not quote and (not line.strip() or line.lstrip().startswith("--")):
            continue
        lines.append(line)
        for mark in _DOLLAR_QUOTE.findall(line):
            quote = "" if mark == quote else quote or mark
        if not quote and line.rstrip().endswith(";"):
            found.append("\n".join(lines))
            lines = []
    return [*found, "\n".join(lines)] if lines else found


async def migrate(
    dsn: str,
    *,
    now: Callable[[], datetime],
    directory: Path = MIGRATIONS,
    lock_wait_seconds: float = 60,
) -> list[str]:
    """Brings the schema up to date as the connecting (owner) role; the names of the files it ran.

    Safe when several run at once. Raises MigrationRefused: an applied file was changed or lost, a
    statement failed, a lock was not got in time, or the role of the application cannot be made.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await _take_lock(connection, lock_wait_seconds)
        await ensure_role(connection)
        waiting = await _waiting(connection, read(directory))
        for migration in waiting:
            await _apply(connection, migration, now())
        return [migration.name for migration in waiting]
    finally:
        await connection.close()


async def waiting(dsn: str, *, directory: Path = MIGRATIONS) -> list[str]:
    """The names of files that still have to run here."""
    connection = await asyncpg.connect(dsn)
    try:
        return [migration.name for migration in await _waiting(connection, read(directory))]
    finally:
        await connection.close()


async def _take_lock(connection: asyncpg.Connection, wait_seconds: float) -> None:
    # Polled: a runner waiting inside pg_advisory_lock holds a snapshot, and another's CREATE INDEX
    # CONCURRENTLY would wait for it for ever. The lock ends with the connection.
    deadline = time.monotonic() + wait_seconds
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK_KEY):
        if time.monotonic() > deadline:
            raise MigrationRefused("Another `kabinet migrate` is still at work on this database; try later")
        await asyncio.sleep(_LOCK_POLL_SECONDS)


async def ensure_role(connection: asyncpg.Connection) -> None:
    """The application works as kabinet_app, which the connecting role must be able to become."""
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = 'kabinet_app'"):
            # Another database's runner may make it at the same moment.
            with contextlib.suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
                await connection.execute("CREATE ROLE kabinet_app NOLOGIN")
        try:
            await connection.execute("SET ROLE kabinet_app")
        except asyncpg.InsufficientPrivilegeError:
            await connection.execute("GRANT kabinet_app TO CURRENT_USER")
            await connection.execute("SET ROLE kabinet_app")
        await connection.execute("RESET ROLE")
    except asyncpg.InsufficientPrivilegeError as error:
        user = await connection.fetchval("SELECT quote_ident(current_user)")
        raise MigrationRefused(
            f"The database's user {user} may not make or become the role kabinet_app ({error}).\n"
            "Let an administrator of the server run:\n"
            f"  CREATE ROLE kabinet_app NOLOGIN;\n  GRANT kabinet_app TO {user};"
        ) from error


async def _waiting(connection: asyncpg.Connection, known: list[Migration]) -> list[Migration]:
    applied: dict[str, str] = {}
    if await connection.fetchval("SELECT to_regclass('kabinet.migrations') IS NOT NULL"):
        rows = await connection.fetch("SELECT name, sha256 FROM kabinet.migrations")
        applied = {row["name"]: row["sha256"] for row in rows}
    lost = applied.keys() - {migration.name for migration in known}
    if lost:
        raise MigrationRefused(f"This database is newer than the program: it knows {', '.join(sorted(lost))}")
    for migration in known:
        if applied.get(migration.name, migration.sha256) != migration.sha256:
            raise MigrationRefused(
                f"{migration.name} was changed after it ran here. Restore it and write a new file instead "
                "(a demo's data may simply be removed)."
            )
    return [migration for migration in known if migration.name not in applied]


async def _apply(connection: asyncpg.Connection, migration: Migration, at: datetime) -> None:
    if migration.in_transaction:
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '10s'")
            await _run(connection, migration)
            await _record(connection, migration, at)
    else:
        await connection.execute("SET lock_timeout = '60s'")
        await _run(connection, migration)
        await _record(connection, migration, at)


async def _run(connection: asyncpg.Connection, migration: Migration) -> None:
    for number, statement in enumerate(statements(migration.text), 1):
        try:
            await connection.execute(statement)
        except asyncpg.LockNotAvailableError as error:
            raise MigrationRefused(
                f"{migration.name}, statement {number}: somebody holds a lock on the table; try again"
            ) from error
        except asyncpg.PostgresError as error:
            raise MigrationRefused(f"{migration.name}, statement {number}: {error}\n{statement}") from error


async def _record(connection: asyncpg.Connection, migration: Migration, at: datetime) -> None:
    # The schema itself comes with the first file, so the table cannot stand before it.
    await connection.execute(
        """CREATE TABLE IF NOT EXISTS kabinet.migrations (
             name text NOT NULL, sha256 text NOT NULL, applied_at timestamptz NOT NULL,
             CONSTRAINT migrations_pk PRIMARY KEY (name))"""
    )
    # The application asks it whether the schema is the one it was written for.
    await connection.execute("GRANT SELECT ON kabinet.migrations TO kabinet_app")
    await connection.execute(
        "INSERT INTO kabinet.migrations (name, sha256, applied_at) VALUES ($1, $2, $3)",
        migration.name,
        migration.sha256,
        at,
    )
