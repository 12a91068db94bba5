"""The payment document as it is frozen: every word and figure of its paper, nothing looked up later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, Protocol, Self

import msgspec

from domain.accounts.accounts import AccountKind
from domain.accounts.ledger import CauseKind
from domain.kernel.access import Access
from domain.kernel.calendar import Period
from domain.kernel.errors import NotFound
from domain.kernel.ids import AccountId, ChargeId, MeterId, SupplierAccountId
from domain.kernel.jobs import AccountJob
from domain.kernel.money import ZERO, Money, total
from domain.readings.cost import CostLine
from domain.readings.meters import Direction
from domain.readings.readings import Nature

VERSION: Final = 2
"""Papers of the first said of any readings that the volume was counted from them, and named no ratio."""


class BillNotFound(NotFound):
    code = "bill-not-found"
    text = "There is no bill of {period} on this account"
    remedy = "See the list of the bills that were issued"


class BillLineNotFound(NotFound):
    code = "bill-line-not-found"
    text = "There is no such line in the bill"


class ReadingCounted(msgspec.Struct, frozen=True, kw_only=True):
    """One register's value that a line's volume was counted from. `is_billed`: billing has said so; else
    it was accepted and billing has not answered yet. `consumption` has the transformation ratio in it;
    bills of the first version did not keep the ratio."""

    meter_id: MeterId
    serial: str
    zone: str
    zone_label: str
    direction: Direction
    previous: Decimal | None
    previous_on: date | None
    value: Decimal
    taken_on: date
    consumption: Decimal | None
    nature: Nature
    is_billed: bool
    transformation_ratio: Decimal | None = None

    @property
    def multiplier(self) -> Decimal | None:
        """The ratio, where it is not one and makes the consumption of the difference."""
        if self.transformation_ratio in (None, 1) or self.previous is None:
            return None
        told = (self.value - self.previous) * self.transformation_ratio
        return self.transformation_ratio if told == self.consumption else None


class NormUsed(msgspec.Struct, frozen=True, kw_only=True):
    """By which norm the volume was counted, and of how many `per` (people, square metres), where billing says
    it. `since` is from when it holds, `source` the act."""

    name: str
    volume: Decimal
    per: str
    source: str
    since: date
    count: Decimal | None = None


class BillLine(msgspec.Struct, frozen=True, kw_only=True):
    """One service. `amount` is the charge itself; `recalculation` without the benefit and `benefit` (above
    zero lowers what is asked) are added to it; `penalty` is what billing charges for late payment.

    `document` is billing's own number of it, `revision` counts billing's corrections from 1. `tariff` in
    roubles per `unit` since `tariff_from`, where the price list agrees with it. `by_zone`: how the readings
    make `amount` at the list's prices, where billing gives no one tariff.
    """

    id: ChargeId
    service_code: str
    service_name: str
    unit: str
    volume: Decimal | None
    tariff: Decimal | None
    tariff_from: date | None = None
    amount: Money
    recalculation: Money
    benefit: Money = ZERO
    penalty: Money
    document: str
    revision: int
    posted_on: date
    readings: tuple[ReadingCounted, ...] = ()
    norm: NormUsed | None = None
    by_zone: tuple[CostLine, ...] = ()

    @property
    def charged(self) -> Money:
        """What the line asks for beside the penalty."""
        return self.amount + self.recalculation - self.benefit


class EarlierMonth(msgspec.Struct, frozen=True, kw_only=True):
    """What became known since the bill before of a month billed already: `charged` by billing's correction,
    `penalty` for paying it late."""

    period: Period
    charged: Money = ZERO
    penalty: Money = ZERO


class OtherMove(msgspec.Struct, frozen=True, kw_only=True):
    """A refund, a write-off, money moved: above zero it raises what is to pay."""

    cause: CauseKind
    amount: Money


class SupplierPart(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier account. The sums tie: `start` + what was charged − `paid` + others = `balance`; above
    zero it is owed, below zero it is ahead.

    `in_transit` is begun and not confirmed: it is in no other figure. `code` is the text of its QR; None
    when nothing is to pay.
    """

    id: SupplierAccountId
    supplier_name: str
    inn: str
    number: str
    gis_service_id: str | None
    lines: tuple[BillLine, ...]
    earlier: tuple[EarlierMonth, ...] = ()
    others: tuple[OtherMove, ...] = ()
    start: Money
    paid: Money
    in_transit: Money = ZERO
    balance: Money
    code: str | None = None

    @property
    def to_pay(self) -> Money:
        return max(ZERO, self.balance)

    @property
    def charged(self) -> Money:
        return total(line.amount for line in self.lines)

    @property
    def of_lines(self) -> Money:
        """What the lines add up to, with recalculation, benefit and penalty."""
        return total(line.charged + line.penalty for line in self.lines)

    @property
    def recalculated(self) -> Money:
        """In this month's lines and of earlier months."""
        lines = total(line.recalculation for line in self.lines)
        return lines + total(one.charged for one in self.earlier)

    @property
    def benefit(self) -> Money:
        return total(line.benefit for line in self.lines)

    @property
    def penalty(self) -> Money:
        return total(line.penalty for line in self.lines) + total(one.penalty for one in self.earlier)

    @property
    def other(self) -> Money:
        return total(one.amount for one in self.others)

    @property
    def is_tied(self) -> bool:
        charged = self.charged + self.recalculated - self.benefit + self.penalty
        return self.start + charged - self.paid + self.other == self.balance


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is known to whoever holds the paper only. `cut_no` is the last entry of the account's ledger
    that it knows of; `before` the month of the bill before it. `code` is the text of the QR that pays all
    suppliers at once. `due_rule` is the law in words."""

    version: Literal[1, 2] = VERSION
    number: str
    account_id: AccountId
    account_number: str
    kind: AccountKind
    gis_number: str | None
    holder_name: str
    address: str
    period: Period
    issued_at: datetime
    issued_on: date
    due_on: date
    due_rule: str
    cut_no: int
    before: Period | None = None
    company: str
    contacts: str
    suppliers: tuple[SupplierPart, ...]
    code: str | None = None

    @property
    def to_pay(self) -> Money:
        return total(part.to_pay for part in self.suppliers)

    @property
    def charged(self) -> Money:
        """What the month itself cost: its lines alone, nothing of months before it."""
        return total(part.of_lines for part in self.suppliers)

    def line(self, id: ChargeId) -> tuple[SupplierPart, BillLine]:
        """BillLineNotFound."""
        for part in self.suppliers:
            for line in part.lines:
                if line.id == id:
                    return part, line
        raise BillLineNotFound

    def part(self, id: SupplierAccountId) -> SupplierPart | None:
        return next((part for part in self.suppliers if part.id == id), None)


def frozen(bill: Bill) -> bytes:
    """The canonical bytes that are kept; `thawed` gives the same bill for ever."""
    return msgspec.json.encode(bill)


def thawed(body: bytes) -> Bill:
    """What is unknown to this version is left out: an old row must always load."""
    return msgspec.json.decode(body, type=Bill)


class TellOfBill(AccountJob, frozen=True, kw_only=True, tag="bills.tell"):
    """Tell of a new bill whoever may see the account."""

    period: Period


class BillCard(msgspec.Struct, frozen=True, kw_only=True):
    """A bill in the archive. `charged` is what its month cost: the lines with recalculation, benefit and
    penalty, as they were issued. `to_pay` is what was owed in all that day: it has the months before in it,
    so those of several bills are not to be added."""

    period: Period
    number: str
    issued_at: datetime
    due_on: date
    charged: Money
    to_pay: Money

    @classmethod
    def of(cls, bill: Bill) -> Self:
        return cls(**{name: getattr(bill, name) for name in cls.__struct_fields__})


class Bills(Protocol):
    """`access` is checked in the WHERE: bills of an account the actor may not see are not there."""

    async def listed(self, access: Access, *, before: Period | None, limit: int) -> list[BillCard]:
        """The newest first."""

    async def body(self, access: Access, period: Period) -> bytes:
        """As it was frozen. BillNotFound."""

    async def of_number(self, number: str) -> Bill | None:
        """For whoever holds its paper: nobody's right is asked."""

    async def last_period(self, account_id: AccountId) -> Period | None: ...

    async def is_paid(
        self, account_id: AccountId, period: Period, supplier_account_id: SupplierAccountId | None
    ) -> bool:
        """Whether nothing is open any more of that month and those before it."""

    async def open_lines(self, access: Access) -> dict[tuple[Period, SupplierAccountId], Money]:
        """What is open of the account's charges, by month and supplier account; nothing of what is paid."""

    async def add(self, bills: Sequence[Bill]) -> list[AccountId]:
        """Keep them; the accounts of those that are new. An account has one bill a month."""
