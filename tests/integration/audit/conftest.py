"""The books, and a transaction to lie in that is undone."""

from datetime import timedelta

import pytest_asyncio

from adapters.postgres.pool import connect, create_pool
from tests import servers
from tests.households import charge, lay_household
from tests.laid_books import ALL, OCTOBER, Laid, Paying


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def laid(database, _emptying, _tables):
    pool = await create_pool(database, max_size=2)
    rich = await lay_household(pool, number="6600000001")
    plain = await lay_household(pool, number="6600000002")
    await lay_household(pool, number="6600000003")
    laid = Laid(database, rich, plain)
    await charge(pool, rich, OCTOBER, penalties={"heat": 1234})
    await charge(pool, plain, OCTOBER, penalties={"heat": 777})
    paying = Paying(pool)
    # Two payments of one bill: the second one becomes advances, which meet November.
    first = await paying.opened(rich, ALL + 1234)
    second = await paying.opened(rich, ALL + 5000)
    for payment in (first, second):
        await paying.provider.pay(payment.provider_payment_id)
        await paying.check(payment)
    await charge(pool, rich, OCTOBER, period="2026-11", penalties={"water": 55})
    # October is lowered after it was paid, below zero on one line, and one line is raised.
    lowered = OCTOBER | {"heat": 100000, "waste": -5000, "water": 70000}
    await charge(pool, rich, lowered, penalties={"heat": 234})
    await charge(pool, rich, OCTOBER, penalties={"heat": 1234})
    laid.payments["partial"] = (await paying.paid(plain, 100001)).id
    refused = await paying.opened(rich, 10000)
    await paying.provider.refuse(refused.provider_payment_id)
    await paying.check(refused)
    expired = await paying.opened(rich, 20000)
    paying.at += timedelta(minutes=30)
    await paying.check(expired)
    awaiting = await paying.opened(rich, 30000)
    laid.payments |= {"paid": first.id, "refused": refused.id, "expired": expired.id, "open": awaiting.id}
    await pool.close()
    yield laid
    await servers.empty(_emptying[0], *_tables)


@pytest_asyncio.fixture(loop_scope="session")
async def lying(laid):
    """The owner, with the append-only trigger off, in a transaction that is rolled back."""
    connection = await connect(laid.dsn, role=None)
    transaction = connection.transaction(isolation="repeatable_read")
    await transaction.start()
    await connection.execute("ALTER TABLE transfers DISABLE TRIGGER transfers_append_only")
    yield connection
    await transaction.rollback()
    await connection.close()
