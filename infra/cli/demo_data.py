"""`kabinet demo-data`: realistic files for the imports."""

from pathlib import Path

import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from infra.demo.files import write


@click.command("demo-data", help="Write realistic files for the imports.")
@click.option("--accounts", default=1000, show_default=True, type=click.IntRange(1, 10_000_000))
@click.option("--seed", default=1, show_default=True, help="The same seed writes the same files.")
@click.option(
    "--out",
    default="demo-data",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory for the files.",
)
def command(accounts: int, seed: int, out: Path) -> None:
    console = Console()
    columns = (TextColumn("accounts"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=accounts)
        counts = write(
            out, accounts=accounts, seed=seed, told=lambda done: progress.update(task, completed=done)
        )
    for name, rows in counts.items():
        console.print(f"{out / name}.csv  {rows} rows", highlight=False)
    console.print(
        "Import them in this order: kabinet import suppliers, accounts, contacts, ...", highlight=False
    )
