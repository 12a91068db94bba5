"""Insisting and deciding on a real database: raced with each other and with new readings."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from adapters.files.disk import DiskFiles
from adapters.postgres.store import Transactions
from domain.accounts.accounts import AccountNotFound
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.errors import Refusal
from domain.kernel.files import PictureWanted
from domain.readings.deciding import NothingToDecide, NothingToInsistOn, OperatorsOnly
from domain.readings.readings import ReadingNotFound, ReadingSource, ReadingState
from infra.clock import new_id
from services.readings.deciding import DecisionService, InsistenceService
from services.readings.submitting import ReadingService
from services.repeating import repeated
from tests.households import NOON, lay_household
from tests.readings import lay_meter, may_send, sent, whole
from tests.sandboxes import Clock

PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(100)
CABINET = ReadingSource.CABINET


class Desk:
    def __init__(self, pool, folder, home, meter):
        transaction = Transactions(pool, Clock(), new_id)
        self.service = ReadingService(transaction, ZoneInfo("Asia/Yekaterinburg"))
        self.insistence = InsistenceService(transaction, DiskFiles(folder))
        self.decision = DecisionService(transaction)
        self.home, self.meter, self.mine = home, meter, may_send(home, NOON)
        operator = Actor(kind=ActorKind.STAFF, id=new_id(), name="О", scopes=frozenset({Scope.READINGS}))
        self.operators = Access(actor=operator, account_id=home.account_id, scope=Scope.READINGS, at=NOON)

    async def send(self, value, **more):
        submission = sent(self.meter, value, **more)
        return (await repeated(lambda: self.service.submit(self.mine, submission, CABINET)))[0]

    async def insist(self, reading, comment="так", photo=None):
        return await repeated(
            lambda: self.insistence.insist(self.mine, self.meter, reading.id, comment, photo)
        )

    async def decide(self, reading, *, accept=True, reason="видно"):
        return await repeated(
            lambda: self.decision.decide(self.operators, self.meter, reading.id, accept=accept, reason=reason)
        )


@pytest_asyncio.fixture
async def desk(pool, tmp_path):
    home = await lay_household(pool, services=["electricity"])
    return Desk(pool, tmp_path, home, await lay_meter(pool, home, max_power_kw=Decimal(1)))


async def test_who_may_not_send_may_not_insist_and_leaves_no_file(desk, tmp_path):
    refused = await desk.send(3000)
    stranger = may_send(desk.home, NOON, new_id())
    with pytest.raises(AccountNotFound):
        await desk.insistence.insist(stranger, desk.meter, refused.id, "так", PHOTO)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(PictureWanted):
        await desk.insist(refused, photo=b"GIF")
    with pytest.raises(ReadingNotFound):
        await desk.insistence.insist(desk.mine, desk.meter, new_id(), "так", None)
    with pytest.raises(OperatorsOnly):
        await desk.decision.decide(desk.mine, desk.meter, refused.id, accept=True, reason="да")
    with pytest.raises(NothingToInsistOn):
        await desk.insist(await desk.send(4100))
    with pytest.raises(NothingToDecide):
        await desk.decide(refused)


async def test_insisting_in_parallel_is_one_task(desk, pool):
    refused = await desk.send(3000)
    answers = await asyncio.gather(*(desk.insist(refused, photo=PHOTO) for _ in range(6)))
    assert all(one.values == answers[0].values for one in answers)
    assert await pool.fetchval("SELECT count(*) FROM reading_steps WHERE state = 'needs_confirmation'") == 1
    await whole(pool)


async def test_two_operators_at_once_leave_one_decision(desk, pool):
    asked = await desk.insist(await desk.send(3000))

    async def decide(accept):
        try:
            return await desk.decide(asked, accept=accept)
        except Refusal as refusal:
            return refusal

    answers = await asyncio.gather(*(decide(number % 2 == 0) for number in range(6)))
    assert sum(isinstance(one, NothingToDecide) for one in answers) == 3
    assert len({one.state for one in answers if not isinstance(one, Refusal)}) == 1
    await whole(pool)


async def test_an_operator_and_a_new_figure_at_once_leave_one_standing(desk, pool):
    for round_no in range(8):
        asked = await desk.insist(await desk.send(3000 + round_no))

        async def decide(asked=asked):
            try:
                await desk.decide(asked)
            except NothingToDecide:
                return

        await asyncio.gather(decide(), desk.send(4100 + round_no))
        standing = await pool.fetch("SELECT value FROM register_readings WHERE state LIKE 'accepted%'")
        assert len(standing) == 1
    await whole(pool)


async def test_a_newer_figure_ends_the_operators_task(desk):
    asked = await desk.insist(await desk.send(3000))
    await desk.send(4100)
    with pytest.raises(NothingToDecide):
        await desk.decide(asked)


async def test_a_photo_may_be_added_while_an_operator_looks(desk, pool):
    first = await desk.send(4100)
    desk.mine = may_send(desk.home, NOON + timedelta(days=10))
    asked = await desk.send(4050, corrects=first.id)
    assert asked.state is ReadingState.NEEDS_CONFIRMATION
    with_photo = await desk.insist(asked, photo=PHOTO)
    assert with_photo.insistence.photo_sha256
    accepted = await desk.decide(asked)
    assert accepted.state is ReadingState.ACCEPTED_WITH_WARNING
    states = await pool.fetch("SELECT value, state, period FROM register_readings ORDER BY value")
    assert [tuple(row) for row in states] == [
        (4050, "accepted_with_warning", "2026-11"),
        (4100, "replaced", "2026-11"),
    ]
    await whole(pool)


async def test_a_group_of_accounts_has_days_and_limits_of_its_own(desk, pool):
    await pool.execute("UPDATE accounts SET reading_group = 'dachas'")
    own = {"opens_day": 1, "closes_day": 5, "outside": "refuse"}
    windows = {"groups": {"unified": {"opens_day": 15, "closes_day": 25}, "dachas": own}}
    limits = {"groups": {"unified": {}, "dachas": {"power_factor": "1000"}}}
    await pool.execute("INSERT INTO terms VALUES ('readings.windows', '2026-11-20', $1)", windows)
    await pool.execute("INSERT INTO terms VALUES ('readings.limits', '2026-11-20', $1)", limits)
    refused = await desk.send(4100)
    assert [finding.code for finding in refused.values[0].findings] == ["reading-window-closed"]
    desk.mine = may_send(desk.home, NOON + timedelta(days=13))
    much = await desk.send(14000, taken_on=desk.mine.at.date())
    assert (much.state, much.values[0].period) == (ReadingState.ACCEPTED, "2026-12")
