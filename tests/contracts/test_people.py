"""The ports of people: the same tests on the fakes and on PostgreSQL."""

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from adapters.postgres.people.presences import PostgresPresences
from adapters.postgres.people.session_cache import RememberedPresences
from adapters.postgres.store import Transactions
from domain.kernel.access import ActorKind, Scope
from domain.kernel.ids import AccountId, ApiKeyId, SessionId, StaffId, SystemId, UserId
from domain.kernel.money import Money
from domain.people.attempts import Door, Tries, TryKind
from domain.people.customers import Customer, PhoneTaken
from domain.people.memberships import OWNER_SCOPES, LastBill, Membership, Proof
from domain.people.phones import Phone
from domain.people.second_factor import Factor
from domain.people.sessions import Ending, Lifetime, Session
from domain.people.staff import SCOPES, Role, Staff, StaffLoginTaken
from domain.people.systems import ApiKey, ApiKeyNotFound, System, SystemNameTaken, SystemNotFound
from domain.people.tokens import Holder
from tests.bills import a_bill as a_bill_of
from tests.fakes_people import FakePeople, FakePresences

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BILLING = System(id=SystemId(uuid4()), name="billing", created_at=NOON)
LIFETIME = Lifetime(access_seconds=60, refresh_seconds=600, most_seconds=1000)
ANNA = Customer(
    id=UserId(uuid4()), phone=Phone("+79000000001"), name="Анна", email="a@example.org", created_at=NOON
)
OLEG = Staff(
    id=StaffId(uuid4()),
    login="+79000000011",
    name="Олег",
    role=Role.OPERATOR,
    password_hash="h",
    created_at=NOON,
)


class Place:
    """One implementation of every port: `transaction` and `presences`."""

    def __init__(self, transaction, presences):
        self.transaction = transaction
        self.presences = presences


@pytest.fixture
def fake():
    people = FakePeople()
    return Place(people.transaction, FakePresences(people))


@pytest.fixture
def postgres(pool):
    return Place(Transactions(pool, now=lambda: NOON, new_id=uuid4), PostgresPresences(pool))


@pytest.fixture
def remembered(pool):
    presences = RememberedPresences(PostgresPresences(pool), now=lambda: NOON)
    return Place(Transactions(pool, now=lambda: NOON, new_id=uuid4), presences)


@pytest.fixture(params=["fake", "postgres", "remembered"])
def place(request):
    return request.getfixturevalue(request.param)


def opened(holder: Holder, owner_id: UUID):
    numbers = count(1)
    return Session.opened(
        holder,
        owner_id,
        SessionId(uuid4()),
        lifetime=LIFETIME,
        new_secret=lambda: f"secret-{next(numbers)}",
        at=NOON,
        device="curl",
        ip="203.0.113.7",
    )


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


async def test_staff_are_found_by_login(place):
    async with place.transaction() as store:
        await store.staff.add(OLEG)
    async with place.transaction() as store:
        assert await store.staff.by_login(OLEG.login) == OLEG
        assert await store.staff.by_id(OLEG.id) == OLEG
        assert await store.staff.by_login("nobody") is None
    with pytest.raises(StaffLoginTaken):
        async with place.transaction() as store:
            await store.staff.add(replace(OLEG, id=StaffId(uuid4())))


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


async def test_tries_are_kept_forgotten_and_pruned(place):
    door = Door(TryKind.SIGN_IN, "+79000000001 203.0.113.7")
    locked = Tries(
        kind=door.kind,
        key=door.key,
        window_started_at=NOON,
        count=2,
        lock_no=1,
        locked_until=NOON + timedelta(minutes=1),
    )
    async with place.transaction() as store:
        assert not await store.attempts.exists(door)
        fresh = await store.attempts.locked(door, NOON)
        assert fresh == Tries(kind=door.kind, key=door.key, window_started_at=NOON)
        await store.attempts.save(locked)
    async with place.transaction() as store:
        assert await store.attempts.locked(door, NOON + timedelta(hours=1)) == locked
        assert await store.attempts.exists(door)
        assert await store.attempts.prune(NOON + timedelta(seconds=30)) == 0
        assert await store.attempts.prune(NOON + timedelta(seconds=61)) == 1
        assert not await store.attempts.exists(door)
        await store.attempts.save(locked)
        await store.attempts.forget(door)
        assert not await store.attempts.exists(door)


async def a_bill(pool, owner, number="6600000001") -> AccountId:
    """An account with charges of two suppliers in October, one of them with an advance."""
    account, supplier = uuid4(), uuid4()
    await owner.execute(
        "INSERT INTO suppliers (supplier_id, inn, name) VALUES ($1, '6600000000', 'П')", supplier
    )
    await pool.execute(
        """INSERT INTO accounts (account_id, number, kind, address, holder_name, opened_at)
        VALUES ($1, $2, 'unified', 'ул. Мира, 1', 'А', $3)""",
        account,
        number,
        NOON,
    )
    await pool.execute("INSERT INTO account_numbers (number, account_id) VALUES ($1, $2)", number, account)
    for index, (october, balance) in enumerate(((1000_00, 700_00), (50_50, -20_00))):
        part = uuid4()
        await pool.execute(
            """INSERT INTO supplier_accounts (account_id, supplier_account_id, supplier_id, number)
            VALUES ($1, $2, $3, $4)""",
            account,
            part,
            supplier,
            f"{number}-{index}",
        )
        for period, amount in (("2026-09", 5_00), ("2026-10", october)):
            await pool.execute(
                """INSERT INTO charges (account_id, charge_id, supplier_account_id, service_code, period,
                  bill_number, unit, amount_kopecks, recalculation_kopecks, penalty_kopecks, paid_kopecks,
                  penalty_paid_kopecks, revision, posted_at)
                VALUES ($1, $2, $3, 'el', $4, $5, 'kWh', $6, -100, 200, 0, 0, 1, $7)""",
                account,
                uuid4(),
                part,
                period,
                f"{period}-{number}",
                amount,
                NOON,
            )
        book = f"receivable:{part}:principal" if balance > 0 else f"advance:{part}"
        await pool.execute(
            "INSERT INTO books (account_id, book, balance_kopecks) VALUES ($1, $2, $3)",
            account,
            book,
            balance,
        )
    return AccountId(account)


