"""Running the audit: batch after batch, in this process or in several."""

import asyncio
import multiprocessing
import signal
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from uuid import UUID

from adapters.postgres.audit import PostgresAudit
from adapters.postgres.cases.audit import PostgresCaseAudit, audited_slots
from adapters.postgres.penalty_audit import PostgresPenaltyAudit
from adapters.postgres.pool import connect
from adapters.postgres.proofs.audit import PostgresSealAudit
from adapters.postgres.proofs.roots import PostgresRoots
from adapters.postgres.readings.audit import PostgresReadingAudit
from adapters.postgres.receipts.audit import PostgresReceiptAudit
from adapters.postgres.registries.audit import PostgresRegistryAudit
from domain.accounts.audit import Finding
from domain.accounts.penalties.audit import penalty_findings
from domain.accounts.proofs.roots import DayRoot, chain_findings
from domain.accounts.proofs.seals import seal_findings
from domain.cases.audit import case_findings, slot_findings
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId
from domain.payments.audit import account_findings, account_totals, name_findings, total_findings
from domain.payments.audit_rows import AccountRows, Totals
from domain.payments.receipts.audit import ReceiptTotals, receipt_findings, receipt_totals
from domain.payments.registries.audit import RegistryTotals, registry_findings, registry_totals
from domain.readings.audit import ReadingTotals, reading_findings, reading_totals, state_findings
from infra import clock, lifeline

