"""Whose letters are taken for an account: kept by its holders, by staff, and by nobody else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from domain.kernel.access import Access, Actor, ActorKind
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, UserId
from domain.mail.letters_in import MailTerms, PruneLetters
from domain.mail.senders import Sender
from domain.people.emails import normalised_email
from domain.store import Store, Transaction

_RAW_AT_ONCE = 100
_COUNTERS_KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class SenderService:
    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo

    async def add(self, access: Access, email: str) -> Sender:
        """Take letters from that address for the account. It is sure at once where it is the confirmed
        address of whoever adds it. EmailInvalid, AccountNotFound, TooManySenders."""
        wanted = normalised_email(email).lower()
        async with self.transaction() as store:
            await store.senders.of_account(access)
            user_id = access.actor.user_id
            is_own = user_id is not None and await _own_address(store, user_id) == wanted
            return await self._add(store, access.actor, access.account_id, wanted, is_sure=is_own)

    async def add_by_staff(self, actor: Actor, account_id: AccountId, email: str) -> Sender:
        """Staff and commands know whom they have spoken to. EmailInvalid, TooManySenders."""
        wanted = normalised_email(email).lower()
        async with self.transaction() as store:
            return await self._add(store, actor, account_id, wanted, is_sure=True)

    async def remove(self, access: Access, email: str) -> None:
        """AccountNotFound, SenderNotFound."""
        async with self.transaction() as store:
            await store.senders.of_account(access)
            await store.senders.remove(access.account_id, email.strip().lower())

    async def prune(self, job: PruneLetters) -> None:
        """Bytes of old letters, some at a time: the rest goes with the next run."""
        at = self.now()
        async with self.transaction() as store:
            terms = await store.terms.at(MailTerms, business_day(at, self.zone))
            await store.letters_in.prune(at - timedelta(days=terms.raw_kept_days), _RAW_AT_ONCE)
            await store.letter_answers.prune(at - _COUNTERS_KEPT)

    async def _add(
        self, store: Store, actor: Actor, account_id: AccountId, email: str, *, is_sure: bool
    ) -> Sender:
        terms = await store.terms.at(MailTerms, business_day(self.now(), self.zone))
        sender = Sender(
            account_id=account_id,
            email=email,
            is_sure=is_sure,
            added_at=self.now(),
            added_by_kind=actor.kind,
            added_by=actor.id,
            added_by_name=actor.name if actor.kind is not ActorKind.CUSTOMER else "",
        )
        return await store.senders.add(sender, terms.senders_of_account)


async def _own_address(store: Store, user_id: UserId) -> str | None:
    customer = await store.customers.by_id(user_id)
    return customer.email.lower() if customer and customer.email else None
