"""`kabinet penalties supplier` and `kabinet penalties debtor`: who reckons, and by whose rules. Whoever runs
them at this machine acts alone, where the API wants two administrators. It is recorded all the same."""

import asyncio
import getpass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import rich_click as click

from infra.cli import frame
from infra.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from infra.container import Container
    from services.penalties.setting import Setting

_FROM = click.option(
    "--from",
    "since",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="Charges due on that day or later.",
)
_WHY = click.option("--reason", default="", help="Why, for the record.")


@click.command("supplier")
@click.argument("inn")
@click.argument("reckoned_by", type=click.Choice(["us", "billing"]))
@_FROM
@_WHY
def supplier(*, inn: str, reckoned_by: str, since: datetime, reason: str) -> None:
    """Say who reckons a supplier's penalties from a day on. INN is the supplier's."""

    async def wanted(container: "Container") -> "Setting":
        from domain.accounts.penalties.rules import ReckonedBy
        from domain.accounts.penalties.settings import SetReckonedBy

        suppliers, _ = await container.of_penalties.penalty_setting.of_suppliers()
        found = next((one for one in suppliers if one.inn == inn), None)
        if found is None:
            raise OperatorError(f"There is no supplier with the INN {inn}.")
        return SetReckonedBy(
            supplier_id=found.id, valid_from=since.date(), reckoned_by=ReckonedBy(reckoned_by)
        )

    _set(wanted, reason)
    click.echo(f"{inn}: penalties of charges due from {since:%d.%m.%Y} on are reckoned by {reckoned_by}")


@click.command("debtor")
@click.argument("number")
@click.argument(
    "debtor", type=click.Choice(["resident", "buyer", "association", "managing-company", "utility"])
)
@_FROM
@_WHY
def debtor(*, number: str, debtor: str, since: datetime, reason: str) -> None:
    """Say what sort of debtor holds an account from a day on. NUMBER is the account's."""

    async def wanted(container: "Container") -> "Setting":
        from domain.accounts.debtors import Debtor
        from domain.accounts.penalties.settings import SetDebtor

        account_id = await container.pool.fetchval(
            "SELECT account_id FROM account_numbers WHERE number = $1", number
        )
        if account_id is None:
            raise OperatorError(f"There is no account {number}.")
        return SetDebtor(account_id=account_id, valid_from=since.date(), debtor=Debtor(debtor))

    _set(wanted, reason)
    click.echo(f"{number}: charges due from {since:%d.%m.%Y} on follow the rules for: {debtor}")


def _set(wanted: "Callable[[Container], Awaitable[Setting]]", reason: str) -> None:
    settings = frame.begin(database=True)
    from domain.kernel.access import Actor, ActorKind, Scope
    from infra.container import open_container

    actor = Actor(
        kind=ActorKind.SYSTEM,
        id=UUID(int=0),
        name=f"kabinet penalties ({getpass.getuser()})",
        scopes=frozenset({Scope.ADMINISTER}),
    )

    async def do() -> None:
        async with open_container(settings) as container:
            action = await wanted(container)
            await container.of_penalties.penalty_setting.set_alone(actor, action, reason)

    asyncio.run(do())
