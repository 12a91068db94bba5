"""Looking for money that its payer misses: what is asked, what is found, and what may be said of it.

Whose money it is is never said: a find on another account is told only to somebody who knows more of the
payment than its day and sum, or whose own number differs from that account's by a slip of the finger.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Protocol

import msgspec

from domain.accounts.accounts import Account
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money

DAYS_AROUND = 3
"""Banks and payers differ by weekends."""

TYPO_DISTANCE = 2
"""Characters that a mistyped number may differ by."""


class TraceSource(StrEnum):
    """Where it was found."""

    PAYMENT = "payment"
    PROVIDER_EVENT = "provider-event"
    REGISTRY = "registry"
    UNIDENTIFIED = "unidentified"


class TraceQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """`paid_on` and `amount` as the payer says; the rest where they know it. `operation_id` is the bank's or
    the provider's, `payer_digits` the last four of the card."""

    paid_on: date
    amount: Money
    operation_id: str | None = None
    payer_digits: str | None = None
    account_typed: str | None = None

    @property
    def since(self) -> date:
        return self.paid_on - timedelta(days=DAYS_AROUND)

    @property
    def until(self) -> date:
        """The last day looked at."""
        return self.paid_on + timedelta(days=DAYS_AROUND)

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Its days, and one more at either end for zones."""
        midnight, day = time(tzinfo=UTC), timedelta(days=1)
        return (
            datetime.combine(self.since - day, midnight),
            datetime.combine(self.until + 2 * day, midnight),
        )


class MoneyTrace(msgspec.Struct, frozen=True, kw_only=True):
    """Money that may be the one asked for. `account_id` is None where nobody's account is known; `is_paid`
    says it has arrived. `by_operation`: the operation's id led here. For staff: customers see none of it."""

    source: TraceSource
    at: datetime
    amount: Money | None = None
    account_id: AccountId | None = None
    account_number: str | None = None
    payment_id: PaymentId | None = None
    payer_digits: str | None = None
    state: str = ""
    is_paid: bool = False
    by_operation: bool = False


class Found(StrEnum):
    HERE = "here"
    ELSEWHERE = "elsewhere"
    UNPAID = "unpaid"
    """It was begun here, and its money has not come."""

    NOT_YET = "not-yet"


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    found: Found
    trace: MoneyTrace | None = None


class MoneyTraces(Protocol):
    async def like(self, question: TraceQuestion, account: Account) -> list[MoneyTrace]:
        """What may be it, of `account` and of others, in registries and among unidentified money."""


def searched(
    question: TraceQuestion, account: Account, traces: Sequence[MoneyTrace], zone: tzinfo
) -> SearchResult:
    """The best of what was found: here first, then what is surely the payer's elsewhere."""
    own = [one for one in traces if one.account_id == account.id]
    if paid := _nearest(question, (one for one in own if one.is_paid), zone):
        return SearchResult(found=Found.HERE, trace=paid)
    others = (one for one in traces if one.account_id not in {None, account.id} and one.is_paid)
    if known := _nearest(question, (one for one in others if _is_surely(question, account, one)), zone):
        return SearchResult(found=Found.ELSEWHERE, trace=known)
    if begun := _nearest(question, iter(own), zone):
        return SearchResult(found=Found.UNPAID, trace=begun)
    return SearchResult(found=Found.NOT_YET, trace=next(iter(traces), None))


def _nearest(question: TraceQuestion, traces: Iterator[MoneyTrace], zone: tzinfo) -> MoneyTrace | None:
    fitting = (one for one in traces if one.by_operation or one.amount == question.amount)
    return min(
        fitting,
        key=lambda one: (not one.by_operation, abs(business_day(one.at, zone) - question.paid_on)),
        default=None,
    )


def _is_surely(question: TraceQuestion, account: Account, trace: MoneyTrace) -> bool:
    """Enough is known of the payment to say that it was found with another account."""
    if trace.by_operation:
        return trace.amount == question.amount
    digits = question.payer_digits
    if digits and trace.payer_digits and digits != trace.payer_digits:
        return False
    number = trace.account_number or ""
    if distance(number, account.number) <= TYPO_DISTANCE:
        return True
    return number == question.account_typed and bool(digits) and digits == trace.payer_digits


def distance(one: str, other: str) -> int:
    """Characters changed, left out, put in or swapped with their neighbour (Damerau)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        now = [i]
        for j, b in enumerate(other, start=1):
            best = min(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, before[j - 2] + 1)
            now.append(best)
        before, last = last, now
    return last[-1]


def neighbours(number: str) -> set[str]:
    """All numbers of digits one slip away: they are looked up by themselves, however many pay such a sum."""
    near: set[str] = set()
    for place in range(len(number) + 1):
        head, tail = number[:place], number[place:]
        near |= {f"{head}{digit}{tail}" for digit in "0123456789"}
        if tail:
            near.add(head + tail[1:])
            near |= {f"{head}{digit}{tail[1:]}" for digit in "0123456789"}
        if len(tail) > 1:
            near.add(f"{head}{tail[1]}{tail[0]}{tail[2:]}")
    return near - {number, ""}
