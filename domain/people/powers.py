"""Powers of attorney: by which a person acts for a company, on paper or machine-readable (МЧД).

Source: Civil Code, art. 185-189; a machine-readable power is known by its registration GUID with the
INN of who gave it and of who holds it, and may be revoked in the register at any moment. So it is
checked there again before each act, and a power of either kind ends with its last day.

Who knows a GUID is not yet its representative: it stands in every document that is sent with it. That
the person signed in is the one it names is confirmed once by staff, for both kinds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import ClassVar, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, PowerId, StaffId, UserId
from domain.kernel.jobs import AccountJob
from domain.kernel.terms import Term
from domain.people.memberships import MemberRole, Membership
from domain.people.power_refusals import (
    PowerCoversNothing,
    PowerDatesWrong,
    PowerDecided,
    PowerIdTaken,
    PowerUnchecked,
)

ACTS = frozenset({Scope.PAY, Scope.APPLICATIONS, Scope.MANAGE})
"""What is legally significant: before it the power is looked at again."""


class PowerKind(StrEnum):
    PAPER = "paper"
    MACHINE = "machine"


class PowerStatus(StrEnum):
    WAITING = "waiting"
    ACTIVE = "active"
    REFUSED = "refused"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Standing(StrEnum):
    """What the register says of a power."""

    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_FOUND = "not-found"
    UNREACHABLE = "unreachable"


class RegisterAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`codes` and `valid_until` (its last day) come with an active power."""

    standing: Standing
    codes: frozenset[str] = frozenset()
    valid_until: date | None = None

    def __post_init__(self) -> None:
        if self.standing is Standing.ACTIVE and self.valid_until is None:
            raise ValueError("an active power has a last day")


