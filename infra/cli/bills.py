"""`kabinet bills`: issue a month's bills, and look at one."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from infra.cli import frame, long_runs

if TYPE_CHECKING:
    from infra.bill_crew import Done

_REFUSED_SHOWN = 20
_MOST_WORKERS = 64


@click.group("bills", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Issue a month's bills over all cores, also as files."""


@command.command("issue")
@click.option("--period", required=True, help="The month, as 2026-10. It must be over.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the paper of every bill there; none: only freeze the bills.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, _MOST_WORKERS),
    default=os.cpu_count() or 1,
    help="Processes; by default one a core.",
)
def issue(*, period: str, out: Path | None, workers: int) -> None:
    """Freeze the bill of every account that was charged in the month, and write its PDF.

    Safe to repeat: an account has one bill a month, and a file that is there is left alone. Stopped or
    killed, the same command goes on where it was. Accounts whose charges do not agree with the ledger get
    no bill and are named.
    """
    from infra.bill_crew import Done, issued

    settings = frame.begin(database=True)
    period = _checked(period)
    last: list[Done] = [Done()]
    ended = False

    async def run() -> None:
        nonlocal ended
        with _bar() as moved:

            def told(done: "Done", count: int) -> None:
                last[0] = done
                moved(done, count)

            await issued(settings.database_url, settings.zone, period, out, workers, told)
            ended = True

    frame.serve(run())
    _show(period, last[0], out)
    if not ended:
        click.echo("Stopped before the end. The same command goes on where it was.", err=True)
        raise SystemExit(long_runs.INTERRUPTED)
    if last[0].refused:
        raise SystemExit(1)


def _checked(period: str) -> str:
    import msgspec

    from domain.kernel.calendar import Period

    try:
        return msgspec.convert(period, type=Period)
    except msgspec.ValidationError:
        raise click.UsageError("--period is a year and a month, as 2026-10.") from None


@contextmanager
def _bar() -> "Iterator[Callable[[Done, int], None]]":
    with long_runs.bar(is_known=True) as bar:
        task = bar.add_task("accounts", total=None)

        def moved(done: "Done", count: int) -> None:
            words = f"{done.issued} bills, {done.written} files, accounts"
            bar.update(task, completed=done.accounts, total=max(count, done.accounts), description=words)

        yield moved


def _show(period: str, done: "Done", out: Path | None) -> None:
    had = done.accounts - done.issued - len(done.refused)
    click.echo(f"{period}: {done.accounts} accounts, {done.issued} bills issued, {had} had theirs")
    if out is not None:
        click.echo(f"{done.written} files written under {out}")
    for one in done.refused[:_REFUSED_SHOWN]:
        click.echo(f"no bill: {one}", err=True)
    if len(done.refused) > _REFUSED_SHOWN:
        click.echo(f"… and {len(done.refused) - _REFUSED_SHOWN} more", err=True)
