"""Letting others act on an account: inviting, accepting, changing and ending rights."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

import msgspec

from domain.accounts.accounts import AccountNotFound
from domain.kernel.access import OURSELVES, Access, Actor, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Forbidden, Invalid
from domain.kernel.ids import AccountId, InvitationId, UserId
from domain.kernel.letters import Sms
from domain.people.customers import Customer
from domain.people.delegation import Circle, DelegationTerms, Grant, MemberNotFound
from domain.people.grants import GrantEvent, GrantRecord, TellOfAccepted
from domain.people.invitations import (
    Invitation,
    InvitationNotFound,
    SendInvitation,
    code_doors,
    code_hash,
    invited,
    inviting_doors,
    message,
)
from domain.people.memberships import Membership
from domain.people.phones import normalised
from domain.store import Store, Transaction
from services.people.leaving import leave
from services.people.tries import count_try, return_try


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A membership with the person who holds it."""

    membership: Membership
    person: Customer | None


@dataclass(frozen=True, slots=True)
class DelegationService:
    transaction: Transaction
    sms: Sms
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    new_code: Callable[[], str]
    zone: tzinfo

    async def members(self, access: Access) -> list[Member]:
        """Those whose right is in force, the oldest first."""
        async with self.transaction() as store:
            circle = await store.delegations.circle(access)
            return [
                Member(membership=one, person=await store.customers.by_id(one.user_id))
                for one in circle.in_force(access.at)
            ]

    async def invite(
        self, access: Access, invitation_id: InvitationId, phone: str, grant: Grant
    ) -> tuple[Invitation, bool]:
        """The invitation, and whether this call made it. PhoneInvalid, TooManyAttempts, InvitationIdTaken,
        and what `invited` refuses. Whether anybody has that phone is not asked."""
        by, to = UserId(access.actor.id), normalised(phone)
        async with self.transaction() as store:
            circle = await store.delegations.circle(access)
            if kept := await store.invitations.found(access.account_id, invitation_id):
                return kept.same_as(to, grant, by), False
            circle.check_giving(by, grant, access.at)
        async with self.transaction() as store:
            await count_try(store, inviting_doors(by, to), access.at, self.zone)
        async with self.transaction() as store:
            circle = await store.delegations.circle_locked(access)
            if kept := await store.invitations.found(access.account_id, invitation_id):
                return kept.same_as(to, grant, by), False
            terms = await store.terms.at(DelegationTerms, business_day(access.at, self.zone))
            open_ones = await store.invitations.open_on(access.account_id, access.at)
            invitation = invited(
                circle, open_ones, grant, id=invitation_id, phone=to, by=by, terms=terms, at=access.at
            )
            await store.invitations.add(invitation)
            await self._record(store, GrantEvent.INVITED, grant, access, invitation_id)
            send = SendInvitation(account_id=access.account_id, invitation_id=invitation_id)
            await store.jobs.add(send, run_at=access.at)
        return invitation, True

    async def send(self, job: SendInvitation) -> None:
        """Draw a code, keep its hash, send it. Repeated after a failure: a new code, the old one is dead."""
        ours = _ours(job.account_id, self.now())
        async with self.transaction() as store:
            await store.delegations.circle_locked(ours)
            invitation = await store.invitations.found(job.account_id, job.invitation_id)
            if invitation is None or not invitation.is_open(ours.at):
                return
            code = self.new_code()
            await store.invitations.save(invitation.sent_with(code))
        await self.sms.send(invitation.phone, message(code, invitation.expires_at.astimezone(self.zone)))

    async def withdraw(self, access: Access, invitation_id: InvitationId) -> None:
        """InvitationNotFound. One that is used or over stays as it is."""
        async with self.transaction() as store:
            await store.delegations.circle_locked(access)
            invitation = await store.invitations.found(access.account_id, invitation_id)
            if invitation is None:
                raise InvitationNotFound
            if invitation.is_open(access.at):
                await store.invitations.save(invitation.withdrawn(access.at))
                await self._record(store, GrantEvent.WITHDRAWN, invitation.grant, access, invitation_id)

    async def accept(self, actor: Actor, code: str) -> Membership:
        """Make the user a member; those who manage the account are told. Repeated by the same user: the same
        membership.

        TooManyAttempts, AlreadyMember, InvitationNotFound: also when the inviter may no longer give
        what was offered, and when the code is for another phone.
        """
        user_id, at = UserId(actor.id), self.now()
        doors = code_doors(user_id)
        async with self.transaction() as store:
            await count_try(store, doors, at, self.zone)
        async with self.transaction() as store:
            circle, invitation = await _by_code(store, code, at)
            if invitation.accepted_by == user_id and circle.has(user_id, at):
                await return_try(store, doors, at)
                return circle.member(user_id, at)
            customer = await store.customers.by_id(user_id)
            accepted = invitation.accepted(user_id, customer.phone if customer else None, at)
            try:
                member = circle.joined(invitation.invited_by, invitation.grant, user_id, at)
            except (Forbidden, Invalid, MemberNotFound) as no_longer_given:
                raise InvitationNotFound from no_longer_given
            await store.delegations.keep(member)
            await store.invitations.save(accepted)
            theirs = Access(actor=actor, account_id=circle.account_id, scope=Scope.SEE, at=at)
            await self._record(store, GrantEvent.JOINED, member, theirs, invitation.id)
            day = business_day(at, self.zone)
            told = TellOfAccepted(
                account_id=circle.account_id, user_id=user_id, invitation_id=invitation.id, day=day
            )
            await store.jobs.add(told, run_at=at)
            await return_try(store, doors, at)
        return member

    async def change(self, access: Access, user_id: UserId, grant: Grant) -> Membership:
        """Give a member another right instead of the one they have."""
        async with self.transaction() as store:
            circle = await store.delegations.circle_locked(access)
            changed = circle.changed(UserId(access.actor.id), user_id, grant, access.at)
            if changed != circle.member(user_id, access.at):
                await store.delegations.keep(changed)
                await self._record(store, GrantEvent.CHANGED, changed, access)
        return changed

    async def remove(self, access: Access, user_id: UserId) -> None:
        """End a member's right at once. Nothing to do when there is none."""
        async with self.transaction() as store:
            circle = await store.delegations.circle_locked(access)
            if circle.has(user_id, access.at):
                member = circle.removed(UserId(access.actor.id), user_id, access.at)
                await store.delegations.end(member.account_id, user_id)
                await self._record(store, GrantEvent.ENDED, member, access)

    async def leave(self, actor: Actor, account_id: AccountId) -> None:
        """End one's own right; with the last owner every right ends. AccountNotFound without one;
        LastAdministrator."""
        user_id, at = UserId(actor.id), self.now()
        theirs = Access(actor=actor, account_id=account_id, scope=Scope.SEE, at=at)
        async with self.transaction() as store:
            circle = await store.delegations.circle_locked(_ours(account_id, at))
            if not circle.has(user_id, at):
                raise AccountNotFound
            circle.check_leaving(user_id, at)
            await leave(store, circle, theirs, self.new_id)

    async def own(self, actor: Actor, account_id: AccountId) -> Membership:
        """What the user may do there now. AccountNotFound when it is nothing."""
        at = self.now()
        async with self.transaction() as store:
            circle = await store.delegations.circle(_ours(account_id, at))
        if not circle.has(actor.id, at):
            raise AccountNotFound
        return circle.member(actor.id, at)

    async def _record(
        self,
        store: Store,
        what: GrantEvent,
        right: Membership | Grant,
        by: Access,
        invitation_id: InvitationId | None = None,
    ) -> None:
        await store.delegations.record(
            GrantRecord.of(what, right, by, id=self.new_id(), invitation_id=invitation_id)
        )


def _ours(account_id: AccountId, at: datetime) -> Access:
    """Where the customer's own right is what is asked after, or a code speaks for them."""
    return Access(actor=OURSELVES, account_id=account_id, scope=Scope.SEE, at=at)


async def _by_code(store: Store, code: str, at: datetime) -> tuple[Circle, Invitation]:
    place = await store.invitations.by_code(code_hash(code))
    if place is None:
        raise InvitationNotFound
    circle = await store.delegations.circle_locked(_ours(place[0], at))
    invitation = await store.invitations.found(*place)
    # Read after the lock: a new code may have been sent meanwhile.
    if invitation is None or invitation.code_hash != code_hash(code):
        raise InvitationNotFound
    return circle, invitation
