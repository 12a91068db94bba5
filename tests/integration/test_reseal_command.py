"""Changing the installation's secret key while there is something sealed by it."""

import httpx
import pytest
import pytest_asyncio

from domain.kernel.access import Scope
from domain.people.staff import Role
from infra.app import create
from infra.container import wire
from infra.settings import DEMO_SECRET_KEY, load
from tests import commands, kabinets
from tests.actors import add_staff
from tests.systems import system_key

NEW = "the key that came after it"
PHONE = "+79000000001"


@pytest.fixture
def reseal(dsn, tmp_path):
    async def call(**more):
        env = {"DATABASE_URL": dsn, "KABINET_DATA": str(tmp_path), "KABINET_SECRET_KEY": NEW} | more
        return await commands.kabinet("secrets", "reseal", **env)

    return call


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    """With a secret of each sort, sealed by the demo's key."""
    async with kabinets.opened(pool, tmp_path) as kabinet:
        await kabinet.sign_in(PHONE)
        await kabinet.set_second_factor(PHONE)
        await add_staff(kabinet.container, Role.OPERATOR, has_factor=True)
        await system_key(kabinet.container.system_service, Scope.PAY, name="Касса", now=kabinet.clock)
        yield kabinet


async def second_step(kabinet, **keys):
    """What the product says to a second step when it runs with these keys; the code is right."""
    container = wire(load(keys), kabinet.container.pool, None, kabinet.clock)
    transport = httpx.ASGITransport(app=create(container))
    async with httpx.AsyncClient(transport=transport, base_url="http://kabinet/api/v1") as http:
        first = await http.post("/sessions", json={"phone": PHONE, "password": kabinets.PASSWORD})
        step = {"challenge": first.json()["challenge"], "code": kabinet.next_code}
        return await http.post("/sessions/second-factor", json=step)


async def test_secrets_are_sealed_anew_and_the_former_key_may_go(kabinet, reseal, pool):
    before = await pool.fetchval("SELECT sealed FROM user_factors")
    status, said = await reseal(KABINET_SECRET_KEY_PREVIOUS=DEMO_SECRET_KEY)
    assert status == 0, said
    for sort in ("second factors of customers", "second factors of staff", "signing secrets of systems"):
        assert f"{sort}: 1 of 1 seen, 1 sealed anew" in said
    assert await pool.fetchval("SELECT sealed FROM user_factors") != before
    status, said = await reseal()  # once more, without the former key
    assert (status, said.count("1 of 1 seen, 0 sealed anew")) == (0, 3), said
    assert DEMO_SECRET_KEY not in said
    assert NEW not in said


async def test_what_neither_key_opens_is_named(kabinet, reseal, pool):
    owner_id = await pool.fetchval("SELECT user_id FROM user_factors")
    status, said = await reseal()
    assert status == 1
    assert "3 secrets open by neither key" in said
    assert f"opens by neither key: {owner_id}" in said
    assert "Traceback" not in said


async def test_an_unknown_key_is_told_and_the_former_one_helps(kabinet):
    kabinet.next_code = await kabinet.code(PHONE)
    told = await second_step(kabinet, KABINET_SECRET_KEY=NEW)
    assert (told.status_code, told.json()["code"]) == (503, "sealed-by-another-key")
    assert "администратор" in told.json()["remedy"]
    told = await second_step(kabinet, KABINET_SECRET_KEY=NEW, KABINET_SECRET_KEY_PREVIOUS=DEMO_SECRET_KEY)
    assert told.status_code == 201, told.text
