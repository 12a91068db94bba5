"""Reading a file row by row into staging, gathering every fault on the way."""

from collections.abc import Callable
from datetime import date

from domain.accounts.import_cells import Cells, Code, Fault
from domain.accounts.import_checks import Known, in_our_words, known_faults
from domain.accounts.import_columns import ImportKind, our_names
from domain.accounts.import_rows import Row, read
from domain.accounts.imports import FAULTS_KEPT, Staging, Table
from domain.kernel.money import ZERO

STAGED_AT_ONCE_ROWS = 2_000


class Reading:
    """How many rows were read, their sum, and what is wrong with them."""

    def __init__(self, kind: ImportKind, known: Known, today: date) -> None:
        self.rows = 0
        self.sum = ZERO
        self.fault_count = 0
        self.faults: list[Fault] = []
        self._kind, self._known, self._today = kind, known, today

    async def stage(self, table: Table, staging: Staging, read_so_far: Callable[[int], None]) -> None:
        good: list[tuple[int, Row]] = []
        header = our_names(self._kind, table.header)
        names = dict(zip(table.header, header, strict=True)) if header != table.header else None
        for row_no, cells in table.rows():
            self.rows += 1
            if cells is None:
                self.found([Fault(row_no=row_no, field="", code=Code.CELLS_DIFFER)])
                continue
            ours = {names[name]: cell for name, cell in cells.items()} if names else cells
            one = Cells(row_no, ours, self._today)
            row = read(self._kind, one)
            if row is None:
                self.found(one.faults)
                continue
            row = in_our_words(row, self._known)
            self.sum += row.counted
            if unknown := known_faults(row_no, row, self._known):
                self.found(unknown)
                continue
            good.append((row_no, row))
            if len(good) == STAGED_AT_ONCE_ROWS:
                await staging.add(good)
                read_so_far(self.rows)
                good = []
        await staging.add(good)
        read_so_far(self.rows)

    def found(self, faults: list[Fault]) -> None:
        self.fault_count += len(faults)
        self.faults += faults[: max(0, FAULTS_KEPT - len(self.faults))]
