"""`kabinet restore`: into an empty place, then audited."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import asyncpg

from adapters.postgres.audit import PostgresAudit
from adapters.postgres.backed_up import PostgresBackedUp
from adapters.postgres.pool import connect
from domain.accounts.audit import Finding
from infra.audit import audited
from infra.backup import manifest
from infra.backup.manifest import Manifest
from infra.backup.stored import Copying, Stored, strangers
from infra.database import EmbeddedDatabase, dumping
from infra.database.dumping import Programs, Told
from infra.errors import OperatorError
from infra.migrate import ensure_role, migrate, read
from infra.settings import Settings

_SHOWN = 3
_FIRST_OF_NEW_WORDS = 17
"""Its pg_restore says SET transaction_timeout, which older servers refuse."""


class Restored(NamedTuple):
    """`audited` accounts; `findings` is empty where all is well."""

    manifest: Manifest
    audited: int
    findings: list[Finding]


async def restore(settings: Settings, folder: Path, told: Told, now: Callable[[], datetime]) -> Restored:
    """All of the backup in `folder`. Broken off, it is run again. OperatorError when the place is not empty
    or the backup is not whole."""
    os.umask(0o077)
    found = manifest.read(folder)
    told(f"backup of {found.made_at:%Y-%m-%d %H:%M:%S} UTC: checking it")
    _refuse_unknown(found)
    manifest.check(folder, found)
    files = [Stored.of(line) for line in (folder / found.files.path).read_text("ascii").splitlines()]
    programs = dumping.find(settings.postgres_bin)
    if found.dump_major > programs.major:
        raise OperatorError(
            f"The backup was written by PostgreSQL {found.dump_major}, {programs.pg_restore} is of "
            f"{programs.major}. Set KABINET_POSTGRES_BIN to newer programs."
        )
    async with _database(settings) as url:
        await _refuse_unfit(url, programs)
        _copy(settings.data, folder, files, told)
        await _with_role(url)
        dumping.restore(programs, url, folder / found.database_folder, told)
        await migrate(url, now=now)
        return await _checked(settings, url, found, told)


def _refuse_unknown(found: Manifest) -> None:
    """The program must know the schema that comes back; what it has more of, it adds."""
    known = {migration.name: migration.sha256 for migration in read()}
    strange = [name for name, sha256 in found.migrations.items() if known.get(name) != sha256]
    if strange:
        raise OperatorError(
            f"The backup is of another Kabinet: this one has no such migration {strange[0]}. Restore "
            "it with the version that made it, or a newer one."
        )


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[str]:
    """The address given, or that of an embedded server made for this."""
    if settings.database_url:
        yield settings.database_url
        return
    server = EmbeddedDatabase(settings.data, binaries_wish=settings.postgres_bin)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


async def _refuse_unfit(url: str, programs: Programs) -> None:
    connection = await connect(url, role=None)
    try:
        if await connection.fetchval("SELECT to_regnamespace('kabinet') IS NOT NULL"):
            raise OperatorError(
                "There is a schema kabinet in that database already. A backup is restored into an empty "
                "database (DATABASE_URL) or an empty data directory (KABINET_DATA) only."
            )
        server = connection.get_server_version().major
        if server < _FIRST_OF_NEW_WORDS <= programs.major:
            raise OperatorError(
                f"The server is PostgreSQL {server}, older than {programs.pg_restore} ({programs.major}), "
                f"whose words it does not know. Restore into PostgreSQL {programs.major}, or back up and "
                f"restore with KABINET_POSTGRES_BIN at the programs of PostgreSQL {server}."
            )
    finally:
        await connection.close()


def _copy(data: Path, folder: Path, files: list[Stored], told: Told) -> None:
    strange = strangers(data, frozenset(one.path for one in files))
    if strange:
        raise OperatorError(
            f"{data} holds files that are not of this backup ({', '.join(strange[:_SHOWN])}). "
            "Set KABINET_DATA to an empty directory."
        )
    copying = Copying(folder, data, told)
    for one in files:
        try:
            copied = copying.one(one.path)
        except FileNotFoundError:
            raise OperatorError(f"The backup is not whole: {folder / one.path} is missing.") from None
        if copied != one:
            raise OperatorError(f"The backup is damaged: {folder / one.path} is not as it was written.")
    told(f"files: {len(files):,} in place")


async def _with_role(url: str) -> None:
    connection = await connect(url, role=None)
    try:
        await ensure_role(connection)
    finally:
        await connection.close()


async def _checked(settings: Settings, url: str, found: Manifest, told: Told) -> Restored:
    """Counts as they were, each file that a row names, and the whole audit."""
    connection = await connect(url)
    try:
        async with connection.transaction(readonly=True):
            rows = PostgresBackedUp(connection)
            counts = await rows.counts()
            if counts != found.counts or await rows.last_root() != found.last_root:
                raise OperatorError(
                    f"The database is not the one of the backup: {counts}, not {found.counts}"
                )
            await _refuse_missing(rows, settings)
        told("audit: recomputing everything")
        accounts = 0
        findings: list[Finding] = []
        reader = PostgresAudit(connection, ZoneInfo(settings.zone))
        async for outcome in audited(reader, url, None):
            findings += outcome.findings
            accounts += outcome.totals.accounts
        return Restored(found, accounts, findings)
    finally:
        await _analysed(connection)


async def _analysed(connection: asyncpg.Connection) -> None:
    with suppress(asyncpg.PostgresError):
        await connection.execute("RESET ROLE")
        await connection.execute("ANALYZE")
    await connection.close()


async def _refuse_missing(rows: PostgresBackedUp, settings: Settings) -> None:
    missing = []
    async for account_id, sha256 in rows.photos():
        if not (settings.data / "files" / str(account_id) / sha256).is_file():
            missing.append(f"files/{account_id}/{sha256}")
    if not settings.s3_bucket:
        async for account_id, sha256 in rows.attachments():
            if not (settings.data / "attachments" / str(account_id) / sha256).is_file():
                missing.append(f"attachments/{account_id}/{sha256}")
    if missing:
        raise OperatorError(
            f"{len(missing)} files that the database names are missing: {', '.join(missing[:_SHOWN])}"
        )
