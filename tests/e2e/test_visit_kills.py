"""Booking a time dies at every single step, and each place is taken once, by whoever has it."""

import random

import pytest
import pytest_asyncio

from adapters.postgres.cases.audit import audited_slots
from domain.cases.audit import slot_findings
from domain.kernel.errors import OutcomeUnknown, Unavailable
from infra.clock import new_id
from infra.simulation.crashes import Crash, Fate, killing
from tests.sites import Site, hours
from tests.worlds import World, with_post


@pytest_asyncio.fixture
async def world(pool, owner, tmp_path):
    async with with_post(pool, tmp_path) as kabinet:
        world = World(kabinet, pool, Fate(killing(owner)))
        home = await kabinet.household()
        world.site = await Site(
            kabinet, home, {"Authorization": kabinet.http.headers.pop("Authorization")}
        ).laid()
        world.cases = [await world.site.promised() for _ in range(2)]
        world.restart()
        yield world


async def insisted(world, call):
    """Whoever books repeats until there is an answer."""
    for _ in range(10):
        try:
            answer = await call()
        except Crash:
            world.restart()
        except (OutcomeUnknown, Unavailable):
            continue
        else:
            if answer.status_code < 500:
                return answer
    raise AssertionError("never answered")


async def booked(world, case_id, slot_id):
    visit_id = new_id()
    answer = await insisted(world, lambda: world.site.book(case_id, slot_id, visit_id))
    return answer.status_code, visit_id


async def called_off(world, case_id, visit_id):
    path = f"cases/{case_id}/visits/{visit_id}/cancellation"
    return (await insisted(world, lambda: world.site.post(path, {}))).status_code


async def lived(world, dies_at):
    """Two applicants, two hours with one place each: booked, fought for, moved, called off."""
    site, fate, (one, two) = world.site, world.fate, world.cases
    day = 24 + world.lives % 5
    world.lives += 1
    offered = await site.offer(hours(day, 3 + world.lives // 5 % 15), hours(29, world.lives % 20))
    first, second = [slot["id"] for slot in offered.json()["items"]]
    fate.dies_at, fate.steps, fate.died, fate.armed = frozenset(dies_at), [], [], True
    taken, _ = await booked(world, one, first)
    late, _ = await booked(world, two, first)
    moved, visit_id = await booked(world, one, second)
    then, other_id = await booked(world, two, first)
    off = await called_off(world, one, visit_id)
    fate.armed = False
    try:
        assert {taken, moved, then} <= {200, 201}
        assert (late, off) == (409, 200)
        assert await called_off(world, two, other_id) == 200
        assert await standing(world, first, second) == []
        async with world.pool.acquire() as connection:
            assert list(slot_findings(await audited_slots(connection))) == []
        assert await world.pool.fetchval("SELECT sum(taken_count) FROM visit_slots") == 0
        assert await world.pool.fetchval("SELECT count(*) FROM visits") == 3 * world.lives
    except AssertionError as error:
        raise AssertionError(f"after {fate.died}: {error}") from error


async def standing(world, *slot_ids):
    return await world.pool.fetch(
        "SELECT visit_id FROM visits WHERE slot_id = ANY ($1) AND state = 'booked'", slot_ids
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_death_at_any_step_takes_no_place_twice(world):
    await lived(world, ())
    steps = len(world.fate.steps)
    assert steps > 20
    for step in range(steps):
        await lived(world, (step,))
        assert world.fate.died


async def test_several_deaths_in_one_life(world):
    await lived(world, ())
    steps = len(world.fate.steps)
    rng = random.Random(20261123)
    for _ in range(5):
        await lived(world, rng.sample(range(steps), rng.randint(1, 4)))
