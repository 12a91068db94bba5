"""`kabinet restore`."""

import asyncio
from pathlib import Path

import rich_click as click

from infra import logs
from infra.errors import OperatorError


@click.command
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def command(folder: Path) -> None:
    """Bring back what `kabinet backup` wrote to FOLDER: into an empty database, or, without DATABASE_URL,
    into an embedded one made in an empty KABINET_DATA. Nothing that is there is overwritten.

    Checks every byte of the backup first and runs the audit afterwards; ends with status 1 when it finds
    anything. May be broken off and run again.
    """
    from infra.backup.restoring import restore
    from infra.clock import now
    from infra.settings import load

    settings = load(find_embedded=False)
    logs.configure(settings.log_level, settings.log_format)
    done = asyncio.run(restore(settings, folder.absolute(), click.echo, now))
    for found in done.findings:
        click.echo(
            f"{found.code}: {found.table} {found.account_id or ''} {found.key}: expected {found.expected}"
        )
    if done.findings:
        raise OperatorError(f"The audit found {len(done.findings)} rows that do not agree.")
    click.echo(
        f"Restored as of {done.manifest.made_at:%Y-%m-%d %H:%M:%S} UTC: {done.audited:,} accounts audited, "
        "everything agrees."
    )
    if done.manifest.last_root:
        click.echo(f"Last published root: {done.manifest.last_root}. Compare it with the one you hold.")
