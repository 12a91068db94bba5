"""`kabinet proofs`: closing business days, and what was published of them."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from infra.cli import frame

if TYPE_CHECKING:
    from domain.accounts.proofs.roots import DayRoot
    from infra.settings import Settings

_DAY = click.DateTime(["%Y-%m-%d"])
_SHOWN = 31


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Close business days and show what is published of them (docs/proofs.md)."""


@command.command("close")
@click.option("--today", is_flag=True, help="This very day too: what is posted later belongs to the next.")
def close(*, today: bool) -> None:
    """Seal and publish every day that has ended and is not closed yet. The worker does the same by itself."""
    closed = asyncio.run(_close(frame.begin(database=True), today=today))
    for root in closed:
        click.echo(_line(root))
    click.echo(f"{len(closed)} days closed" if closed else "Nothing is left to close.")


@command.command("list")
def list_days() -> None:
    """The latest closed days, the newest first."""
    from adapters.postgres.pool import connect
    from adapters.postgres.proofs.roots import PostgresRoots

    async def found(settings: "Settings") -> list["DayRoot"]:
        connection = await connect(settings.database_url)
        try:
            return await PostgresRoots(connection).page(None, _SHOWN)
        finally:
            await connection.close()

    for root in asyncio.run(found(frame.begin(database=True))):
        click.echo(_line(root))


@command.command("export")
@click.argument("day", type=_DAY)
@click.argument("file", type=click.Path(exists=False, path_type=Path))
def export(day: datetime, file: Path) -> None:
    """Write a day's root and seals for an auditor: `kabinet verify FILE` makes the tree anew from them.

    The file holds the salts: with it, whoever knows an account's entries can tell that they are in it.
    """
    from adapters.postgres.pool import connect
    from infra.proof_days import exported

    async def written(settings: "Settings") -> int:
        connection = await connect(settings.database_url)
        try:
            return await exported(connection, day.date(), file)
        finally:
            await connection.close()

    click.echo(f"{asyncio.run(written(frame.begin(database=True)))} seals written to {file}")


async def _close(settings: "Settings", *, today: bool) -> list["DayRoot"]:
    from infra.container import open_container

    async with open_container(settings) as container:
        sealing = container.of_proofs.day_sealing
        days = sealing.close_today() if today else sealing.close_ended()
        return [root async for root in days]


def _line(root: "DayRoot") -> str:
    from domain.accounts.proofs.roots import key_id

    return f"{root.day}  {root.seals:>9,} seals  {root.root.hex()}  key {key_id(root.public_key)}"
