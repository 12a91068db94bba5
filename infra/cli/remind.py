"""`kabinet remind`: today's pass of reminders of readings, or a look at what it would do."""

from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from infra.cli import frame, long_runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.notices.reminders import Judged, Pass
    from infra.container import Container
    from infra.settings import Settings

HEADINGS = ("account", "address", "verdict", "why")
WORDS = {
    "remind": "gets a letter",
    "account-closed": "account: is closed",
    "no-meters": "account: has no meters",
    "meters-are-automatic": "account: its meters send their readings themselves",
    "outside-window": "account: readings are not taken on that day",
    "reminder-day-not-come": "account: the first reminder of the window is due later",
    "reading-accepted": "account: every reading of the period is accepted",
    "nobody-may-send": "account: nobody in the cabinet may send its readings",
    "no-address": "person: has no e-mail address",
    "no-consent": "person: did not agree to notices by e-mail, or withdrew it",
    "switched-off": "person: turned reminders off",
    "address-bounces": "person: letters to the address come back",
    "enough-this-period": "person: got as many as are due by that day",
    "reminded-lately": "person: was reminded too short a time ago",
}


@click.command("remind", context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--dry-run", is_flag=True, help="Say who would get a letter and why the others not; keep nothing."
)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="With --dry-run: as on that day; none: today.")
@long_runs.shown_lines
@long_runs.line_file
@click.option("--again", is_flag=True, help="Begin today's pass anew when it is finished.")
def command(*, dry_run: bool, day: datetime | None, most: int, file: Path | None, again: bool) -> None:
    """Queue a letter for everybody who still owes readings and agreed to be reminded.

    The worker does the same by its timer. One pass a day; stopped, the same command goes on where it was.
    The letters leave at the pace of KABINET_NOTICES_PER_SECOND, in daytime by their readers' clocks.
    """
    if not dry_run and (day or file):
        raise click.UsageError("--day and --csv go with --dry-run.")
    if dry_run and again:
        raise click.UsageError("--again changes nothing with --dry-run.")
    settings = frame.begin(database=True)
    run = _Run(most=most, file=file)
    if dry_run:
        frame.serve(run.look(settings, day.date() if day else None))
    else:
        frame.serve(run.remind(settings, again=again))
    if run.last is None:
        raise SystemExit(long_runs.INTERRUPTED)
    _show(run.last)
    if not dry_run:
        _say_state(run.last)
        if run.last.finished_at is None:
            raise SystemExit(long_runs.INTERRUPTED)


class _Run:
    """What a run has come to so far, so that it can be told when it is stopped."""

    def __init__(self, *, most: int, file: Path | None) -> None:
        self.last: Pass | None = None
        self._left, self._file = most, file

    async def remind(self, settings: "Settings", *, again: bool) -> None:
        from infra.container import open_container

        async with open_container(settings) as container:
            with _bar(await container.notices.reminder_service.accounts()) as moved:

                def told(going: "Pass") -> None:
                    self.last = going
                    moved(going)

                await container.notices.reminder_service.remind(told, again=again)

    async def look(self, settings: "Settings", day: date | None) -> None:
        from infra.container import open_container

        async with open_container(settings) as container:
            accounts = await container.notices.reminder_service.accounts()
            with _bar(accounts) as moved, long_runs.sheet_at(self._file, HEADINGS) as sheet:
                await self._look(container, day, moved, sheet)

    async def _look(
        self,
        container: "Container",
        day: date | None,
        moved: "Callable[[Pass], None]",
        sheet: long_runs.Writer | None,
    ) -> None:
        from domain.kernel.calendar import business_day
        from domain.notices.reminders import Pass

        chosen = day or business_day(container.now(), container.zone)
        self.last = Pass(day=chosen, started_at=container.now())
        async with aclosing(container.notices.reminder_service.look(chosen)) as pages:
            async for going, lines in pages:
                self.last = going
                moved(going)
                for line in lines:
                    self._tell(line, sheet)

    def _tell(self, line: "Judged", sheet: long_runs.Writer | None) -> None:
        if not self._left and sheet is None:
            return
        address = line.recipient.address or "" if line.recipient else ""
        cells = [line.account.number, address, line.verdict.value, WORDS[line.verdict]]
        if sheet is not None:
            sheet.writerow([f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell for cell in cells])
        if self._left:
            self._left -= 1
            click.echo(f"{cells[0]:>12}  {_masked(address) or '–':32}  {cells[3]}")


@contextmanager
def _bar(accounts: int) -> "Iterator[Callable[[Pass], None]]":
    with long_runs.bar() as bar:
        task = bar.add_task("accounts", total=accounts or None)

        def moved(going: "Pass") -> None:
            total = max(accounts, going.accounts) or None
            bar.update(
                task, completed=going.accounts, total=total, description=f"{going.queued} letters, accounts"
            )

        yield moved


def _show(going: "Pass") -> None:
    click.echo(f"{going.day}: {going.accounts} accounts looked at")
    for verdict, count in sorted(going.counts.items(), key=lambda item: -item[1]):
        click.echo(f"{count:>10}  {WORDS[verdict]}")


def _say_state(going: "Pass") -> None:
    if going.finished_at is None:
        click.echo("Stopped before the end. The same command goes on where it was.", err=True)
    elif not going.accounts:
        click.echo("It is no day for reminders, or nobody has an account.")
    else:
        click.echo(f"Finished at {going.finished_at:%H:%M:%S} UTC. --again looks at everybody once more.")


def _masked(address: str) -> str:
    name, _, domain = address.partition("@")
    return f"{name[:2]}…@{domain}" if domain else ""
