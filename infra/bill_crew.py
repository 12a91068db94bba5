"""A month's bills issued and set on paper over all cores: processes that take a page of accounts each.

Whoever is killed leaves nothing half done: a page's bills are one transaction, a file takes its name when
it is whole. So the same command again goes on where it was.
"""

import asyncio
import multiprocessing
import os
import re
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from adapters.pdf.typesetting import typeset
from adapters.postgres.pool import create_pool
from adapters.postgres.store import Transactions
from adapters.qr import symbols
from domain.bills.bills import Bill
from domain.bills.making import CommonFacts
from domain.bills.paper import paper
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId
from infra import clock, lifeline
from infra.bills import mark
from infra.errors import OperatorError
from infra.import_crew import spare_the_collector
from infra.refunds import words
from services.bills.issuing import BillIssuing, MonthNotOver
from services.repeating import repeated

PAGE = 100
"""Accounts that are issued in one transaction."""
_NOT_IN_NAMES = re.compile(r"[^\w-]")


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What came of some accounts. `refused` is "number code"."""

    accounts: int = 0
    issued: int = 0
    written: int = 0
    refused: tuple[str, ...] = ()

    def __add__(self, other: "Done") -> "Done":
        return Done(
            accounts=self.accounts + other.accounts,
            issued=self.issued + other.issued,
            written=self.written + other.written,
            refused=self.refused + other.refused,
        )


async def issued(
    dsn: str, zone: str, period: Period, out: Path | None, workers: int, told: Callable[[Done, int], None]
) -> Done:
    """Every open account charged in the month has its bill, and in `out` its paper. `told` hears what is
    done of how many. OperatorError when it cannot be done."""
    pool = await create_pool(dsn, min_size=1, max_size=2)
    try:
        transaction = Transactions(pool, clock.now, clock.new_id)
        await _check(BillIssuing(transaction, clock.now, ZoneInfo(zone), mark), period)
        async with transaction() as store:
            count = await store.bill_issuing.count(period)
        if out is not None:
            _sweep(out / period)
        done = Done()
        told(done, count)
        with crew(dsn, zone, workers) as processes:
            pages = _pages(transaction, period)
            async for part in each(processes, pages, period, out, workers + 1):
                done += part
                told(done, count)
        return done
    finally:
        await pool.close()


async def _check(issuing: BillIssuing, period: Period) -> None:
    """Whether the month can be billed at all, told before any process is begun."""
    try:
        await issuing.common(period)
    except MonthNotOver as error:
        raise OperatorError(f"The month {period} is not over: its bills cannot be issued yet.") from error
    except LookupError as error:
        raise OperatorError(f"Bills cannot be issued: {error}.") from error


def _sweep(folder: Path) -> None:
    """Away with the beginnings of files whose writers were killed."""
    for part in folder.glob("*/.*.part"):
        writer = int(part.name.split(".")[-2])
        try:
            os.kill(writer, 0)
        except ProcessLookupError:
            part.unlink(missing_ok=True)


async def _pages(transaction: Transactions, period: Period) -> AsyncIterator[list[AccountId]]:
    after: AccountId | None = None
    while True:
        async with transaction() as store:
            page = await store.bill_issuing.charged(period, after=after, limit=PAGE)
        if not page:
            return
        yield page
        after = page[-1]


async def each(
    processes: ProcessPoolExecutor,
    pages: AsyncIterator[list[AccountId]],
    period: Period,
    out: Path | None,
    at_once: int,
) -> AsyncIterator[Done]:
    """As they come; never more than `at_once` pages wait for a process."""
    loop, running = asyncio.get_running_loop(), set[asyncio.Future[Done]]()
    try:
        async for page in pages:
            ids = [account_id.bytes for account_id in page]
            running.add(loop.run_in_executor(processes, _page, ids, period, out))
            if len(running) >= at_once:
                finished, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for one in finished:
                    yield one.result()
        for one in asyncio.as_completed(running):
            yield await one
    except BrokenProcessPool as error:
        raise OperatorError("A process that issues bills was killed. The same command goes on.") from error


@contextmanager
def crew(dsn: str, zone: str, workers: int) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin, initargs=(dsn, zone)
    )
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Process(msgspec.Struct):
    """What a process holds from page to page."""

    loop: asyncio.AbstractEventLoop
    transaction: Transactions
    issuing: BillIssuing
    common: CommonFacts | None = None


_process: _Process


def _begin(dsn: str, zone: str) -> None:
    """Ctrl-C is the parent's affair, its death is ours."""
    global _process  # noqa: PLW0603 - what a process of the crew holds from page to page
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lifeline.follow_parent()
    # A process for each core is at work already: more threads of typst would only wait for each other.
    os.environ["RAYON_NUM_THREADS"] = "1"
    spare_the_collector()
    loop = asyncio.new_event_loop()
    pool: asyncpg.Pool = loop.run_until_complete(create_pool(dsn, min_size=1, max_size=1))
    transaction = Transactions(pool, clock.now, clock.new_id)
    issuing = BillIssuing(transaction, clock.now, ZoneInfo(zone), mark)
    _process = _Process(loop, transaction, issuing)


def _page(ids: Sequence[bytes], period: Period, out: Path | None) -> Done:
    return _process.loop.run_until_complete(_issue([AccountId(UUID(bytes=one)) for one in ids], period, out))


async def _issue(ids: Sequence[AccountId], period: Period, out: Path | None) -> Done:
    common = _process.common
    if common is None or common.period != period:
        common = _process.common = await _process.issuing.common(period)
    made = await repeated(partial(_process.issuing.issue, ids, common))
    written = 0
    if out is not None:
        async with _process.transaction() as store:
            bills = await store.bill_issuing.issued(ids, period)
        written = sum(write(bill, out) for bill in bills)
    return Done(
        accounts=len(ids),
        issued=len(made.new),
        written=written,
        refused=tuple(f"{one.number} {one.code}" for one in made.refused),
    )


def write(bill: Bill, out: Path) -> bool:
    """The paper of `bill` under `out`, if it is not there yet: in a folder of the month and of the last two
    characters of the account, for no folder likes a million files."""
    name = _NOT_IN_NAMES.sub("_", bill.number)
    folder = out / bill.period / _NOT_IN_NAMES.sub("_", bill.account_number[-2:])
    file = folder / f"{name}.pdf"
    if file.exists():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.{os.getpid()}.part"
    part.write_bytes(typeset("bill", msgspec.json.encode(paper(bill, symbols, words))))
    part.replace(file)
    return True
