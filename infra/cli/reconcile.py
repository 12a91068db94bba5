"""`kabinet reconcile`: a day of every agent, compared with the ledger and the bank."""

import asyncio
import sys
from datetime import date, datetime
from typing import TYPE_CHECKING

import rich_click as click

from infra.cli import frame

if TYPE_CHECKING:
    from domain.payments.reconciliation.days import DayReconciliation
    from infra.settings import Settings

SHOWN = 50


@click.command("reconcile")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day to compare.")
@click.option("--agent", help="Only this one; none: all, and the online provider.")
def command(day: datetime, agent: str | None) -> None:
    """Compare what agents told of a day with the ledger and the bank.

    Harmless to repeat; explanations stay. Leaves with 1 when something is left to explain.
    """
    from domain.kernel.errors import Refusal
    from infra.errors import OperatorError

    settings = frame.begin(database=True)
    try:
        days = asyncio.run(_reconciled(settings, day.date(), agent))
    except Refusal as error:
        raise OperatorError(str(error)) from error
    for one in days:
        _show(one)
    is_zero = all(one.is_zero for one in days)
    click.echo("Reconciliation is zero." if is_zero else "Not zero: see what is open above.")
    sys.exit(0 if is_zero else 1)


async def _reconciled(settings: "Settings", day: date, agent: str | None) -> "list[DayReconciliation]":
    from infra.container import open_container

    async with open_container(settings) as container:
        return await container.of_reconciliation.reconciling.reconcile(day, agent)


def _show(one: "DayReconciliation") -> None:
    click.echo(
        f"{one.agent_code:12} told {one.told}, ledger {one.booked};"
        f" due {one.expected}, credited {one.credited}"
    )
    counts = ", ".join(f"{category} {count}" for category, count in sorted(one.counts.items()) if count)
    click.echo(f"{'':12} {counts or 'nothing'}" + (f"; not asked: {one.note}" if one.note else ""))
    for found in one.found[:SHOWN]:
        said = one.resolution(found)
        why = f" – {said.reason} ({said.by_name})" if said else ""
        mark = " " if said or not found.difference else "!"
        click.echo(f"{'':11}{mark} {found.category} {found.subject}: {found.difference}{why}  {found.id}")
    if len(one.found) > SHOWN:
        click.echo(f"{'':12} and {len(one.found) - SHOWN} more")
