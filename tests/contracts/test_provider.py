"""What every provider of payments must do: run on the fake and on the adapter with the sandbox alike."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest
import pytest_asyncio

from domain.kernel.ids import AccountId, PaymentId, RefundId
from domain.kernel.money import ZERO, Money
from domain.payments.provider import (
    Method,
    NotFoundAtProvider,
    ProviderRefused,
    ProviderState,
    ProviderUnsure,
    RefundWanted,
)
from tests.fakes_provider import FakeProvider
from tests.sandboxes import Clock, opened, provider_of, wanted

LONG_AGO, FAR_OFF = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


@pytest_asyncio.fixture
async def fake():
    clock = Clock()
    provider = FakeProvider(clock)
    return provider, provider, clock


@pytest_asyncio.fixture
async def over_http(tmp_path):
    class Payer:
        async def pay(self, id):
            assert (await sandbox.play(id)).status_code == 200

        async def refuse(self, id, reason="general_decline"):
            assert (await sandbox.play(id, "refuse", reason=reason)).status_code == 200

    async with opened(tmp_path) as sandbox:
        provider, http = provider_of(sandbox)
        async with http:
            yield provider, Payer(), sandbox.clock


@pytest.fixture(params=["fake", "over_http"])
def sides(request):
    """The provider, the payer's side of it, the clock."""
    return request.getfixturevalue(request.param)


async def test_opens_an_order_to_be_paid_by_redirect(sides):
    provider, _, clock = sides
    order = wanted()
    payment = await provider.open(order)
    assert provider.name == "yookassa"
    assert len(payment.id) == 36
    assert payment.state is ProviderState.PENDING
    assert (payment.amount, payment.currency, payment.test) == (Money(125050), "RUB", True)
    assert (payment.account_id, payment.payment_id) == (order.account_id, order.payment_id)
    assert (payment.created_at, payment.paid_at) == (clock(), None)
    assert (payment.shop_id, payment.method, payment.refunded) == ("100500", "sbp", ZERO)
    assert payment.confirmation.type == "redirect"
    assert payment.confirmation.url.startswith("http")
    assert payment.confirmation.data is None


async def test_opens_an_order_to_be_paid_by_qr(sides):
    payment = await sides[0].open(wanted(confirmation="qr"))
    assert (payment.confirmation.type, payment.confirmation.url) == ("qr", None)
    assert payment.confirmation.data.startswith("https://qr.nspk.ru/")


@pytest.mark.parametrize("method", [one for one in Method if one is not Method.REGISTRY])
async def test_takes_every_method(sides, method):
    assert (await sides[0].open(wanted(method=method))).method == method.value


async def test_a_repeat_meets_the_same_order(sides):
    provider, payer, _ = sides
    order = wanted()
    first, *others = await asyncio.gather(*(provider.open(order) for _ in range(5)))
    assert all(other == first for other in others)
    await payer.pay(first.id)
    assert (await provider.open(order)).id == first.id


async def test_another_attempt_is_another_order(sides):
    order = wanted()
    again = msgspec.structs.replace(order, attempt=2)
    assert (await sides[0].open(order)).id != (await sides[0].open(again)).id


async def test_a_repeat_that_differs_is_no_final_no(sides):
    order = wanted()
    await sides[0].open(order)
    with pytest.raises(ProviderUnsure):
        await sides[0].open(msgspec.structs.replace(order, amount=Money(1_00)))


async def test_refuses_for_good_what_it_can_never_take(sides):
    with pytest.raises(ProviderRefused) as refused:
        await sides[0].open(wanted(amount=Money(700_000_01)))
    assert (refused.value.code, refused.value.parameter) == ("invalid_request", "amount.value")


async def test_tells_that_it_was_paid(sides):
    provider, payer, clock = sides
    opened = await provider.open(wanted())
    clock.later(minutes=5)
    await payer.pay(opened.id)
    payment = await provider.read(opened.id)
    assert (payment.state, payment.paid_at) == (ProviderState.SUCCEEDED, clock())
    assert len(payment.sbp_operation_id) == 32
    assert (payment.amount, payment.confirmation) == (opened.amount, None)
    assert (payment.account_id, payment.payment_id) == (opened.account_id, opened.payment_id)


@pytest.mark.parametrize(
    ("reason", "read"), [("insufficient_funds", "insufficient_funds"), ("something_new", "unknown")]
)
async def test_tells_why_it_was_cancelled(sides, reason, read):
    provider, payer, _ = sides
    opened = await provider.open(wanted())
    await payer.refuse(opened.id, reason)
    payment = await provider.read(opened.id)
    assert (payment.state, payment.cancel_party) == (ProviderState.CANCELED, "payment_network")
    assert payment.cancel_reason == read


async def test_an_unpaid_order_expires(sides):
    provider, _, clock = sides
    opened = await provider.open(wanted())
    clock.later(minutes=59)
    assert (await provider.read(opened.id)).state is ProviderState.PENDING
    clock.later(minutes=1)
    payment = await provider.read(opened.id)
    assert (payment.state, payment.cancel_reason) == (ProviderState.CANCELED, "expired_on_confirmation")


