"""Why each kopeck of a payment went where it went. Frozen with the payment and kept for ever."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from domain.accounts.books import Kind
from domain.kernel.calendar import Period
from domain.kernel.ids import ChargeId, SupplierAccountId
from domain.kernel.money import ZERO, Money
from domain.kernel.terms import Term


class Rule(StrEnum):
    """Which principal is met first: the bill being paid, or the oldest debt."""

    BILL_FIRST = "bill-first"
    OLDEST_FIRST = "oldest-first"


class AllocationRule(Term, frozen=True, kw_only=True):
    name = "payments.allocation"

    rule: Rule
    version: int


class TierName(StrEnum):
    """The steps of the waterfall."""

    ADDRESSED_PENALTY = "addressed-penalty"
    BILL = "bill"
    DEBT = "debt"
    CREDIT_TAKEN_BACK = "credit-taken-back"
    PENALTY = "penalty"
    ADVANCE = "advance"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Where a kopeck may go. `kind` is None for an advance of the supplier account."""

    supplier_account_id: SupplierAccountId
    charge_id: ChargeId | None = None
    service_code: str | None = None
    period: Period | None = None
    kind: Kind | None = None


class Dealt(msgspec.Struct, frozen=True, kw_only=True):
    """One line's share: its weight (the bill's charge), its cap (what is unpaid), what it got, and
    whether an odd kopeck of the rounding is in it."""

    line: Line
    weight: Money
    cap: Money | None
    amount: Money
    odd_kopeck: bool = False


class Tier(msgspec.Struct, frozen=True, kw_only=True):
    """One step: what was offered to it and how it was dealt."""

    name: TierName
    period: Period | None
    offered: Money
    dealt: tuple[Dealt, ...]


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen on one supplier account when the spread was made."""

    supplier_account_id: SupplierAccountId
    principal: Money
    penalty: Money
    advance: Money

    @property
    def to_pay(self) -> Money:
        return max(ZERO, self.principal + self.penalty - self.advance)


class Addressed(msgspec.Struct, frozen=True, kw_only=True):
    """What the payer wants: a sum for these supplier accounts; of it, how much for penalties first."""

    amount: Money
    supplier_account_ids: tuple[SupplierAccountId, ...]
    penalty: Money = ZERO


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """One addressed sum and the tiers it ran through."""

    addressed: Addressed
    tiers: tuple[Tier, ...]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why each kopeck went where it went: kept with the payment for ever."""

    rule: Rule
    version: int
    period: Period | None
    seen: tuple[Owed, ...]
    spreads: tuple[Spread, ...]


class PartLine(msgspec.Struct, frozen=True, kw_only=True):
    line: Line
    amount: Money


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier account's share of a payment."""

    supplier_account_id: SupplierAccountId
    amount: Money
    lines: tuple[PartLine, ...]
