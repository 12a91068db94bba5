"""`kabinet backup`."""

import asyncio
from pathlib import Path

import rich_click as click

from infra.cli import frame


@click.command
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def command(folder: Path) -> None:
    """Write the database and the stored files to FOLDER, as of one moment, while the product runs.

    Into the same FOLDER again: only new files are copied, and the former backup stays whole until the new
    one is. May be broken off and run again. The settings and KABINET_SECRET_KEY are not in it.
    """
    from infra.backup.making import back_up
    from infra.clock import now

    settings = frame.begin(database=True)
    made = asyncio.run(back_up(settings, folder.absolute(), click.echo, now))
    size = sum(piece.size_bytes for piece in made.database) / 1e6
    click.echo(
        f"Backup of {made.counts['accounts']:,} accounts and {made.counts['transfers']:,} transfers: "
        f"database {size:,.1f} MB, {made.file_count:,} files of {made.file_bytes / 1e6:,.1f} MB, in {folder}"
    )
    if settings.s3_bucket:
        click.echo(f"Attachments lie in the bucket {settings.s3_bucket} and are not in it: back that up too.")
