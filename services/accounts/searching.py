"""Staff look for a customer. Every account that is shown to them gets a record of the look."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.accounts.searching import MOST_FOUND, AccountSearch, FoundAccount, Wanted
from domain.kernel.access import Actor
from domain.kernel.ids import StaffId
from domain.people.staff import View
from domain.store import Transaction

SEARCHED = "office/accounts/search"


@dataclass(frozen=True, slots=True)
class AccountSearching:
    transaction: Transaction
    search: AccountSearch
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    async def find(self, actor: Actor, text: str) -> list[FoundAccount]:
        """At most MOST_FOUND, and nothing is shown before the looks are kept. TooLittleToSearchBy."""
        found = await self.search.found(Wanted.of(text), limit=MOST_FOUND)
        for one in sorted(found, key=lambda account: account.id):
            look = View(
                id=self.new_id(),
                account_id=one.id,
                staff_id=StaffId(actor.id),
                staff_name=actor.name,
                what=SEARCHED,
                at=self.now(),
            )
            async with self.transaction() as store:
                await store.views.add(look)
        return found
