"""Issuing a month's bills: each account once, frozen at the cut of its ledger."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import msgspec

from domain.accounts.debtors import Debtor
from domain.accounts.due_dates import DueDates
from domain.accounts.norms import Norm
from domain.accounts.suppliers import CollectionAccount, Tariff
from domain.bills.bills import Bill, TellOfBill
from domain.bills.making import AccountFacts, BillHead, CommonFacts, made
from domain.kernel.calendar import Period, business_day, first_day, next_period
from domain.kernel.errors import Conflict, Refusal
from domain.kernel.ids import AccountId, SupplierId
from domain.store import Store, Transaction


class MonthNotOver(Conflict):
    code = "month-not-over"
    text = "The month {period} is not over: its bills cannot be issued yet"


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """An account that gets no bill until it is put right. `code` is of the refusal."""

    account_id: AccountId
    number: str
    code: str


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """`new` in the order of their accounts."""

    new: tuple[Bill, ...] = ()
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class BillIssuing:
    """`draw` gives random numbers of 32 bits."""

    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo
    draw: Callable[[], int]

    async def common(self, period: Period) -> CommonFacts:
        """What all bills of the month share, as it stands today. MonthNotOver."""
        day = business_day(self.now(), self.zone)
        if day < first_day(next_period(period)):
            raise MonthNotOver(period=period)
        async with self.transaction() as store:
            return await self._common(store, period)

    async def _common(self, store: Store, period: Period) -> CommonFacts:
        day = business_day(self.now(), self.zone)
        head = await store.terms.at(BillHead, day)
        due_dates = await store.terms.at(DueDates, first_day(next_period(period)))
        tariffs: dict[tuple[SupplierId, str], list[Tariff]] = defaultdict(list)
        for tariff in await store.bill_issuing.tariffs():
            tariffs[tariff.supplier_id, tariff.service_code].append(tariff)
        norms: dict[tuple[SupplierId, str], list[Norm]] = defaultdict(list)
        for norm in await store.bill_issuing.norms():
            norms[norm.supplier_id, norm.service_code].append(norm)
        return CommonFacts(
            period=period,
            collection=(await store.terms.at(CollectionAccount, day)).details,
            suppliers=await store.suppliers.on(day),
            services=await store.suppliers.services(),
            tariffs=tariffs,
            norms=norms,
            residential_prices=await store.bill_issuing.residential_prices(),
            due_rules={debtor: due_dates.of(debtor) for debtor in Debtor},
            days=await store.calendar.working_days(),
            zone=self.zone,
            company=head.company,
            contacts=head.contacts,
        )

    async def issue(
        self, account_ids: Sequence[AccountId], common: CommonFacts, at: datetime | None = None
    ) -> Issued:
        """Of these accounts those that have no bill of the month yet, in one transaction. Safe to repeat, and
        to do twice at the same time. Whoever has the account in the cabinet hears of it."""
        moment = at or self.now()
        new: list[Bill] = []
        refused: list[Refused] = []
        async with self.transaction() as store:
            lacking = await store.bill_issuing.lacking(account_ids, common.period)
            if not lacking:
                return Issued()
            for facts in await store.bill_issuing.facts_locked(lacking, common.period):
                if isinstance(one := self._one(facts, common, moment), Bill):
                    new.append(one)
                else:
                    refused.append(one)
            kept = set(await store.bills.add(new))
            for account_id in await store.bill_issuing.seen(sorted(kept)):
                job = TellOfBill(account_id=account_id, period=common.period)
                await store.jobs.add(job, run_at=self.now())
        return Issued(new=tuple(bill for bill in new if bill.account_id in kept), refused=tuple(refused))

    def _one(self, facts: AccountFacts, common: CommonFacts, at: datetime) -> Bill | Refused:
        """What is wrong with one account must not keep the others from their bills."""
        try:
            return made(facts, common, at=at, mark=self.draw())
        except Refusal as refusal:
            account = facts.account
            return Refused(account_id=account.id, number=account.number, code=refusal.code)
