"""Who may act on which account, and how an account is added to one's own by its paper bill."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from domain.kernel.access import Scope
from domain.kernel.calendar import Period, business_day, period_of
from domain.kernel.errors import Invalid
from domain.kernel.ids import AccountId, SupplierId, UserId
from domain.kernel.money import ZERO, Money


class AccountProofFailed(Invalid):
    """One answer whether the account exists or not."""

    code = "account-proof-failed"
    text = "The account number and the bill do not fit together"
    remedy = "Copy the account number and the sum to pay or the number of your last bill exactly"


class ProofMissing(Invalid):
    code = "account-proof-missing"
    text = "Give either the number of the last bill or its sum to pay"
    remedy = "Send exactly one of proof.bill_number and proof.bill_amount"


class MemberRole(StrEnum):
    OWNER = "owner"
    FAMILY = "family"
    TENANT = "tenant"
    GUARDIAN = "guardian"
    ACCOUNTANT = "accountant"
    COMPANY_ADMIN = "company-admin"
    """Invites and removes the people of a company."""
    REPRESENTATIVE = "representative"
    """By a power of attorney, as long as it holds."""


OWNER_SCOPES = frozenset({Scope.SEE, Scope.PAY, Scope.READINGS, Scope.APPLICATIONS, Scope.MANAGE})


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    account_id: AccountId
    user_id: UserId
    scopes: frozenset[Scope]
    role: MemberRole
    added_at: datetime
    valid_until: datetime | None = None

    @classmethod
    def of_owner(cls, account_id: AccountId, user_id: UserId, at: datetime) -> Membership:
        return cls(
            account_id=account_id, user_id=user_id, scopes=OWNER_SCOPES, role=MemberRole.OWNER, added_at=at
        )

    def is_in_force(self, at: datetime) -> bool:
        return self.valid_until is None or self.valid_until > at


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What only a holder of the paper bill knows: one of the two."""

    bill_number: Annotated[str, Meta(max_length=64)] | None = None
    bill_amount: Money | None = None

    def check_shape(self) -> None:
        if (self.bill_number is None) == (self.bill_amount is None):
            raise ProofMissing(field="proof")


class LastBill(msgspec.Struct, frozen=True, kw_only=True):
    """The bill of one month of an account, or of one supplier's part of it, as its paper shows it.

    `charged` is the period's sum with recalculations and penalties, `to_pay` what is owed today:
    paper shows the one or the other, by the supplier's form. `printed` are the sums that stand on the
    bill we issued, whatever became of its charges since. `held_since` is when the account was last
    handed over.
    """

    account_id: AccountId
    numbers: frozenset[str]
    charged: Money
    to_pay: Money
    printed: frozenset[Money] = frozenset()
    period: Period
    first_posted_at: datetime
    held_since: datetime | None = None
    is_closed: bool = False

    def is_of_holder(self, zone: tzinfo) -> bool:
        """Whether this paper lies with today's holder: one from before the account was handed over lies
        with the former owner, and nobody has any of a closed account's."""
        if self.is_closed:
            return False
        if self.held_since is None:
            return True
        first = period_of(business_day(self.held_since, zone))
        return self.first_posted_at > self.held_since and self.period >= first

    def is_proved_by(self, proof: Proof) -> bool:
        if proof.bill_number is not None:
            return _plain(proof.bill_number) in {_plain(number) for number in self.numbers}
        # A bill of nothing proves nothing: everybody would guess it.
        shown = {self.charged, self.to_pay, *self.printed}
        return proof.bill_amount in {one for one in shown if one > ZERO}


def _plain(number: str) -> str:
    """A bill's number without what people type differently."""
    return "".join(number.split()).casefold().lstrip("№")


class Memberships(Protocol):
    async def add(self, membership: Membership) -> bool:
        """Write both sides. False when the user had this membership; a lesser one is raised to it."""

    async def last_bills(self, number: str) -> Sequence[LastBill]:
        """Of the account with that number, after the same work when there is none: the last bill that was
        issued, and that of the last month with charges. A month may have a correction and no bill yet."""

    async def last_bills_of_supplier(self, number: str, supplier_id: SupplierId) -> Sequence[LastBill]:
        """The same of one supplier's part, by the number that supplier gave it."""
