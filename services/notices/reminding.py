"""Reminding of readings: a pass over all accounts, page by page, and each letter asked once more."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from uuid import UUID

from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId
from domain.notices.bounces import BounceTerms
from domain.notices.kinds import AnyWords
from domain.notices.notices import Notice, NoticeId
from domain.notices.reminders import (
    AccountToRead,
    Judged,
    Pass,
    Recipient,
    ReminderTerms,
    RemindOfReadings,
    Verdict,
    Window,
    Windows,
    cause,
    judged,
)
from domain.notices.words import Channel
from domain.readings.windows import ReadingWindows
from domain.store import Store, Transaction
from services.notices.queueing import NoticeQueue
from services.repeating import repeated

PAGE_ACCOUNTS = 1000

Told = Callable[[Pass], None]


def _silent(_: Pass) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class ReminderService:
    transaction: Transaction
    queue: NoticeQueue
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    zone: tzinfo
    page_accounts: int = PAGE_ACCOUNTS

    async def work(self, job: RemindOfReadings) -> None:
        await self.remind()

    async def remind(self, told: Told = _silent, *, again: bool = False) -> Pass:
        """Today's pass, from where it was broken off; `again` begins it anew. Each page is committed by
        itself with its letters and the place it ends at, so two at once share the work."""
        day = business_day(self.now(), self.zone)
        going = await repeated(lambda: self._begun(day, again=again))
        while going.finished_at is None:
            told(going)
            going = await repeated(lambda: self._page(day))
        told(going)
        return going

    async def look(self, day: date) -> AsyncGenerator[tuple[Pass, list[Judged]], None]:
        """What a pass on `day` would do as things stand now, page by page; nothing is kept."""
        going = Pass(day=day, started_at=self.now())
        while True:
            async with self.transaction() as store:
                terms, windows = await self._rules(store, day)
                page = await store.readings_to_send.page(going.after, self.page_accounts, day, windows)
                lines = await self._judged(store, page, day, terms)
            if not page:
                return
            going = going.gone_on(page, lines)
            yield going, lines

    async def accounts(self) -> int:
        """How many there are, roughly."""
        async with self.transaction() as store:
            return await store.readings_to_send.count()

    async def still_due(self, store: Store, notice: Notice, at: datetime) -> AnyWords | str:
        """The reminder as the account stands now, or why it is due no longer: a reading was accepted, the
        window is over, the person may not send readings any more."""
        if notice.account_id is None:
            return Verdict.NOBODY.value
        day = business_day(at, self.zone)
        terms, windows = await self._rules(store, day)
        account = await store.readings_to_send.of(notice.account_id, day, windows)
        verdict = account.judged(day, terms) if account else Verdict.CLOSED
        if account is None or account.window is None or verdict is not Verdict.REMIND:
            return verdict.value
        if account.window.period != notice.series:
            return Verdict.OUTSIDE_WINDOW.value
        people = await self._recipients(store, {account.id: account.window})
        if all(one.user_id != notice.user_id for one in people.get(account.id, ())):
            return Verdict.NOBODY.value
        return account.words()

    async def _begun(self, day: date, *, again: bool) -> Pass:
        """The pass to go on with. On a day on which nobody can be due it is over at once."""
        async with self.transaction() as store:
            fresh = Pass(day=day, started_at=self.now())
            going = await store.reminder_passes.locked(fresh)
            if going.finished_at is not None and again:
                going = fresh
            if going.finished_at is None and not await self._may_anybody_be_due(store, day):
                going = going.finished(self.now())
            await store.reminder_passes.save(going)
            return going

    async def _may_anybody_be_due(self, store: Store, day: date) -> bool:
        terms, windows = await self._rules(store, day)
        return any(window and terms.due_by(day, window.last) for window in windows.values())

    async def _page(self, day: date) -> Pass:
        async with self.transaction() as store:
            going = await store.reminder_passes.locked(Pass(day=day, started_at=self.now()))
            if going.finished_at is not None:
                return going
            terms, windows = await self._rules(store, day)
            page = await store.readings_to_send.page(going.after, self.page_accounts, day, windows)
            lines = await self._judged(store, page, day, terms)
            due = [
                (self._notice(line.account, line.recipient), line.recipient.preferences)
                for line in lines
                if line.recipient and line.verdict is Verdict.REMIND
            ]
            await self.queue.put(store, Channel.EMAIL, due)
            going = going.gone_on(page, lines) if page else going
            if len(page) < self.page_accounts:
                going = going.finished(self.now())
            await store.reminder_passes.save(going)
            return going

    async def _judged(
        self, store: Store, page: Sequence[AccountToRead], day: date, terms: ReminderTerms
    ) -> list[Judged]:
        windows: dict[AccountId, Window] = {
            one.id: one.window for one in page if one.window and one.judged(day, terms) is Verdict.REMIND
        }
        people = await self._recipients(store, windows) if windows else {}
        return [line for one in page for line in judged(one, people.get(one.id, ()), day, terms, self.zone)]

    async def _recipients(
        self, store: Store, windows: dict[AccountId, Window]
    ) -> dict[AccountId, list[Recipient]]:
        at = self.now()
        terms = await store.terms.at(BounceTerms, business_day(at, self.zone))
        return await store.reminder_recipients.of_accounts(windows, at, terms.since(at))

    def _notice(self, account: AccountToRead, recipient: Recipient) -> Notice:
        words = account.words()
        return Notice(
            id=NoticeId(self.new_id()),
            user_id=recipient.user_id,
            account_id=account.id,
            channel=Channel.EMAIL,
            cause=cause(account.id, words.period, recipient.reminded + 1),
            series=words.period,
            address=recipient.address or "",
            words=words,
            made_at=self.now(),
        )

    async def _rules(self, store: Store, day: date) -> tuple[ReminderTerms, Windows]:
        """Who is reminded when, and which windows are open on `day`."""
        terms = await store.terms.at(ReminderTerms, day)
        groups = (await store.terms.at(ReadingWindows, day)).groups
        windows: dict[str, Window | None] = {}
        for group, window in groups.items():
            period = window.period_on(day)
            windows[group] = (
                Window(period=period, first=window.opens_on(period), last=window.closes_on(period))
                if window.is_open_on(day)
                else None
            )
        return terms, windows
