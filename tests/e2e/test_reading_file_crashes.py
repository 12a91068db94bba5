"""The judging of a workbook dies, at every step and by kill -9: in the end each row has its one verdict, and
nothing is sent twice."""

import asyncio
import sys
from collections import Counter
from dataclasses import replace
from itertools import count

import pytest_asyncio

from adapters.excel.kinds import kind_of
from adapters.excel.order import Bounds
from adapters.excel.raw import raw_sheets
from adapters.excel.reading import LIMITS
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.readings.files import JudgeReadingFile
from domain.readings.readings import ReadingSource
from domain.readings.workbook.parsing import parsed
from domain.readings.workbook.zones import ZoneWords
from infra.app import install
from infra.clock import new_id
from infra.simulation.crashes import Fate, killing
from services.readings import submitting
from tests import kabinets
from tests.e2e.judge_program import service
from tests.filled_workbooks import foreign
from tests.households import NOON, lay_household
from tests.programs import ROOT
from tests.readings import lay_meter
from tests.worlds import World

HEADINGS = ["Заводской номер", "Дата снятия", "Текущие показания"]
BOUNDS = Bounds(rows=100, columns=20, sheets=5, memory_bytes=0, seconds=0)
GOOD = 5


async def read_here(body, name):
    """As the process that reads does, without its start."""
    return parsed(raw_sheets(kind_of(body, LIMITS), body, BOUNDS), ZoneWords())


class DyingWorld(World):
    def restart(self):
        super().restart()
        container = self.kabinet.container
        files = container.files_of_readings
        own = replace(files, reading_file_service=replace(files.reading_file_service, read=read_here))
        self.kabinet.container = replace(container, files_of_readings=own)
        install(self.kabinet.http._transport.app.state, self.kabinet.container)


@pytest_asyncio.fixture
async def world(pool, owner, tmp_path, monkeypatch):
    monkeypatch.setattr(submitting, "AT_ONCE", 2)

    async with kabinets.opened(pool, tmp_path) as kabinet:
        world = DyingWorld(kabinet, pool, Fate(killing(owner)))
        world.user_id = await kabinet.sign_in()
        world.restart()
        yield world


async def lived(world, dies_at):
    """One file's life on an account of its own; whatever died, the end is the same."""
    world.lives += 1
    home = await lay_household(
        world.pool, user_id=world.user_id, number=f"67{world.lives:08d}", services=["electricity"]
    )
    serials = [f"{world.lives:04d}{number}" for number in range(GOOD + 1)]
    for serial in serials[:GOOD]:
        await lay_meter(world.pool, home, serial=serial)
    body = foreign(HEADINGS, [[serial, "20.11.2026", 4100] for serial in serials])
    file_id = new_id()
    fate = world.fate
    fate.dies_at, fate.steps, fate.died = dies_at, [], []
    fate.armed = True
    await world.put(f"/api/v1/accounts/{home.account_id}/readings/files/{file_id}", content=body)
    await world.work()
    fate.armed = False
    await world.work()
    try:
        await whole(world, home, file_id)
    except AssertionError as error:
        raise AssertionError(f"after {fate.died}: {error}") from error


async def whole(world, home, file_id):
    file = await world.pool.fetchrow("SELECT * FROM reading_files WHERE account_id = $1", home.account_id)
    assert (file["file_id"], file["state"]) == (file_id, "judged")
    rows = await world.pool.fetch(
        "SELECT state FROM reading_file_rows WHERE account_id = $1", home.account_id
    )
    assert Counter(row["state"] for row in rows) == {"accepted": GOOD, "refused": 1}
    values = await world.pool.fetch(
        "SELECT state FROM register_readings WHERE account_id = $1", home.account_id
    )
    assert [row["state"] for row in values] == ["accepted"] * GOOD
    assert await world.pool.fetchval("SELECT count(*) FROM account_jobs") == 0


async def test_a_death_at_any_step_of_receiving_and_judging_changes_nothing(world):
    await lived(world, frozenset())
    assert len(world.fate.steps) > 30
    for step in count():
        await lived(world, frozenset({step}))
        if not world.fate.died:
            break
    assert step > 30


async def test_killed_in_the_middle_it_is_judged_by_the_next(pool, dsn):
    meters = 1_200
    home = await lay_household(pool, services=["electricity"])
    for number in range(meters):
        await lay_meter(pool, home, serial=f"{number:06d}")
    body = foreign(HEADINGS, [[f"{number:06d}", "20.11.2026", 4100] for number in range(meters)])
    actor = Actor(kind=ActorKind.CUSTOMER, id=home.user_id, name="Иванов И. И.")
    access = Access(actor=actor, account_id=home.account_id, scope=Scope.READINGS, at=NOON)
    files = service(pool)
    file, _ = await files.receive(access, new_id(), name="x.xlsx", body=body, source=ReadingSource.FILE)

    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.e2e.judge_program", dsn, str(home.account_id), str(file.id)), cwd=ROOT
    )
    while not (before := await pool.fetchval("SELECT count(*) FROM readings")):
        assert child.returncode is None
        await asyncio.sleep(0.005)
    child.kill()
    await child.wait()
    assert 0 < before < meters
    assert await pool.fetchval("SELECT count(*) FROM reading_file_rows") == 0

    await files.judge(JudgeReadingFile(account_id=home.account_id, file_id=file.id))
    assert await pool.fetchval("SELECT count(*) FROM readings") == meters
    assert await pool.fetchval("SELECT count(*) FROM register_readings WHERE state = 'accepted'") == meters
    assert await pool.fetchval("SELECT count(*) FROM reading_file_rows WHERE state = 'accepted'") == meters
