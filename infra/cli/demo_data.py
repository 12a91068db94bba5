"""`kabinet demo-data`: realistic files for the imports."""

from datetime import datetime, timedelta
from pathlib import Path

import rich_click as click
from rich.console import Console

from infra import clock
from infra.cli import long_runs
from infra.demo.files import write
from infra.demo.registries import write_registries


@click.group(
    "demo-data", invoke_without_command=True, help="Write realistic files for the imports and registries."
)
@click.option("--accounts", default=1000, show_default=True, type=click.IntRange(1, 10_000_000))
@click.option("--seed", default=1, show_default=True, help="The same seed writes the same files.")
@click.option(
    "--out",
    default="demo-data",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory for the files.",
)
@click.pass_context
def command(ctx: click.Context, accounts: int, seed: int, out: Path) -> None:
    if ctx.invoked_subcommand is None:
        _write_files(accounts, seed, out)


@command.command("registries")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--accounts", default=1000, show_default=True, type=click.IntRange(100, 10_000_000))
@click.option("--seed", default=1, show_default=True, help="That of the accounts.")
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), help="When all was paid; none: the day before today."
)
def registries(folder: Path, accounts: int, seed: int, day: datetime | None) -> None:
    """A good registry of each bank, one with seven kinds of faults, and that one corrected."""
    paid_on = day.date() if day else clock.now().date() - timedelta(days=1)
    for name, agent in write_registries(folder, accounts=accounts, seed=seed, day=paid_on).items():
        click.echo(f"kabinet registries load {folder / name} --agent {agent}")


def _write_files(accounts: int, seed: int, out: Path) -> None:
    console = Console()
    with long_runs.bar(is_known=True) as progress:
        task = progress.add_task("accounts", total=accounts)
        counts = write(
            out, accounts=accounts, seed=seed, told=lambda done: progress.update(task, completed=done)
        )
    for name, rows in counts.items():
        console.print(f"{out / name}.csv  {rows} rows", highlight=False)
    console.print(
        "Import them in this order: kabinet import suppliers, accounts, contacts, ...", highlight=False
    )
