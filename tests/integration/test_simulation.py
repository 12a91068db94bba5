"""Two days of the simulated town: by two seeds, one of them twice; and broken products that it finds out."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import fields, replace

import asyncpg
import pytest
from msgspec import structs

from adapters.registries import parse_registry
from domain.kernel.calendar import business_day
from domain.payments.settlement import settlement
from infra.simulation.play import Broken, Wanted, opened
from services.payments.settling import PaymentSettlement
from tests.broken_settlements import replaced

SMALL = Wanted(
    seed=1,
    days=2,
    households=5,
    payments_a_day=4,
    files_a_day=1,
    cases_a_day=1,
    wakes_a_day=2,
    one_step_in=300,
)
STORMY = replace(SMALL, days=1, payments_a_day=6, files_a_day=3, cases_a_day=0)


async def played(wanted, dsn, folder, mend=lambda container: container):
    async with opened(wanted, dsn, folder, mend) as play:
        return await play.run()


@asynccontextmanager
async def tidied(dsn):
    """The server tidies its tables all the while, as it may at any moment: rows move, plans change."""

    async def tidy():
        while True:
            await connection.execute("VACUUM ANALYZE")
            await asyncio.sleep(0.1)

    connection = await asyncpg.connect(dsn)
    tidying = asyncio.create_task(tidy())
    try:
        yield
    finally:
        tidying.cancel()
        await asyncio.gather(tidying, return_exceptions=True)
        connection.terminate()


async def test_the_seed_makes_the_ledger_byte_by_byte(dsn, bare, tmp_path):
    first = await played(SMALL, dsn, tmp_path / "1")
    async with tidied(bare):
        assert first == await played(SMALL, bare, tmp_path / "2")
    assert first.digest
    assert min(first.deaths, first.payments, first.registries) > 1


async def test_another_seed_is_another_life(dsn, tmp_path):
    done = await played(replace(SMALL, seed=2), dsn, tmp_path)
    assert done.days == 2
    assert done.deaths > 1


class PostsTwice(PaymentSettlement):
    """Under another cause the second time, so that no key holds it back."""

    async def _post(self, store, before, paid, at):
        await super()._post(store, before, paid, at)
        standing = await store.ledger.standing_locked(paid.account_id)
        posting = settlement(paid, standing, business_day(paid.paid_at, self.zone))
        await store.ledger.post([replaced(posting, 2)], standing.head, at)


def posts_twice(container):
    own = container.payment_settlement
    broken = PostsTwice(**{one.name: getattr(own, one.name) for one in fields(own)})
    return replace(container, payment_settlement=broken)


def loses_a_row(container):
    async def parse(*told):
        parsed = await parse_registry(*told)
        return structs.replace(parsed, entries=parsed.entries[:-1])

    service = replace(container.of_registries.registry_service, parse=parse)
    return replace(container, of_registries=replace(container.of_registries, registry_service=service))


@pytest.mark.parametrize(
    ("mend", "invariant"), [(posts_twice, "payment-posted"), (loses_a_row, "registry-rows")]
)
async def test_a_broken_product_is_found_out(dsn, tmp_path, mend, invariant):
    with pytest.raises(Broken) as found:
        await played(STORMY, dsn, tmp_path, mend)
    told = str(found.value)
    assert found.value.invariant == invariant
    assert f"seed {STORMY.seed}, day " in told
    assert "The last events:" in told
