"""A receipt dies at every single step, from its promise to the register's word: it is registered once."""

from dataclasses import dataclass
from itertools import count

import pytest
import pytest_asyncio

from adapters.postgres.receipts.audit import PostgresReceiptAudit
from domain.kernel.errors import OutcomeUnknown, Unavailable
from domain.payments.payments import CheckPayment
from domain.payments.provider import ProviderUnreachable, ProviderUnsure
from domain.payments.receipts.audit import receipt_findings
from infra.container import wire
from infra.simulation.crashes import Crash, DyingPool, Fate, killing
from tests.receipts import at_register, kopecks, tick
from tests.worlds import World, with_post


@dataclass
class DyingRegister:
    """Dies, or loses us, before and after it has done what it was asked."""

    real: object
    fate: Fate

    async def ask(self, wanted):
        return await self._asked("ask", lambda: self.real.ask(wanted), ProviderUnsure)

    async def read(self, provider_receipt_id):
        return await self._asked("read", lambda: self.real.read(provider_receipt_id), ProviderUnreachable)

    async def find(self, wanted, known):
        return await self._asked("find", lambda: self.real.find(wanted, known), ProviderUnreachable)

    async def _asked(self, word, call, lost):
        if self.fate.comes(f"killed before {word}"):
            raise Crash
        answer = await call()
        if self.fate.comes(f"register gone after {word}"):
            raise lost("connection reset")
        if self.fate.comes(f"killed after {word}"):
            raise Crash
        return answer


class ReceiptWorld(World):
    def restart(self):
        old = self.kabinet.container
        register = old.of_receipts.receipt_sending.register
        register = getattr(register, "real", register)
        self.kabinet.container = wire(
            old.settings,
            DyingPool(self.pool, self.fate),
            old.payment_settlement.provider,
            self.kabinet.clock,
            cash_register=DyingRegister(register, self.fate),
        )


@pytest_asyncio.fixture
async def world(pool, owner, tmp_path):
    async with with_post(pool, tmp_path) as kabinet:
        yield ReceiptWorld(kabinet, pool, Fate(killing(owner)))


async def later(world):
    """Minutes pass, and the timer of receipts fires in whatever process is there."""
    try:
        await tick(world.kabinet, minutes=3)
    except (Crash, OutcomeUnknown, Unavailable):
        world.restart()
        world.kabinet.clock.later(seconds=31)
    await world.work()


async def lived(world, home, dies_at):
    """One payment's receipt, made and sent by workers of which some die."""
    kabinet, pool, fate = world.kabinet, world.pool, world.fate
    world.restart()
    before = len(at_register(kabinet))
    await kabinet.sign_in_again()
    answer = await kabinet.pay(home, amount={"kopecks": 10_000}, confirm_duplicate=True)
    payment_id = answer.json()["id"]
    await kabinet.play(home, payment_id)
    await kabinet.notices()
    await kabinet.container.payment_settlement.check(await check_job(pool, payment_id))
    await pool.execute("DELETE FROM account_jobs WHERE kind NOT LIKE 'receipts.%'")
    fate.dies_at, fate.steps, fate.died, fate.armed = frozenset(dies_at), [], [], True
    await world.work()
    for _ in range(4):
        await later(world)
    fate.armed = False
    state = await pool.fetchval("SELECT state FROM fiscal_receipts WHERE payment_id = $1", payment_id)
    made = at_register(kabinet)[before:]
    assert (state, len(made)) == ("registered", 1), fate.died
    assert kopecks(made[0]) == 10_000
    async with pool.acquire() as connection:
        [account] = await PostgresReceiptAudit(connection).of([home.account_id])
    assert list(receipt_findings(account)) == [], fate.died


async def check_job(pool, payment_id):
    account_id = await pool.fetchval("SELECT account_id FROM payments WHERE payment_id = $1", payment_id)
    return CheckPayment(account_id=account_id, payment_id=payment_id)


@pytest.mark.timeout(300)
async def test_a_death_at_some_steps_registers_once(world):
    home = await world.kabinet.household(services=("electricity",))
    await lived(world, home, ())
    assert len(world.fate.steps) > 15
    for step in range(0, len(world.fate.steps), 8):
        await lived(world, home, (step,))


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_death_at_any_step_registers_once(world):
    home = await world.kabinet.household(services=("electricity",))
    for step in count():
        await lived(world, home, (step,))
        if not world.fate.died:
            break
