"""All the checks at once."""

from pathlib import Path

import asyncpg

import adapters
import services
from infra.migrate import MIGRATIONS
from infra.shard import lint, migrations, sql_texts

SOURCES = tuple(Path(str(package.__file__)).parent for package in (adapters, services))


def of_sources() -> list[str]:
    """What is wrong in the migration files and in the SQL of the code; needs no database."""
    return [f"migrations: {line}" for line in migrations.findings(MIGRATIONS)] + [
        f"code: {line}" for line in sql_texts.findings(SOURCES)
    ]


async def of_database(dsn: str) -> list[str]:
    """What is wrong in the tables of a plain database."""
    connection = await asyncpg.connect(dsn)
    try:
        return [f"tables: {line}" for line in await lint.lint(connection)]
    finally:
        await connection.close()