class PowerTerms(Term, frozen=True, kw_only=True):
    """`scopes` that each code of a power gives. The register's answer holds `fresh_seconds` without
    asking again, `hold_seconds` while the register does not answer. Without any act it is asked every
    `recheck_seconds`."""

    name: ClassVar[str] = "people.powers"

    scopes: Mapping[str, frozenset[Scope]]
    fresh_seconds: int
    hold_seconds: int
    recheck_seconds: int

    def given_by(self, codes: Iterable[str]) -> frozenset[Scope]:
        """PowerCoversNothing. Codes that mean nothing here give nothing."""
        if not (given := self.left_of(codes)):
            raise PowerCoversNothing
        return given

    def left_of(self, codes: Iterable[str]) -> frozenset[Scope]:
        return frozenset(scope for code in codes for scope in self.scopes.get(code, frozenset()))


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """One power as it holds on one account. `number` is the GUID of a machine-readable one. `checked_at`
    is the register's last word; for paper, when it was presented. `valid_until` is its last day."""

    id: PowerId
    account_id: AccountId
    user_id: UserId
    kind: PowerKind
    number: str
    issuer_inn: str
    representative_inn: str
    codes: frozenset[str]
    valid_from: date
    valid_until: date
    status: PowerStatus
    entered_at: datetime
    checked_at: datetime
    document_sha256: str | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    reason: str | None = None

    @property
    def is_live(self) -> bool:
        return self.status in (PowerStatus.WAITING, PowerStatus.ACTIVE)

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_until

    def ends_at(self, zone: tzinfo) -> datetime:
        return datetime.combine(self.valid_until + timedelta(days=1), time(), zone)

    def entered(self, zone: tzinfo) -> Power:
        """Itself, if it holds on the day it is presented."""
        if not self.holds_on(business_day(self.entered_at, zone)):
            raise PowerDatesWrong(field="valid_until")
        return self

    def same_as(self, asked: Power) -> Power:
        """Itself, if the same was presented by the same person; PowerIdTaken."""
        fields = ("user_id", "kind", "number", "issuer_inn", "representative_inn", "document_sha256")
        if any(getattr(self, name) != getattr(asked, name) for name in fields):
            raise PowerIdTaken(field="id")
        return self

    def covers(self, scope: Scope, at: datetime, terms: PowerTerms, zone: tzinfo) -> bool:
        in_force = self.status is PowerStatus.ACTIVE and self.holds_on(business_day(at, zone))
        return in_force and scope in terms.given_by(self.codes)

    def confirmed(self, by: StaffId, at: datetime, zone: tzinfo) -> Power:
        """Staff have seen who the representative is and, of paper, the power itself."""
        if self.status is not PowerStatus.WAITING:
            raise PowerDecided
        if not self.holds_on(business_day(at, zone)):
            raise PowerDatesWrong
        return replace(self, status=PowerStatus.ACTIVE, decided_by=by, decided_at=at)

    def refused(self, by: StaffId, at: datetime, reason: str) -> Power:
        if self.status is not PowerStatus.WAITING:
            raise PowerDecided
        return replace(self, status=PowerStatus.REFUSED, decided_by=by, decided_at=at, reason=reason)

    def revoked(self, by: UUID, at: datetime) -> Power:
        """Withdrawn here, whatever the register says. One that is over stays as it is."""
        if not self.is_live:
            return self
        return replace(self, status=PowerStatus.REVOKED, decided_by=by, decided_at=at)

    def needs_check(self, at: datetime, terms: PowerTerms) -> bool:
        fresh_until = self.checked_at + timedelta(seconds=terms.fresh_seconds)
        return self.kind is PowerKind.MACHINE and at >= fresh_until

    def check_held(self, at: datetime, terms: PowerTerms) -> None:
        """PowerUnchecked when the register is silent for longer than its last word holds."""
        if at >= self.checked_at + timedelta(seconds=terms.hold_seconds):
            raise PowerUnchecked

    def checked(self, answer: RegisterAnswer | None, at: datetime, zone: tzinfo) -> Power:
        """With what the register says; without an answer only the dates speak. An answer older than
        the one that is kept changes nothing."""
        if not self.is_live:
            return self
        if not self.holds_on(business_day(at, zone)):
            return replace(self, status=PowerStatus.EXPIRED)
        if answer is None or answer.standing is Standing.UNREACHABLE or at < self.checked_at:
            return self
        if answer.standing is Standing.ACTIVE and answer.valid_until is not None:
            kept = replace(self, codes=answer.codes, valid_until=answer.valid_until, checked_at=at)
            return (
                kept if kept.holds_on(business_day(at, zone)) else replace(kept, status=PowerStatus.EXPIRED)
            )
        ended = PowerStatus.EXPIRED if answer.standing is Standing.EXPIRED else PowerStatus.REVOKED
        return replace(self, status=ended, checked_at=at)

    def membership(self, added_at: datetime, terms: PowerTerms, zone: tzinfo) -> Membership:
        """What the representative may do on the account: nothing above the power, not a day longer."""
        return Membership(
            account_id=self.account_id,
            user_id=self.user_id,
            scopes=terms.given_by(self.codes),
            role=MemberRole.REPRESENTATIVE,
            added_at=added_at,
            valid_until=self.ends_at(zone),
        )


class PowerCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log of what the register answered."""

    id: UUID
    account_id: AccountId
    power_id: PowerId
    standing: Standing
    at: datetime


class RecheckPower(AccountJob, frozen=True, kw_only=True, tag="people.recheck-power"):
    """Look at a power that nobody has acted by for a while, and end what is over."""

    is_routine = True
    power_id: PowerId


class PowerRegister(Protocol):
    async def check(self, guid: UUID, issuer_inn: str, representative_inn: str) -> RegisterAnswer:
        """Never raises for a silent or faulty register: that is UNREACHABLE."""


class Powers(Protocol):
    async def account_of(self, number: str, issuer_inn: str) -> AccountId | None:
        """The open contract account with that number, if that company holds it."""

    async def add(self, power: Power) -> None: ...

    async def found(self, account_id: AccountId, id: UUID) -> Power | None: ...

    async def save(self, power: Power) -> None: ...

    async def note(self, check: PowerCheck) -> None: ...

    async def live(self, account_id: AccountId, user_id: UserId) -> Power | None:
        """The person's power that waits or is in force."""

    async def acting(self, account_id: AccountId, user_id: UserId) -> Power | None:
        """The power by which the person acts there; None for everybody who acts by a right of their own."""

    async def waiting(self, limit: int) -> list[Power]:
        """Those of all accounts that wait for staff, the longest waiting first."""

    async def of_user(self, user_id: UserId) -> list[Power]:
        """Every power the person has presented, whatever became of it, by account and id."""

    async def listed(self, access: Access) -> list[Power]:
        """The newest first, at most 100: a customer's own; all for staff and for who manages the account."""
