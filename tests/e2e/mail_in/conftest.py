"""A cabinet that takes letters, a server that takes its answers, a household that may write."""

import httpx
import pytest
import pytest_asyncio

from domain.people.memberships import Membership
from infra.container import wire
from infra.mail_receiver import receiver_of
from infra.settings import load
from tests.applications import application
from tests.households import lay_household
from tests.kabinets import Kabinet
from tests.letters import (
    AUTHSERV,
)
from tests.mail_in import NUMBER, allow
from tests.posts import post
from tests.sandboxes import Clock


@pytest_asyncio.fixture
async def taker():
    async with post() as found:
        yield found


@pytest.fixture
def kabinet(pool, tmp_path, taker):
    """Without API and sandbox: letters need neither."""
    clock = Clock()
    env = {"KABINET_SMTP_PORT": str(taker.port), "KABINET_MAIL_AUTHSERV_ID": AUTHSERV}
    settings = load({**env, "KABINET_DATA": str(tmp_path)})
    return Kabinet(wire(settings, pool, None, clock), None, None, clock)


@pytest_asyncio.fixture
async def port(kabinet):
    receiver = receiver_of(kabinet.container)
    yield await receiver.listen("127.0.0.1", 0, is_lmtp=False)
    await receiver.stop(timeout_seconds=5)


@pytest_asyncio.fixture
async def home(kabinet, pool):
    """A contract that letters from SENDER are taken for."""
    home = await lay_household(pool, number=NUMBER, services=["electricity"])
    await allow(kabinet, home)
    return home


@pytest_asyncio.fixture
async def owner(kabinet, home, pool):
    """The holder of the contract, signed in at the API."""
    with application(kabinet.container) as app:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://kabinet") as kabinet.http:
            user_id = await kabinet.sign_in()
            async with kabinet.container.transaction() as store:
                await store.memberships.add(Membership.of_owner(home.account_id, user_id, kabinet.clock()))
            yield user_id
