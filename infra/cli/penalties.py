"""`kabinet penalties`: post penalties, or look at what they come to."""

from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from infra.cli import frame, long_runs, penalty_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.accounts.penalties.reckoning import Reckoning
    from domain.kernel.ids import AccountId
    from domain.kernel.money import Money
    from infra.settings import Settings
    from services.penalties.posting import Posting

HEADINGS = (
    *("account_id", "service", "period", "due_on", "since", "until", "days", "base"),
    *("rate_percent", "part_of", "roubles_unrounded", "paid_on", "penalty_of_the_month"),
)


@click.group(
    "penalties", invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.pass_context
@click.option("--dry-run", is_flag=True, help="Say what penalties come to; keep nothing.")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="With --dry-run: as of the end of that day; none: today."
)
@long_runs.shown_lines
@long_runs.line_file
def command(
    context: click.Context, *, dry_run: bool, on: datetime | None, most: int, file: Path | None
) -> None:
    """Post the penalties that are ours to reckon, as of the last day of the month they are posted for.

    The worker does the same by its timer. What is reckoned already is passed over, so that the command,
    stopped, goes on where it was. Who reckons a supplier's penalties, and all rules: docs/penalties.md.
    """
    if context.invoked_subcommand:
        return
    if not dry_run and (on or file):
        raise click.UsageError("--on and --csv go with --dry-run.")
    settings = frame.begin(database=True)
    run = _Run(most=most, file=file)
    frame.serve(run.look(settings, on.date() if on else None) if dry_run else run.post(settings))
    if run.last is not None:
        click.echo(
            f"As of {run.last.as_of:%d.%m.%Y}: {run.last.accounts:,} accounts, {run.last.lines:,} penalties,"
            f" {run.last.amount}"
        )
    if not run.is_finished:
        click.echo("Stopped before the end. The same command goes on where it was.", err=True)
        raise SystemExit(long_runs.INTERRUPTED)
    if run.last is None or not run.last.accounts:
        click.echo("Nothing to post: all is reckoned, or every supplier's penalties come from billing.")


command.add_command(penalty_settings.supplier)
command.add_command(penalty_settings.debtor)


class _Run:
    """What a run has come to so far, so that it can be told when it is stopped."""

    def __init__(self, *, most: int, file: Path | None) -> None:
        self.last: Posting | None = None
        self.is_finished = False
        self._left, self._file = most, file

    async def post(self, settings: "Settings") -> None:
        from infra.container import open_container

        async with open_container(settings) as container:
            service = container.of_penalties.penalty_posting
            with _bar(await service.accounts()) as moved:

                def told(going: "Posting") -> None:
                    self.last = going
                    moved(going)

                await service.post(told)
        self.is_finished = True

    async def look(self, settings: "Settings", on: date | None) -> None:
        from domain.kernel.calendar import business_day
        from infra.container import open_container

        async with open_container(settings) as container:
            service = container.of_penalties.penalty_posting
            as_of = on or business_day(container.now(), container.zone)
            with _bar(await service.accounts()) as moved, long_runs.sheet_at(self._file, HEADINGS) as sheet:
                async with aclosing(service.look(as_of)) as pages:
                    async for going, lines in pages:
                        self.last = going
                        moved(going)
                        for account_id, line in lines:
                            self._tell(account_id, line, sheet)
        self.is_finished = True

    def _tell(self, account_id: "AccountId", line: "Reckoning", sheet: long_runs.Writer | None) -> None:
        if sheet is not None:
            for one in line.segments:
                sheet.writerow(
                    [
                        *(str(account_id), line.service_code, line.period, str(line.due_on)),
                        *(str(one.since), str(one.until), str(one.days), _roubles(one.base)),
                        *(str(Decimal(one.rate_basis_points) / 100), str(one.part_of), str(one.roubles)),
                        *(str(one.settled_on or ""), _roubles(line.total)),
                    ]
                )
        if self._left:
            self._left -= 1
            days = sum(one.days for one in line.segments)
            click.echo(
                f"{account_id}  {line.period}  {line.service_code:16} {days:>5} days  {line.total!s:>14}"
            )


def _roubles(amount: "Money") -> str:
    return str(Decimal(amount.kopecks) / 100)


@contextmanager
def _bar(accounts: int) -> "Iterator[Callable[[Posting], None]]":
    with long_runs.bar() as bar:
        task = bar.add_task("accounts", total=accounts or None)

        def moved(going: "Posting") -> None:
            bar.update(
                task,
                completed=going.accounts,
                total=max(accounts, going.accounts) or None,
                description=f"{going.lines} penalties, accounts",
            )

        yield moved
