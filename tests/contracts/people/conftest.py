"""Each implementation of the ports of people."""

from types import SimpleNamespace
from uuid import uuid4

import pytest

from adapters.postgres.people.presences import PostgresPresences
from adapters.postgres.people.session_cache import RememberedPresences
from adapters.postgres.store import Transactions
from tests.contracts.people.persons import NOON
from tests.fakes_people import FakePeople, FakePresences


@pytest.fixture
def fake_people():
    return FakePeople()


@pytest.fixture
def fake(fake_people):
    return fake_people.transaction


@pytest.fixture
def postgres(pool):
    return Transactions(pool, now=lambda: NOON, new_id=uuid4)


@pytest.fixture(params=["fake", "postgres"])
def transaction(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def on_fake(fake, fake_people):
    return SimpleNamespace(transaction=fake, presences=FakePresences(fake_people))


@pytest.fixture
def on_postgres(postgres, pool):
    return SimpleNamespace(transaction=postgres, presences=PostgresPresences(pool))


@pytest.fixture
def remembered(on_postgres):
    presences = RememberedPresences(on_postgres.presences, now=lambda: NOON)
    return SimpleNamespace(transaction=on_postgres.transaction, presences=presences)


@pytest.fixture(params=["on_fake", "on_postgres", "remembered"])
def place(request):
    """One implementation of every port: `transaction` and `presences`."""
    return request.getfixturevalue(request.param)
