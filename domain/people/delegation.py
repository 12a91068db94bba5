"""Letting others act on an account: who may give which right to whom, and how rights end.

Nobody gives more than they hold: not a scope, not a day. Only an owner lets others manage. An owner is
not removed by anybody: they leave, or hand the account over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import ClassVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.access import Scope
from domain.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from domain.kernel.ids import AccountId, UserId
from domain.kernel.terms import Term
from domain.people.memberships import OWNER_SCOPES, MemberRole, Membership

MOST_SCOPES: Mapping[MemberRole, frozenset[Scope]] = MappingProxyType(
    {
        MemberRole.FAMILY: OWNER_SCOPES,
        MemberRole.TENANT: frozenset({Scope.SEE, Scope.PAY, Scope.READINGS}),
        # A guardian acts in the ward's place (Civil Code, art. 32 and 33).
        MemberRole.GUARDIAN: OWNER_SCOPES,
        MemberRole.ACCOUNTANT: frozenset({Scope.SEE, Scope.PAY, Scope.APPLICATIONS}),
        MemberRole.COMPANY_ADMIN: OWNER_SCOPES,
    }
)
"""The roles that are given, and the most that each may hold."""


class RoleNotGiven(Invalid):
    code = "role-not-given"
    text = "The role “{role}” is not given by an invitation"
    remedy = "Choose family, tenant, guardian, accountant or company-admin"


class ScopesMissing(Invalid):
    code = "scopes-missing"
    text = "Say what the person may do"
    remedy = "Name at least one right"


class ScopeNotOfRole(Invalid):
    code = "scope-not-of-role"
    text = "The role “{role}” may not hold the right “{scope}”"
    remedy = "Leave the right out or choose another role"


class MoreThanHeld(Forbidden):
    code = "more-than-held"
    text = "You cannot give the right “{scope}”: you do not hold it yourself"
    remedy = "Ask an owner of the account"


class EndOutOfRange(Invalid):
    code = "end-out-of-range"
    text = "The right must end in the future and not later than your own"
    remedy = "Choose another end date"


class OwnerOnly(Forbidden):
    code = "owner-only"
    text = "Only an owner of the account may do this"
    remedy = "Ask an owner of the account"


class OwnerStays(Conflict):
    code = "owner-stays"
    text = "Nobody takes an owner's right away"
    remedy = "An owner leaves the account or hands it over"


class OwnRight(Conflict):
    code = "own-right"
    text = "Nobody changes their own right"
    remedy = "Leave the account, or ask an owner of it"


class RightOfPower(Conflict):
    code = "right-of-power-of-attorney"
    text = "This right comes from a power of attorney"
    remedy = "End it, or have another power of attorney presented"


class LastAdministrator(Conflict):
    code = "last-company-administrator"
    text = "Nobody else manages the people of this company here"
    remedy = "Have another administrator invited first"


class TooManyMembers(Conflict):
    code = "too-many-members"
    text = "At most {most} people may act on one account, invited ones included"
    remedy = "End a right or withdraw an invitation first"


class AlreadyMember(Conflict):
    code = "already-member"
    text = "This person may act on the account already"
    remedy = "Change the right they have"


class MemberNotFound(NotFound):
    code = "member-not-found"
    text = "This person may not act on the account"


class OtherOwners(Conflict):
    code = "account-has-other-owners"
    text = "The account has other owners besides you"
    remedy = "Hand it over when each of them has left the account"


class DelegationTerms(Term, frozen=True, kw_only=True):
    """`closed_readable_days`: how long former owners may still read a closed account: as long as
    claims can be made (Civil Code, art. 196)."""

    name: ClassVar[str] = "people.delegation"

    most_members: int
    invitation_days: int
    closed_readable_days: int
    transfer_most_days: int


class SecondByBill(Term, frozen=True, kw_only=True):
    """What whoever adds an account by its bill gets while others manage it: a bill lies in many a letter
    box. The role `owner` with all rights: as much as the first has."""

    name: ClassVar[str] = "people.second-by-bill"

    role: MemberRole
    scopes: frozenset[Scope]


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What one person lets another do, until when (None: until it is taken away)."""

    role: MemberRole
    scopes: frozenset[Scope]
    valid_until: datetime | None = None

    def checked_by(self, giver: Membership, at: datetime) -> Grant:
        """Itself, if `giver` may give it at that moment."""
        if self.role not in MOST_SCOPES:
            raise RoleNotGiven(field="role", role=self.role)
        if not self.scopes:
            raise ScopesMissing(field="scopes")
        for scope in sorted(self.scopes):
            if scope not in MOST_SCOPES[self.role]:
                raise ScopeNotOfRole(field="scopes", role=self.role, scope=scope)
            if scope not in giver.scopes:
                raise MoreThanHeld(field="scopes", scope=scope)
        if Scope.MANAGE in self.scopes and giver.role is not MemberRole.OWNER:
            raise OwnerOnly(field="scopes")
        if not self._ends_within(giver, at):
            raise EndOutOfRange(field="valid_until")
        return self

    def _ends_within(self, giver: Membership, at: datetime) -> bool:
        if self.valid_until is None:
            return giver.valid_until is None
        return at < self.valid_until and (giver.valid_until is None or self.valid_until <= giver.valid_until)

    def to(self, account_id: AccountId, user_id: UserId, at: datetime) -> Membership:
        return Membership(
            account_id=account_id,
            user_id=user_id,
            scopes=self.scopes,
            role=self.role,
            added_at=at,
            valid_until=self.valid_until,
        )


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """A change of owner, now or at a moment to come."""

    from_user_id: UserId
    to_user_id: UserId
    at: datetime


