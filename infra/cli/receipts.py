"""`kabinet receipts`: what became of fiscal receipts, and who issues which supplier's."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import rich_click as click

from infra.cli import frame
from infra.errors import OperatorError

if TYPE_CHECKING:
    from domain.payments.receipts.rules import SupplierReceipts
    from infra.container import Container

T = TypeVar("T")
_STATES = ("wanted", "sent", "failed", "elsewhere", "registered", "withdrawn")
_AGENTS = (
    *("banking_payment_agent", "banking_payment_subagent", "payment_agent", "payment_subagent"),
    *("attorney", "commissioner", "agent"),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Fiscal receipts of payments and refunds (docs/receipts.md)."""


@command.command("list")
@click.option("--state", type=click.Choice(_STATES), default="failed", show_default=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
def list_(*, state: str, limit: int) -> None:
    """How many there are in each state, those of one state that wait longest, and payments without any."""

    async def look(container: "Container") -> None:
        from domain.payments.receipts.receipts import ReceiptState

        counts = await container.of_receipts.receipts.counts()
        for name, (count, amount) in sorted(counts.items()):
            click.echo(f"{name:10} {count:>7,}  {amount!s:>16}")
        for one in await container.of_receipts.receipts.page(ReceiptState(state), after=None, limit=limit):
            why = f"  {one.failure}" if one.failure else ""
            click.echo(
                f"{one.wanted_at:%Y-%m-%d %H:%M}  {one.id}  {one.type:7} {one.amount!s:>14}"
                f"  try {one.attempt}{why}"
            )
        if not counts:
            click.echo("Every receipt is registered.")
        without = await container.of_receipts.receipts.without(UUID(int=0), limit)
        for account_id, payment_id in without:
            click.echo(f"no receipt  payment {payment_id} of account {account_id}")
        if without:
            click.echo(
                "The worker makes receipts within seconds of a payment. For payments that stay here (from "
                "before there were receipts, or whose job is dead: “kabinet jobs list --state dead”) run "
                "“kabinet receipts make”."
            )

    _run(look)


@command.command("retry")
def retry() -> None:
    """Try every failed receipt again, now."""

    async def again(container: "Container") -> int:
        from domain.kernel.access import Access, Actor, ActorKind, Scope
        from domain.payments.receipts.receipts import ReceiptState

        actor = Actor(
            kind=ActorKind.SYSTEM, id=UUID(int=0), name="kabinet receipts", scopes=frozenset({Scope.SEE})
        )
        count = 0
        while page := await container.of_receipts.receipts.page(ReceiptState.FAILED, after=None, limit=500):
            for one in page:
                access = Access(actor=actor, account_id=one.account_id, scope=Scope.SEE, at=container.now())
                await container.of_receipts.receipt_sending.try_again(access, one.id)
            count += len(page)
        return count

    click.echo(f"{_run(again):,} receipts are tried again by the worker")


@command.command("make")
def make() -> None:
    """Make the receipts of paid payments that have none, such as those from before there were receipts."""

    async def missing(container: "Container") -> int:
        return await container.of_receipts.receipt_making.make_missing()

    click.echo(f"{_run(missing):,} payments had no receipts; the worker sends them")


@command.command("offsets")
@click.argument("month", type=click.DateTime(["%Y-%m"]))
def offsets(*, month: datetime) -> None:
    """What the summary receipt of a MONTH says of advances that charges were met from.

    54-FZ, art. 1.2 p. 2.1. It is formed by the accounts department's register; nothing is sent from here.
    """

    async def look(container: "Container") -> None:
        from domain.kernel.calendar import period_of
        from domain.kernel.money import total
        from domain.payments.receipts.offsets import formed_by

        period = period_of(month.date())
        suppliers, lines = await container.of_receipts.receipt_offsets.of(period)
        for supplier in sorted(suppliers.values(), key=lambda one: one.name):
            own = [one for one in lines if one.supplier_id == supplier.id]
            if own:
                click.echo(f"{supplier.inn}  {supplier.name}  {total(one.amount for one in own)}")
            for one in own:
                click.echo(f"    {one.service_code:16} VAT {one.vat:4} {one.amount!s:>16}  of it {one.tax}")
        click.echo(f"Form the summary receipt by {formed_by(period):%d.%m.%Y}." if lines else "Nothing.")

    _run(look)


@command.command("suppliers")
def suppliers() -> None:
    """Who issues each supplier's receipts, since when, and what stands in them."""

    async def look(container: "Container") -> None:
        known, settings = await container.of_receipts.receipt_settings.all()
        for supplier in sorted(known, key=lambda one: one.name):
            click.echo(f"{supplier.inn}  {supplier.name}")
            own = [one for one in settings if one.supplier_id == supplier.id]
            for one in own:
                click.echo(f"    {_told(one)}")
            if not own:
                click.echo("    not set: by us, as the terms payments.receipts say")

    _run(look)


@command.command("supplier")
@click.argument("inn")
@click.option(
    "--from", "since", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Paid on that day or later."
)
@click.option(
    "--issued-by", type=click.Choice(["us", "supplier", "elsewhere"]), default="us", show_default=True
)
@click.option(
    "--vat",
    type=click.Choice(["main", "none", "0", "5", "7", "10", "20", "22"]),
    default="main",
    show_default=True,
    help="In per cent; main: whichever the main rate is.",
)
@click.option("--agent-type", type=click.Choice(_AGENTS), help="None: as the terms say.")
@click.option("--phone", help="The supplier's, as +7 and ten digits; it stands in each item.")
@click.option("--shop-id", help="With --issued-by supplier: its shop at the provider.")
@click.option("--reason", default="", help="Why, for the record.")
def supplier(*, inn: str, since: datetime, reason: str, **setting: str | None) -> None:
    """Say who issues a supplier's receipts from a day on, and what stands in them."""
    if (setting["issued_by"] == "supplier") != (setting["shop_id"] is not None):
        raise click.UsageError("--shop-id goes with --issued-by supplier.")

    async def save(container: "Container") -> None:
        import msgspec

        from domain.kernel.access import Actor, ActorKind, Scope
        from domain.payments.receipts.rules import SupplierReceipts

        known, _ = await container.of_receipts.receipt_settings.all()
        found = next((one for one in known if one.inn == inn), None)
        if found is None:
            raise OperatorError(f"There is no supplier with the INN {inn}.")
        fields = {"supplier_id": found.id, "valid_from": since.date(), **setting}
        actor = Actor(
            kind=ActorKind.SYSTEM,
            id=UUID(int=0),
            name=f"kabinet receipts ({getpass.getuser()})",
            scopes=frozenset({Scope.ADMINISTER}),
        )
        wanted = msgspec.convert(fields, SupplierReceipts)
        await container.of_receipts.receipt_settings.save(actor, wanted, reason)
        click.echo(f"{inn}: {_told(wanted)}")

    _run(save)


def _told(one: "SupplierReceipts") -> str:
    more = [f"VAT {one.vat}"]
    more += [f"as {one.agent_type}"] if one.agent_type else []
    more += [f"phone {one.phone}"] if one.phone else []
    more += [f"shop {one.shop_id}"] if one.shop_id else []
    return f"from {one.valid_from:%d.%m.%Y}: by {one.issued_by}, {', '.join(more)}"


def _run(work: "Callable[[Container], Awaitable[T]]") -> T:
    settings = frame.begin(database=True)
    from infra.container import open_container

    async def do() -> T:
        async with open_container(settings) as container:
            return await work(container)

    return asyncio.run(do())
