"""`kabinet registries`: files of banks and agents with what was paid to them."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import rich_click as click

from domain.kernel.errors import Refusal
from infra.cli import frame, long_runs
from infra.cli.registries_out import out

if TYPE_CHECKING:
    from domain.payments.registries.files import PaymentRegistry
    from domain.store import Store
    from infra.registry_loading import Loading
    from infra.settings import Settings

T = TypeVar("T")
FAULTS_SHOWN = 30


@click.group("registries", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Files of banks and agents with what was paid to them: load, list, explain."""


command.add_command(out)


@command.command("load")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--agent", required=True, help="Who sent it: `kabinet registries agents` lists them.")
@click.option("--expect-rows", type=click.IntRange(0), help="Quarantine the file unless it has so many rows.")
@click.option("--expect-total", help="Quarantine the file unless its sum is this, in roubles: 1250.50.")
@click.option(
    "--workers", type=click.IntRange(1, 16), help="Processes that post; none: as many as processors."
)
def load(
    file: Path, agent: str, expect_rows: int | None, expect_total: str | None, workers: int | None
) -> None:
    """Judge FILE as a whole; if nothing is wrong with it, post its rows.

    The same file again goes on where it was, and is harmless when it is done. Leaves with 1 when the file
    stands in quarantine.
    """
    from domain.payments.registries.entries import Expected
    from domain.payments.registries.files import RegistryState
    from infra.cli.sums import kopecks
    from infra.registry_loading import Loading

    settings = frame.begin(database=True)
    expected = Expected(rows=expect_rows, amount=kopecks(expect_total, "--expect-total"))
    loading = Loading(settings, file, agent, expected, workers)
    try:
        registry = asyncio.run(_watched(loading))
    except Refusal as refusal:
        raise click.ClickException(f"{refusal}. {refusal.remedy}") from refusal
    except KeyboardInterrupt:
        click.echo("Stopped. The same command goes on where it was.", err=True)
        sys.exit(long_runs.INTERRUPTED)
    _tell(settings, lambda store: _lines(store, registry.id))
    sys.exit(1 if registry.state is RegistryState.QUARANTINED else 0)


async def _watched(loading: "Loading") -> "PaymentRegistry":
    with long_runs.bar() as bar:
        task = bar.add_task("received", total=None)
        return await loading.run(
            lambda state, done, rows: bar.update(task, description=state, completed=done, total=rows or None)
        )


