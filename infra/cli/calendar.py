"""`kabinet calendar`: the state's working days, which answers are due by."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from infra.cli import frame, long_runs
from infra.errors import OperatorError

if TYPE_CHECKING:
    from domain.kernel.calendar_file import CalendarRead
    from domain.kernel.working_days import CalendarDay
    from infra.settings import Settings

_FAULTS_SHOWN = 20
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Show the days off and the days moved by the government; load another year (docs/cases.md)."""


@command.command("show")
@click.argument("year", type=click.IntRange(2000, 2100))
def show(year: int) -> None:
    """The days of a year that are not what their weekday says."""
    settings = frame.begin(database=True)
    days = [one for one in asyncio.run(_days(settings)) if one.day.year == year]
    for one in days:
        click.echo(f"{one.day} {one.day:%a}  {'worked' if one.is_worked else 'off'}  {one.name}")
    if not days:
        raise OperatorError(
            f"Nothing is known of {year}: only its weekends are off. Load it: kabinet import calendar FILE"
        )


@command.command("import")
@click.argument("file", type=_FILE)
def import_(file: Path) -> None:
    """Load whole years from a .csv or .xlsx with the columns day, is_worked, name.

    The years that the file names are replaced in one go, or nothing is; then the days of open cases are
    counted anew. Broken off, the same command goes on.
    """
    load_file(file)


def load_file(file: Path) -> None:
    """Raises OperatorError with every fault of the file."""
    settings = frame.begin(database=True)
    found = asyncio.run(_read(file))
    if found.faults:
        shown = "\n".join(
            f"  {f'row {fault.row_no}: ' if fault.row_no else ''}{fault.text}"
            for fault in found.faults[:_FAULTS_SHOWN]
        )
        more = (
            f"\n  … and {len(found.faults) - _FAULTS_SHOWN} more" if len(found.faults) > _FAULTS_SHOWN else ""
        )
        raise OperatorError(f"{file.name} was refused, nothing was changed:\n{shown}{more}")
    changed = asyncio.run(_load(settings, found))
    years = ", ".join(map(str, found.years))
    click.echo(
        f"{years}: {len(found.days)} days loaded, {found.plain} rows said what the weekday says anyway"
    )
    click.echo(f"{changed} open cases are due on another day now")


async def _read(file: Path) -> "CalendarRead":
    from adapters.tables import open_table
    from domain.accounts.imports import FileUnreadable
    from domain.kernel.calendar_file import COLUMNS, read

    try:
        async with open_table(file) as table:
            if missing := [name for name in COLUMNS if name not in table.header]:
                raise OperatorError(
                    f"{file.name} lacks the columns {', '.join(missing)}: {', '.join(COLUMNS)}"
                )
            return read(table.rows())
    except FileUnreadable as error:
        raise OperatorError(f"{file.name} cannot be read: {error}") from error


async def _days(settings: "Settings") -> "list[CalendarDay]":
    from adapters.postgres.calendar_days import PostgresCalendar
    from adapters.postgres.pool import create_pool

    async with await create_pool(settings.database_url, max_size=1) as pool:
        return await PostgresCalendar(pool).days()


async def _load(settings: "Settings", found: "CalendarRead") -> int:
    from zoneinfo import ZoneInfo

    from adapters.postgres.pool import create_pool
    from adapters.postgres.store import Transactions
    from infra import clock
    from services.cases.recounting import CaseRecounting

    async with await create_pool(settings.database_url, max_size=2) as pool:
        transaction = Transactions(pool, clock.now, clock.new_id)
        async with transaction() as store:
            await store.calendar.replace(found.years, found.days)
        recounting = CaseRecounting(transaction, clock.now, ZoneInfo(settings.zone))
        with long_runs.bar() as bar:
            task = bar.add_task("open cases", total=None)
            return await recounting.recount(lambda done, of: bar.update(task, completed=done, total=of))
