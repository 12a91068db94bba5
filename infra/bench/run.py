"""The measurements one after another, on a PostgreSQL of their own."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import asyncpg

from adapters.postgres.pool import server_settings
from domain.kernel.ids import AccountId
from infra.bench import (
    access,
    bills,
    cases,
    database,
    flatness,
    imports,
    open_payments,
    pages,
    reading,
    settling,
    workbooks,
    world,
)
from infra.bench.plan import Plan
from infra.bench.results import Result
from infra.database import EmbeddedDatabase
from infra.errors import OperatorError
from infra.settings import Settings

FEW, MANY, EMPTY = "kabinet_few", "kabinet_many", "kabinet_empty"
BYTES_OF_ACCOUNT = 16_000
_HTTP_ACCOUNTS = 200


class Progress(Protocol):
    def begin(self, what: str, steps: int | None = None) -> None:
        """What is done now; in so many steps, if that is known."""

    def got_on(self) -> None:
        """One step of it is done."""


async def run(settings: Settings, plan: Plan, progress: Progress) -> AsyncIterator[Result]:
    """Each result as soon as it is known. OperatorError when there is no room for the data."""
    _refuse_small_disk(settings.data, plan)
    with database.directory(settings.data) as place:
        with database.server(place, settings.postgres_bin, database.LAYING) as server:
            progress.begin("making the databases")
            await database.make(server, [FEW, MANY, EMPTY])
            for name, accounts in ((FEW, plan.few_accounts), (MANY, plan.many_accounts)):
                await _lay(database.admin_dsn(server, name), accounts, progress)
        with database.server(place, settings.postgres_bin, database.SERVING) as server:
            few, empty = (database.owner_dsn(server, name) for name in (FEW, EMPTY))
            measures: list[tuple[str, Callable[[], Awaitable[list[Result]]]]] = [
                ("settling payments", lambda: _settling(few, plan)),
                ("reading over HTTP", lambda: _reading(few, plan, place)),
                ("issuing bills", lambda: _bills(few, plan)),
                ("access", lambda: access.measure(few, plan.rounds, plan.http_seconds, place)),
                ("importing charges", lambda: _importing(empty, plan)),
                ("judging workbooks", lambda: _workbooks(empty, plan)),
                ("flatness", lambda: _flatness(server, plan)),
                ("filing and reading cases", lambda: _cases(server, plan)),
            ]
            for what, measure in measures:
                progress.begin(what)
                for result in await measure():
                    yield result


async def _lay(admin_dsn: str, accounts: int, progress: Progress) -> None:
    progress.begin(f"laying down {accounts:,} accounts", world.STEPS)
    await world.prepare(admin_dsn)
    async with asyncio.TaskGroup() as lanes:
        for lane in world.LANES:
            lanes.create_task(world.lay(admin_dsn, lane, accounts, lambda _: progress.got_on()))
    await world.finish(admin_dsn)
    progress.got_on()


async def _settling(dsn: str, plan: Plan) -> list[Result]:
    accounts = await _some(dsn, 2 * settling.PROCESSES * (plan.rounds + 1) * plan.payments_each)
    return await settling.measure(dsn, accounts, plan.rounds)


async def _reading(dsn: str, plan: Plan, place: Path) -> list[Result]:
    accounts = await _some(dsn, _HTTP_ACCOUNTS)
    over_http = await reading.measure(dsn, accounts, plan.rounds, plan.http_seconds, place)
    return [*over_http, *await pages.measure(dsn, accounts, plan.rounds, plan.http_seconds, place)]


async def _bills(dsn: str, plan: Plan) -> list[Result]:
    accounts = await _some(dsn, plan.bills_each * (plan.bill_rounds + 1))
    return await bills.measure(dsn, accounts, plan.bill_rounds)


async def _importing(dsn: str, plan: Plan) -> list[Result]:
    return await imports.run(dsn, accounts=plan.import_accounts, rounds=plan.import_rounds)


async def _workbooks(dsn: str, plan: Plan) -> list[Result]:
    return await workbooks.run(dsn, meters=plan.workbook_meters, rounds=plan.workbook_rounds)


async def _flatness(server: EmbeddedDatabase, plan: Plan) -> list[Result]:
    few, many = (
        flatness.Size(database.owner_dsn(server, name), database.admin_dsn(server, name), accounts)
        for name, accounts in ((FEW, plan.few_accounts), (MANY, plan.many_accounts))
    )
    return await flatness.measure(few, many, plan.flat_rounds, plan.flat_each)


async def _cases(server: EmbeddedDatabase, plan: Plan) -> list[Result]:
    few, many = (
        flatness.Size(database.owner_dsn(server, name), database.admin_dsn(server, name), accounts)
        for name, accounts in ((FEW, plan.few_accounts), (MANY, plan.many_accounts))
    )
    most = plan.many_accounts * cases.CASES_OF_ACCOUNT
    flat = await cases.flat(
        few, plan.few_cases, many, min(plan.many_cases, most), plan.flat_rounds, plan.flat_each
    )
    return flat + await cases.filed(few.dsn, plan.rounds, plan.payments_each)


async def _some(dsn: str, count: int) -> list[AccountId]:
    connection = await asyncpg.connect(dsn, server_settings=server_settings(None))
    try:
        return await open_payments.some_accounts(connection, count)
    finally:
        await connection.close()


def _refuse_small_disk(data: Path, plan: Plan) -> None:
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    wanted = (plan.few_accounts + plan.many_accounts) * BYTES_OF_ACCOUNT
    free = shutil.disk_usage(data).free
    if free < wanted:
        raise OperatorError(
            f"The data to measure on takes {wanted / 1e9:.0f} GB and {data} has {free / 1e9:.0f} GB free. "
            "Say --accounts with a smaller number, or set KABINET_DATA to a roomier place."
        )
