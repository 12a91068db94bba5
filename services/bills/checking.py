"""Answering whoever holds a bill whether it is ours."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import msgspec

from domain.bills.bills import Bill
from domain.bills.checking import Matched, Verdict, matched
from domain.payments.paycodes import parse
from domain.people.attempts import Door, bill_check_door
from domain.store import Store, Transaction

CountTry = Callable[[Store, Sequence[Door], datetime, tzinfo], Awaitable[None]]


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """`is_last`: no later bill was issued."""

    verdict: Verdict
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class BillChecking:
    """`count_try` keeps the number of questions from one network within bounds."""

    transaction: Transaction
    count_try: CountTry
    now: Callable[[], datetime]
    zone: tzinfo

    async def check(self, code: str, ip: str) -> Checked:
        """TooManyAttempts; PaycodeUnreadable for what is no payment code at all."""
        async with self.transaction() as store:
            await self.count_try(store, [bill_check_door(ip)], self.now(), self.zone)
        values = parse(code)
        async with self.transaction() as store:
            bill = await store.bills.of_number(values.get("QuittId", ""))
            found = matched(values, bill) if bill is not None else None
            if bill is None or found is None:
                return Checked(verdict=Verdict.NOT_OURS)
            last = await store.bills.last_period(bill.account_id)
            return Checked(verdict=await self._verdict(store, bill, found), is_last=last == bill.period)

    async def _verdict(self, store: Store, bill: Bill, found: Matched) -> Verdict:
        if not found.is_sum_right:
            return Verdict.OTHER_SUM
        owner = found.supplier_account_id
        return (
            Verdict.PAID if await store.bills.is_paid(bill.account_id, bill.period, owner) else Verdict.OURS
        )
