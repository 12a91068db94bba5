"""A payment dies at every single step, one after another, and each time the money ends up whole.

The story start -> open -> notice -> read -> check -> settle is lived once to count its steps, then once for
each step with the death there. A killed process starts again with nothing in its memory; the client repeats
its PUT, the provider its notice, the worker what it had in hand when the lease runs out.
"""

import random
from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from infra.clock import new_id
from infra.simulation.crashes import Fate, killing
from tests.broken_settlements import PostsAgain, PostsFirst, SaysPaidFirst
from tests.households import Household
from tests.invariants import money_is_whole
from tests.worlds import World, with_post


@pytest_asyncio.fixture
async def world(pool, owner, tmp_path):
    async with with_post(pool, tmp_path) as kabinet:
        world = World(kabinet, pool, Fate(killing(owner)))
        world.user_id = await kabinet.sign_in()
        world.restart()
        yield world


async def paid(world: World, home: Household, payment_id: UUID) -> str | None:
    """The client repeats, the payer pays, the notice is repeated until heard."""
    answer = await world.start(home, payment_id, repeats=True)
    if answer["confirmation"] is None:  # the provider was unsure: the timer opens it
        await world.tick(seconds=40)
        answer = await world.start(home, payment_id, repeats=True)
    await played(world, answer, "pay")
    await world.hear()
    await world.work()
    return await world.until_final(payment_id)


async def refused(world: World, home: Household, payment_id: UUID) -> str | None:
    """The payer's bank says no."""
    answer = await world.start(home, payment_id, repeats=True)
    await played(world, answer, "refuse")
    await world.hear()
    await world.work()
    return await world.until_final(payment_id)


async def left(world: World, home: Household, payment_id: UUID) -> str | None:
    """The client is gone after the first trouble; if all went well it pays after our deadline, and the
    notice is lost: only the timer is left."""
    answer = await world.start(home, payment_id, repeats=False)
    if answer is not None:
        await world.tick(minutes=21)
        await played(world, answer, "pay")
    return await world.until_final(payment_id)


async def played(world: World, answer: dict[str, Any], what: str) -> None:
    if answer["confirmation"] is not None:
        provider_payment_id = answer["confirmation"]["url"].rpartition("/")[2]
        done = await world.kabinet.sandbox.play(provider_payment_id, what)
        assert done.status_code == 200, done.text


async def lived(world: World, story: Callable[..., Any], dies_at: frozenset[int]) -> str | None:
    """One payment's life on an account of its own. Gives its last state."""
    home, payment_id = await world.home(world.user_id), new_id()
    fate = world.fate
    fate.dies_at, fate.steps, fate.died = dies_at, [], []
    fate.armed = True
    state = await story(world, home, payment_id)
    fate.armed = False
    try:
        await money_is_whole(world.pool, world.orders(home), [home.account_id])
        again = await world.start(home, payment_id, repeats=True)
        assert again["id"] == str(payment_id)
        assert (
            await world.pool.fetchval("SELECT count(*) FROM payments WHERE account_id = $1", home.account_id)
            == 1
        )
    except AssertionError as error:
        raise AssertionError(f"after {fate.died} of {story.__name__}: {error}") from error
    return state


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("story", "end"), [(paid, "paid"), (refused, "failed"), (left, "paid")])
async def test_a_death_at_any_step_loses_no_money(world, story, end):
    assert await lived(world, story, frozenset()) == end
    assert len(world.fate.steps) > 30
    ends = []
    for step in count():
        ends.append(await lived(world, story, frozenset({step})))
        if not world.fate.died:
            break
    assert len(ends) > 30
    assert set(ends) == {end} if story is paid else end in ends
    await money_is_whole(world.pool, world.orders())


async def test_several_deaths_in_one_life(world):
    rng = random.Random(20261122)
    for _ in range(25):
        dies_at = frozenset(rng.sample(range(70), rng.randint(2, 4)))
        assert await lived(world, paid, dies_at) == "paid", world.fate.died
    await money_is_whole(world.pool, world.orders())


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [(PostsFirst, "not final"), (SaysPaidFirst, "posted"), (PostsAgain, "posted")],
)
async def test_a_broken_settlement_is_found_out(world, broken, complaint):
    world.settlement = broken
    world.restart()
    sound = 0
    with pytest.raises(AssertionError, match=complaint):
        for step in count(30):
            await lived(world, paid, frozenset({step}))
            sound += 1
            if not world.fate.died:
                return
    assert sound > 5, "it goes wrong only between the two"
