"""Papers of a contract: put together from the ledger when asked for, the same each time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from domain.accounts.accounts import Accounts
from domain.accounts.statements import StatementLine
from domain.accounts.suppliers import Suppliers
from domain.bills.account_papers import (
    ENTRIES_MOST,
    AccountPaper,
    PaperKind,
    TooManyEntries,
    account_paper,
    check_span,
    printed,
)
from domain.kernel.access import Access
from domain.kernel.calendar import Period, business_day, first_day, next_period, period_of
from domain.kernel.documents import Documents

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class AccountPapers:
    """`translate` gives the words of the paper's language."""

    accounts: Accounts
    suppliers: Suppliers
    documents: Documents
    translate: Callable[[str], str]
    now: Callable[[], datetime]
    zone: tzinfo

    @property
    def month(self) -> Period:
        """This one."""
        return period_of(business_day(self.now(), self.zone))

    async def paper(self, access: Access, kind: PaperKind, since: Period, until: Period) -> AccountPaper:
        """AccountNotFound, SpanWrong, PapersOfContractsOnly, TooManyEntries."""
        check_span(since, until)
        card = await self.accounts.card(access)
        last = first_day(next_period(until)) - timedelta(days=1)
        suppliers = await self.suppliers.on(last)
        services = {code: one.name for code, one in (await self.suppliers.services()).items()}
        lines = await self._lines(access)
        return account_paper(
            kind, card, lines, suppliers, services, (since, until), self.zone, self.translate
        )

    async def pdf(self, paper: AccountPaper) -> bytes:
        """PDF/A-2b."""
        return await self.documents.pdf(printed(paper))

    async def _lines(self, access: Access) -> list[StatementLine]:
        found: list[StatementLine] = []
        while page := await self.accounts.statement(
            access, before=found[-1].entry_no if found else None, limit=_PAGE
        ):
            found += page
            if len(found) > ENTRIES_MOST:
                raise TooManyEntries
        return found[::-1]
