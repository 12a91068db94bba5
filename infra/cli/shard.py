"""`kabinet shard`: whether the data could be spread over several machines."""

import asyncio

import rich_click as click

from infra.errors import OperatorError
from infra.settings import load
from infra.shard import gate


@click.command("shard", short_help="Check that tables and SQL could be spread over several machines")
@click.option("--check", is_flag=True, help="Read the tables, the migrations and the SQL; change nothing.")
@click.option("--sources-only", is_flag=True, help="Leave the database out.")
def command(*, check: bool, sources_only: bool) -> None:
    """Say everything that keeps the data from being spread by account (on Citus), and leave with 1
    if there is anything. The database must be plain PostgreSQL with every migration applied.
    """
    if not check:
        raise click.UsageError("Say --check: spreading itself is done by an operator, see the documentation.")
    found = gate.of_sources()
    if not sources_only:
        dsn = load().database_url
        if not dsn:
            raise OperatorError("There is no database: set DATABASE_URL, or start `kabinet run`")
        found += asyncio.run(gate.of_database(dsn))
    for line in found:
        click.echo(line)
    if found:
        click.echo(f"{len(found)} found", err=True)
        raise SystemExit(1)
    click.echo("Clean")
