"""A small application with a customer and two of the staff."""

import pytest

from domain.people.staff import Role
from tests.actors import agree
from tests.small_kabinet import Kabinet


@pytest.fixture
async def kabinet(pool):
    kabinet = Kabinet(pool)
    anna = await kabinet.enrolment.customer(
        "+79000000001", "Анна Петрова", "kabinet-demo", "anna@example.org"
    )
    await agree(kabinet, anna.id)
    await kabinet.staff("+79000000011", "Олег", Role.OPERATOR, "oleg@example.org")
    await kabinet.staff("+79000000012", "Ольга", Role.SENIOR_OPERATOR)
    return kabinet


@pytest.fixture
async def client(kabinet):
    async with kabinet.client() as client:
        yield client
