"""Several processes that post an import's batches, each with a connection of its own: posting is work
of the processor, and one process uses one. They end with whoever began them, killed or not."""

import asyncio
import gc
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import asyncpg
import msgspec
from asyncpg.pgproto import pgproto

from adapters.postgres.imports.store import ImportTransactions
from adapters.postgres.pool import create_pool
from domain.accounts.billing import BillLine
from domain.accounts.import_columns import ImportKind
from domain.accounts.imports import ImportCutShort, Tally
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, SupplierAccountId
from infra import clock, lifeline
from services.imports import PostersHere


class _PlainLine(msgspec.Struct, array_like=True, gc=False):
    """A BillLine on its way. Its ids are bytes: they become ids of the driver's own kind, whose text is
    made ten times sooner."""

    account_id: bytes
    supplier_account_id: bytes
    supplier_inn: str
    supplier_account: str
    service: str
    period: str
    bill_number: str
    volume: str | None
    unit: str
    tariff: str | None
    amount_kopecks: int
    recalculation_kopecks: int
    penalty_kopecks: int
    overpayment_kopecks: int
    benefit_kopecks: int = 0
    norm: str | None = None
    norm_count: str | None = None


_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_decoder = msgspec.msgpack.Decoder(list[_PlainLine])


@dataclass(frozen=True, slots=True)
class Crew:
    """The port `Posters`, done by other processes."""

    pool: ProcessPoolExecutor
    at_once: int
    rows_at_once: int = 3_000

    async def post(self, kind: ImportKind, lines: Sequence[BillLine], value_date: date) -> Tally:
        loop = asyncio.get_running_loop()
        try:
            done = await loop.run_in_executor(self.pool, _post, kind, _encoder.encode(lines), value_date)
        except BrokenProcessPool as error:
            raise ImportCutShort from error
        if isinstance(done, str):
            raise ImportCutShort from RuntimeError(done)
        return done


@contextmanager
def crew(dsn: str, workers: int) -> Iterator[Crew]:
    """`workers` processes; each begins when there is work for it."""
    pool = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin, initargs=(dsn,)
    )
    try:
        yield Crew(pool, at_once=workers + 1)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_process: tuple[asyncio.AbstractEventLoop, PostersHere]


def _begin(dsn: str) -> None:
    """In a process of the crew: Ctrl-C is the parent's affair, its death is ours."""
    global _process  # noqa: PLW0603 - what a process of the crew holds from batch to batch
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lifeline.follow_parent()
    spare_the_collector()
    loop = asyncio.new_event_loop()
    pool: asyncpg.Pool = loop.run_until_complete(create_pool(dsn, min_size=1, max_size=1))
    _process = loop, PostersHere(ImportTransactions(pool, clock.now, clock.new_id), clock.now)


def spare_the_collector() -> None:
    """Rows come and go without cycles: looking for them would take a third of the time."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)


def _post(kind: ImportKind, body: bytes, value_date: date) -> Tally | str:
    """A refusal comes back as its text: exceptions with arguments by name do not travel."""
    loop, posters = _process
    lines = [_line(one) for one in _decoder.decode(body)]
    try:
        return loop.run_until_complete(posters.post(kind, lines, value_date))
    except Refusal as error:
        return repr(error.__cause__ or error)


def _line(one: _PlainLine) -> BillLine:
    account_id, supplier_account_id, *rest = msgspec.structs.astuple(one)
    return BillLine(
        AccountId(pgproto.UUID(account_id)), SupplierAccountId(pgproto.UUID(supplier_account_id)), *rest
    )
