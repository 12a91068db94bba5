"""Bills: made of the ledger, frozen, set on paper and written to disk over all cores, beside typst merely
compiling the same pages over the same processes with all data ready."""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import asyncpg
import msgspec

from adapters.pdf.typesetting import typeset
from adapters.postgres.pool import connect
from adapters.qr import symbols
from domain.accounts.suppliers import CollectionAccount
from domain.bills.bills import thawed
from domain.bills.paper import paper
from domain.kernel.ids import AccountId
from infra.bench.results import Result
from infra.bill_crew import crew, each
from infra.demo.suppliers import COLLECTION
from infra.refunds import words

GOAL = 0.6
WORK = (
    "Bills of a month over all {cores} cores: read from the ledger under lock, frozen, six QR codes each, "
    "PDF/A to disk. Limit: typst compiling the same pages in the same processes, data ready, nothing written"
)
_PERIOD = "2026-10"
_ZONE = "Asia/Yekaterinburg"
_PAGE = 20


async def measure(dsn: str, accounts: Sequence[AccountId], rounds: int) -> list[Result]:
    """`dsn` is the owner's. Each round takes its part of the accounts; a first one fills caches."""
    cores = os.cpu_count() or 1
    connection = await connect(dsn, role=None)
    try:
        await _lay(connection)
        portion = len(accounts) // (rounds + 1)
        pairs = []
        with tempfile.TemporaryDirectory() as folder, crew(dsn, _ZONE, cores) as processes:
            for start in range(0, portion * (rounds + 1), portion):
                taken = accounts[start : start + portion]
                ours = await _issued(processes, taken, Path(folder), cores)
                pairs.append((ours, await _compiled(processes, await _pages_of(connection, taken))))
    finally:
        await connection.close()
    return [Result.rate(WORK.format(cores=cores), "bills/s", pairs=pairs[1:], goal=GOAL)]


async def _issued(
    processes: ProcessPoolExecutor, accounts: Sequence[AccountId], out: Path, cores: int
) -> float:
    """Bills a second."""
    began, written = time.perf_counter(), 0
    async for done in each(processes, _paged(accounts), _PERIOD, out, cores + 1):
        written += done.written
    seconds = time.perf_counter() - began
    if written != len(accounts):
        raise RuntimeError(f"{written} bills of {len(accounts)} were written")
    return written / seconds


async def _paged(accounts: Sequence[AccountId]) -> AsyncIterator[list[AccountId]]:
    for start in range(0, len(accounts), _PAGE):
        yield sorted(accounts[start : start + _PAGE])


async def _compiled(processes: ProcessPoolExecutor, pages: Sequence[bytes]) -> float:
    """Pages a second."""
    loop, began = asyncio.get_running_loop(), time.perf_counter()
    portions = [pages[start : start + _PAGE] for start in range(0, len(pages), _PAGE)]
    await asyncio.gather(*(loop.run_in_executor(processes, compiled, portion) for portion in portions))
    return len(pages) / (time.perf_counter() - began)


def compiled(pages: Sequence[bytes]) -> int:
    """In a process of the crew."""
    return sum(len(typeset("bill", page)) for page in pages)


async def _pages_of(connection: asyncpg.Connection, accounts: Sequence[AccountId]) -> list[bytes]:
    """The data of each page. A stroke in the name keeps typst from remembering what it has just set."""
    rows = await connection.fetchmany(
        "SELECT body FROM bills WHERE account_id = $1 AND period = $2",
        [(account_id, _PERIOD) for account_id in accounts],
    )
    papers = [paper(thawed(row["body"]), symbols, words) for row in rows]
    return [msgspec.json.encode(msgspec.structs.replace(one, holder=f"{one.holder}'")) for one in papers]


async def _lay(connection: asyncpg.Connection) -> None:
    """Requisites of the suppliers, which nothing else in the benchmark needs."""
    await connection.execute(
        "INSERT INTO supplier_terms (supplier_id, valid_from, collection, details)"
        " SELECT supplier_id, '2025-01-01', 'agent', $1 FROM suppliers ON CONFLICT DO NOTHING",
        COLLECTION,
    )
    await connection.execute(
        "INSERT INTO terms (name, valid_from, value) VALUES ($1, '2025-01-01', $2) ON CONFLICT DO NOTHING",
        CollectionAccount.name,
        CollectionAccount(details=COLLECTION),
    )
