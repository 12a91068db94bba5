"""A household with a story."""

import pytest_asyncio

from domain.people.staff import Role
from tests.actors import staff_token
from tests.my_data import read


@pytest_asyncio.fixture
async def home(kabinet):
    """A household that has paid 2,000.00; an operator has looked at it."""
    home = await kabinet.household(email="resident@example.test")
    payment_id = (await kabinet.pay(home, amount={"kopecks": 200000})).json()["id"]
    await kabinet.play(home, payment_id)
    await kabinet.notices()
    await kabinet.tick()
    token = await staff_token(kabinet.container, Role.OPERATOR)
    await read(kabinet, f"/accounts/{home.account_id}/charges", token)
    return home
