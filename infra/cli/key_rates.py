"""`kabinet import key-rates FILE`: the Bank of Russia's key rates, checked whole and then kept."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import rich_click as click
from rich.console import Console
from rich.progress import track

from adapters.postgres.pool import create_pool
from adapters.postgres.store import Transactions
from adapters.tables import open_table
from domain.accounts.import_cells import Fault
from domain.accounts.imports import FileUnreadable
from domain.accounts.penalties.key_rates import Compared, compared, rate_header_faults, rates_read
from domain.accounts.penalties.rates import KeyRate
from infra import clock

_SHOWN = 20


async def import_key_rates(dsn: str, file: Path, today: date, console: Console) -> bool:
    """Whether the file was kept; with any fault nothing of it is. Penalties are reckoned anew by the
    worker's next run."""
    try:
        async with open_table(file) as table:
            if faults := rate_header_faults(table.header):
                return _refused(file, 0, faults)
            read = rates_read(track(table.rows(), "rows", console=console, transient=True), today)
    except FileUnreadable as error:
        click.echo(f"{file.name}: refused. {error.text.format(**error.params)}")
        return False
    if read.faults:
        return _refused(file, read.rows, list(read.faults))
    pool = await create_pool(dsn, min_size=1, max_size=2)
    try:
        async with Transactions(pool, clock.now, clock.new_id)() as store:
            done = compared(read.rates, await store.key_rates.known())
            await store.key_rates.save([*done.added, *(now for _, now in done.changed)])
    finally:
        await pool.close()
    _show(file, read.rows, done)
    return True


def _refused(file: Path, rows: int, faults: list[Fault]) -> bool:
    click.echo(f"{file.name}: {rows} rows, refused")
    for fault in faults[:_SHOWN]:
        row = f"row {fault.row_no}" if fault.row_no else "file"
        value = f" (“{fault.value}”)" if fault.value else ""
        click.echo(f"  {row}, {fault.field or 'row'}: {fault.code}: {fault.text}{value}")
    click.echo(f"{len(faults)} faults. Nothing was kept. Correct the file and import it again.")
    return False


def _show(file: Path, rows: int, done: Compared) -> None:
    click.echo(
        f"{file.name}: {rows} rows; new {len(done.added)}, changed {len(done.changed)}, known {done.repeated}"
    )
    for rate in done.added[-_SHOWN:]:
        click.echo(f"  from {rate.valid_from:%d.%m.%Y}: {_percent(rate)}")
    for before, now in done.changed[:_SHOWN]:
        click.echo(f"  from {now.valid_from:%d.%m.%Y}: {_percent(now)}, was {_percent(before)}")


def _percent(rate: KeyRate) -> str:
    return f"{Decimal(rate.basis_points) / 100:.2f} %"
