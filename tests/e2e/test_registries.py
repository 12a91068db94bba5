"""A registry comes in, is judged whole, posted row by row; what nobody knows waits in suspense."""

from dataclasses import replace

import pytest_asyncio

from infra.demo.agents import SBER, add_agents
from infra.demo.registry_files import sberbank
from tests import kabinets
from tests.households import balances, lay_household
from tests.registries import fates, load, loaded, paid


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        yield kabinet


@pytest_asyncio.fixture
async def home(kabinet):
    return await kabinet.household()


async def test_rows_become_payments_of_their_accounts(kabinet, home) -> None:
    body = [
        paid(1, home.number, 50_000, name="Иванов И. И.", period="1026"),
        paid(2, f"{home.number}-el", 7_000),
        paid(3, "9999999999", 1_000),
    ]
    found = await loaded(kabinet, body)
    assert found.state == "posted"
    assert await fates(kabinet.container.pool, found.id) == {
        1: ("posted", None),
        2: ("posted", None),
        3: ("suspense", "account-unknown"),
    }
    print(await balances(kabinet.container.pool, home))
    listed = await kabinet.http.get(f"/api/v1/accounts/{home.account_id}/payments")
    assert listed.status_code == 200, listed.text
    print(listed.json())
    st = await kabinet.http.get(f"/api/v1/accounts/{home.account_id}/statement")
    print(st.text[:1500])
