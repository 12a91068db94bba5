"""Claims for many delivery points by one workbook, each row for itself."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple
from uuid import UUID

from domain.accounts.imports import Table
from domain.cases.cases import Case
from domain.cases.filing import Filing
from domain.claims.many_at_once import (
    MOST_ROWS,
    CellWrong,
    Points,
    TooManyRows,
    case_id_of,
    columns_of,
    form_of,
)
from domain.kernel.access import Access
from domain.kernel.errors import OutcomeUnknown, Refusal, Unavailable
from domain.kernel.ids import CaseId
from domain.store import Transaction
from services.cases.filing import CaseFiling
from services.repeating import repeated

METERED = "electricity"
"""The service whose meters claims are about: a contract may have others."""


class RowAnswer(NamedTuple):
    """What became of one row: a claim, or what stands in its way."""

    row_no: int
    case_id: CaseId
    case: Case | None = None
    is_new: bool = False
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class ManyClaims:
    """`opened` opens the bytes of a file as a table."""

    transaction: Transaction
    filing: CaseFiling
    opened: Callable[[bytes], AbstractAsyncContextManager[Table]]

    async def file(self, access: Access, file_id: UUID, body: bytes) -> list[RowAnswer]:
        """Safe to repeat with the same file under the same id: what was filed is found again.

        FileUnreadable, ColumnsWanted, TooManyRows, AccountNotFound; a row's own refusal is its answer.
        """
        of = await self._points(access)
        rows = await self._rows(body)
        return [await self._filed(access, file_id, row_no, cells, of) for row_no, cells in rows]

    async def _rows(self, body: bytes) -> Sequence[tuple[int, Mapping[str, str] | None]]:
        async with self.opened(body) as table:
            columns = columns_of(table.header)
            rows: list[tuple[int, Mapping[str, str] | None]] = []
            for row_no, cells in table.rows():
                if len(rows) == MOST_ROWS:
                    raise TooManyRows(field="body", most=MOST_ROWS)
                ours = {columns[name]: value for name, value in (cells or {}).items() if name in columns}
                rows.append((row_no, None if cells is None else ours))
        return rows

    async def _points(self, access: Access) -> Points:
        async with self.transaction() as store:
            card = await store.accounts.card(access)
            return Points(
                meters=await store.meters.of_account(access),
                points=await store.meters.delivery_points(access),
                supplier_accounts=[one.id for one in card.supplier_accounts if METERED in one.services],
            )

    async def _filed(
        self, access: Access, file_id: UUID, row_no: int, cells: Mapping[str, str] | None, of: Points
    ) -> RowAnswer:
        case_id = case_id_of(file_id, row_no)
        try:
            if cells is None:
                raise CellWrong(field="body", value="…", column="")
            submit = partial(self.filing.submit, access, case_id, Filing(form=form_of(cells, of)))
            case, is_new = await repeated(submit)
        except (Unavailable, OutcomeUnknown):
            raise
        except Refusal as refusal:
            return RowAnswer(row_no, case_id, refusal=refusal)
        return RowAnswer(row_no, case_id, case=case, is_new=is_new)
