"""Terminals: check, pay once however often it is told, the registry of the next day finds it there."""

import asyncio
import random
import re
from datetime import date

import pytest_asyncio

from domain.kernel.access import Scope
from domain.payments.terminals import TerminalAgreement, TerminalTerms
from domain.people.retention import DeleteOutdated
from infra.demo.agents import SBER, add_agents
from infra.demo.registry_files import sberbank
from infra.simulation.crashes import Crash, Fate, killing
from tests import kabinets
from tests.households import charge, lay_household
from tests.kabinets import DEBTS, TO_PAY
from tests.registries import fates, load, paid
from tests.systems import system_key
from tests.worlds import World

MOMENT = "20261119213000"


async def agreed(kabinet, **terms):
    await add_agents(kabinet.container.transaction)
    told = TerminalTerms(**({"networks": ("127.0.0.0/8",), "tells_sum": True, "tells_name": True} | terms))
    async with kabinet.container.transaction() as store:
        await store.terminals.save(
            TerminalAgreement(agent=SBER.code, valid_from=date(2025, 1, 1), terms=told).checked()
        )


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        await agreed(kabinet)
        yield kabinet


@pytest_asyncio.fixture
async def home(kabinet):
    home = await lay_household(kabinet.container.pool)
    await charge(kabinet.container.pool, home, DEBTS)
    return home


async def osmp(kabinet, command, account, txn_id="T1", sum="500.00", txn_date=MOMENT):
    given = {"command": command, "txn_id": txn_id, "account": account, "sum": sum, "txn_date": txn_date}
    answer = await kabinet.http.get("/terminal/osmp", params=given)
    assert answer.headers["content-type"].startswith("application/xml")
    return dict(re.findall(r"<(\w+)(?: name=\"\w+\")?>([^<]*)</\1>", answer.text))


async def posted(kabinet, home):
    query = (
        "SELECT count(*), sum(amount_kopecks)::bigint FROM payments WHERE account_id = $1 AND state = 'paid'"
    )
    return tuple(await kabinet.container.pool.fetchrow(query, home.account_id))


async def audited(pool, home):
    from adapters.postgres.audit import PostgresAudit
    from domain.payments.audit import account_findings

    async with pool.acquire() as connection:
        for rows in await PostgresAudit(connection).accounts([home.account_id]):
            assert account_findings(rows) == []


async def test_a_terminal_asks_then_pays(kabinet, home):
    told = await osmp(kabinet, "check", home.number)
    assert (told["result"], told["osmp_txn_id"], told["field1"]) == ("0", "T1", "5410.00")
    assert told["field2"] == "И*** И*** И***"
    first = await osmp(kabinet, "pay", home.number)
    assert first["result"] == "0"
    assert await osmp(kabinet, "pay", home.number) == first
    assert (await osmp(kabinet, "pay", home.number, sum="501"))["result"] == "300"
    assert (await osmp(kabinet, "pay", "6600000009", txn_id="T9"))["result"] == "5"
    assert await posted(kabinet, home) == (1, 500_00)
    value_dates = "SELECT DISTINCT value_date FROM transfers WHERE account_id = $1 AND cause_kind = 'payment'"
    assert await kabinet.container.pool.fetchval(value_dates, home.account_id) == date(2026, 11, 19)
    one = await osmp(kabinet, "pay", f"{home.number}-el", txn_id="T2")
    assert one["result"] == "0"
    await audited(kabinet.container.pool, home)
    kept = await kabinet.container.pool.fetch("SELECT result FROM terminal_requests ORDER BY request_id")
    assert [row["result"] for row in kept] == [0, 0, 0, 300, 5, 0]
    for days, left in ((1095, 6), (2, 0)):
        kabinet.clock.later(days=days)
        await kabinet.container.personal_data.retention_service.delete_outdated(DeleteOutdated())
        assert await kabinet.container.pool.fetchval("SELECT count(*) FROM terminal_requests") == left


async def test_what_is_wrong_has_a_number(kabinet, home):
    async def result(command="pay", **given):
        return (await osmp(kabinet, command, given.pop("account", home.number), **given))["result"]

    assert await result(account="<script>&") == "4"
    assert await result("check", account="0000000000") == "5"
    assert await result(sum="0.50") == "241"
    assert await result(sum="15000.01") == "242"
    assert await result(sum="много") == "300"
    assert await result(txn_date="вчера") == "300"
    assert await result(txn_date="20270101000000") == "300"
    assert await result("status") == "300"
    strange = await osmp(kabinet, "check", home.number, txn_id="<a>&\x01]]>")
    assert "<" not in strange["osmp_txn_id"].replace("&lt;", "")
    await kabinet.container.pool.execute("UPDATE account_heads SET closed = true")
    await kabinet.container.pool.execute("UPDATE accounts SET closed_at = opened_at WHERE kind <> 'registry'")
    assert await result() == "79"
    assert await result("check") == "79"


