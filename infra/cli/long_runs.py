"""What long commands show: a bar while they run, some lines, all lines in a file."""

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import rich_click as click

if TYPE_CHECKING:
    from rich.progress import Progress

INTERRUPTED = 130
"""How a command ends that was stopped, as a shell has it: 128 and the number of SIGINT."""

shown_lines = click.option(
    "--list",
    "most",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help="Lines of --dry-run to show.",
)
line_file = click.option(
    "--csv",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every line of --dry-run there.",
)


class Writer(Protocol):
    def writerow(self, row: list[str], /) -> object: ...


@contextmanager
def sheet_at(file: Path | None, headings: Sequence[str]) -> Iterator[Writer | None]:
    """As spreadsheets open it: semicolons, and a mark that it is UTF-8. None without a file."""
    if file is None:
        yield None
        return
    with file.open("w", newline="", encoding="utf-8-sig") as target:
        sheet = csv.writer(target, delimiter=";")
        sheet.writerow(headings)
        yield sheet


def bar(*, is_known: bool = False) -> "Progress":
    """On the error stream, and only where a person looks at it: what is printed may go to a file.

    `is_known`: how much there is to do, so that the time left can be told; else the time gone is.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn() if is_known else TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
        redirect_stdout=sys.stdout.isatty(),
    )
