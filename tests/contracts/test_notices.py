"""The ports of notices: the same tests on the fakes and on PostgreSQL; and the queue that stands on them."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from msgspec.structs import replace

from adapters.postgres.notices.notices import PostgresNotices
from adapters.postgres.notices.paces import PostgresPaces
from adapters.postgres.notices.preferences import PostgresPreferences
from adapters.postgres.store import Transactions
from domain.kernel.ids import UserId
from domain.notices.kinds.payment_done import PaymentDone
from domain.notices.kinds.reading_reminder import ReadingReminder
from domain.notices.notices import Notice, NoticeId
from domain.notices.pace import Pace
from domain.notices.preferences import Hours, HourTerms, Preferences, SwitchedBy
from domain.notices.words import Channel
from domain.people.retention import DeleteOutdated
from infra.clock import new_id
from services.notices.queueing import NoticeQueue
from services.people.retention import RetentionService
from tests.fakes_jobs import FakeJobs
from tests.fakes_notices import FakeNotices, FakePaces, FakePreferences

NOON = datetime(2026, 11, 21, 7, tzinfo=UTC)
REGION = ZoneInfo("Asia/Yekaterinburg")
EMAIL = Channel.EMAIL


@pytest.fixture
def on_fakes():
    return SimpleNamespace(notices=FakeNotices(), preferences=FakePreferences(), paces=FakePaces())


@pytest_asyncio.fixture
async def on_postgres(pool):
    async with pool.acquire() as connection:
        yield SimpleNamespace(
            notices=PostgresNotices(connection),
            preferences=PostgresPreferences(connection),
            paces=PostgresPaces(connection),
        )


@pytest.fixture(params=["fakes", "postgres"])
def ports(request, on_fakes, on_postgres):
    return {"fakes": on_fakes, "postgres": on_postgres}[request.param]


@pytest_asyncio.fixture
async def anna(pool) -> UserId:
    user_id = UserId(new_id())
    await pool.execute("INSERT INTO users VALUES ($1, '+7', NULL, 'А', NULL, 'ru', $2)", user_id, NOON)
    return user_id


def notice(user_id: UserId, cause: str = "c", **more) -> Notice:
    told = {"account_id": None, "channel": EMAIL, "address": "a@example.test", "made_at": NOON}
    return Notice(
        **told | {"words": ReadingReminder.sample()} | more,
        id=NoticeId(new_id()),
        user_id=user_id,
        cause=cause,
    )


async def test_a_notice_is_kept_as_it_is(ports, anna):
    one = notice(anna, series="2026-11")
    assert await ports.notices.add([one]) == [one.id]
    assert await ports.notices.found(anna, one.id) == one
    sent = one.sent("b@example.test", PaymentDone.sample(), NOON)
    await ports.notices.save(sent)
    assert await ports.notices.locked(anna, one.id) == sent
    assert await ports.notices.found(anna, NoticeId(new_id())) is None


async def test_of_one_cause_a_person_hears_once(ports, anna):
    first, again, other = notice(anna), notice(anna), notice(anna, "other")
    assert await ports.notices.add([first, again]) == [first.id]
    assert await ports.notices.add([again, other]) == [other.id]


async def test_preferences_are_kept_and_empty_before(ports, anna):
    assert await ports.preferences.of(anna) == Preferences(user_id=anna)
    assert await ports.preferences.of_many([anna]) == {}
    quiet = Hours(start=time(22, 30), until=time(7))
    mine = (await ports.preferences.locked(anna)).with_hours("Europe/Moscow", quiet)
    mine = mine.switched("reading-reminder", EMAIL, SwitchedBy.CABINET, NOON, is_on=False)
    await ports.preferences.save(mine)
    assert await ports.preferences.of(anna) == mine
    await ports.preferences.save(replace(mine, quiet=None))
    assert (await ports.preferences.of_many([anna, UserId(new_id())]))[anna].quiet is None


async def test_a_pace_is_kept(ports):
    pace = await ports.paces.locked(EMAIL)
    assert pace == Pace(channel=EMAIL)
    taken = pace.taken(NOON, timedelta(seconds=1))
    queued, _ = taken.queued(3, NOON + timedelta(hours=2), NOON, timedelta(seconds=1))
    await ports.paces.save(queued)
    assert await ports.paces.locked(EMAIL) == queued


class Terms:
    async def at(self, kind, day):
        assert kind is HourTerms
        return HourTerms(quiet=Hours(start=time(21), until=time(9)))


async def test_the_queue_gives_each_new_one_a_place_and_prompt_ones_none(on_fakes):
    queue = NoticeQueue(lambda: NOON, new_id, REGION, 2)
    store = SimpleNamespace(
        notices=on_fakes.notices, notice_paces=on_fakes.paces, terms=Terms(), jobs=FakeJobs()
    )
    anna, far = UserId(new_id()), UserId(new_id())
    sleeps = Preferences(user_id=far).with_hours("America/New_York", Hours(start=time(21), until=time(9)))
    awake = Preferences(user_id=anna)
    wanted = [
        (notice(anna, "1"), awake),
        (notice(far, "1"), sleeps),
        (notice(anna, "2"), awake),
        (notice(anna, "2"), awake),
        (notice(far, "2", words=PaymentDone.sample()), sleeps),
    ]
    assert await queue.put(store, EMAIL, wanted) == 4
    places = [(promise.job.user_id, promise.run_at) for promise in store.jobs.waiting]
    assert places == [
        (far, NOON),  # what answers the reader's own deed goes at once
        (anna, NOON),
        (anna, NOON + timedelta(seconds=0.5)),
        (far, datetime(2026, 11, 21, 14, tzinfo=UTC)),
    ]
    assert await queue.put(store, EMAIL, wanted[:1]) == 0
    assert len(store.jobs.waiting) == 4


async def test_two_passes_at_once_make_one_notice(pool, anna):
    transaction = Transactions(pool, lambda: NOON, new_id)
    queue = NoticeQueue(lambda: NOON, new_id, REGION, 20)

    async def put():
        async with transaction() as store:
            return await queue.put(store, EMAIL, [(notice(anna), Preferences(user_id=anna))])

    assert sorted(await asyncio.gather(*(put() for _ in range(5)))) == [0, 0, 0, 0, 1]
    assert await pool.fetchval("SELECT count(*) FROM local_jobs WHERE kind = 'notices.send'") == 1


async def test_notices_end_with_their_term(pool, anna):
    transaction = Transactions(pool, lambda: NOON, new_id)
    async with transaction() as store:
        await store.notices.add(
            [notice(anna, "old", made_at=NOON - timedelta(days=367)), notice(anna, "young")]
        )
    await RetentionService(transaction, lambda: NOON, REGION).delete_outdated(DeleteOutdated())
    assert [row["cause"] for row in await pool.fetch("SELECT cause FROM notices")] == ["young"]
