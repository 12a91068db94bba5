"""Adding an account to one's own, and the record of staff looking at accounts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from msgspec.structs import replace

from domain.accounts.suppliers import CollectionAccount
from domain.kernel.access import OURSELVES, Access, Actor, ActorKind, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, StaffId, SupplierId, UserId
from domain.payments.scanned_codes import scanned_bill
from domain.people.attempts import proof_doors
from domain.people.delegation import Circle, SecondByBill
from domain.people.grants import GrantEvent, GrantRecord, RightTakenBack, TellOfAdded, is_taken_back
from domain.people.memberships import AccountProofFailed, MemberRole, Membership, Proof
from domain.people.staff import View
from domain.store import Store, Transaction
from services.people.tries import count_try, return_try


@dataclass(frozen=True, slots=True)
class MembershipService:
    transaction: Transaction
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    zone: tzinfo

    async def add_account(self, user_id: UserId, number: str, proof: Proof) -> tuple[AccountId, bool]:
        """Let the user act on the account with that number: as its owner, or as the term `SecondByBill` says
        where others manage it, who are told.

        The account's id, and whether it is new to the user: a repeated call changes nothing.
        ProofMissing, TooManyAttempts, AccountProofFailed (also when there is no such account);
        RightTakenBack.
        """
        proof.check_shape()
        return await self._add(user_id, "".join(number.split()), None, (proof,), field="proof")

    async def add_by_code(self, user_id: UserId, code: str) -> tuple[AccountId, bool]:
        """The same by the payment code scanned from the bill, which names account, sum and bill.

        What `scanned_bill` refuses, for who is paid by a code is no secret of ours; TooManyAttempts and
        AccountProofFailed as for what is typed.
        """
        day = business_day(self.now(), self.zone)
        async with self.transaction() as store:
            collection = await store.terms.at(CollectionAccount, day)
            suppliers = await store.suppliers.on(day)
        bill = scanned_bill(code, collection.details, suppliers.values())
        return await self._add(user_id, bill.number, bill.supplier_id, bill.proofs, field="code")

    async def _add(
        self,
        user_id: UserId,
        number: str,
        supplier_id: SupplierId | None,
        proofs: tuple[Proof, ...],
        *,
        field: str,
    ) -> tuple[AccountId, bool]:
        doors = proof_doors(user_id, f"{supplier_id} {number}" if supplier_id else number)
        async with self.transaction() as store:
            await count_try(store, doors, self.now(), self.zone)
        async with self.transaction() as store:
            account_id = await self._proved(store, number, supplier_id, proofs, field)
            # Once more under the lock: the account may have been handed over or closed in between.
            circle = await store.delegations.circle_locked(_ours(account_id, self.now()))
            await self._proved(store, number, supplier_id, proofs, field)
            await self._check_not_taken_back(store, circle, user_id)
            added = await self._let_in(store, circle, user_id)
            await return_try(store, doors, self.now())
        return account_id, added

    async def _proved(
        self, store: Store, number: str, supplier_id: SupplierId | None, proofs: tuple[Proof, ...], field: str
    ) -> AccountId:
        if supplier_id is None:
            bills = await store.memberships.last_bills(number)
        else:
            bills = await store.memberships.last_bills_of_supplier(number, supplier_id)
        for bill in bills:
            if bill.is_of_holder(self.zone) and any(bill.is_proved_by(proof) for proof in proofs):
                return bill.account_id
        raise AccountProofFailed(field=field)

    async def _check_not_taken_back(self, store: Store, circle: Circle, user_id: UserId) -> None:
        """After a right was taken back, the word of whoever manages the account counts, not the paper. Where
        nobody does any more, the paper is all there is."""
        at = self.now()
        if circle.has(user_id, at) or not circle.managing(at):
            return
        if is_taken_back(await store.delegations.last_moment(circle.account_id, user_id), user_id):
            raise RightTakenBack

    async def _let_in(self, store: Store, circle: Circle, user_id: UserId) -> bool:
        """Whether it is new to them. Those who manage the account hear of a new one."""
        at = self.now()
        others = [one for one in circle.managing(at) if one.user_id != user_id]
        right = Membership.of_owner(circle.account_id, user_id, at)
        if others:
            terms = await store.terms.at(SecondByBill, business_day(at, self.zone))
            if circle.has(user_id, at) and terms.role is not MemberRole.OWNER:
                return False  # what was given to them is not theirs to change
            right = replace(right, role=terms.role, scopes=terms.scopes)
        if not await store.memberships.add(right):
            return False
        actor = Actor(kind=ActorKind.CUSTOMER, id=user_id, name="")
        by = Access(actor=actor, account_id=circle.account_id, scope=Scope.SEE, at=at)
        record = GrantRecord.of(GrantEvent.ADDED, right, by, id=self.new_id())
        await store.delegations.record(record)
        if others:
            job = TellOfAdded(
                account_id=circle.account_id,
                user_id=user_id,
                record_id=record.id,
                day=business_day(at, self.zone),
                may_manage=Scope.MANAGE in right.scopes,
            )
            await store.jobs.add(job, run_at=at)
        return True

    async def record_view(self, access: Access, what: str) -> None:
        """Keep who of the staff looks at which account, before they see anything of it."""
        view = View(
            id=self.new_id(),
            account_id=access.account_id,
            staff_id=StaffId(access.actor.id),
            staff_name=access.actor.name,
            what=what,
            at=access.at,
        )
        async with self.transaction() as store:
            await store.views.add(view)


def _ours(account_id: AccountId, at: datetime) -> Access:
    """The paper has spoken for the customer, who has no right of their own yet."""
    return Access(actor=OURSELVES, account_id=account_id, scope=Scope.SEE, at=at)