async def test_does_not_know_a_foreign_id(sides):
    with pytest.raises(NotFoundAtProvider):
        await sides[0].read(str(uuid4()))


async def test_finds_an_order_by_our_ids(sides):
    provider, _, _ = sides
    order = wanted()
    await provider.open(wanted())
    opened = await provider.open(order)
    await provider.open(wanted())
    assert await provider.find(order.account_id, order.payment_id, LONG_AGO, FAR_OFF) == opened
    assert await provider.find(order.account_id, PaymentId(uuid4()), LONG_AGO, FAR_OFF) is None
    assert await provider.find(AccountId(uuid4()), order.payment_id, LONG_AGO, FAR_OFF) is None


async def test_finds_only_between_the_moments(sides):
    provider, _, clock = sides
    order = wanted()
    opened = await provider.open(order)
    at, minute = clock(), timedelta(minutes=1)
    assert await provider.find(order.account_id, order.payment_id, at, at) == opened
    assert await provider.find(order.account_id, order.payment_id, at - minute, at - minute) is None
    assert await provider.find(order.account_id, order.payment_id, at + minute, at + minute) is None


async def test_of_several_attempts_finds_the_paid_one(sides):
    provider, payer, clock = sides
    order = wanted()
    attempts = []
    for attempt in (1, 2, 3):
        attempts.append(await provider.open(msgspec.structs.replace(order, attempt=attempt)))
        clock.later(seconds=1)
    first, second, third = attempts
    await payer.refuse(third.id)
    found = await provider.find(order.account_id, order.payment_id, LONG_AGO, FAR_OFF)
    assert found.id == second.id
    await payer.pay(first.id)
    found = await provider.find(order.account_id, order.payment_id, LONG_AGO, FAR_OFF)
    assert (found.id, found.state) == (first.id, ProviderState.SUCCEEDED)


async def test_what_is_no_notice_has_no_subject(sides):
    for raw in (b"", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"type":"notification"}'):
        assert sides[0].notice_subject(raw) is None


async def refund_of(sides, kopecks=60_000, **more):
    """What is told to return so much of a paid payment of 1,250.50 roubles."""
    provider, payer, _ = sides
    order = wanted()
    payment = await provider.open(order)
    await payer.pay(payment.id)
    return RefundWanted(
        account_id=order.account_id,
        payment_id=order.payment_id,
        refund_id=RefundId(uuid4()),
        attempt=1,
        provider_payment_id=payment.id,
        amount=Money(kopecks),
        description="Возврат",
        **more,
    )


async def test_returns_money_once_and_shows_it(sides):
    provider, _, clock = sides
    asked = await refund_of(sides)
    made = await provider.refund(asked)
    assert (made.state, made.amount, made.currency) == (ProviderState.SUCCEEDED, Money(60_000), "RUB")
    assert (made.account_id, made.refund_id) == (asked.account_id, asked.refund_id)
    assert (made.provider_payment_id, made.created_at) == (asked.provider_payment_id, clock())
    assert (await provider.refund(asked)).id == made.id
    assert await provider.read_refund(made.id) == made
    assert await provider.find_refund(asked) == made


async def test_returns_in_parts_and_never_above_the_payment(sides):
    provider = sides[0]
    asked = await refund_of(sides)
    await provider.refund(asked)
    rest = msgspec.structs.replace(asked, refund_id=RefundId(uuid4()), amount=Money(65_050))
    await provider.refund(rest)
    with pytest.raises(ProviderRefused):
        await provider.refund(msgspec.structs.replace(asked, refund_id=RefundId(uuid4()), amount=Money(1)))


async def test_fifty_at_once_return_what_was_paid(sides):
    provider = sides[0]
    asked = await refund_of(sides, 10_000)
    each = [msgspec.structs.replace(asked, refund_id=RefundId(uuid4())) for _ in range(50)]
    made = await asyncio.gather(*(provider.refund(one) for one in each), return_exceptions=True)
    assert sum(not isinstance(one, Exception) for one in made) == 12
    assert all(isinstance(one, ProviderRefused) for one in made if isinstance(one, Exception))


async def test_what_was_not_paid_is_not_returned(sides):
    order = wanted()
    payment = await sides[0].open(order)
    asked = RefundWanted(
        account_id=order.account_id,
        payment_id=order.payment_id,
        refund_id=RefundId(uuid4()),
        attempt=1,
        provider_payment_id=payment.id,
        amount=Money(100),
        description="Возврат",
    )
    with pytest.raises(ProviderRefused):
        await sides[0].refund(asked)
    assert await sides[0].find_refund(asked) is None


async def test_knows_no_refund_that_was_not_made(sides):
    with pytest.raises(NotFoundAtProvider):
        await sides[0].read_refund(str(uuid4()))
