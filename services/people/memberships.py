"""Adding an account to one's own, and the record of staff looking at accounts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from domain.kernel.access import Access
from domain.kernel.ids import AccountId, StaffId, UserId
from domain.people.attempts import proof_doors
from domain.people.memberships import AccountProofFailed, Membership, Proof
from domain.people.staff import View
from domain.store import Transaction
from services.people.tries import count_try, return_try


@dataclass(frozen=True, slots=True)
class MembershipService:
    transaction: Transaction
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    zone: tzinfo

    async def add_account(self, user_id: UserId, number: str, proof: Proof) -> tuple[AccountId, bool]:
        """Make the user an owner of the account with that number.

        The account's id, and whether it is new to the user: a repeated call changes nothing.
        ProofMissing, TooManyAttempts, AccountProofFailed (also when there is no such account).
        """
        proof.check_shape()
        number = "".join(number.split())
        doors = proof_doors(user_id, number)
        async with self.transaction() as store:
            await count_try(store, doors, self.now(), self.zone)
        async with self.transaction() as store:
            bill = await store.memberships.last_bill(number)
            if bill is None or not bill.is_proved_by(proof):
                raise AccountProofFailed(field="proof")
            added = await store.memberships.add(Membership.of_owner(bill.account_id, user_id, self.now()))
            await return_try(store, doors, self.now())
        return bill.account_id, added

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
