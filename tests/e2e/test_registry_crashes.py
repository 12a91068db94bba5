"""Several load one registry at once, somebody dies on the way, a row is resolved twice: nothing is lost and
nothing is doubled."""

import asyncio
import contextlib
import random
import sys
from zoneinfo import ZoneInfo

import pytest_asyncio

from adapters.postgres.audit import PostgresAudit
from adapters.postgres.store import Transactions
from domain.accounts.accounts import AccountNotFound
from domain.kernel.access import Actor, ActorKind, Scope
from domain.kernel.errors import Conflict, TryAgain
from domain.payments.registries.suspense import IdentifySuspense
from domain.payments.registries.targets import Target
from infra.audit import audited
from infra.clock import new_id
from infra.demo.agents import SBER, add_agents
from infra.demo.registry_files import sberbank
from infra.registries import suspense_service
from services.repeating import repeated
from tests.e2e.load_program import service
from tests.households import NOON, balances, charge, lay_household
from tests.programs import ROOT
from tests.registries import fates, load, paid

ZONE = ZoneInfo("Asia/Yekaterinburg")
OPERATOR = Actor(kind=ActorKind.STAFF, id=new_id(), name="Оператор", scopes=frozenset({Scope.DECIDE}))
ROWS = 60


@pytest_asyncio.fixture
async def homes(pool):
    await add_agents(Transactions(pool, lambda: NOON, new_id))
    found = []
    for number in range(6):
        home = await lay_household(pool, number=f"660000{number:04d}", services=["electricity", "heat"])
        await charge(pool, home, {"electricity": 10_000, "heat": 20_000})
        found.append(home)
    return found


def rows_of(homes):
    """Every seventh is nobody's."""
    return [
        paid(no, homes[no % len(homes)].number if no % 7 else f"нет{no}", 100 + no)
        for no in range(1, ROWS + 1)
    ]


async def is_whole(pool, homes, rows) -> None:
    """Each row has its one fate; accounts and suspense hold exactly the file's sum."""
    known = {home.number for home in homes}
    came = sum(one.kopecks for one in rows if one.account in known)
    owed = sum([sum((await balances(pool, home)).values()) for home in homes])
    assert owed == len(homes) * 30_000 - came
    held = await pool.fetchval("SELECT -sum(balance_kopecks)::bigint FROM books WHERE book = 'suspense'")
    assert held == sum(one.kopecks for one in rows) - came
    assert await pool.fetchval("SELECT count(*) FROM payments") == sum(one.account in known for one in rows)
    async with pool.acquire() as connection:
        reader = PostgresAudit(connection, ZONE)
        findings = [one async for outcome in audited(reader, "", None) for one in outcome.findings]
    assert findings == []


async def test_two_workers_share_one_file(pool, homes):
    rows = rows_of(homes)
    body = sberbank(rows)
    found = await asyncio.gather(*(load(service(pool), body) for _ in range(4)))
    assert len({one.id for one in found}) == 1
    last = await service(pool).work(found[0].id)
    assert last.state == "posted"
    await is_whole(pool, homes, rows)


async def test_two_files_with_the_same_operations_meet(pool, homes):
    rows = rows_of(homes)
    shuffled = random.Random(4).sample(rows, len(rows))
    await asyncio.gather(load(service(pool), sberbank(rows)), load(service(pool), sberbank(shuffled)))
    assert await pool.fetchval("SELECT count(*) FROM registry_rows WHERE state = 'repeated'") == ROWS
    await is_whole(pool, homes, rows)


async def test_killed_at_any_moment_it_goes_on_where_it_was(pool, homes, database, tmp_path):
    rows = rows_of(homes)
    file = tmp_path / "registry.txt"
    file.write_bytes(sberbank(rows))
    dead = 0
    for wanted in (10, 45):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.e2e.load_program", database, str(file), SBER.code), cwd=ROOT
        )
        for _ in range(400):
            done = await pool.fetchval(
                "SELECT count(*) FROM registry_rows WHERE state <> 'waiting' OR code IS NOT NULL"
            )
            if done >= wanted or process.returncode is not None:
                break
            await asyncio.sleep(0.01)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        dead += await process.wait() == -9
    assert dead
    last = await load(service(pool), file.read_bytes())
    assert last.state == "posted"
    await is_whole(pool, homes, rows)


async def test_a_row_is_resolved_once_whoever_comes(pool, homes):
    rows = [paid(no, "нет", 1_000) for no in range(1, 9)]
    found = await load(service(pool), sberbank(rows))

    def now():
        return NOON

    office = suspense_service(Transactions(pool, now, new_id), now, new_id, ZONE)

    async def resolves(row_no, home) -> str:
        target = Target(account_id=home.account_id)
        try:
            await repeated(lambda: office.resolve(OPERATOR, found.id, row_no, target, "гонка"))
        except (Conflict, TryAgain, AccountNotFound) as refusal:
            return refusal.code
        return "resolved"

    asked = [(row_no, home) for row_no in range(1, 9) for home in homes[:3]]
    random.Random(1).shuffle(asked)
    said = await asyncio.gather(*(resolves(*one) for one in asked), *(identify(office, found) for _ in "12"))
    assert said.count("resolved") == len(rows)
    assert set((await fates(pool, found.id)).values()) == {("resolved", "account-unknown")}
    owed = sum([sum((await balances(pool, home)).values()) for home in homes])
    assert owed == len(homes) * 30_000 - 8_000
    assert await pool.fetchval("SELECT sum(balance_kopecks)::bigint FROM books WHERE book = 'transit'") == 0


async def identify(office, found) -> str:
    await office.identify(IdentifySuspense(account_id=found.id))
    return "identified"
