"""`kabinet registries out`: what was collected for a supplier, as the file that goes to it."""

import asyncio
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from infra.cli import frame

if TYPE_CHECKING:
    from domain.payments.supplier_registries.files import SupplierRegistry
    from infra.settings import Settings


@click.command("out")
@click.option("--supplier", required=True, help="The supplier's INN.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="A closed day.")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    show_default=True,
    help="Where to.",
)
def out(supplier: str, day: datetime, folder: Path) -> None:
    """Write what was collected for a supplier on a closed day.

    Made once: the same command writes the same bytes.
    """
    from domain.kernel.errors import Refusal
    from infra.errors import OperatorError

    settings = frame.begin(database=True)
    try:
        registry, body = asyncio.run(_made(settings, supplier, day.date()))
    except Refusal as error:
        raise OperatorError(str(error)) from error
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / registry.file_name
    file.write_bytes(body)
    click.echo(f"{file}: № {registry.number}, {registry.rows} rows, {registry.sum}, fee {registry.fees}")
    click.echo(f"to transfer {registry.transferred}; SHA-256 {registry.sha256.hex()}")


async def _made(settings: "Settings", inn: str, day: date) -> "tuple[SupplierRegistry, bytes]":
    from infra.container import open_container

    async with open_container(settings) as container:
        telling = container.of_telling_suppliers.supplier_telling
        supplier = await telling.supplier(inn)
        registry = await telling.made(supplier, day)
        return registry, await container.of_telling_suppliers.supplier_registries.body(supplier.id, day)
