"""`kabinet staff`: who works here and what they may do. Whoever runs it at this machine acts alone, also
where the API wants two people: the first administrator comes from here. It is recorded all the same."""

import asyncio
import getpass
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import rich_click as click

from domain.people.staff import Role
from infra.cli import frame
from infra.errors import OperatorError

if TYPE_CHECKING:
    from domain.kernel.access import Actor
    from domain.people.staff import ListedStaff, Staff
    from infra.container import Container

T = TypeVar("T")
_ROLE = click.Choice([role.value for role in Role])
_WHY = click.option("--reason", default="", help="Why, for the record.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Let staff in, change their roles, shut them out. LOGIN is their phone or their word."""


@command.command("add")
@click.argument("login")
@click.argument("name")
@click.option("--role", type=_ROLE, required=True)
@click.option("--email")
def add_staff(*, login: str, name: str, role: str, email: str | None) -> None:
    """Add a member of staff; their password is printed once."""

    async def add(container: "Container", actor: "Actor") -> "tuple[Staff, str]":
        administration = container.of_staff.staff_administration
        return await administration.add(actor, login, name, Role(role), email, alone=True)

    member, password = _done(add)
    click.echo(f"{member.login}, {member.role}: password {password}")
    click.echo("It is shown this once. The second factor is set up at the first sign-in.")


@command.command("list")
def list_staff() -> None:
    """Everybody of the staff."""

    async def members(container: "Container", actor: "Actor") -> "list[ListedStaff]":
        return await container.of_staff.staff_administration.members()

    found = _done(members)
    if not found:
        click.echo("There is no staff yet: kabinet staff add LOGIN NAME --role administrator")
        return
    _print_table(found)


@command.command("role")
@click.argument("login")
@click.argument("role", type=_ROLE)
@_WHY
def change_role(*, login: str, role: str, reason: str) -> None:
    """Give a member of staff another role; they are signed out."""

    async def change(container: "Container", actor: "Actor") -> None:
        member = await _found(container, login)
        await container.of_staff.staff_administration.change_role(
            actor, member.id, Role(role), reason, alone=True
        )

    _done(change)
    click.echo(f"{login} is {role} now, and signed out.")


@command.command("disable")
@click.argument("login")
@_WHY
def disable(*, login: str, reason: str) -> None:
    """Shut a member of staff out: their sessions are dead within 5 s."""

    async def shut(container: "Container", actor: "Actor") -> None:
        member = await _found(container, login)
        await container.of_staff.staff_administration.disable(actor, member.id, reason)

    _done(shut)
    click.echo(f"{login} is shut out.")


@command.command("enable")
@click.argument("login")
@_WHY
def enable(*, login: str, reason: str) -> None:
    """Let a disabled member of staff in again."""

    async def let_in(container: "Container", actor: "Actor") -> None:
        member = await _found(container, login)
        await container.of_staff.staff_administration.enable(actor, member.id, reason, alone=True)

    _done(let_in)
    click.echo(f"{login} may sign in again.")


@command.command("reset-factor")
@click.argument("login")
@_WHY
def reset_factor(*, login: str, reason: str) -> None:
    """Take away a lost second factor: a new one is set up at the next sign-in."""

    async def reset(container: "Container", actor: "Actor") -> None:
        member = await _found(container, login)
        administration = container.of_staff.staff_administration
        await administration.reset_second_factor(actor, member.id, reason, alone=True)

    _done(reset)
    click.echo(f"{login} has no second factor now, and is signed out.")


@command.command("reset-password")
@click.argument("login")
@_WHY
def reset_password(*, login: str, reason: str) -> None:
    """Give out a one-time reset: the former password is dead, the next is chosen by its owner."""

    async def reset(container: "Container", actor: "Actor") -> str:
        member = await _found(container, login)
        passwords = container.of_staff.staff_passwords
        _, token = await passwords.open_reset(actor, member.id, reason, alone=True)
        return str(token)

    token = _done(reset)
    click.echo(f"{login} is signed out. One-time reset, shown this once, valid for a day:\n{token}")
    click.echo("Its owner sends it with a new password to POST /api/v1/staff-password-resets/confirm.")


@command.command("code")
@click.argument("login")
def code(*, login: str) -> None:
    """The demo only: a code of the second factor of its staff, waiting for the next if this one is used."""
    from infra.settings import DEMO_SECRET_KEY

    if frame.begin(database=True).secret_key != DEMO_SECRET_KEY:
        raise OperatorError(
            "Codes are shown in the demo only: here KABINET_SECRET_KEY is your own. Use the application the "
            "second factor was set up with, or take it away: kabinet staff reset-factor LOGIN"
        )
    shown, wait_seconds = _done(lambda container, actor: _code(container, login))
    time.sleep(wait_seconds)
    click.echo(shown)


async def _code(container: "Container", login: str) -> tuple[str, float]:
    """A code that is not used yet, and how long it is until it counts."""
    from domain.people.second_factor import STEP_SECONDS, step_of

    member = await _found(container, login)
    async with container.transaction() as store:
        factor = await store.staff_factors.of(member.id)
    if factor is None:
        raise OperatorError(f"{login} has no second factor: it is set up at the first sign-in.")
    at = container.now()
    step = factor.next_step(at)
    shown = container.session_service.code_maker.code(factor.sealed, member.id, step)
    # The next step's code counts already; one further off only when its turn is nearer.
    starts_in = (step - 1) * STEP_SECONDS - at.timestamp() if step > step_of(at) + 1 else 0.0
    return shown, max(0.0, starts_in)


async def _found(container: "Container", login: str) -> "Staff":
    from domain.people.staff import staff_login

    wanted = staff_login(login)
    members = await container.of_staff.staff_administration.members()
    for listed in members:
        if listed.member.login == wanted:
            return listed.member
    raise OperatorError(f"There is nobody of the staff with the login {login}: see kabinet staff list.")


def _done(work: "Callable[[Container, Actor], Awaitable[T]]") -> T:
    settings = frame.begin(database=True)
    from domain.kernel.access import Actor, ActorKind, Scope
    from domain.kernel.errors import Refusal
    from infra.container import open_container

    actor = Actor(
        kind=ActorKind.SYSTEM,
        id=UUID(int=0),
        name=f"kabinet staff ({getpass.getuser()})",
        scopes=frozenset({Scope.ADMINISTER}),
    )

    async def do() -> T:
        async with open_container(settings) as container:
            return await work(container, actor)

    try:
        return asyncio.run(do())
    except Refusal as refusal:
        raise OperatorError(f"{refusal}. {refusal.remedy}") from refusal


def _print_table(found: "list[ListedStaff]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Login", "Name", "Role", "Second factor", "Disabled (UTC)")
    for listed in found:
        member = listed.member
        disabled = f"{member.disabled_at:%Y-%m-%d %H:%M}" if member.disabled_at else ""
        factor = "yes" if listed.has_second_factor else "not yet"
        table.add_row(member.login, member.name, member.role, factor, disabled)
    console = Console()
    # Not cut when it goes to a file or a pipe.
    Console(width=None if console.is_terminal else 200).print(table)
