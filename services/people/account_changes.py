"""Handing an account over to a new owner, and closing it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from uuid import UUID

import msgspec

from domain.accounts.accounts import AccountClosed, Balance, check_settled
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Refusal
from domain.kernel.ids import UserId
from domain.people.delegation import Circle, DelegationTerms, HandOver, OwnerOnly, first_moment
from domain.people.grants import GrantEvent, GrantRecord, HandOverAccount
from domain.people.memberships import MemberRole, Membership
from domain.store import Store, Transaction


class Transferred(msgspec.Struct, frozen=True, kw_only=True):
    """A change of owner as it was taken: done at once, or promised. The balance stays with the account."""

    change: HandOver
    done: bool
    balance: Balance


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    closed_at: datetime
    readable_until: datetime


@dataclass(frozen=True, slots=True)
class AccountChanges:
    transaction: Transaction
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    zone: tzinfo

    async def transfer(self, access: Access, to: UserId, on: date | None, reason: str | None) -> Transferred:
        """Hand the account over to a member, today or on a day to come.

        The rights of the former owner and of everybody else end at that moment; what is owed and what is
        paid ahead stays with the account. What `Circle.handed_over` refuses; EndOutOfRange for a day too
        far. A second call takes the place of a promise.
        """
        at = access.at
        async with self.transaction() as store:
            circle = await store.delegations.circle_locked(access)
            terms = await store.terms.at(DelegationTerms, business_day(at, self.zone))
            midnight = datetime.combine(on, time(), self.zone) if on else at
            moment = first_moment(on, midnight, at, terms)
            change = HandOver(from_user_id=UserId(access.actor.id), to_user_id=to, at=moment)
            circle.handed_over(change, at)
            balance = (await store.accounts.card(access)).balance
            if moment == at:
                await self._hand_over(store, circle, change, access, reason)
            else:
                await store.delegations.promise(access.account_id, change)
                await self._record(store, GrantEvent.TRANSFER_PROMISED, None, access, reason, to)
                job = HandOverAccount(account_id=access.account_id, moment=moment)
                await store.jobs.add(job, run_at=moment)
        return Transferred(change=change, done=moment == at, balance=balance)

    async def drop_transfer(self, access: Access) -> None:
        """Take back a promised change of owner. Nothing to do when none is promised."""
        async with self.transaction() as store:
            circle = await store.delegations.circle_locked(access)
            _check_owner(circle, access)
            if circle.promised:
                await self._drop(store, circle.promised, access)

    async def carry_out(self, job: HandOverAccount) -> None:
        """The day has come. What was dropped or put in its place meanwhile is left alone."""
        at = self.now()
        ours = Access(actor=OURSELVES, account_id=job.account_id, scope=Scope.SEE, at=at)
        async with self.transaction() as store:
            circle = await store.delegations.circle_locked(ours)
            change = circle.promised
            if change is None or change.at != job.moment:
                return
            try:
                circle.handed_over(change, at)
            except Refusal as refusal:
                # One of the two has left, or another owner has come: nothing is handed over blindly.
                await self._drop(store, change, ours, refusal.code)
                return
            await self._hand_over(store, circle, change, ours, None)

    async def close(self, access: Access, reason: str | None) -> Closed:
        """Close the account at an owner's wish; OwnerOnly for others. What `check_settled` refuses."""
        return await self._close(access, reason, by_owner=True)

    async def close_by_staff(self, access: Access, reason: str) -> Closed:
        """Close the account as staff, with the reason for the log."""
        return await self._close(access, reason, by_owner=False)

    async def _close(self, access: Access, reason: str | None, *, by_owner: bool) -> Closed:
        at = access.at
        async with self.transaction() as store:
            circle = await store.delegations.circle_locked(access)
            if by_owner:
                _check_owner(circle, access)
            if circle.closed_at:
                raise AccountClosed
            # No payment begins and none is posted while the head is held.
            await store.ledger.standing_locked(access.account_id)
            card = await store.accounts.card(access)
            is_awaiting = await store.payments.is_awaiting(access.account_id)
            under_way = [one for one in await store.refunds.of_account(access.account_id) if not one.is_final]
            check_settled(card.balance, is_awaiting=is_awaiting or bool(under_way))
            terms = await store.terms.at(DelegationTerms, business_day(at, self.zone))
            until = at + timedelta(days=terms.closed_readable_days)
            readers, ended = circle.closed(until, at)
            for reader in readers:
                await store.delegations.keep(reader)
            await self._end(store, ended, access)
            await store.delegations.close(access.account_id, at)
            await self._record(store, GrantEvent.CLOSED, None, access, reason)
        return Closed(closed_at=at, readable_until=until)

    async def _hand_over(
        self, store: Store, circle: Circle, change: HandOver, by: Access, reason: str | None
    ) -> None:
        owner, ended = circle.handed_over(change, by.at)
        await self._end(store, ended, by)
        await store.delegations.keep(owner)
        await store.delegations.hand_over(by.account_id, by.at)
        await self._record(store, GrantEvent.TRANSFERRED, owner, by, reason)

    async def _end(self, store: Store, ended: tuple[Membership, ...], by: Access) -> None:
        """Rights and open invitations end together: both were given by those who hold no more."""
        for one in ended:
            await store.delegations.end(by.account_id, one.user_id)
            await self._record(store, GrantEvent.ENDED, one, by)
        for invitation in await store.invitations.open_on(by.account_id, by.at):
            await store.invitations.save(invitation.withdrawn(by.at))
            record = GrantRecord.of(
                GrantEvent.WITHDRAWN, invitation.grant, by, id=self.new_id(), invitation_id=invitation.id
            )
            await store.delegations.record(record)

    async def _drop(self, store: Store, change: HandOver, by: Access, reason: str | None = None) -> None:
        await store.delegations.promise(by.account_id, None)
        await self._record(store, GrantEvent.TRANSFER_DROPPED, None, by, reason, change.to_user_id)

    async def _record(
        self,
        store: Store,
        what: GrantEvent,
        right: Membership | None,
        by: Access,
        reason: str | None = None,
        user_id: UserId | None = None,
    ) -> None:
        record = GrantRecord.of(what, right, by, id=self.new_id(), user_id=user_id, reason=reason)
        await store.delegations.record(record)


def _check_owner(circle: Circle, access: Access) -> None:
    if circle.member(access.actor.id, access.at).role is not MemberRole.OWNER:
        raise OwnerOnly