async def test_strangers_learn_nothing(kabinet, home):
    await agreed(kabinet, networks=("10.0.0.0/8",))
    answer = await kabinet.http.get("/terminal/osmp", params={"command": "check", "account": home.number})
    assert "<result>7</result>" in answer.text
    await agreed(kabinet, tells_sum=False, tells_name=False)
    assert (
        "fields"
        not in (
            await kabinet.http.get("/terminal/osmp", params={"command": "check", "account": home.number})
        ).text
    )


async def test_the_registry_of_the_next_day_finds_it_there(kabinet, home):
    assert (await osmp(kabinet, "pay", home.number, txn_id="SUIP-000000000001"))["result"] == "0"
    service = kabinet.container.of_registries.registry_service
    rows = [paid(1, home.number, 500_00), paid(2, home.number, 7_000)]
    found = await load(service, sberbank(rows))
    assert await fates(kabinet.container.pool, found.id) == {
        1: ("matched", "paid-at-terminal"),
        2: ("posted", None),
    }
    # And the other way round: the terminal's word comes after the registry's.
    late = await osmp(kabinet, "pay", home.number, txn_id="SUIP-000000000002", sum="70.00")
    assert late["result"] == "0"
    assert await posted(kabinet, home) == (2, 570_00)
    other = await load(service, sberbank([paid(3, "9999999999", 1_000)]))
    assert await fates(kabinet.container.pool, other.id) == {1: ("suspense", "account-unknown")}
    waits = await osmp(kabinet, "pay", home.number, txn_id="SUIP-000000000003", sum="10.00")
    assert waits["result"] == "0"
    assert await posted(kabinet, home) == (2, 570_00)
    await audited(kabinet.container.pool, home)


async def test_a_payment_told_many_times_at_once_is_posted_once(kabinet, home):
    answers = await asyncio.gather(*(osmp(kabinet, "pay", home.number) for _ in range(12)))
    assert {one["result"] for one in answers} == {"0"}
    assert await posted(kabinet, home) == (1, 500_00)
    neighbour = await lay_household(kabinet.container.pool, number="6600000002")
    accounts = [home.number, neighbour.number] * 4
    answers = await asyncio.gather(*(osmp(kabinet, "pay", one, txn_id="T7") for one in accounts))
    assert sorted(one["result"] for one in answers) == ["0"] * 4 + ["300"] * 4


async def test_a_kiosk_asks_by_json(kabinet, home):
    await agreed(kabinet, systems=("kiosk",))
    kiosk = await system_key(kabinet.container.system_service, Scope.PAY, name="kiosk", now=kabinet.clock)
    body = {"account": home.number, "sum": "500"}
    told = await kabinet.http.post("/api/v1/terminal/checks", json=body, auth=kiosk)
    assert told.json()["due"] == {"kopecks": TO_PAY}, told.text
    pay = {"account": home.number, "sum": "500", "paid_at": MOMENT}
    for _ in range(2):
        done = await kabinet.http.put("/api/v1/terminal/payments/K-1", json=pay, auth=kiosk)
        assert done.json()["result"] == 0, done.text
    assert await posted(kabinet, home) == (1, 500_00)
    other = await system_key(kabinet.container.system_service, Scope.PAY, name="other", now=kabinet.clock)
    stranger = await kabinet.http.post("/api/v1/terminal/checks", json=body, auth=other)
    assert (stranger.status_code, stranger.json()["code"]) == (403, "terminal-stranger")


async def test_a_death_at_any_step_posts_once(kabinet, owner):
    rng = random.Random(20261123)
    world = World(kabinet, kabinet.container.pool, Fate(killing(owner)))
    user_id = await kabinet.sign_in()
    for life in range(7):
        home, fate = await world.home(user_id), world.fate
        fate.dies_at = frozenset(rng.sample(range(26), 2)) if life else frozenset()
        fate.steps, fate.died, fate.armed = [], [], True
        world.restart()
        result = None
        while result != "0":
            try:
                result = (await osmp(kabinet, "pay", home.number, txn_id=f"L{life}"))["result"]
            except Crash:
                world.restart()
            assert result in {None, "0", "1", "8", "90"}, fate.died
        fate.armed = False
        assert (
            await world.pool.fetchval("SELECT count(*) FROM payments WHERE account_id = $1", home.account_id)
            == 1
        )
        await audited(world.pool, home)
