"""One PostgreSQL for the whole run, one database for each worker, an empty database for each test.

The server is started by the process that begins the run (under xdist the controller, which outlives its
workers) and dies with it, even when it is killed. Tests commit for real, so races can be tested; after
each test that took `dsn`, `pool` or `owner`, tables that got rows are emptied and the rows laid down by
migrations are put back (tests/servers.py). Tests that must kill a server take `own_server`.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from xdist.scheduler import LoadScopeScheduling

from adapters.postgres.pool import create_pool, server_settings
from infra.clock import now
from infra.database import EmbeddedDatabase
from infra.migrate import migrate
from tests import servers

_SERVER = pytest.StashKey[EmbeddedDatabase]()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:  # type: ignore[no-untyped-def]
    """xdist, in the controller, before each worker: tell it where the server is."""
    if _SERVER not in node.config.stash:
        node.config.stash[_SERVER] = servers.start()
    server = node.config.stash[_SERVER]
    node.workerinput["admin"] = server.address("postgres", "{}")
    node.workerinput["owner"] = server.address("kabinet_owner", "{}")


class _Scheduling(LoadScopeScheduling):
    """Each test goes to whoever is free, but tests of pages share one running product, which takes most of a
    minute to start: one worker takes them all, and begins with them."""

    def _split_scope(self, nodeid: str) -> str:
        return "web" if nodeid.startswith("tests/web/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log) -> LoadScopeScheduling:  # type: ignore[no-untyped-def]
    """Marks of groups are of no use: xdist 3.8 writes them where pytest 9.2 does not read them."""
    return _Scheduling(config, log)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SERVER in config.stash:
        servers.stop(config.stash[_SERVER])


@pytest.fixture(scope="session")
def _addresses(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Addresses of the superuser and of kabinet_owner, with a place for the database's name."""
    config = request.config
    if hasattr(config, "workerinput"):
        return config.workerinput["admin"], config.workerinput["owner"]
    if _SERVER not in config.stash:
        config.stash[_SERVER] = servers.start()
    server = config.stash[_SERVER]
    return server.address("postgres", "{}"), server.address("kabinet_owner", "{}")


@pytest.fixture(scope="session")
def _name(_addresses: tuple[str, str]) -> str:
    """This worker's database, cloned from the migrated template."""
    name = f"kabinet_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    servers.in_thread(servers.clone(_addresses[0].format("postgres"), name))
    return name


@pytest.fixture(scope="session")
def database(_addresses: tuple[str, str], _name: str) -> str:
    """The address of this worker's database, as kabinet_owner, for fixtures that live long.

    Whoever takes it alone sees to the rows itself.
    """
    return _addresses[1].format(_name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _emptying(_addresses: tuple[str, str], _name: str) -> AsyncIterator[list[asyncpg.Connection]]:
    held = [await asyncpg.connect(_addresses[0].format(_name))]
    yield held
    await held[0].close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _tables(_emptying: list[asyncpg.Connection]) -> tuple[list[str], list[str]]:
    return await servers.tables(_emptying[0])


@pytest_asyncio.fixture(loop_scope="session")
async def _emptied(
    _addresses: tuple[str, str],
    _name: str,
    _emptying: list[asyncpg.Connection],
    _tables: tuple[list[str], list[str]],
) -> AsyncIterator[None]:
    yield
    if _emptying[0].is_closed():  # a test that ends every session ends this one too
        _emptying[0] = await asyncpg.connect(_addresses[0].format(_name))
    await servers.empty(_emptying[0], *_tables)


@pytest.fixture
def dsn(database: str, _emptied: None) -> str:
    """The write address, as DATABASE_URL would hold it; the database is empty before and after."""
    return database


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await create_pool(database, min_size=1, max_size=10)
    yield pool
    await pool.close()


@pytest.fixture
def pool(_emptied: None, _pool: asyncpg.Pool) -> asyncpg.Pool:
    """The application's connections, as kabinet_app."""
    return _pool


@pytest_asyncio.fixture(loop_scope="session")
async def owner(database: str, _emptied: None) -> AsyncIterator[asyncpg.Connection]:
    """One connection as kabinet_owner: for DDL (undo it yourself) and for rows the application may not
    write."""
    connection = await asyncpg.connect(database, server_settings=server_settings(None))
    yield connection
    await connection.close()


@pytest.fixture
def bare(_addresses: tuple[str, str], _name: str) -> Iterator[str]:
    """The address of a database that has only the role, and is dropped afterwards."""
    name = f"{_name}_bare"

    async def order(text: str) -> None:
        connection = await asyncpg.connect(_addresses[0].format("postgres"))
        await connection.execute(text)
        await connection.close()

    servers.in_thread(order(f"CREATE DATABASE {name} OWNER kabinet_owner"))
    yield _addresses[1].format(name)
    servers.in_thread(order(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[EmbeddedDatabase]:
    """A server of the test's own, started and migrated, which it may kill and start again."""
    server = EmbeddedDatabase(tmp_path, binaries_wish=os.environ.get("TEST_POSTGRES_BIN", ""))
    server.start()
    try:
        servers.in_thread(migrate(server.url, now=now))
        yield server
    finally:
        server.stop()
