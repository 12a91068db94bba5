"""Second factors, and sign-ins between their steps."""

from datetime import timedelta
from uuid import uuid4

import pytest
from msgspec.structs import replace

from domain.people.challenges import Challenge
from domain.people.second_factor import Factor, SecondFactorTerms
from domain.people.tokens import Holder
from tests.contracts.people.persons import ANNA, NOON, OLEG

CHALLENGE_TERMS = SecondFactorTerms(challenge_seconds=300, challenge_tries=5, fallback_codes=10)


@pytest.mark.parametrize("holder", [Holder.CUSTOMER, Holder.STAFF])
async def test_a_factor_is_kept_changed_and_forgotten(transaction, holder):
    owner = OLEG.id if holder is Holder.STAFF else ANNA.id
    fresh = Factor(owner_id=owner, sealed=b"first", enrolled_at=NOON)
    confirmed = replace(fresh, sealed=b"second", confirmed_at=NOON, last_step=59_000_000)
    async with transaction() as store:
        await store.customers.add(ANNA)
        await store.staff.add(OLEG)
        factors = store.staff_factors if holder is Holder.STAFF else store.factors
        assert await factors.of(owner) is None
        for factor in (fresh, confirmed):
            await factors.save(factor)
            assert await factors.of(owner) == await factors.locked(owner) == factor
        await factors.set_fallbacks(owner, [b"one", b"two"], NOON)
        await factors.forget(owner)
        assert await factors.of(owner) is None
        assert await factors.fallbacks_left(owner) == 0


@pytest.mark.parametrize("holder", [Holder.CUSTOMER, Holder.STAFF])
async def test_a_fallback_code_is_used_once_until_the_next_set(transaction, holder):
    owner = OLEG.id if holder is Holder.STAFF else ANNA.id
    async with transaction() as store:
        await store.customers.add(ANNA)
        await store.staff.add(OLEG)
        factors = store.staff_factors if holder is Holder.STAFF else store.factors
        await factors.set_fallbacks(owner, [b"one", b"two"], NOON)
        assert [await factors.use_fallback(owner, code, NOON) for code in (b"one", b"one", b"no")] == [
            True,
            False,
            False,
        ]
        assert await factors.fallbacks_left(owner) == 1
        assert not await factors.use_fallback(uuid4(), b"two", NOON)
        await factors.set_fallbacks(owner, [b"one"], NOON)
        assert await factors.fallbacks_left(owner) == 1
        assert not await factors.use_fallback(owner, b"two", NOON)
        assert await factors.use_fallback(owner, b"one", NOON)


async def test_a_challenge_is_kept_and_forgotten(transaction):
    made, _ = Challenge.made(
        uuid4(),
        Holder.STAFF,
        OLEG.id,
        login=OLEG.login,
        by_password=True,
        ip="203.0.113.7",
        secret="s",
        terms=CHALLENGE_TERMS,
        at=NOON,
    )
    tried = replace(made, tries_left=4)
    async with transaction() as store:
        challenges = store.sign_in_challenges
        await challenges.add(made)
        for changed in (made, tried, tried.passed(NOON)):
            await challenges.save(changed)
            assert await challenges.locked(made.id) == changed
        assert await challenges.prune(made.expires_at) == 0
        assert await challenges.prune(made.expires_at + timedelta(seconds=1)) == 1
        await challenges.add(made)
        await challenges.drop(uuid4())
        assert await challenges.locked(made.id) == made
        await challenges.drop(OLEG.id)
        assert await challenges.locked(made.id) is None