class Circle(msgspec.Struct, frozen=True, kw_only=True):
    """All who may act on one account, held still while it is changed. `promised` is a change of owner
    that waits for its day."""

    account_id: AccountId
    members: tuple[Membership, ...]
    closed_at: datetime | None = None
    promised: HandOver | None = None

    def member(self, user_id: UUID, at: datetime) -> Membership:
        """Whoever may act at that moment; MemberNotFound."""
        for member in self.members:
            if member.user_id == user_id and member.is_in_force(at):
                return member
        raise MemberNotFound

    def representative(self, user_id: UserId) -> Membership | None:
        """The person's right by a power of attorney, even one that has run out."""
        mine = (one for one in self.members if one.user_id == user_id)
        return next((one for one in mine if one.role is MemberRole.REPRESENTATIVE), None)

    def has(self, user_id: UUID, at: datetime) -> bool:
        return any(member.user_id == user_id for member in self.in_force(at))

    def in_force(self, at: datetime) -> tuple[Membership, ...]:
        return tuple(member for member in self.members if member.is_in_force(at))

    def managing(self, at: datetime) -> tuple[Membership, ...]:
        """Those who may let others act."""
        return tuple(one for one in self.in_force(at) if Scope.MANAGE in one.scopes)

    def check_giving(self, giver_id: UserId, grant: Grant, at: datetime) -> Grant:
        """The grant, if that person may give it to somebody: MANAGE held, and nothing above their own."""
        giver = self.member(giver_id, at)
        if Scope.MANAGE not in giver.scopes:
            raise MoreThanHeld(field="scopes", scope=Scope.MANAGE)
        return grant.checked_by(giver, at)

    def check_room(self, open_invitations: int, terms: DelegationTerms, at: datetime) -> None:
        if len(self.in_force(at)) + open_invitations >= terms.most_members:
            raise TooManyMembers(most=terms.most_members)

    def joined(self, giver_id: UserId, grant: Grant, user_id: UserId, at: datetime) -> Membership:
        """A new member by a grant that its giver may still give."""
        if self.has(user_id, at):
            raise AlreadyMember
        return self.check_giving(giver_id, grant, at).to(self.account_id, user_id, at)

    def changed(self, by: UserId, user_id: UserId, grant: Grant, at: datetime) -> Membership:
        """The member with another right. `added_at` stays."""
        member = self._changeable(by, user_id, at)
        if member.role is MemberRole.REPRESENTATIVE:
            raise RightOfPower
        self.check_giving(by, grant, at)
        return replace(member, role=grant.role, scopes=grant.scopes, valid_until=grant.valid_until)

    def removed(self, by: UserId, user_id: UserId, at: datetime) -> Membership:
        """The member whose right ends."""
        return self._changeable(by, user_id, at)

    def check_leaving(self, user_id: UserId, at: datetime) -> None:
        """LastAdministrator: a company's account is not left without anybody who manages it."""
        others = (one for one in self.in_force(at) if one.user_id != user_id)
        if self.member(user_id, at).role is not MemberRole.COMPANY_ADMIN:
            return
        if not any(Scope.MANAGE in one.scopes for one in others):
            raise LastAdministrator

    def left(self, user_id: UserId, at: datetime) -> tuple[Membership, ...]:
        """Those whose right ends when that member leaves: with the last owner, all of them."""
        member = self.member(user_id, at)
        if member.role is MemberRole.OWNER and not self._other_owners(user_id, at):
            return self.members
        return (member,)

    def handed_over(self, change: HandOver, at: datetime) -> tuple[Membership, tuple[Membership, ...]]:
        """The new owner, and all others, whose right ends. OwnerOnly, MemberNotFound, OtherOwners."""
        if self.member(change.from_user_id, at).role is not MemberRole.OWNER:
            raise OwnerOnly
        if change.to_user_id == change.from_user_id:
            raise AlreadyMember(field="user_id")
        self.member(change.to_user_id, at)
        if self._other_owners(change.from_user_id, at):
            raise OtherOwners
        owner = Membership.of_owner(self.account_id, change.to_user_id, at)
        return owner, tuple(one for one in self.members if one.user_id != change.to_user_id)

    def closed(self, until: datetime, at: datetime) -> tuple[tuple[Membership, ...], tuple[Membership, ...]]:
        """The former owners, who may still read until then, and the others, whose right ends."""
        owners = tuple(one for one in self.in_force(at) if one.role is MemberRole.OWNER)
        readers = tuple(replace(one, scopes=frozenset({Scope.SEE}), valid_until=until) for one in owners)
        return readers, tuple(one for one in self.members if one not in owners)

    def _changeable(self, by: UserId, user_id: UserId, at: datetime) -> Membership:
        member, changer = self.member(user_id, at), self.member(by, at)
        if member.role is MemberRole.OWNER:
            raise OwnerStays
        if member.user_id == changer.user_id:
            raise OwnRight
        if Scope.MANAGE not in changer.scopes:
            raise MoreThanHeld(scope=Scope.MANAGE)
        if Scope.MANAGE in member.scopes and changer.role is not MemberRole.OWNER:
            raise OwnerOnly
        return member

    def _other_owners(self, user_id: UserId, at: datetime) -> bool:
        owners = (one for one in self.in_force(at) if one.role is MemberRole.OWNER)
        return any(one.user_id != user_id for one in owners)


def first_moment(on: date | None, midnight: datetime, at: datetime, terms: DelegationTerms) -> datetime:
    """When a change asked for the day `on` takes effect: its `midnight`, or `at` itself for today."""
    if on is None or midnight <= at:
        return at
    if midnight - at > timedelta(days=terms.transfer_most_days):
        raise EndOutOfRange(field="on")
    return midnight
