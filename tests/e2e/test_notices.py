"""A notice is answered 200 only when it is kept: until then the provider has to bring it again."""

import os
import signal

import httpx
import pytest
import pytest_asyncio

from adapters.postgres.pool import create_pool
from infra.sandbox.app import tick
from infra.sandbox.notices import latest
from tests import kabinets
from tests.invariants import money_is_whole
from tests.kabinets import TO_PAY

EVENTS = "/api/v1/provider-events/yookassa"


@pytest_asyncio.fixture
async def delivering(own_server, tmp_path):
    """The product on a server of its own, the sandbox's notices going straight to it."""
    async with (
        await create_pool(own_server.url) as pool,
        kabinets.opened(pool, tmp_path / "sandbox") as kabinet,
    ):

        async def deliver(request):
            answer = await kabinet.http.post(EVENTS, content=request.content)
            return httpx.Response(answer.status_code)

        async with httpx.AsyncClient(transport=httpx.MockTransport(deliver)) as http:
            yield kabinet, http


@pytest.mark.slow
async def test_while_the_database_is_down_the_provider_comes_again(own_server, delivering):
    kabinet, http = delivering
    home = await kabinet.household()
    payment = (await kabinet.pay(home)).json()
    await kabinet.play(home, payment["id"])
    os.kill(own_server.pid, signal.SIGKILL)
    while own_server.alive():
        pass

    for _ in range(3):
        await tick(kabinet.sandbox.desk, http)
        [notice] = latest(kabinet.sandbox.desk)
        assert (notice["outcome"], notice["due_at"] is None) == ("503", False)
        kabinet.clock.later(seconds=5)
    own_server.start()
    for _ in range(12):  # every connection of the pool may have to learn it first
        await tick(kabinet.sandbox.desk, http)
        kabinet.clock.later(seconds=60)

    [notice] = latest(kabinet.sandbox.desk)
    assert (notice["outcome"], notice["due_at"]) == ("200", None)
    pool = kabinet.container.pool
    assert await pool.fetchval("SELECT count(*) FROM provider_events") == 1
    await kabinet.work()
    found = await kabinet.container.payments.found(home.account_id, payment["id"])
    assert found.state == "paid"
    known = [one.body for one in kabinet.sandbox.desk.store.page("payment", {}, ("~", "~"), 100)]
    assert await money_is_whole(pool, known) == TO_PAY


async def test_the_answer_says_when_to_come_again(own_server, delivering):
    kabinet, _ = delivering
    own_server.stop()

    answer = await kabinet.http.post(EVENTS, content=b'{"type":"notification"}')

    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.json()["code"] == "unavailable"