def owner_of(account_id: AccountId) -> Membership:
    return Membership.of_owner(account_id, ANNA.id, NOON)


async def test_the_last_bill_is_read_from_charges_and_books(postgres, pool, owner):
    account_id = await a_bill(pool, owner)
    async with postgres.transaction() as store:
        assert await store.memberships.last_bills("6600000001") == [
            LastBill(
                account_id=account_id,
                numbers=frozenset({"2026-10-6600000001"}),
                charged=Money(1052_50),
                to_pay=Money(700_00),
                period="2026-10",
                first_posted_at=NOON,
            )
        ]
        assert await store.memberships.last_bills("6600000002") == []


async def test_the_last_issued_bill_proves_though_a_later_month_has_a_correction(postgres, pool, owner):
    """A recalculation is charged to the open month, which has no bill yet."""
    account_id = await a_bill(pool, owner)
    async with postgres.transaction() as store:
        paper = a_bill_of(account_id=account_id, account_number="6600000001")
        await store.bills.add([paper])
    await pool.execute(
        """
        INSERT INTO charges (account_id, charge_id, supplier_account_id, service_code, period, bill_number,
          unit, amount_kopecks, recalculation_kopecks, penalty_kopecks, paid_kopecks, penalty_paid_kopecks,
          revision, posted_at)
        SELECT account_id, $2, supplier_account_id, 'el', '2026-11', 'C-1', 'kWh', 0, -10050, 0, 0, 0, 1, $3
        FROM supplier_accounts WHERE account_id = $1 LIMIT 1
        """,
        account_id,
        uuid4(),
        NOON,
    )
    async with postgres.transaction() as store:
        later, last = await store.memberships.last_bills("6600000001")
    assert (later.period, last.period) == ("2026-11", "2026-10")
    printed = Proof(bill_number=paper.number), Proof(bill_amount=paper.to_pay)
    assert all(last.is_proved_by(proof) for proof in printed)
    assert not any(later.is_proved_by(proof) for proof in printed)


@pytest.fixture(params=["fake", "postgres"])
def members(request):
    return request.getfixturevalue(request.param)


async def test_a_membership_is_added_once(members, pool, owner):
    account_id = await a_bill(pool, owner)
    async with members.transaction() as store:
        await store.customers.add(ANNA)
        assert await store.memberships.add(owner_of(account_id))
        assert not await store.memberships.add(owner_of(account_id))


async def test_both_sides_of_a_membership_are_written(postgres, pool, owner):
    account_id = await a_bill(pool, owner)
    async with postgres.transaction() as store:
        await store.customers.add(ANNA)
        await store.memberships.add(owner_of(account_id))
    member = await pool.fetchrow("SELECT scopes, role FROM account_members WHERE account_id = $1", account_id)
    assert tuple(member) == (sorted(OWNER_SCOPES), "owner")
    assert (
        await pool.fetchval("SELECT account_id FROM user_accounts WHERE user_id = $1", ANNA.id) == account_id
    )


async def test_a_lesser_membership_is_raised(postgres, pool, owner):
    account_id = await a_bill(pool, owner)
    async with postgres.transaction() as store:
        await store.customers.add(ANNA)
        await store.memberships.add(owner_of(account_id))
    await pool.execute("UPDATE account_members SET role = 'payer', scopes = '{pay}'")
    async with postgres.transaction() as store:
        assert await store.memberships.add(owner_of(account_id))
    assert await pool.fetchval("SELECT role FROM account_members") == "owner"


async def test_what_is_remembered_never_admits_a_wrong_secret(pool):
    remembered = RememberedPresences(PostgresPresences(pool), now=lambda: NOON)
    session, tokens = opened(Holder.CUSTOMER, ANNA.id)
    async with Transactions(pool, now=lambda: NOON, new_id=uuid4)() as store:
        await store.customers.add(ANNA)
        await store.sessions.add(session)
    assert (await remembered.of(tokens.access)).admits(tokens.access, NOON)
    wrong = type(tokens.access)(Holder.CUSTOMER, ANNA.id, session.id, "wrong")
    assert not (await remembered.of(wrong)).admits(wrong, NOON)


async def test_what_is_remembered_dies_within_seconds(pool):
    moment = [NOON]
    remembered = RememberedPresences(PostgresPresences(pool), now=lambda: moment[0])
    session, tokens = opened(Holder.CUSTOMER, ANNA.id)
    async with Transactions(pool, now=lambda: NOON, new_id=uuid4)() as store:
        await store.customers.add(ANNA)
        await store.sessions.add(session)
    await remembered.of(tokens.access)
    await pool.execute("UPDATE user_sessions SET ended_at = $1", NOON)
    assert await remembered.of(tokens.access) is not None
    moment[0] = NOON + timedelta(seconds=3)
    assert await remembered.of(tokens.access) is None
