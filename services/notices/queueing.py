"""Putting notices into the queue: each once, at the pace of its channel, outside of its reader's night."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, UserId
from domain.kernel.jobs import Job
from domain.notices.kinds import AnyWords
from domain.notices.notices import Notice, NoticeId, SendNotice
from domain.notices.preferences import HourTerms, Preferences
from domain.notices.words import Channel
from domain.store import Store


@dataclass(frozen=True, slots=True)
class NoticeQueue:
    """`per_second` is the most that leave by one channel; `zone` the region's."""

    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    zone: tzinfo
    per_second: float

    @property
    def gap(self) -> timedelta:
        return timedelta(seconds=1 / self.per_second)

    async def tell(
        self,
        store: Store,
        user_ids: Iterable[UserId],
        account_id: AccountId,
        words: AnyWords,
        *,
        cause: str,
        series: str = "",
    ) -> None:
        """By e-mail, one notice to each; whoever has no cabinet or no address is told nothing."""
        wanted = []
        for user_id in user_ids:
            reader = await store.customers.by_id(user_id)
            if reader is None or reader.email is None:
                continue
            notice = Notice(
                id=NoticeId(self.new_id()),
                user_id=user_id,
                account_id=account_id,
                channel=Channel.EMAIL,
                cause=cause,
                series=series,
                address=reader.email,
                words=words,
                made_at=self.now(),
            )
            wanted.append((notice, await store.notice_preferences.of(user_id)))
        await self.put(store, Channel.EMAIL, wanted)

    async def put(self, store: Store, channel: Channel, wanted: Sequence[tuple[Notice, Preferences]]) -> int:
        """Keep those whose cause is new to their reader and promise their sending; how many they are."""
        made = set(await store.notices.add([notice for notice, _ in wanted]))
        new = [(notice, preferences) for notice, preferences in wanted if notice.id in made]
        at = self.now()
        hours = await store.terms.at(HourTerms, business_day(at, self.zone))
        prompt = [(_job(notice), at) for notice, _ in new if notice.words.is_prompt]
        lines = defaultdict[datetime, list[Notice]](list)
        for notice, preferences in new:
            if not notice.words.is_prompt:
                lines[preferences.not_before(at, self.zone, hours)].append(notice)
        await store.jobs.add_many(prompt + await self._placed(store, channel, lines, at))
        return len(new)

    async def _placed(
        self, store: Store, channel: Channel, lines: dict[datetime, list[Notice]], at: datetime
    ) -> list[tuple[Job, datetime]]:
        if not lines:
            return []
        pace = await store.notice_paces.locked(channel)
        jobs: list[tuple[Job, datetime]] = []
        for opens in sorted(lines):
            pace, first = pace.queued(len(lines[opens]), opens, at, self.gap)
            jobs += [(_job(notice), first + place * self.gap) for place, notice in enumerate(lines[opens])]
        await store.notice_paces.save(pace)
        return jobs


def _job(notice: Notice) -> Job:
    return SendNotice(user_id=notice.user_id, notice_id=notice.id)