@command.command("list")
@click.option("--state", help="Only those received, quarantined, posting or posted.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
def list_(state: str | None, limit: int) -> None:
    """Registries that came, the newest first."""
    from domain.payments.registries.files import RegistryState

    chosen = RegistryState(state) if state else None

    async def lines(store: "Store") -> Iterable[str]:
        found = await store.payment_registries.listed(chosen, before=None, limit=limit)
        return map(_line, found)

    _tell(frame.begin(database=True), lines)


def _line(one: "PaymentRegistry") -> str:
    faults = f", {one.faults} faults" if one.faults else ""
    came = f"{one.received_at:%Y-%m-%d %H:%M}"
    return (
        f"{one.id}  {came}  {one.agent_code:12} {one.state:11} {one.rows} rows, {one.sum}{faults}"
        f"  {one.file_name}"
    )


@command.command("show")
@click.argument("registry_id", type=click.UUID)
@click.option("--rows", "rows_shown", type=click.IntRange(0, 200), default=0, help="So many of its rows.")
def show(registry_id: UUID, rows_shown: int) -> None:
    """What a registry came to: the fates of its rows, or every reason of its quarantine."""
    _tell(frame.begin(database=True), lambda store: _lines(store, registry_id, rows_shown))


@command.command("agents")
def agents() -> None:
    """Banks and agents who send registries, as their contracts stand today."""

    async def lines(store: "Store") -> Iterable[str]:
        return [
            f"{one.code:12} {one.layout_code:12} {one.zone:20} {one.commission_basis_points / 100:>5.2f} %"
            f"  INN {one.inn}  {one.name}{', ended' if one.closed else ''}"
            for one in await store.payment_agents.all(_today())
        ]

    _tell(frame.begin(database=True), lines)


@command.command("contract")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def contract(file: Path) -> None:
    """Take an agent, a layout or both from a JSON FILE, in force from its `valid_from` on.

    The shape, with examples: docs/registries.md.
    """
    import msgspec

    from domain.payments.registries.contracts import Contract

    try:
        told = msgspec.json.decode(file.read_bytes(), type=Contract).checked()
    except (msgspec.MsgspecError, ValueError) as error:
        raise click.ClickException(f"{file}: {error}") from error
    settings = frame.begin(database=True)
    _run(settings, lambda store: told.save(store.payment_agents))
    click.echo(f"In force from {told.valid_from}: {told.words}")


@command.command("terminals")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def terminals(file: Path) -> None:
    """Let the terminals of an agent ask online, by a JSON FILE, in force from its `valid_from` on.

    The shape, with an example: docs/terminals.md.
    """
    import msgspec

    from domain.payments.terminals import TerminalAgreement

    try:
        told = msgspec.json.decode(file.read_bytes(), type=TerminalAgreement).checked()
    except (msgspec.MsgspecError, ValueError) as error:
        raise click.ClickException(f"{file}: {error}") from error
    _run(frame.begin(database=True), lambda store: store.terminals.save(told))
    click.echo(f"In force from {told.valid_from}: terminals of {told.agent}")


async def _lines(store: "Store", registry_id: UUID, rows_shown: int = 0) -> list[str]:
    from domain.kernel.ids import AccountId
    from domain.payments.registries.rows import CODE_TEXTS, RowState

    id_ = AccountId(registry_id)
    one = await store.payment_registries.by_id(id_)
    lines = [f"{one.file_name}: {one.state}, {one.rows} rows, sum {one.sum}  ({one.id})"]
    if one.order_number:
        lines.append(f"payment order {one.order_number} of {one.order_date}, fees {one.fees}")
    fates = await store.payment_registries.fates(id_)
    for state, fate in sorted(fates.items()):
        lines.append(f"  {state:10} {fate.rows:>7} rows  {fate.sum}")
    for _, fault in await store.payment_registries.faults(id_, after=0, limit=FAULTS_SHOWN):
        where = f"line {fault.line_no}" if fault.line_no else "file"
        lines.append(f"  {where}, {fault.field}: {fault.code}: {fault.text} (“{fault.value}”)")
    if one.faults:
        lines.append(f"{one.faults} faults. Nothing of the file was posted.")
    for state in (RowState.REFUSED, RowState.REPEATED, RowState.MATCHED, RowState.SUSPENSE):
        for row in await store.registry_rows.page(id_, state, after=0, limit=FAULTS_SHOWN):
            why = CODE_TEXTS[row.code] if row.code else ""
            told = f" (“{row.account_text}”)" if row.account_text else ""
            lines.append(f"  line {row.line_no}, {row.amount}: {row.state}: {why}{told}")
        if state in fates and (more := fates[state].rows - FAULTS_SHOWN) > 0:
            lines.append(
                f"  … and {more} more rows {state}: GET /api/v1/registries/{id_}/rows?row_state={state}"
            )
    for row in await store.registry_rows.page(id_, None, after=0, limit=rows_shown):
        lines.append(f"  {row.row_no:>6} {row.operation_id} {row.account_text} {row.amount} {row.state}")
    return lines


def _today() -> date:
    from domain.kernel.calendar import business_day
    from infra import clock
    from infra.settings import load as settings_of

    return business_day(clock.now(), ZoneInfo(settings_of().zone))


def _tell(settings: "Settings", work: Callable[["Store"], Awaitable[Iterable[str]]]) -> None:
    """What it finds is printed when the transaction has ended: who reads it may take their time."""
    for line in _run(settings, work):
        click.echo(line)


def _run(settings: "Settings", work: Callable[["Store"], Awaitable[T]]) -> T:
    from adapters.postgres.pool import create_pool
    from adapters.postgres.store import Transactions
    from infra import clock

    async def run() -> T:
        pool = await create_pool(settings.database_url, min_size=1, max_size=1)
        try:
            async with Transactions(pool, clock.now, clock.new_id)() as store:
                return await work(store)
        finally:
            await pool.close()

    try:
        return asyncio.run(run())
    except Refusal as refusal:
        raise click.ClickException(f"{refusal}. {refusal.remedy}") from refusal
