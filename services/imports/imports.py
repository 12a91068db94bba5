"""Take a billing file in: check it whole, then post it account by account. Safe to kill at any moment:
the same file again goes on where it stopped."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from domain.accounts.billing import BillLine
from domain.accounts.import_cells import Code, Fault
from domain.accounts.import_checks import Known, whole_faults
from domain.accounts.import_columns import ImportKind, header_faults, our_names
from domain.accounts.import_meters import MeterRow
from domain.accounts.import_readings import ReadingRow
from domain.accounts.import_rows import AccountRow, DirectoryRow
from domain.accounts.imports import (
    FAULTS_KEPT,
    FileUnreadable,
    Import,
    ImportCutShort,
    ImportState,
    ImportStore,
    ImportTransaction,
    OpenStaging,
    RunImport,
    Staging,
    Table,
    Tally,
    Wish,
)
from domain.kernel.errors import Unavailable
from domain.kernel.ids import ImportId
from services.imports.posting import TRIES, Posters
from services.imports.reading import Reading
from services.imports.side_by_side import side_by_side

SAVED_AT_ONCE_ROWS = 2_000

Progress = Callable[[ImportState, int, int], None]
"""Told the state, how many rows are done in it, and of how many (0: not known yet)."""


def _silent(state: ImportState, done: int, rows: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class ImportService:
    """`open_table` opens a file as a table; `scratch` writes pieces to a file that is gone afterwards."""

    transaction: ImportTransaction
    staging: OpenStaging
    posters: Posters
    open_table: Callable[[Path], AbstractAsyncContextManager[Table]]
    scratch: Callable[[AsyncIterator[bytes]], AbstractAsyncContextManager[Path]]
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    async def run(self, wish: Wish, file: Path, progress: Progress = _silent) -> Import:
        """Import the file to the end, or to its refusal: then nothing of it is posted.

        ImportCutShort when the database went away for long: repeat it.
        """
        async with self.transaction() as store:
            wanted = Import.wished(ImportId(self.new_id()), wish, self.now())
            current = await store.log.opened(wanted)
        return await self._imported(current, file, progress)

    async def receive(self, wish: Wish, body: bytes) -> Import:
        """Keep a file that came over the API and promise to import it, in one commit. The same file
        again, while the first is unfinished, is the same import."""
        wanted = Import.wished(ImportId(self.new_id()), wish, self.now())
        async with self.transaction() as store:
            current = await store.log.opened(wanted)
            if current.id == wanted.id:
                await store.log.keep_file(current.id, body)
                await store.jobs.add(RunImport(import_id=current.id), run_at=self.now())
        return current

    async def work(self, job: RunImport) -> None:
        """Do the import whose file is kept, then let the file go."""
        async with self.transaction() as store:
            current = await store.log.by_id(job.import_id)
        if current.finished_at is None:
            async with AsyncExitStack() as stack:
                async with self.transaction() as store:
                    file = await stack.enter_async_context(self.scratch(store.log.file(current.id)))
                await self._imported(current, file, _silent)
        async with self.transaction() as store:
            await store.log.drop_file(current.id)

    async def _imported(self, current: Import, file: Path, progress: Progress) -> Import:
        current = current.checking()
        async with self.transaction() as store:
            await store.log.save(current)
        try:
            async with self.open_table(file) as table, self.staging(current.kind) as staging:
                current = await self._checked(current, table, staging, progress)
                if current.state is ImportState.REFUSED:
                    return current
                return await self._posted(current, staging, progress)
        except FileUnreadable as error:
            unreadable = Fault(row_no=0, field="", code=Code.UNREADABLE, value=str(error.params["why"])[:100])
            nothing = Reading(
                current.kind, Known(supplier_inns=frozenset(), service_codes=frozenset()), current.value_date
            )
            return await self._judged(current, nothing, [unreadable])

    async def _checked(self, current: Import, table: Table, staging: Staging, progress: Progress) -> Import:
        async with self.transaction() as store:
            known = await store.log.known()
        reading = Reading(current.kind, known, current.value_date)
        progress(current.state, 0, 0)
        if wrong := header_faults(current.kind, our_names(current.kind, table.header)):
            return await self._judged(current, reading, wrong)
        copied = None
        if current.kind is ImportKind.CHARGES:
            copied = await staging.copied(table, known, current.value_date)
        if copied:
            reading.rows, reading.sum = copied
        else:
            await reading.stage(table, staging, lambda rows: progress(current.state, rows, 0))
            reading.found(await staging.faults(FAULTS_KEPT, current.value_date))
        whole = whole_faults(reading.rows, reading.sum, current.expected, table.trailer)
        return await self._judged(current, reading, whole)

    async def _judged(self, current: Import, reading: Reading, whole: Sequence[Fault]) -> Import:
        faults = reading.fault_count + len(whole)
        if faults:
            current = current.refused(reading.rows, reading.sum, faults, self.now())
        else:
            current = current.checked(reading.rows, reading.sum)
        kept = sorted([*whole, *reading.faults], key=lambda fault: fault.row_no)[:FAULTS_KEPT]
        async with self.transaction() as store:
            if kept or not current.done_to:  # what was held back before it was cut short stays told
                await store.log.keep_faults(current.id, kept)
            await store.log.save(current)
        return current

    async def _posted(self, current: Import, staging: Staging, progress: Progress) -> Import:
        current = current.posting()
        progress(current.state, current.done, current.rows)
        if current.kind in {ImportKind.CHARGES, ImportKind.OPENING_BALANCES}:
            current = await self._charged(current, staging, progress)
        else:
            async for rows in staging.rows(SAVED_AT_ONCE_ROWS):
                current = current.went_on(len(rows), await self._saved(current, rows), None)
                progress(current.state, current.done, current.rows)
        current = current.posted(self.now())
        async with self.transaction() as store:
            await store.log.save(current)
        return current

    async def _saved(self, current: Import, rows: Sequence[DirectoryRow]) -> Tally:
        async def save(store: ImportStore) -> Tally:
            by_rows_alone: Mapping[ImportKind, Callable[[Any], Awaitable[Tally]]] = {
                ImportKind.SUPPLIERS: store.directory.suppliers_saved,
                ImportKind.CONTACTS: store.directory.contacts_saved,
                ImportKind.TARIFFS: store.prices.prices_saved,
                ImportKind.NORMS: store.norm_book.norms_saved,
            }
            match current.kind:
                case ImportKind.ACCOUNTS:
                    return await store.directory.accounts_saved(cast(Sequence[AccountRow], rows), self.now())
                case ImportKind.METERS:
                    meters = cast(Sequence[MeterRow], rows)
                    return await store.meter_book.meters_saved(meters, self.now(), current.value_date)
                case ImportKind.READINGS:
                    return await store.counted_values.readings_saved(
                        cast(Sequence[ReadingRow], rows), self.now()
                    )
                case kind:
                    return await by_rows_alone[kind](rows)

        # As with charges: what is saved already is unchanged.
        for attempt in range(1, TRIES + 1):
            try:
                async with self.transaction() as store:
                    return await save(store)
            except Unavailable as error:
                if attempt == TRIES:
                    raise ImportCutShort from error
        raise AssertionError

    async def _charged(self, current: Import, staging: Staging, progress: Progress) -> Import:
        """Batches are posted side by side; the log follows the unbroken row of those that are done."""

        async def post(lines: Sequence[BillLine]) -> tuple[Sequence[BillLine], Tally]:
            return lines, await self.posters.post(current.kind, lines, current.value_date)

        batches = staging.batches(self.posters.rows_at_once, current.done_to)
        async for lines, tally in side_by_side(batches, post, self.posters.at_once):
            current = current.went_on(len(lines), tally, lines[-1].account_id)
            async with self.transaction() as store:
                await store.log.add_faults(current.id, [_held_back(one) for one in tally.held_back])
                await store.log.save(current)
            progress(current.state, current.done, current.rows)
        return current


def _held_back(row: str) -> Fault:
    return Fault(row_no=0, field="supplier_account", code=Code.CLOSED_MEANWHILE, value=row)
