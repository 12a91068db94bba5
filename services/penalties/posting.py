"""Posting penalties, account by account: what stands is reckoned anew, the difference is posted."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import partial
from uuid import UUID

import msgspec

from domain.accounts.charging import AccountCharges, BilledStanding, Charged, charged
from domain.accounts.closed_accounts import held_back
from domain.accounts.penalties.penalties import (
    Mark,
    Owing,
    PostedPenalty,
    PostPenalties,
    asked,
    looked_back,
    mark_after,
    posted,
    reckonings,
)
from domain.accounts.penalties.reckoning import Reckoning
from domain.accounts.penalties.rules import Rulebook
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId
from domain.kernel.money import ZERO, Money, total
from domain.store import Store, Transaction
from services.repeating import repeated

PAGE_ACCOUNTS = 200
_BEFORE_ALL = AccountId(UUID(int=0))


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run has come. `lines` are penalties posted or changed, `amount` how much they moved."""

    as_of: date
    accounts: int = 0
    lines: int = 0
    amount: Money = ZERO
    after: AccountId = _BEFORE_ALL


Told = Callable[[Posting], None]


def _silent(_: Posting) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class PenaltyPosting:
    transaction: Transaction
    now: Callable[[], datetime]
    zone: tzinfo
    page_accounts: int = PAGE_ACCOUNTS

    async def work(self, job: PostPenalties) -> None:
        await self.post()

    async def post(self, told: Told = _silent) -> Posting:
        """Penalties as of the last day they are posted for. Each page is committed by itself with marks of
        what was reckoned: broken off or repeated, the next run does what is left, and two share the work."""
        today = business_day(self.now(), self.zone)
        async with self.transaction() as store:
            book = await store.penalties.rulebook(today)
        going = Posting(as_of=book.terms.as_of(today))
        while book.ours:
            gone_on = await repeated(partial(self._page, going, book))
            if gone_on is None:
                break
            going = gone_on
            told(going)
        return going

    async def look(
        self, as_of: date
    ) -> AsyncGenerator[tuple[Posting, list[tuple[AccountId, Reckoning]]], None]:
        """What penalties come to as of that day as things stand now, page by page; nothing is kept.
        `lines` are all that are above zero."""
        going = Posting(as_of=as_of)
        async with self.transaction() as store:
            book = await store.penalties.rulebook(as_of)
        while True:
            async with self.transaction() as store:
                ids = await store.penalties.page(going.after, self.page_accounts)
                owing = await store.penalties.owing(ids, book.ours, looked_back(as_of)) if book.ours else []
            if not ids:
                return
            found = [(one.account_id, line) for one in owing for line in reckonings(one, book, as_of)]
            found = [(account_id, line) for account_id, line in found if line.total]
            going = Posting(
                as_of=as_of,
                accounts=going.accounts + len(ids),
                lines=going.lines + len(found),
                amount=going.amount + total(line.total for _, line in found),
                after=ids[-1],
            )
            yield going, found

    async def accounts(self) -> int:
        async with self.transaction() as store:
            return await store.penalties.count()

    async def _page(self, going: Posting, book: Rulebook) -> Posting | None:
        """None when nothing is left."""
        rules = book.fingerprint
        async with self.transaction() as store:
            ids = await store.penalties.to_reckon(going.after, going.as_of, rules, self.page_accounts)
            if not ids:
                return None
            lines, moved = await self._posted(store, ids, book, going.as_of)
        return Posting(
            as_of=going.as_of,
            accounts=going.accounts + len(ids),
            lines=going.lines + len(lines),
            amount=going.amount + moved,
            after=ids[-1],
        )

    async def _posted(
        self, store: Store, ids: Sequence[AccountId], book: Rulebook, as_of: date
    ) -> tuple[list[PostedPenalty], Money]:
        """The heads are locked before anything is read: a payment that comes meanwhile waits, and the next
        run sees it."""
        standings = await store.bulk_ledger.standings_locked(
            [AccountCharges(account_id=account_id, charges=()) for account_id in ids]
        )
        owing = await store.penalties.owing(ids, book.ours, looked_back(as_of))
        outcomes, lines, at = [], [], self.now()
        for outcome, posted_lines in await self._charged(store, owing, book, as_of, at):
            outcomes.append(outcome)
            lines += posted_lines
        await store.bulk_ledger.post(outcomes, at)
        by_account = {one.before.head.account_id: one for one in outcomes}
        marks = [_mark(one, by_account, as_of, book.fingerprint) for one in standings]
        await store.penalties.keep(lines, marks, at)
        return lines, _moved(outcomes, lines)

    async def _charged(
        self, store: Store, owing: Sequence[Owing], book: Rulebook, as_of: date, at: datetime
    ) -> list[tuple[Charged, list[PostedPenalty]]]:
        wanted = [asked(one.account_id, reckonings(one, book, as_of)) for one in owing]
        wanted = [(account, by_id) for account, by_id in wanted if account.charges]
        standings = await store.bulk_ledger.standings_locked([account for account, _ in wanted])
        day, found = business_day(at, self.zone), []
        for (account, by_id), standing in zip(wanted, standings, strict=True):
            outcome = charged(held_back(account, standing)[0], standing, day)
            found.append((outcome, posted(outcome, by_id)))
        return found


def _mark(standing: BilledStanding, outcomes: dict[AccountId, Charged], as_of: date, rules: str) -> Mark:
    outcome = outcomes.get(standing.head.account_id)
    if outcome is not None:
        return mark_after(outcome, as_of, rules)
    head = standing.head
    return Mark(account_id=head.account_id, as_of=as_of, last_no=head.last_no, rules=rules)


def _moved(outcomes: Sequence[Charged], lines: Sequence[PostedPenalty]) -> Money:
    """How much the posted lines differ from what stood before."""
    before = {
        charge_id: kept.charge.penalty for one in outcomes for charge_id, kept in one.before.kept.items()
    }
    return total(line.total - before.get(line.charge_id, ZERO) for line in lines)
