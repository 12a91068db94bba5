"""`kabinet secrets`: what the installation's secret key seals."""

import asyncio
import sys
from typing import TYPE_CHECKING

import rich_click as click

from infra.cli import frame
from infra.errors import OperatorError

if TYPE_CHECKING:
    from infra.settings import Settings
    from services.people.resealing import ResealProgress

_MOST_NAMED = 20


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Change the installation's secret key (docs/secret-key.md)."""


@command.command("reseal")
def reseal() -> None:
    """Seal every secret anew under KABINET_SECRET_KEY, also what only KABINET_SECRET_KEY_PREVIOUS opens.

    May be broken off and run again, while the product runs. Ends with status 1 while secrets are left that
    neither key opens.
    """
    settings = frame.begin(database=True)
    unreadable = asyncio.run(_reseal(settings))
    if unreadable:
        raise OperatorError(
            f"{unreadable} secrets open by neither key. Give the key they were sealed by as "
            "KABINET_SECRET_KEY_PREVIOUS and run this again, or have them made anew: second factors by "
            "`kabinet staff reset-factor`, signing secrets by `kabinet systems rotate`."
        )
    click.echo("All is sealed by KABINET_SECRET_KEY: KABINET_SECRET_KEY_PREVIOUS may go.")


async def _reseal(settings: "Settings") -> int:
    from adapters.postgres.people.sealed import PostgresSealedSecrets
    from adapters.postgres.pool import create_pool
    from adapters.secrets.box import SecretBox
    from domain.people.sealed import SealedSort
    from services.people.resealing import Resealing

    box, unreadable = SecretBox(settings.secret_key, settings.secret_key_previous), 0
    async with await create_pool(settings.database_url, max_size=2) as pool:
        work = Resealing(PostgresSealedSecrets(pool), box)
        for sort in SealedSort:
            async for progress in work.reseal(sort):
                _tell(progress)
            unreadable += len(progress.unreadable)
            _tell_unreadable(progress)
    return unreadable


def _tell(progress: "ResealProgress") -> None:
    said = f"{progress.sort}: {progress.seen} of {progress.total} seen, {progress.resealed} sealed anew"
    is_terminal = sys.stdout.isatty()
    if is_terminal:
        click.echo(f"\r{said}", nl=False)
    elif progress.seen >= progress.total:
        click.echo(said)


def _tell_unreadable(progress: "ResealProgress") -> None:
    if sys.stdout.isatty():
        click.echo()
    for owner_id in progress.unreadable[:_MOST_NAMED]:
        click.echo(f"  opens by neither key: {owner_id}", err=True)
    if len(progress.unreadable) > _MOST_NAMED:
        click.echo(f"  … and {len(progress.unreadable) - _MOST_NAMED} more", err=True)
