"""`kabinet reconcile`: a day of every agent, compared with the ledger and the bank."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

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
        _show(one, ZoneInfo(settings.zone))
    is_zero = all(one.is_zero for one in days)
    click.echo(_verdict(days) if is_zero else "Not zero: see what is open above.")
    sys.exit(0 if is_zero else 1)


async def _reconciled(settings: "Settings", day: date, agent: str | None) -> "list[DayReconciliation]":
    from infra.container import open_container

    async with open_container(settings) as container:
        return await container.of_reconciliation.reconciling.reconcile(day, agent)


def _verdict(days: "Sequence[DayReconciliation]") -> str:
    """What was explained is right, and does not agree by that."""
    from domain.kernel.money import total

    if not (explained := sum(len(one.explained) for one in days)):
        return "Reconciliation is zero."
    gap = total(one.explained_difference for one in days)
    return f"Nothing is left to explain; explained: {explained} of {gap}, see by whom above."


def _show(one: "DayReconciliation", zone: tzinfo) -> None:
    click.echo(
        f"{one.agent_code:12} told {one.told}, ledger {one.booked};"
        f" due {one.expected}, credited {one.credited}"
    )
    counts = ", ".join(f"{category} {count}" for category, count in sorted(one.counts.items()) if count)
    explained = f"; explained {len(one.explained)} of {one.explained_difference}" if one.explained else ""
    note = f"; not asked: {one.note}" if one.note else ""
    click.echo(f"{'':12} {counts or 'nothing'}{explained}{note}")
    for found in one.found[:SHOWN]:
        mark = "!" if found in one.open else " "
        click.echo(f"{'':11}{mark} {found.category} {found.subject}: {found.difference}  {found.id}")
        for said in one.holding(found):
            at = said.at.astimezone(zone)
            click.echo(f"{'':15}explained by {said.by_name}, {at:%d.%m.%Y %H:%M}: {said.reason}")
        if found in one.open and one.holding(found):
            click.echo(f"{'':15}a second person must say so too")
    if len(one.found) > SHOWN:
        click.echo(f"{'':12} and {len(one.found) - SHOWN} more")
