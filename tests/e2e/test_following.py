"""Following a payment through what seldom happens: late repeats, a provider's odd answers, old orders."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from domain.kernel.money import Money
from domain.payments.payments import CheckPayment
from services.payments.settling import ProviderMismatch
from tests.invariants import money_is_whole
from tests.kabinets import TO_PAY


def orders(kabinet):
    return [one.body for one in kabinet.sandbox.desk.store.page("payment", {}, ("~", "~"), 100)]


async def test_a_repeat_after_the_deadline_opens_no_second_order(kabinet):
    """The provider forgets its keys after a day: a request as old as that would be a new one to it."""
    home, payment_id = await kabinet.household(), uuid4()
    await kabinet.sandbox.fault("payments.create", "500_after", times=1)
    assert (await kabinet.pay(home, payment_id)).status_code == 202
    kabinet.clock.later(hours=25)  # and no worker ran all the time
    await kabinet.sign_in_again()

    again = await kabinet.pay(home, payment_id)

    assert (again.status_code, again.json()["state"]) == (202, "created")
    assert len(orders(kabinet)) == 1
    await kabinet.tick(seconds=1)
    await kabinet.tick(minutes=6)
    assert (await kabinet.payment(home, payment_id))["state"] == "expired"
    await money_is_whole(kabinet.container.pool, orders(kabinet))


async def test_an_answer_about_other_money_moves_nothing_and_does_not_block_the_timer(kabinet):
    home = await kabinet.household()
    made = (await kabinet.pay(home)).json()
    await kabinet.play(home, made["id"])
    kabinet.clock.later(seconds=15)
    settling = kabinet.container.payment_settlement
    forged = replace(settling, provider=_Alters(settling.provider, amount=Money(TO_PAY + 1)))
    check = CheckPayment(account_id=home.account_id, payment_id=UUID(made["id"]))

    with pytest.raises(ProviderMismatch):
        await forged.check(check)

    assert (
        await kabinet.container.pool.fetchval("SELECT count(*) FROM books WHERE book LIKE 'clearing%'") == 0
    )
    async with kabinet.container.transaction() as store:
        assert await store.payments.waiting(kabinet.clock(), 10) == []
    await kabinet.tick(minutes=5)
    assert (await kabinet.payment(home, made["id"]))["state"] == "paid"
    assert await money_is_whole(kabinet.container.pool, orders(kabinet)) == TO_PAY


@pytest.mark.parametrize(
    "other",
    [{"currency": "USD"}, {"shop_id": "1"}, {"test": False}, {"account_id": None}, {"payment_id": None}],
)
async def test_every_difference_is_a_mismatch(kabinet, other):
    home = await kabinet.household()
    made = (await kabinet.pay(home)).json()
    await kabinet.play(home, made["id"])
    settling = kabinet.container.payment_settlement

    with pytest.raises(ProviderMismatch):
        await replace(settling, provider=_Alters(settling.provider, **other)).check(
            CheckPayment(account_id=home.account_id, payment_id=UUID(made["id"]))
        )


async def test_a_refusal_meanwhile_is_not_asked_about_again(kabinet):
    """The timer found no order after the deadline; before it wrote that, the payment had failed."""
    home = await kabinet.household()
    await kabinet.sandbox.fault("payments.create", "500", times=1)
    unsure = (await kabinet.pay(home)).json()
    container = kabinet.container
    seen = await container.payments.found(home.account_id, UUID(unsure["id"]))
    async with container.transaction() as store:
        kept = await store.payments.locked(home.account_id, seen.id)
        await store.payments.save(kept, kept.failed("forbidden"), kabinet.clock(), note="forbidden")

    await container.payment_settlement._never_opened(seen, kabinet.clock())

    kept = await container.payments.found(home.account_id, seen.id)
    assert (kept.state, kept.next_check_at) == ("failed", None)


class _Alters:
    """Another provider's word about the same payment."""

    def __init__(self, real, **other):
        self.real, self.other, self.name = real, other, real.name

    async def read(self, provider_payment_id):
        return structs.replace(await self.real.read(provider_payment_id), **self.other)
