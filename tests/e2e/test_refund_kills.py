"""A refund dies at every single step, from its decision to its end, and each time the money returns once.

What is in memory is lost; whoever asked asks again, another worker takes over, the timer goes on.
"""

import random
from itertools import count

import pytest
import pytest_asyncio

from domain.kernel.errors import OutcomeUnknown, Unavailable
from infra.clock import new_id
from infra.simulation.crashes import Crash, Fate, killing
from tests.refunds import account, pay
from tests.worlds import World, with_post


@pytest_asyncio.fixture
async def world(pool, owner, tmp_path):
    async with with_post(pool, tmp_path) as kabinet:
        world = World(kabinet, pool, Fate(killing(owner)))
        world.restart()
        yield world


async def insisted(world, call):
    """Whoever asks repeats until there is an answer."""
    for _ in range(10):
        try:
            return await call()
        except Crash:
            world.restart()
        except (OutcomeUnknown, Unavailable):
            continue
    raise AssertionError("never answered")


async def later(world, refunds):
    """Minutes pass, and the timer of refunds fires in whatever process is there."""
    try:
        await refunds.tick(minutes=6)
    except (Crash, OutcomeUnknown, Unavailable):
        world.restart()
        world.kabinet.clock.later(seconds=31)
    await world.work()


async def lived(world, dies_at, plan=None):
    """One refund of 600 of 1,000 roubles. Gives its last state."""
    refunds = await account(world.kabinet)
    paid = await pay(refunds, electricity=100_000)
    if plan:
        await world.kabinet.sandbox.fault("refunds.end", plan, seconds=60)
    case_id, fate = new_id(), world.fate
    fate.dies_at, fate.steps, fate.died, fate.armed = frozenset(dies_at), [], [], True
    await insisted(world, lambda: refunds.file(case_id))
    await insisted(world, lambda: refunds.decide(case_id, refunds.part(60_000, paid)))
    await world.work()
    await world.hear()
    for _ in range(12):
        if set(await refunds.states()) <= {"confirmed", "failed"}:
            break
        await later(world, refunds)
    await later(world, refunds)
    fate.armed = False
    try:
        [state] = await refunds.states()
        assert refunds.returned() == (60_000 if state == "confirmed" else 0)
        assert await refunds.ahead() == (40_000 if state == "confirmed" else 100_000)
        assert len(refunds.at_provider()) == 1
        assert await refunds.case_state(case_id) == ("executed" if state == "confirmed" else "satisfied")
        assert await world.pool.fetchval("SELECT count(*) FROM account_jobs WHERE state = 'dead'") == 0
        await refunds.check_whole(alone=True)
    except AssertionError as error:
        raise AssertionError(f"after {fate.died}: {error}") from error
    await world.pool.execute("DELETE FROM account_jobs")
    return state


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_death_at_any_step_returns_the_money_once(world):
    assert await lived(world, ()) == "confirmed"
    assert len(world.fate.steps) > 30
    for step in count():
        assert await lived(world, (step,)) == "confirmed"
        if not world.fate.died:
            break


ENDS = [(None, "confirmed"), ("pending", "confirmed"), ("cancel", "failed")]


@pytest.mark.parametrize(("plan", "end"), ENDS)
async def test_several_deaths_in_one_life(world, plan, end):
    await lived(world, (), plan)
    steps = len(world.fate.steps)
    rng = random.Random(20261122)
    for _ in range(5):
        assert await lived(world, rng.sample(range(steps), rng.randint(1, 4)), plan) == end, world.fate.died
