"""The front page of an account is read at once, and says what the card and the list of payments say."""

import pytest

from domain.accounts.accounts import AccountNotFound
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.money import Money
from tests.actors import add_customer


def access_of(kabinet, home, user_id, scope):
    actor = Actor(kind=ActorKind.CUSTOMER, id=user_id, name="Иванов И. И.")
    return Access(actor=actor, account_id=home.account_id, scope=scope, at=kabinet.clock())


async def test_the_front_is_the_card_and_the_latest_payments(kabinet):
    home = await kabinet.household()
    access = access_of(kabinet, home, home.user_id, Scope.SEE)
    fronts, payments = kabinet.container.accounts, kabinet.container.payments
    empty = await fronts.front(access, payments_limit=3)
    assert (empty.card, empty.latest) == (await fronts.card(access), ())
    for number, service in enumerate(("electricity", "heat", "water", "waste"), start=1):
        kabinet.clock.later(seconds=61)
        supplier_account_id = str(home.supplier_accounts[service])
        part = {"supplier_account_id": supplier_account_id, "amount": {"kopecks": number * 100}}
        assert (await kabinet.pay(home, parts=[part])).status_code == 201
    front = await fronts.front(access, payments_limit=3)
    assert [one.amount for one in front.latest] == [Money(400), Money(300), Money(200)]
    assert list(front.latest) == await payments.latest(access, limit=3)
    assert front.card == await fronts.card(access)


async def test_who_may_only_pay_finds_their_own_payments(kabinet):
    home = await kabinet.household()
    assert (await kabinet.pay(home, amount={"kopecks": 10_000})).status_code == 201
    payer_id = await add_customer(kabinet.container)
    access = access_of(kabinet, home, payer_id, Scope.PAY)
    with pytest.raises(AccountNotFound):
        await kabinet.container.accounts.front(access, payments_limit=3)
    await kabinet.container.pool.execute(
        "INSERT INTO account_members (account_id, user_id, scopes, role, added_at)"
        " VALUES ($1, $2, '{pay}', 'family', $3)",
        home.account_id,
        payer_id,
        kabinet.clock(),
    )
    assert (await kabinet.container.accounts.front(access, payments_limit=3)).latest == ()
    await kabinet.container.pool.execute("UPDATE payments SET payer_id = $1", payer_id)
    assert len((await kabinet.container.accounts.front(access, payments_limit=3)).latest) == 1
