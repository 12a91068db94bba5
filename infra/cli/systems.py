"""`kabinet systems`: other programs that call the API, and their keys."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import rich_click as click

from infra.cli import frame

if TYPE_CHECKING:
    from datetime import datetime

    from domain.people.systems import ApiKey, IssuedKey, System
    from services.people.systems import SystemService

T = TypeVar("T")
_DAYS = click.IntRange(1, 1100)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Let other programs call the API and change their keys (docs/systems.md)."""


@command.command("add")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may do; may be repeated.")
@click.option("--days", type=_DAYS, default=365, show_default=True, help="How long its key is valid.")
def add(*, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Add a system with its first key."""
    from domain.people.systems import SYSTEM_SCOPES

    given = [scope for scope in SYSTEM_SCOPES if scope in scopes]
    if len(given) < len(set(scopes)):
        raise click.UsageError(f"The scopes of a system are: {', '.join(sorted(SYSTEM_SCOPES))}.")

    async def work(systems: "SystemService") -> "IssuedKey":
        return await systems.add_key((await systems.add(name)).id, given, valid_days=days)

    _tell(_done(work))


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Also keys that are expired or revoked.")
def list_systems(*, everything: bool) -> None:
    """Systems and their keys: scopes, expiry, last use."""
    from infra.clock import now

    _print_table(_done(lambda systems: systems.all()), now(), everything=everything)


@command.command("rotate")
@click.argument("name")
@click.option("--days", type=_DAYS, default=365, show_default=True, help="How long the new key is valid.")
def rotate(*, name: str, days: int) -> None:
    """Issue a key with the scopes of the last one, which goes on working until it is revoked."""
    from infra.clock import now

    async def work(systems: "SystemService") -> "IssuedKey":
        keys = [key for system, keys in await systems.all() for key in keys if system.name == name]
        live = [key for key in keys if key.is_live(now())]
        if not live:
            raise click.ClickException(f"There is no system “{name}” with a live key: see the list.")
        return await systems.add_key(live[0].system_id, live[0].scopes, valid_days=days)

    _tell(_done(work))
    click.echo("The former key goes on working: change the system over, then revoke it.")


@command.command("revoke")
@click.argument("key_id", type=click.UUID)
def revoke(*, key_id: UUID) -> None:
    """Revoke one key: it is dead within 5 s."""

    async def work(systems: "SystemService") -> None:
        found = [key for _, keys in await systems.all() for key in keys if key.id == key_id]
        if not found:
            raise click.ClickException("There is no such key: see the list.")
        await systems.revoke(found[0].system_id, found[0].id)

    _done(work)
    click.echo("Revoked.")


def _done(work: "Callable[[SystemService], Awaitable[T]]") -> T:
    settings = frame.begin(database=True)
    from domain.kernel.errors import Refusal
    from infra.container import open_container

    async def do() -> T:
        async with open_container(settings) as container:
            return await work(container.system_service)

    try:
        return asyncio.run(do())
    except Refusal as refusal:
        raise click.ClickException(f"{refusal}. {refusal.remedy}".rstrip(". ")) from None


def _tell(issued: "IssuedKey") -> None:
    click.echo(f"Key             {issued.token}")
    click.echo(f"Signing secret  {issued.signing_secret or '– (this key signs nothing)'}")
    click.echo(f"Valid until     {issued.expires_at:%Y-%m-%d %H:%M} UTC")
    click.echo("They are not shown again.")


def _print_table(found: "list[tuple[System, list[ApiKey]]]", at: "datetime", *, everything: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("System", "Key", "Scopes", "Signs", "Expires (UTC)", "Last used (UTC)", "State")
    for system, keys in found:
        shown = [key for key in keys if everything or key.is_live(at)]
        for key in shown:
            state = "live" if key.is_live(at) else "revoked" if key.revoked_at else "expired"
            used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
            signs = "yes" if key.sealed_signing_secret else "no"
            row = (str(key.id), " ".join(sorted(key.scopes)), signs, f"{key.expires_at:%Y-%m-%d %H:%M}", used)
            table.add_row(system.name, *row, state, style="" if state == "live" else "dim")
        if not shown:
            table.add_row(system.name, "–", "", "", "", "", "no live key", style="dim")
    console = Console()
    Console(width=None if console.is_terminal else 200).print(table)
