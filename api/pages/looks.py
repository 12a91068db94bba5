"""What a list of the office shows of customers is put on record, each account, before it is shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from litestar.di import NamedDependency, Provide

from domain.kernel.access import Access, Actor, Scope
from domain.kernel.ids import AccountId
from services.people.memberships import MembershipService


@dataclass(frozen=True, slots=True)
class Looks:
    """Who looks, and when."""

    memberships: MembershipService
    actor: Actor
    at: datetime

    def of(self, account_id: AccountId) -> Access:
        """The right by which staff look at an account in a list."""
        return Access(actor=self.actor, account_id=account_id, scope=Scope.DECIDE, at=self.at)

    async def recorded(self, account_ids: Iterable[AccountId], what: str) -> None:
        """Once for each account, by its id. `what` is the list."""
        for account_id in sorted(set(account_ids)):
            await self.memberships.record_view(self.of(account_id), what)


def looks(
    membership_service: NamedDependency[MembershipService],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Looks:
    return Looks(membership_service, actor, now)


DEPENDENCIES = {"looks": Provide(looks, sync_to_thread=False)}
