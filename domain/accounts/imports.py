"""A billing file on its way into the accounts: checked whole, refused whole, or posted account by account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Protocol

import msgspec
from msgspec.structs import replace

from domain.accounts.billing import BillLine
from domain.accounts.charging import BulkLedger
from domain.accounts.import_cells import Fault
from domain.accounts.import_checks import Known, Totals
from domain.accounts.import_columns import ImportKind
from domain.accounts.import_meters import MeterRow, TariffRow
from domain.accounts.import_norms import NormRow
from domain.accounts.import_readings import ReadingRow
from domain.accounts.import_rows import AccountRow, ContactRow, DirectoryRow, Row, SupplierRow
from domain.kernel.errors import Invalid, NotFound, Unavailable
from domain.kernel.ids import AccountId, ImportId
from domain.kernel.jobs import Job, Jobs
from domain.kernel.lifecycle import Lifecycle
from domain.kernel.money import ZERO, Money

FAULTS_KEPT = 10_000
"""More are only counted: whoever has ten thousand wrong rows has one wrong file."""


class ImportNotFound(NotFound):
    code = "import-not-found"
    text = "There is no such import"


class ImportCutShort(Unavailable):
    code = "import-cut-short"
    text = "The import was cut short; what was posted stays, the rest is still to do"
    remedy = "Repeat the same import of the same file: it goes on where it stopped"


class FileUnreadable(Invalid):
    code = "file-unreadable"
    text = "The file cannot be read: {why}"
    remedy = "Send .csv (UTF-8 or Windows-1251) or .xlsx as described in docs/imports.md"


class ImportState(StrEnum):
    """checked: the whole file is right, nothing is posted yet. refused: nothing was posted, ever."""

    RECEIVED = "received"
    CHECKING = "checking"
    REFUSED = "refused"
    CHECKED = "checked"
    POSTING = "posting"
    POSTED = "posted"


LIFECYCLE = Lifecycle(
    {
        ImportState.RECEIVED: frozenset({ImportState.CHECKING}),
        # The next run after a kill begins with checking again, wherever the last one was.
        ImportState.CHECKING: frozenset({ImportState.CHECKING, ImportState.REFUSED, ImportState.CHECKED}),
        ImportState.CHECKED: frozenset({ImportState.CHECKING, ImportState.POSTING}),
        ImportState.POSTING: frozenset({ImportState.CHECKING, ImportState.POSTED}),
    }
)


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What became of some rows. `unchanged` said what was known. `held_back` names rows that were not posted,
    for their account was closed since they were checked."""

    added: int = 0
    corrected: int = 0
    unchanged: int = 0
    held_back: tuple[str, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            added=self.added + other.added,
            corrected=self.corrected + other.corrected,
            unchanged=self.unchanged + other.unchanged,
            held_back=self.held_back + other.held_back,
        )


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A file that somebody wants imported. `value_date` is the day its corrections count from."""

    kind: ImportKind
    file_name: str
    sha256: bytes
    who: str
    value_date: date
    expected: Totals = Totals()


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """One file and how far it has come. `done` rows are posted, all of accounts up to `done_to`."""

    id: ImportId
    kind: ImportKind
    file_name: str
    sha256: bytes
    who: str
    value_date: date
    expected: Totals
    created_at: datetime
    state: ImportState = ImportState.RECEIVED
    rows: int = 0
    sum: Money = ZERO
    faults: int = 0
    done: int = 0
    tally: Tally = Tally()
    done_to: AccountId | None = None
    finished_at: datetime | None = None

    @classmethod
    def wished(cls, id: ImportId, wish: Wish, at: datetime) -> Import:
        return cls(
            id=id,
            kind=wish.kind,
            file_name=wish.file_name[:200],
            sha256=wish.sha256,
            who=wish.who,
            value_date=wish.value_date,
            expected=wish.expected,
            created_at=at,
        )

    def checking(self) -> Import:
        """From the start, but for the accounts that are done."""
        then = self._moved(ImportState.CHECKING)
        return then if then.done_to else replace(then, done=0, tally=Tally())

    def refused(self, rows: int, sum: Money, faults: int, at: datetime) -> Import:
        then = self._moved(ImportState.REFUSED)
        return replace(then, rows=rows, sum=sum, faults=faults, finished_at=at)

    def checked(self, rows: int, sum: Money) -> Import:
        return replace(self._moved(ImportState.CHECKED), rows=rows, sum=sum)

    def posting(self) -> Import:
        return self._moved(ImportState.POSTING)

    def went_on(self, rows: int, tally: Tally, done_to: AccountId | None) -> Import:
        """`rows` more are posted or held back, and everything up to the account `done_to`."""
        faults = self.faults + len(tally.held_back)
        return replace(self, done=self.done + rows, tally=self.tally + tally, faults=faults, done_to=done_to)

    def posted(self, at: datetime) -> Import:
        return replace(self._moved(ImportState.POSTED), finished_at=at)

    def _moved(self, then: ImportState) -> Import:
        return replace(self, state=LIFECYCLE.check(self.state, then))


class RunImport(Job, frozen=True, kw_only=True, tag="imports.run"):
    """Do the import whose file is kept. Safe to repeat: it goes on where it stopped."""

    max_attempts: ClassVar[int] = 10
    max_seconds: ClassVar[int] = 4 * 3600

    import_id: ImportId


class Table(Protocol):
    """One file as a table. Reading may raise FileUnreadable at any row."""

    @property
    def header(self) -> list[str]: ...

    @property
    def trailer(self) -> Totals | None:
        """Control totals of a last row that begins with `#total`."""

    def rows(self) -> Iterator[tuple[int, Mapping[str, str] | None]]:
        """Row number (the header is 1) and cells by column; None when there are too many cells."""

    @property
    def text(self) -> PlainText:
        """The rows as they stand in the file, without header and trailer, to be copied unread."""


class PlainText(msgspec.Struct, frozen=True, kw_only=True):
    delimiter: str
    encoding: str
    pieces: Callable[[], AsyncIterator[bytes]]


class Staging(Protocol):
    """The rows of one file, held apart in a session of its own until they are judged."""

    async def copied(self, table: Table, known: Known, today: date) -> tuple[int, Money] | None:
        """Take a file of charges unread if every row is in plain form and right: its count and sum.
        None: staging is empty again and the rows must be read one by one. Never takes what
        `import_rows.read` would refuse, nor reads it otherwise."""

    async def add(self, rows: Sequence[tuple[int, Row]]) -> None: ...

    async def faults(self, limit: int, today: date) -> list[Fault]:
        """What is wrong among the rows and with what is known on that day, up to `limit` faults."""

    def rows(self, size: int) -> AsyncIterator[Sequence[DirectoryRow]]:
        """Whatever is no charge or balance, sorted by what it is about."""

    def batches(self, size: int, after: AccountId | None) -> AsyncIterator[Sequence[BillLine]]:
        """Charges or opening balances of whole accounts above `after`, about `size` rows at a time."""


class Directory(Protocol):
    """Suppliers, accounts and contacts as billing tells them. Each call saves all its rows or none."""

    async def suppliers_saved(self, rows: Sequence[SupplierRow]) -> Tally: ...

    async def accounts_saved(self, rows: Sequence[AccountRow], at: datetime) -> Tally: ...

    async def contacts_saved(self, rows: Sequence[ContactRow]) -> Tally: ...


class Prices(Protocol):
    async def prices_saved(self, rows: Sequence[TariffRow]) -> Tally:
        """What residents pay per unit, as billing tells it. All rows or none."""


class NormBook(Protocol):
    async def norms_saved(self, rows: Sequence[NormRow]) -> Tally:
        """What is counted where no meter counts, as billing tells it. All rows or none."""


class CountedValues(Protocol):
    async def readings_saved(self, rows: Sequence[ReadingRow], at: datetime) -> Tally:
        """Which readings billing has used, and what it has counted from instead. All rows or none."""


class MeterBook(Protocol):
    async def meters_saved(self, rows: Sequence[MeterRow], at: datetime, day: date) -> Tally:
        """Meters and what billing counts from, as billing tells them. All rows or none."""


class ImportLog(Protocol):
    """Imports, their faults and the files that came over the API."""

    async def opened(self, wanted: Import) -> Import:
        """Write `wanted`, or find the unfinished import of the same kind and file."""

    async def save(self, changed: Import) -> None: ...

    async def by_id(self, import_id: ImportId) -> Import:
        """ImportNotFound when there is none."""

    async def known(self) -> Known: ...

    async def keep_faults(self, import_id: ImportId, faults: Sequence[Fault]) -> None:
        """Instead of those kept before."""

    async def add_faults(self, import_id: ImportId, faults: Sequence[Fault]) -> None:
        """Beside those kept before, up to FAULTS_KEPT."""

    async def faults(self, import_id: ImportId, *, after: int, limit: int) -> list[tuple[int, Fault]]:
        """By their number, above `after`."""

    async def keep_file(self, import_id: ImportId, body: bytes) -> None: ...

    def file(self, import_id: ImportId) -> AsyncIterator[bytes]: ...

    async def drop_file(self, import_id: ImportId) -> None: ...


class ImportStore(Protocol):
    """What one transaction of an import reaches."""

    @property
    def ledger(self) -> BulkLedger: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def prices(self) -> Prices: ...
    @property
    def norm_book(self) -> NormBook: ...
    @property
    def meter_book(self) -> MeterBook: ...
    @property
    def counted_values(self) -> CountedValues: ...
    @property
    def log(self) -> ImportLog: ...
    @property
    def jobs(self) -> Jobs: ...


ImportTransaction = Callable[[], AbstractAsyncContextManager[ImportStore]]
"""Kept if the block ends, undone if it raises. Unavailable when it should be run again."""

OpenStaging = Callable[[ImportKind], AbstractAsyncContextManager[Staging]]
