"""Sessions, and whom a token of one stands for."""

from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.postgres.people.presences import PostgresPresences
from adapters.postgres.people.session_cache import RememberedPresences
from domain.kernel.access import ActorKind
from domain.kernel.ids import SessionId
from domain.people.second_factor import Factor
from domain.people.sessions import Ending
from domain.people.staff import SCOPES
from domain.people.tokens import Holder
from tests.contracts.people.persons import ANNA, LIFETIME, MARIA, NOON, OLEG, opened


@pytest.mark.parametrize("holder", [Holder.CUSTOMER, Holder.STAFF])
async def test_a_session_is_kept_with_all_its_changes(place, holder):
    session, tokens = opened(holder, OLEG.id if holder is Holder.STAFF else ANNA.id)
    renewed, _ = session.refreshed(tokens.refresh, lifetime=LIFETIME, new_secret=lambda: "new", at=NOON)
    ended = renewed.ended(Ending.SIGNED_OUT, NOON + timedelta(seconds=5))
    async with place.transaction() as store:
        await store.customers.add(ANNA)
        await store.staff.add(OLEG)
        sessions = store.staff_sessions if holder is Holder.STAFF else store.sessions
        await sessions.add(session)
        assert await sessions.locked(session.owner_id, session.id) == session
        for changed in (renewed, ended):
            await sessions.save(changed)
            assert await sessions.locked(session.owner_id, session.id) == changed
        assert await sessions.locked(session.owner_id, SessionId(uuid4())) is None


@pytest.mark.parametrize("holder", [Holder.CUSTOMER, Holder.STAFF])
async def test_a_token_leads_to_its_holder_until_the_session_ends(place, holder):
    person = OLEG if holder is Holder.STAFF else ANNA
    session, tokens = opened(holder, person.id)
    async with place.transaction() as store:
        await store.customers.add(ANNA)
        await store.staff.add(OLEG)
        await store.staff_factors.save(
            Factor(owner_id=OLEG.id, sealed=b"", enrolled_at=NOON, confirmed_at=NOON)
        )
        await (store.staff_sessions if holder is Holder.STAFF else store.sessions).add(session)
    presence = await place.presences.of(tokens.access)
    assert presence.admits(tokens.access, NOON)
    assert not presence.admits(tokens.access, NOON + timedelta(seconds=60))
    assert (presence.actor.id, presence.actor.name) == (person.id, person.name)
    assert presence.actor.session_id == session.id
    assert presence.actor.kind == (ActorKind.STAFF if holder is Holder.STAFF else ActorKind.CUSTOMER)
    assert presence.actor.scopes == (SCOPES[OLEG.role] if holder is Holder.STAFF else frozenset())

    seen = NOON + timedelta(minutes=6)
    assert presence.is_stale(seen)
    await place.presences.saw(tokens.access, seen)
    assert not (await place.presences.of(tokens.access)).is_stale(seen)

    async with place.transaction() as store:
        sessions = store.staff_sessions if holder is Holder.STAFF else store.sessions
        await sessions.save(session.ended(Ending.REVOKED, NOON))
    place.presences.forget(person.id, session.id)
    assert await place.presences.of(tokens.access) is None


async def test_open_sessions_are_listed_and_ended_but_one(transaction):
    first, second, third, others = (
        opened(Holder.CUSTOMER, owner.id, NOON + timedelta(minutes=minutes))[0]
        for owner, minutes in ((ANNA, 0), (ANNA, 5), (ANNA, 6), (MARIA, 6))
    )
    async with transaction() as store:
        for customer in (ANNA, MARIA):
            await store.customers.add(customer)
        for session in (first, second, third, others):
            await store.sessions.add(session)
        at = NOON + timedelta(minutes=11)  # the first one waits for a refresh no longer
        assert await store.sessions.open_of(ANNA.id, at) == [third, second]
        ended = await store.sessions.end_all(ANNA.id, Ending.REVOKED, at, but=third.id)
        assert set(ended) == {first.id, second.id}
        assert await store.sessions.open_of(ANNA.id, at) == [third]
        kept = await store.sessions.locked(ANNA.id, second.id)
        assert (kept.ended_at, kept.end_reason) == (at, Ending.REVOKED)
        assert await store.sessions.end_all(ANNA.id, Ending.REVOKED, at, but=None) == [third.id]
        assert await store.sessions.open_of(MARIA.id, at) == [others]


async def test_what_is_remembered_never_admits_a_wrong_secret(remembered):
    session, tokens = opened(Holder.CUSTOMER, ANNA.id)
    async with remembered.transaction() as store:
        await store.customers.add(ANNA)
        await store.sessions.add(session)
    assert (await remembered.presences.of(tokens.access)).admits(tokens.access, NOON)
    wrong = type(tokens.access)(Holder.CUSTOMER, ANNA.id, session.id, "wrong")
    assert not (await remembered.presences.of(wrong)).admits(wrong, NOON)


async def test_what_is_remembered_dies_within_seconds(postgres, pool):
    moment = [NOON]
    remembered = RememberedPresences(PostgresPresences(pool), now=lambda: moment[0])
    session, tokens = opened(Holder.CUSTOMER, ANNA.id)
    async with postgres() as store:
        await store.customers.add(ANNA)
        await store.sessions.add(session)
    await remembered.of(tokens.access)
    await pool.execute("UPDATE user_sessions SET ended_at = $1", NOON)
    assert await remembered.of(tokens.access) is not None
    moment[0] = NOON + timedelta(seconds=3)
    assert await remembered.of(tokens.access) is None
