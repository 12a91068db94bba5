"""`kabinet simulate`: a month of a small town by a seed, on a real database, looked at after every step."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from infra import logs
from infra.cli import frame, long_runs

if TYPE_CHECKING:
    from infra.simulation.play import Played, Wanted

_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
"""The server's data is gone with the run; without its own vacuum it does nothing by chance."""


@click.command("simulate", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same, the same run.")
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True)
@click.option("--households", type=click.IntRange(5, 500), default=12, show_default=True)
@click.option("--payments", type=click.IntRange(0, 1000), default=14, show_default=True, help="A day.")
@click.option("--registries", type=click.IntRange(0, 100), default=3, show_default=True, help="A day.")
@click.option("--cases", type=click.IntRange(0, 100), default=3, show_default=True, help="A day.")
@click.option(
    "--one-death-in",
    "one_step_in",
    type=click.IntRange(2),
    default=400,
    show_default=True,
    help="Of so many steps one is a death of the process, of its connection, or of the bank's answer.",
)
@click.option("--tell", is_flag=True, help="Print every event.")
def command(
    *,
    seed: int,
    days: int,
    households: int,
    payments: int,
    registries: int,
    cases: int,
    one_step_in: int,
    tell: bool,
) -> None:
    """Let a small town live: charges, payments, lost and doubled notices, a bank that fails, broken
    registries, refunds, recalculations, and workers that die between any two steps.

    After each step money must be conserved and everything explained; the first thing that is not ends the run
    with 1 and all that is needed to see it again. Works on an embedded server of its own, or in the empty
    database at DATABASE_URL, which keeps the town.
    """
    from infra.simulation.play import Wanted

    wanted = Wanted(
        seed=seed,
        days=days,
        households=households,
        payments_a_day=payments,
        files_a_day=registries,
        cases_a_day=cases,
        one_step_in=one_step_in,
    )
    logs.configure("error")
    run = _Run(wanted, tell=tell)
    with _database() as (dsn, folder):
        frame.serve(run.play(dsn, folder))
    if run.trouble:
        click.echo(run.trouble)
        raise SystemExit(1)
    run.show()
    if not run.is_finished:
        click.echo("Stopped before the end.", err=True)
        raise SystemExit(long_runs.INTERRUPTED)


class _Run:
    """One run and what it has come to so far, so that it can be told when it is stopped."""

    def __init__(self, wanted: "Wanted", *, tell: bool) -> None:
        self.trouble = ""
        self.is_finished = False
        self._played: Played | None = None
        self._wanted, self._tell = wanted, tell

    async def play(self, dsn: str, folder: Path) -> None:
        from infra.simulation.play import Broken, opened

        def told(line: str) -> None:
            if self._tell:
                click.echo(line)

        with long_runs.bar(is_known=True) as progress:
            task = progress.add_task("Days", total=self._wanted.days)

            def passed(played: "Played") -> None:
                self._played = played
                progress.update(task, completed=played.days)

            async with opened(self._wanted, dsn, folder, told=told) as play:
                try:
                    self._played = await play.run(passed)
                except Broken as broken:
                    self.trouble = str(broken)
                    return
        self.is_finished = True

    def show(self) -> None:
        if self._played is None:
            return
        for name, value in (
            ("seed", self._wanted.seed),
            ("days", self._played.days),
            ("events", self._played.events),
            ("deaths", self._played.deaths),
            ("payments", self._played.payments),
            ("registries", self._played.registries),
            ("failed runs", self._played.failures),
            ("ledger", self._played.digest or "not finished"),
        ):
            click.echo(f"{name:12} {value}")


@contextmanager
def _database() -> Iterator[tuple[str, Path]]:
    """The address of an empty database, and a folder for files: both are gone afterwards, but for a database
    that was given."""
    import os

    from infra.database import EmbeddedDatabase

    with tempfile.TemporaryDirectory(prefix="kabinet-simulate-") as name:
        folder = Path(name)
        if given := os.environ.get("DATABASE_URL"):
            yield given, folder
            return
        server = EmbeddedDatabase(
            folder, options=_FAST, binaries_wish=os.environ.get("KABINET_POSTGRES_BIN", "")
        )
        server.start()
        try:
            yield server.url, folder
        finally:
            server.stop()
