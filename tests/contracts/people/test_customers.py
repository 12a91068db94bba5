"""Customers and how they are reached."""

from uuid import uuid4

import pytest
from msgspec.structs import replace

from domain.kernel.ids import UserId
from domain.people.customers import PhoneTaken
from domain.people.phones import Phone
from tests.contracts.people.persons import ANNA, MARIA


async def test_a_customer_is_found_by_phone_and_by_id(place):
    async with place.transaction() as store:
        await store.customers.add(ANNA)
    async with place.transaction() as store:
        assert await store.customers.by_phone(ANNA.phone) == ANNA
        assert await store.customers.by_id(ANNA.id) == ANNA
        assert await store.customers.by_phone(Phone("+79000000002")) is None
        assert await store.customers.by_id(UserId(uuid4())) is None


async def test_a_phone_belongs_to_one_customer(place):
    async with place.transaction() as store:
        await store.customers.add(ANNA)
    with pytest.raises(PhoneTaken):
        async with place.transaction() as store:
            await store.customers.add(replace(ANNA, id=UserId(uuid4())))


async def test_a_phone_moves_and_the_former_one_is_free(transaction):
    async with transaction() as store:
        await store.customers.add(ANNA)
        assert await store.customers.change_phone(ANNA.id, Phone("+79000000009")) == ANNA.phone
    async with transaction() as store:
        assert await store.customers.by_phone(ANNA.phone) is None
        moved = await store.customers.by_phone(Phone("+79000000009"))
        assert moved == replace(ANNA, phone=Phone("+79000000009"))
        await store.customers.add(replace(MARIA, phone=ANNA.phone))


async def test_a_phone_of_another_stays_theirs(transaction):
    async with transaction() as store:
        await store.customers.add(ANNA)
        await store.customers.add(MARIA)
    with pytest.raises(PhoneTaken):
        async with transaction() as store:
            await store.customers.change_phone(ANNA.id, MARIA.phone)
    async with transaction() as store:
        assert await store.customers.by_phone(MARIA.phone) == MARIA
        assert await store.customers.by_phone(ANNA.phone) == ANNA


async def test_email_and_password_change(transaction):
    async with transaction() as store:
        await store.customers.add(ANNA)
        assert await store.customers.change_email(ANNA.id, "b@example.org") == ANNA.email
        await store.customers.change_password(ANNA.id, "hash")
        assert await store.customers.by_id(ANNA.id) == replace(
            ANNA, email="b@example.org", password_hash="hash"
        )
