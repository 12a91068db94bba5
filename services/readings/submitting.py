"""Readings come in: each is kept, judged, and answered with a verdict on every value."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import partial
from typing import TypeVar

from domain.accounts.accounts import AccountClosed
from domain.kernel.access import Access
from domain.kernel.calendar import business_day
from domain.kernel.ids import MeterId, ReadingId
from domain.readings.judging import Histories, Judge, Judged
from domain.readings.keeping import SendingAccount
from domain.readings.meters import Direction, Meter, MeterNotFound
from domain.readings.past import History, Kept
from domain.readings.readings import Reading, ReadingIdTaken, ReadingNotFound, ReadingSource
from domain.readings.sent import Sent, sent_by_meter
from domain.readings.submissions import Submission, ValueGiven
from domain.readings.windows import ReadingLimits, ReadingWindows, Rules
from domain.store import Store, Transaction
from services.repeating import repeated

AT_ONCE = 300
"""Readings judged in one transaction."""
A_YEAR = timedelta(days=365)
G = TypeVar("G")


@dataclass(frozen=True, slots=True)
class ReadingService:
    transaction: Transaction
    zone: tzinfo

    async def submit(
        self, access: Access, submission: Submission, source: ReadingSource
    ) -> tuple[Reading, bool]:
        """The reading with its verdicts, and whether this call kept it. Safe to repeat with the same id.

        ReadingIdTaken for other content under the id, MeterNotFound, AccountNotFound, AccountClosed;
        ReadingNotFound when the reading that is to be corrected is not among the latest of the meter.
        """
        [(reading, is_new)] = await self._kept(access, [submission], source)
        return reading, is_new

    async def of_this_period(self, access: Access) -> dict[MeterId, Sent]:
        """What was sent of each meter for the period that readings are taken for now."""
        async with self.transaction() as store:
            account = await store.readings.sending_account(access)
            today = business_day(access.at, self.zone)
            window = (await rules_of(store, account, today)).window
            period = window.period_on(today)
            since = datetime.combine(window.counts_from(period), time(), self.zone)
            sent = await store.readings.sent_since(access, since)
        return sent_by_meter(sent, period)

    async def tried(self, access: Access, submission: Submission, source: ReadingSource) -> Reading:
        """The verdicts as they would be now; nothing is kept. Refusals as of `submit`."""
        async with self.transaction() as store:
            account = await _sending(store, access)
            meters = {submission.meter_id: await store.meters.of(access, submission.meter_id)}
            [judged] = await self._judged(store, access, account, meters, [submission], source)
        return judged.reading

    async def submit_many(
        self, access: Access, submissions: Sequence[Submission], source: ReadingSource
    ) -> list[Reading]:
        """Of the account of `access`, in the order given; `reading.verdict(zone, direction)` tells the fate
        of each row. Several transactions: safe to repeat with the same ids. Refusals as of `submit`."""
        kept: dict[int, Reading] = {}
        for portion in _portions(submissions):
            judged = await repeated(partial(self._kept, access, [one for _, one in portion], source))
            kept |= {number: reading for (number, _), (reading, _) in zip(portion, judged, strict=True)}
        return [kept[number] for number in range(len(submissions))]

    async def _kept(
        self, access: Access, submissions: Sequence[Submission], source: ReadingSource
    ) -> list[tuple[Reading, bool]]:
        """`submissions` are about one meter each and have different ids."""
        async with self.transaction() as store:
            account = await _sending(store, access)
            meter_ids = sorted({one.meter_id for one in submissions})
            meters = {one.id: one for one in await store.meters.locked(access.account_id, meter_ids)}
            if len(meters) < len(meter_ids):
                raise MeterNotFound
            before = await store.readings.found(access.account_id, [one.id for one in submissions])
            new = [one for one in submissions if one.id not in before]
            judged = await self._judged(store, access, account, meters, new, source)
            await _save(store, access, judged)
        fresh = {one.reading.id: one.reading for one in judged}
        return [
            (fresh[one.id], True) if one.id in fresh else (_same(before[one.id], one), False)
            for one in submissions
        ]

    async def _judged(
        self,
        store: Store,
        access: Access,
        account: SendingAccount,
        meters: Mapping[MeterId, Meter],
        submissions: Sequence[Submission],
        source: ReadingSource,
    ) -> list[Judged]:
        today = business_day(access.at, self.zone)
        judge = Judge(
            account_id=access.account_id,
            actor=access.actor,
            source=source,
            at=access.at,
            today=today,
            rules=await rules_of(store, account, today),
        )
        histories = await _histories(store, access, meters, today)
        return [
            judge.judged(
                _checked(one, histories[one.meter_id]), meters[one.meter_id], histories[one.meter_id]
            )
            for one in submissions
        ]


async def _sending(store: Store, access: Access) -> SendingAccount:
    account = await store.readings.sending_account(access)
    if account.is_closed:
        raise AccountClosed
    return account


async def rules_of(store: Store, account: SendingAccount, day: date) -> Rules:
    """The window and the limits of the account's own group, else of its kind."""
    windows, limits = await store.terms.at(ReadingWindows, day), await store.terms.at(ReadingLimits, day)
    return Rules(window=_of_group(windows.groups, account), limits=_of_group(limits.groups, account))