BATCH_ACCOUNTS = 250
"""A batch's rows are held in memory at once: about 10 MB at fifty transfers an account."""
_NAMES = 5000
_BEFORE_ALL = AccountId(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one batch came to."""

    totals: Totals = field(default_factory=Totals)
    findings: Sequence[Finding] = ()
    readings: ReadingTotals = field(default_factory=ReadingTotals)
    cases: int = 0
    registries: RegistryTotals = field(default_factory=RegistryTotals)
    receipts: ReceiptTotals = field(default_factory=ReceiptTotals)


async def audited(
    reader: PostgresAudit,
    dsn: str,
    chosen: Sequence[AccountId] | None,
    *,
    workers: int = 1,
    now: Callable[[], datetime] = clock.now,
) -> AsyncGenerator[Outcome, None]:
    """Audits the `chosen` accounts, or all (None); an outcome per batch, the sums of all at the end.

    `reader` works here; with more workers than one, each is a process with a connection to `dsn` of its
    own, by the real clock. Memory does not grow with the number of accounts.
    """
    totals, readings = Totals(), ReadingTotals()
    batches = _all(reader) if chosen is None else _batches(chosen)
    judged = (
        _here(reader, batches, now) if workers == 1 else _in_processes(dsn, reader.zone, batches, workers)
    )
    async with aclosing(judged) as outcomes:
        async for outcome in outcomes:
            totals += outcome.totals
            readings += outcome.readings
            yield outcome
    async for findings in _names_all(reader) if chosen is None else _names_of(reader, chosen):
        yield Outcome(findings=findings)
    if chosen is None:
        yield Outcome(findings=await _root_chain(PostgresRoots(reader.connection)))
        yield Outcome(findings=list(slot_findings(await audited_slots(reader.connection))))
    yield Outcome(findings=[*total_findings(totals, are_all=chosen is None), *state_findings(readings)])


async def judged_batch(
    reader: PostgresAudit, ids: Sequence[AccountId], now: Callable[[], datetime] = clock.now
) -> Outcome:
    totals, findings = Totals(), []
    for rows in await reader.accounts(ids):
        settled, found = rows, account_findings(rows)
        if found:
            settled, found = await _again(reader, rows)
        totals += account_totals(settled)
        findings += found
    sent = await PostgresReadingAudit(reader.connection).of(ids)
    findings += [finding for row in sent for finding in reading_findings(row)]
    cases = await PostgresCaseAudit(reader.connection).accounts(ids)
    findings += [finding for account in cases for finding in case_findings(account)]
    penalties = PostgresPenaltyAudit(reader.connection, now())
    book = await penalties.rulebook(business_day(now(), reader.zone or UTC))
    reckoned = await penalties.accounts(ids, book)
    findings += [finding for account in reckoned for finding in penalty_findings(account, book)]
    sealed = await PostgresSealAudit(reader.connection).accounts(ids)
    findings += [finding for account in sealed for finding in seal_findings(account)]
    registries = await PostgresRegistryAudit(reader.connection).of(ids)
    findings += [finding for one in registries for finding in registry_findings(one)]
    receipted = await PostgresReceiptAudit(reader.connection).of(ids)
    findings += [finding for account in receipted for finding in receipt_findings(account)]
    return Outcome(
        totals,
        findings,
        reading_totals(sent),
        sum(len(account.cases) for account in cases),
        registry_totals(registries),
        receipt_totals(receipted),
    )


async def _again(reader: PostgresAudit, rows: AccountRows) -> tuple[AccountRows, list[Finding]]:
    """A batch is one snapshot on one machine, not on several: an account alone is one on both."""
    [alone] = await reader.accounts([rows.ledger.account_id])
    return alone, account_findings(alone)


async def _all(reader: PostgresAudit) -> AsyncGenerator[Sequence[AccountId], None]:
    ids = await reader.account_ids(_BEFORE_ALL, BATCH_ACCOUNTS)
    while ids:
        yield ids
        ids = await reader.account_ids(ids[-1], BATCH_ACCOUNTS)


async def _batches(ids: Sequence[AccountId]) -> AsyncGenerator[Sequence[AccountId], None]:
    for start in range(0, len(ids), BATCH_ACCOUNTS):
        yield ids[start : start + BATCH_ACCOUNTS]


async def _here(
    reader: PostgresAudit, batches: AsyncGenerator[Sequence[AccountId], None], now: Callable[[], datetime]
) -> AsyncGenerator[Outcome, None]:
    async for ids in batches:
        yield await judged_batch(reader, ids, now)


async def _in_processes(
    dsn: str, zone: tzinfo | None, batches: AsyncGenerator[Sequence[AccountId], None], workers: int
) -> AsyncGenerator[Outcome, None]:
    """Never more batches under way than keep every process busy."""
    pool = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin, initargs=(dsn, zone)
    )
    under_way: deque[asyncio.Future[Outcome]] = deque()
    try:
        async for ids in batches:
            under_way.append(asyncio.wrap_future(pool.submit(_judge, ids)))
            if len(under_way) > 2 * workers:
                yield await under_way.popleft()
        while under_way:
            yield await under_way.popleft()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_process: tuple[asyncio.AbstractEventLoop, PostgresAudit]


def _begin(dsn: str, zone: tzinfo | None) -> None:
    """In a process of the pool: Ctrl-C is the parent's affair, its death is ours."""
    global _process  # noqa: PLW0603 - what a process of the pool holds from batch to batch
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lifeline.follow_parent()
    loop = asyncio.new_event_loop()
    _process = loop, PostgresAudit(loop.run_until_complete(connect(dsn)), zone)


def _judge(ids: Sequence[AccountId]) -> Outcome:
    loop, reader = _process
    return loop.run_until_complete(judged_batch(reader, ids))


async def _names_all(reader: PostgresAudit) -> AsyncGenerator[list[Finding], None]:
    after = ("", "")
    while True:
        names, kept = await reader.names(after, _NAMES)
        if not names:
            return
        if found := list(name_findings(names, kept)):
            yield found
        after = names[-1].key


async def _names_of(reader: PostgresAudit, ids: Sequence[AccountId]) -> AsyncGenerator[list[Finding], None]:
    async for batch in _batches(ids):
        yield list(name_findings(*await reader.names_of(batch)))


async def _root_chain(roots: PostgresRoots) -> list[Finding]:
    """Every published day names the one before it."""
    found: list[DayRoot] = []
    before = None
    while page := await roots.page(before, _NAMES):
        found += page
        before = page[-1].day
    return list(chain_findings(found[::-1]))
