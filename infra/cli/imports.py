"""`kabinet import KIND FILE`: billing's files into accounts, balances and charges."""

import asyncio
import hashlib
import sys
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import rich_click as click
from rich.console import Console

from domain.accounts.import_cells import Fault
from domain.accounts.import_checks import Totals
from domain.accounts.import_columns import ImportKind
from domain.accounts.imports import Import, ImportState, Wish
from domain.kernel.calendar import business_day
from infra import clock
from infra.cli import calendar, long_runs
from infra.cli.key_rates import import_key_rates
from infra.cli.sums import kopecks
from infra.imports import import_service, workers_for
from infra.settings import load

FAULTS_SHOWN = 20
_CHUNK_BYTES = 1024 * 1024
_KEY_RATES = "key-rates"
_CALENDAR = "calendar"
_KIND = click.Choice([*(kind.value for kind in ImportKind), _KEY_RATES, _CALENDAR])


@click.command(
    "import",
    help="Load suppliers, accounts, contacts, tariffs, norms, meters, balances, charges, rates, days off.",
)
@click.argument("kind", type=_KIND)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--expect-rows", type=click.IntRange(0), help="Refuse the file unless it has so many rows.")
@click.option("--expect-total", help="Refuse the file unless its sum is this, in roubles: 1250.50.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that post; none: one for a small file, else one more than processors.",
)
@click.option(
    "--value-date",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day corrections count from; none: today in the region's zone.",
)
def command(
    kind: str,
    file: Path,
    expect_rows: int | None,
    expect_total: str | None,
    workers: int | None,
    value_date: object,
) -> None:
    """The whole file is checked first; with any bad row it is refused and nothing is posted. Killed or
    stopped, the same command goes on where it was. Columns of each kind: docs/imports.md."""
    settings = load()
    if kind == _KEY_RATES:
        today = business_day(clock.now(), ZoneInfo(settings.zone))
        kept = asyncio.run(import_key_rates(settings.database_url, file, today, Console(stderr=True)))
        sys.exit(0 if kept else 1)
    if kind == _CALENDAR:
        calendar.load_file(file)
        return
    day = date.fromisoformat(str(value_date)[:10]) if value_date else None
    wish = Wish(
        kind=ImportKind(kind),
        file_name=file.name,
        sha256=sha256_of(file),
        who="kabinet import",
        value_date=day or business_day(clock.now(), ZoneInfo(settings.zone)),
        expected=Totals(rows=expect_rows, sum=kopecks(expect_total, "--expect-total")),
    )
    try:
        done, faults = asyncio.run(_run(settings.database_url, wish, file, workers or workers_for(file)))
    except KeyboardInterrupt:
        click.echo("Stopped. The same command goes on where it was.", err=True)
        sys.exit(long_runs.INTERRUPTED)
    _show(done, faults)
    sys.exit(0 if done.state is ImportState.POSTED else 1)


def sha256_of(file: Path) -> bytes:
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while piece := source.read(_CHUNK_BYTES):
            digest.update(piece)
    return digest.digest()


async def _run(dsn: str, wish: Wish, file: Path, workers: int) -> tuple[Import, list[tuple[int, Fault]]]:
    async with import_service(dsn, workers=workers) as service:
        with long_runs.bar() as bar:
            task = bar.add_task("received", total=None)

            def told(state: ImportState, done: int, rows: int) -> None:
                bar.update(task, description=state.value, completed=done, total=rows or None)

            done = await service.run(wish, file, told)
        async with service.transaction() as store:
            return done, await store.log.faults(done.id, after=0, limit=FAULTS_SHOWN)


def _show(done: Import, faults: list[tuple[int, Fault]]) -> None:
    click.echo(f"{done.file_name}: {done.rows} rows, sum {done.sum}, {done.state}")
    if done.state is ImportState.POSTED:
        tally = done.tally
        click.echo(f"new {tally.added}, corrected {tally.corrected}, unchanged {tally.unchanged}")
        if not done.faults:
            return
    for _, fault in faults:
        row = f"row {fault.row_no}" if fault.row_no else "file"
        value = f" (“{fault.value}”)" if fault.value else ""
        click.echo(f"  {row}, {fault.field or 'row'}: {fault.code}: {fault.text}{value}")
    click.echo(f"{done.faults} faults; all of them: table import_errors, import_id = '{done.id}'")
    if done.state is ImportState.REFUSED:
        click.echo("Nothing was posted. Correct the file and import it again.")
