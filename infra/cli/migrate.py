import asyncio

import rich_click as click

from infra.cli import frame


@click.command
def command() -> None:
    """Bring the database's schema up to date. Safe to repeat, and on several machines at once."""
    settings = frame.begin(database=True)
    from infra.clock import now
    from infra.migrate import migrate

    for name in asyncio.run(migrate(settings.coordinator_url, now=now)):
        click.echo(f"ran {name}")
    click.echo("The schema is up to date.")
