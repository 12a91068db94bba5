"""Other programs, their keys, and what a request signed by one may not repeat."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from msgspec.structs import replace

from domain.kernel.access import ActorKind, Scope
from domain.kernel.ids import ApiKeyId, SystemId
from domain.people.systems import ApiKey, ApiKeyNotFound, System, SystemNameTaken, SystemNotFound
from tests.contracts.people.persons import NOON

BILLING = System(id=SystemId(uuid4()), name="billing", created_at=NOON)


def a_key(system: System, at: datetime = NOON):
    return ApiKey.issued(
        ApiKeyId(uuid4()),
        system.id,
        [Scope.IMPORT, Scope.SEE],
        secret="s3cret",
        signing_secret="to sign by",
        seal=lambda _: b"sealed",
        at=at,
        expires_at=at + timedelta(days=1),
    )


async def test_a_key_leads_to_its_system_until_revoked(place):
    key, issued = a_key(BILLING)
    token = issued.token
    assert await place.presences.of(token) is None
    async with place.transaction() as store:
        await store.systems.add(BILLING)
        await store.systems.add_key(key)
    presence = await place.presences.of(token)
    assert presence.admits(token, NOON)
    assert presence.actor.kind is ActorKind.SYSTEM
    assert presence.actor.scopes == {Scope.IMPORT, Scope.SEE}
    assert presence.is_stale(NOON)
    await place.presences.saw(token, NOON)
    assert not (await place.presences.of(token)).is_stale(NOON)

    async with place.transaction() as store:
        assert await store.systems.sealed_signing_secret(key.id) == b"sealed"
        with pytest.raises(ApiKeyNotFound):
            await store.systems.revoke(SystemId(uuid4()), key.id, NOON)
        await store.systems.revoke(BILLING.id, key.id, NOON)
        assert await store.systems.sealed_signing_secret(key.id) is None
    with pytest.raises(ApiKeyNotFound):
        async with place.transaction() as store:
            await store.systems.revoke(BILLING.id, key.id, NOON)


async def test_systems_are_listed_by_name_each_with_its_keys(place):
    centre = System(id=SystemId(uuid4()), name="a centre", created_at=NOON)
    key, _ = a_key(BILLING)
    later, _ = a_key(BILLING, at=NOON + timedelta(seconds=1))
    async with place.transaction() as store:
        for system in (BILLING, centre):
            await store.systems.add(system)
        for one in (key, later):
            await store.systems.add_key(one)
        assert await store.systems.all() == [(centre, []), (BILLING, [later, key])]
        assert await store.systems.keys_locked(BILLING.id) == [later, key]
        assert await store.systems.by_name("billing") == BILLING
        assert await store.systems.by_name("nobody") is None
        with pytest.raises(SystemNotFound):
            await store.systems.keys_locked(SystemId(uuid4()))
    with pytest.raises(SystemNameTaken):
        async with place.transaction() as store:
            await store.systems.add(replace(BILLING, id=SystemId(uuid4())))


async def test_a_nonce_is_taken_once_by_each_key(place):
    one, other = ApiKeyId(uuid4()), ApiKeyId(uuid4())
    async with place.transaction() as store:
        assert await store.systems.take_nonce(one, "n", NOON)
        assert not await store.systems.take_nonce(one, "n", NOON + timedelta(minutes=5))
        assert await store.systems.take_nonce(other, "n", NOON + timedelta(minutes=5))
        assert await store.systems.prune_nonces(NOON + timedelta(seconds=1)) == 1
        assert await store.systems.take_nonce(one, "n", NOON)
