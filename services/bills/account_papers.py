"""Papers of a contract: put together from the ledger when asked for, the same each time."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from domain.accounts.accounts import AccountCard, AccountKind, Accounts
from domain.accounts.statements import StatementLine
from domain.bills.account_paper_making import Delivered, PaperFacts, account_paper
from domain.bills.account_paper_sheets import sheets
from domain.bills.account_papers import (
    ENTRIES_MOST,
    AccountPaper,
    PaperKind,
    PapersOfContractsOnly,
    TooManyEntries,
    check_span,
)
from domain.bills.bills import BillNotFound, Bills, thawed
from domain.bills.printed_account_paper import printed
from domain.kernel.access import Access
from domain.kernel.calendar import Period, business_day, last_day, period_of
from domain.kernel.documents import Documents
from domain.kernel.ids import ChargeId
from domain.kernel.sheets import Sheet
from domain.payments.receipts.rules import suppliers_vat
from domain.store import Transaction

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class AccountPapers:
    """`translate` gives the words of the paper's language."""

    accounts: Accounts
    bills: Bills
    transaction: Transaction
    documents: Documents
    translate: Callable[[str], str]
    now: Callable[[], datetime]
    zone: tzinfo

    @property
    def month(self) -> Period:
        """This one."""
        return period_of(business_day(self.now(), self.zone))

    async def contract(self, access: Access) -> AccountCard:
        """AccountNotFound, PapersOfContractsOnly."""
        card = await self.accounts.card(access)
        if card.account.kind is not AccountKind.CONTRACT:
            raise PapersOfContractsOnly
        return card

    async def paper(self, access: Access, kind: PaperKind, since: Period, until: Period) -> AccountPaper:
        """AccountNotFound, SpanWrong, PapersOfContractsOnly, TooManyEntries."""
        check_span(since, until)
        card = await self.contract(access)
        lines = await self._lines(access)
        volumes = await self._volumes(access, lines, since, until)
        facts = await self._facts(last_day(until), volumes)
        return account_paper(kind, card, lines, (since, until), facts)

    async def _volumes(
        self, access: Access, lines: Sequence[StatementLine], since: Period, until: Period
    ) -> dict[ChargeId, Delivered]:
        """As issued bills have them: what billing corrects later changes no bill, nor a paper made of it."""
        asked = {
            line.period
            for line in lines
            if line.period and since <= period_of(business_day(line.posted_at, self.zone)) <= until
        }
        found: dict[ChargeId, Delivered] = {}
        for period in sorted(asked):
            with suppress(BillNotFound):
                bill = thawed(await self.bills.body(access, period))
                found |= {
                    line.id: Delivered(volume=line.volume, unit=line.unit, charged=line.charged)
                    for part in bill.suppliers
                    for line in part.lines
                    if line.volume is not None
                }
        return found

    async def _facts(self, last: date, volumes: Mapping[ChargeId, Delivered]) -> PaperFacts:
        async with self.transaction() as store:
            services = await store.suppliers.services()
            vat = await suppliers_vat(store.terms, store.supplier_receipts, last)
            suppliers = await store.suppliers.on(last)
        return PaperFacts(
            suppliers=suppliers,
            services={code: one.name for code, one in services.items()},
            vat=vat,
            zone=self.zone,
            translate=self.translate,
            this_month=self.month,
            volumes=volumes,
        )

    async def pdf(self, paper: AccountPaper) -> bytes:
        """PDF/A-2b."""
        return await self.documents.pdf(printed(paper))

    def sheets(self, paper: AccountPaper) -> list[Sheet]:
        """Of an .xlsx: a sheet for each supplier, with the same figures."""
        return sheets(paper, self.translate)

    async def _lines(self, access: Access) -> list[StatementLine]:
        found: list[StatementLine] = []
        while page := await self.accounts.statement(
            access, before=found[-1].entry_no if found else None, limit=_PAGE
        ):
            found += page
            if len(found) > ENTRIES_MOST:
                raise TooManyEntries
        return found[::-1]
