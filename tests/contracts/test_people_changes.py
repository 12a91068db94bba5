"""Codes, changed contacts and ended sessions: the ports of people on PostgreSQL and, where there is one,
on the fake."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from msgspec.structs import replace

from adapters.postgres.store import Transactions
from domain.kernel.ids import SessionId, UserId
from domain.people.codes import OneTimeCode, Purpose, SignUp
from domain.people.customers import Customer, PhoneTaken
from domain.people.phones import Phone
from domain.people.sessions import Ending, Lifetime, Session
from domain.people.tokens import Holder
from tests.fakes_people import FakePeople

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIFETIME = Lifetime(access_seconds=60, refresh_seconds=600, most_seconds=1000)
CODE = OneTimeCode(
    key=b"k" * 32,
    purpose=Purpose.SIGN_IN,
    hash=b"h" * 32,
    tries_left=3,
    issued_at=NOON,
    expires_at=NOON + timedelta(minutes=10),
)


def person(number: int) -> Customer:
    return Customer(
        id=UserId(uuid4()), phone=Phone(f"+7900000000{number}"), name="Анна", email="a@x.ru", created_at=NOON
    )


@pytest.fixture
def on_fake():
    return FakePeople().transaction


@pytest.fixture
def on_postgres(pool):
    return Transactions(pool, now=lambda: NOON, new_id=uuid4)


@pytest.fixture(params=["on_fake", "on_postgres"])
def transaction(request):
    return request.getfixturevalue(request.param)


async def test_a_phone_moves_and_the_former_one_is_free(transaction):
    anna, oleg = person(1), person(2)
    async with transaction() as store:
        await store.customers.add(anna)
        assert await store.customers.change_phone(anna.id, Phone("+79000000009")) == anna.phone
    async with transaction() as store:
        assert await store.customers.by_phone(anna.phone) is None
        moved = await store.customers.by_phone(Phone("+79000000009"))
        assert moved == replace(anna, phone=Phone("+79000000009"))
        await store.customers.add(replace(oleg, phone=anna.phone))


async def test_a_phone_of_another_stays_theirs(transaction):
    anna, oleg = person(1), person(2)
    async with transaction() as store:
        await store.customers.add(anna)
        await store.customers.add(oleg)
    with pytest.raises(PhoneTaken):
        async with transaction() as store:
            await store.customers.change_phone(anna.id, oleg.phone)
    async with transaction() as store:
        assert await store.customers.by_phone(oleg.phone) == oleg
        assert await store.customers.by_phone(anna.phone) == anna


async def test_email_and_password_change(transaction):
    anna = person(1)
    async with transaction() as store:
        await store.customers.add(anna)
        assert await store.customers.change_email(anna.id, "b@x.ru") == "a@x.ru"
        await store.customers.change_password(anna.id, "hash")
        assert await store.customers.by_id(anna.id) == replace(anna, email="b@x.ru", password_hash="hash")


def opened(owner: Customer, minutes: int) -> Session:
    session, _ = Session.opened(
        Holder.CUSTOMER,
        owner.id,
        SessionId(uuid4()),
        lifetime=LIFETIME,
        new_secret=lambda: "s",
        at=NOON + timedelta(minutes=minutes),
        device="curl",
        ip="203.0.113.7",
    )
    return session


async def test_open_sessions_are_listed_and_ended_but_one(transaction):
    anna, oleg = person(1), person(2)
    first, second, third, others = opened(anna, 0), opened(anna, 5), opened(anna, 6), opened(oleg, 6)
    async with transaction() as store:
        for customer in (anna, oleg):
            await store.customers.add(customer)
        for session in (first, second, third, others):
            await store.sessions.add(session)
        at = NOON + timedelta(minutes=11)  # the first one waits for a refresh no longer
        assert await store.sessions.open_of(anna.id, at) == [third, second]
        ended = await store.sessions.end_all(anna.id, Ending.REVOKED, at, but=third.id)
        assert set(ended) == {first.id, second.id}
        assert await store.sessions.open_of(anna.id, at) == [third]
        kept = await store.sessions.locked(anna.id, second.id)
        assert (kept.ended_at, kept.end_reason) == (at, Ending.REVOKED)
        assert await store.sessions.end_all(anna.id, Ending.REVOKED, at, but=None) == [third.id]
        assert await store.sessions.open_of(oleg.id, at) == [others]


async def test_a_code_is_kept_replaced_and_pruned(on_postgres):
    used = replace(CODE, tries_left=2, used_at=NOON)
    newer = replace(CODE, hash=b"n" * 32, issued_at=NOON + timedelta(minutes=1))
    async with on_postgres() as store:
        assert await store.codes.locked(CODE.key) is None
        assert await store.codes.add(CODE)
        assert not await store.codes.add(newer)
        assert await store.codes.locked(CODE.key) == CODE
        for changed in (used, newer):
            await store.codes.save(changed)
            assert await store.codes.locked(CODE.key) == changed
        await store.codes.prune(CODE.expires_at)
        assert await store.codes.locked(CODE.key) == newer
        await store.codes.prune(CODE.expires_at + timedelta(seconds=1))
        assert await store.codes.locked(CODE.key) is None


async def test_a_sign_up_waits_until_it_is_out_of_date(on_postgres):
    sign_up = SignUp(id=uuid4(), phone=Phone("+79000000001"), expires_at=NOON)
    async with on_postgres() as store:
        await store.codes.add_sign_up(sign_up)
        assert await store.codes.sign_up(sign_up.id, NOON - timedelta(seconds=1)) == sign_up
        assert await store.codes.sign_up(sign_up.id, NOON) is None
        assert await store.codes.sign_up(uuid4(), NOON) is None
        await store.codes.prune(NOON + timedelta(seconds=1))
        assert await store.codes.sign_up(sign_up.id, NOON - timedelta(seconds=1)) is None