def _of_group(rules: Mapping[str, G], account: SendingAccount) -> G:
    return next(rules[group] for group in account.groups if group in rules)


async def _histories(
    store: Store, access: Access, meters: Mapping[MeterId, Meter], today: date
) -> dict[MeterId, Histories]:
    keys = [(meter.id, one.zone, one.direction) for meter in meters.values() for one in meter.registers]
    found = await store.readings.histories(access.account_id, keys, since=today - A_YEAR)
    by_meter: dict[MeterId, dict[tuple[str, Direction], History]] = {meter_id: {} for meter_id in meters}
    for (meter_id, zone, direction), history in found.items():
        by_meter[meter_id][zone, direction] = history
    return {**by_meter}


async def _save(store: Store, access: Access, judged: Sequence[Judged]) -> None:
    replaced = [each for one in judged for each in one.replaced]
    await store.readings.add([one.reading for one in judged], replaced, access.actor)


def _checked(submission: Submission, histories: Histories) -> Submission:
    """What it corrects must be a reading of the same meter."""
    if submission.corrects is None:
        return submission
    kept: Iterator[Kept] = (one for history in histories.values() for one in history.latest)
    if all(one.reading_id != submission.corrects for one in kept):
        raise ReadingNotFound(field="corrects")
    return submission


def _same(kept: Reading, submission: Submission) -> Reading:
    """The reading of an earlier request, if that said the same."""
    given = sorted(submission.values)
    before = sorted(
        ValueGiven(zone=one.zone, direction=one.direction, value=one.value)
        for one in (*kept.values, *kept.repeats)
    )
    said = (submission.meter_id, submission.taken_on, submission.comment, submission.corrects, given)
    if said != (kept.meter_id, kept.taken_on, kept.comment, kept.corrects, before):
        raise ReadingIdTaken
    return kept


def _portions(submissions: Sequence[Submission]) -> Iterator[list[tuple[int, Submission]]]:
    """Some hundred at a time with their numbers. Of each meter and id one: the next is judged by what the
    one before left."""
    rounds: list[list[tuple[int, Submission]]] = []
    meters: Counter[MeterId] = Counter()
    ids: Counter[ReadingId] = Counter()
    for number, one in enumerate(submissions):
        turn = max(meters[one.meter_id], ids[one.id])
        meters[one.meter_id] = ids[one.id] = turn + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append((number, one))
    for each in rounds:
        yield from (each[start : start + AT_ONCE] for start in range(0, len(each), AT_ONCE))
