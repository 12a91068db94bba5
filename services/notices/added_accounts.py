"""Telling those who manage an account that somebody else acts on it now: by its paper bill, or as invited."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.kernel.access import OURSELVES, Access, Scope
from domain.notices.kinds import AnyWords
from domain.notices.kinds.account_added import AccountAdded
from domain.notices.kinds.invitation_accepted import InvitationAccepted
from domain.people.grants import TellOfAccepted, TellOfAdded
from domain.store import Store, Transaction
from services.notices.queueing import NoticeQueue


@dataclass(frozen=True, slots=True)
class AddedAccountNotices:
    transaction: Transaction
    queue: NoticeQueue
    now: Callable[[], datetime]

    async def tell(self, job: TellOfAdded) -> None:
        """One notice to each who manages the account, but not to whoever came."""
        async with self.transaction() as store:
            number = await self._number(store, job)
            words = AccountAdded(account_number=number, day=job.day, may_manage=job.may_manage)
            await self._tell(store, job, words, cause=f"account-added/{job.record_id}")

    async def tell_accepted(self, job: TellOfAccepted) -> None:
        """Likewise."""
        async with self.transaction() as store:
            invitation = await store.invitations.found(job.account_id, job.invitation_id)
            if invitation is None:
                return
            number = await self._number(store, job)
            words = InvitationAccepted(account_number=number, day=job.day, phone_end=invitation.phone[-2:])
            await self._tell(store, job, words, cause=f"invitation-accepted/{job.invitation_id}")

    async def _number(self, store: Store, job: TellOfAdded | TellOfAccepted) -> str:
        return (await store.accounts.card(self._ours(job))).account.number

    async def _tell(
        self, store: Store, job: TellOfAdded | TellOfAccepted, words: AnyWords, *, cause: str
    ) -> None:
        access = self._ours(job)
        circle = await store.delegations.circle(access)
        managing = (one.user_id for one in circle.managing(access.at) if one.user_id != job.user_id)
        await self.queue.tell(store, sorted(managing), job.account_id, words, cause=cause)

    def _ours(self, job: TellOfAdded | TellOfAccepted) -> Access:
        return Access(actor=OURSELVES, account_id=job.account_id, scope=Scope.SEE, at=self.now())
