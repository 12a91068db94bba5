"""`kabinet verify`: check what was published, without trusting who published it."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from infra.cli import frame
from infra.errors import OperatorError
from infra.verifier import told
from infra.verifier.files import Refused

if TYPE_CHECKING:
    from datetime import date

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command
@click.argument("file", type=_FILE, required=False)
@click.option("--root", type=_FILE, help="The root of that day as you hold it, published or mailed.")
@click.option("--key", type=_FILE, help="The company's public keys as you hold them.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="A whole day against the database instead.")
def command(file: Path | None, root: Path | None, key: Path | None, day: datetime | None) -> None:
    """Check a payer's proof, a day's root, or an export of a day's seals. Needs no database and no network.

    With --day: make the tree of that day anew from the database and compare it with what was published.
    Ends with status 1 and names the entry, step or field when a byte was changed.
    """
    if bool(file) == bool(day):
        raise click.UsageError("Give a FILE, or --day with a date.")
    try:
        lines = asyncio.run(_day(day.date())) if day else told.checked(file or Path(), root=root, key=key)
    except Refused as refused:
        raise OperatorError(f"REFUSED. {refused}.") from None
    for line in lines:
        click.echo(line)


async def _day(day: "date") -> list[str]:
    from adapters.postgres.pool import connect
    from infra.proof_days import verified

    settings = frame.begin(database=True)
    connection = await connect(settings.database_url)
    try:
        return await verified(connection, day)
    finally:
        await connection.close()
