"""What a person sees of a benchmark: its progress, a table, how many goals hold."""

import asyncio
import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.bench import database, plan, run
from infra.bench.results import Result
from infra.settings import Settings


async def show(settings: Settings, size: plan.Plan) -> None:
    """Measure, print, and write `bench.json` in the data directory."""
    console = Console(width=None if sys.stdout.isatty() else _WIDTH_CHARS)
    results: list[Result] = []
    try:
        with _Bars(console) as bars:
            async for result in run.run(settings, size, bars):
                results.append(result)
                bars.said(f"  {'holds' if result.holds else 'misses'} at {result.ratio:.2f}: {result.work}")
    except asyncio.CancelledError:
        console.print("Stopped by a signal; nothing is written.")
        raise
    path = settings.data / "bench.json"
    plan.write(results, path)
    console.print(_table(results))
    console.print(_notes(size), style="dim")
    held = sum(result.holds for result in results)
    console.print(f"{held} of {len(results)} goals hold. Written to {path}")


_WIDTH_CHARS = 110


class _Bars:
    """Progress on a terminal; a line for each thing begun elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> "_Bars":
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def begin(self, what: str, steps: int | None = None) -> None:
        if not self._console.is_terminal:
            self._console.print(f"{what}…")
        if self._task is not None:
            self._bars.update(self._task, total=1, completed=1)
        self._task = self._bars.add_task(what, total=steps)

    def got_on(self) -> None:
        if self._task is not None:
            self._bars.advance(self._task)

    def said(self, text: str) -> None:
        self._bars.console.print(text)


def _table(results: Sequence[Result]) -> Table:
    table = Table(title="Figures beside their limits", show_lines=True)
    table.add_column("work", ratio=1)
    for heading in ("figure", "limit", "ratio", "goal"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for result in results:
        table.add_row(
            result.work.rpartition(" (")[0],
            f"{_short(result.figure)}\n{result.unit}",
            f"{_short(result.limit)}\n{result.unit}",
            f"{result.ratio:.2f}",
            f"{'≥' if result.at_least else '≤'} {result.goal:g}",
            "[green]holds[/]" if result.holds else "[red]misses[/]",
        )
    return table


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _notes(size: plan.Plan) -> str:
    return (
        f"Median of {size.rounds} rounds ({size.import_rounds} of imports, {size.workbook_rounds} of "
        f"workbooks, {size.flat_rounds} short ones of flatness); in each the work and its limit "
        "take turns, and the ratio is that of the round. Flatness is worked one at a time. The accounts "
        "were laid down by SQL on the server, not by the import. "
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the end. "
        f"PostgreSQL: {', '.join(database.SERVING)}."
    )
