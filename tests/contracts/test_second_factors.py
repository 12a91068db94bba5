"""The ports of second factors, sign-ins between their steps, approvals and the log: fakes and PostgreSQL."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from msgspec.structs import replace

from adapters.postgres.store import Transactions
from domain.kernel.access import Actor, ActorKind, Scope
from domain.kernel.ids import StaffId, UserId
from domain.people.challenges import Challenge
from domain.people.customers import Customer
from domain.people.four_eyes import Approval, FourEyesTerms
from domain.people.phones import Phone
from domain.people.second_factor import Factor, SecondFactorTerms
from domain.people.staff import Role, Staff
from domain.people.staff_changes import ChangeRole, ResetSecondFactor, StaffAct, StaffEntry
from domain.people.tokens import Holder
from infra.clock import new_id
from tests.fakes_people import FakePeople

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANNA = Customer(id=UserId(uuid4()), phone=Phone("+79000000001"), name="Анна", created_at=NOON)
OLEG = Staff(
    id=StaffId(uuid4()), login="oleg", name="Олег", role=Role.OPERATOR, password_hash="h", created_at=NOON
)
CHALLENGE_TERMS = SecondFactorTerms(challenge_seconds=300, challenge_tries=5, fallback_codes=10)


@pytest.fixture
def fake():
    return FakePeople().transaction


@pytest.fixture
def postgres(pool):
    return Transactions(pool, now=lambda: NOON, new_id=uuid4)


@pytest.fixture(params=["fake", "postgres"])
def transaction(request):
    return request.getfixturevalue(request.param)


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
        login="oleg",
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


def asked(action, at=NOON) -> Approval:
    by = Actor(
        kind=ActorKind.STAFF,
        id=OLEG.id,
        name="Олег",
        role=Role.ADMINISTRATOR,
        scopes=frozenset({Scope.ADMINISTER}),
    )
    return Approval.asked(new_id(), action, by, reason="r", terms=FourEyesTerms(expires_seconds=60), at=at)


async def test_an_approval_is_kept_with_its_action(transaction):
    change = asked(ChangeRole(staff_id=OLEG.id, role=Role.QUALITY))
    reset = asked(ResetSecondFactor(staff_id=OLEG.id), NOON + timedelta(seconds=1))
    second = Actor(
        kind=ActorKind.STAFF,
        id=uuid4(),
        name="Ольга",
        role=Role.ADMINISTRATOR,
        scopes=frozenset({Scope.ADMINISTER}),
    )
    async with transaction() as store:
        for approval in (change, reset):
            await store.approvals.add(approval)
            assert await store.approvals.locked(approval.id) == approval
        decided = change.approved(second, NOON)
        await store.approvals.save(decided)
        assert await store.approvals.locked(change.id) == decided
        kinds = [ChangeRole, ResetSecondFactor]
        assert await store.approvals.newest(kinds, 10) == [reset, decided]
        assert await store.approvals.newest(kinds, 1) == [reset]
        assert await store.approvals.newest([ChangeRole], 10) == [decided]
        assert await store.approvals.newest([], 10) == []
        assert await store.approvals.locked(uuid4()) is None


async def test_the_database_itself_refuses_one_person_as_both(postgres):
    with pytest.raises(asyncpg.CheckViolationError):
        async with postgres() as store:
            approval = asked(ChangeRole(staff_id=OLEG.id, role=Role.QUALITY))
            await store.approvals.add(approval)
            await store.approvals.save(replace(approval, decided_by=approval.asked_by, decided_at=NOON))


async def test_the_log_is_read_from_its_end(transaction):
    entries = [
        StaffEntry(
            id=new_id(),
            at=NOON,
            who_kind="staff",
            who=UUID(int=1),
            who_name="Олег",
            act=StaffAct.ROLE_CHANGED,
            whom=OLEG.id,
            reason="r",
            details={"role": "quality"},
        )
        for _ in range(3)
    ]
    async with transaction() as store:
        for entry in entries:
            await store.staff_log.add(entry)
        assert await store.staff_log.page(before=None, limit=2) == [entries[2], entries[1]]
        assert await store.staff_log.page(before=entries[1].id, limit=2) == [entries[0]]


async def test_the_application_cannot_change_the_log(pool):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute("UPDATE staff_log SET reason = ''")


async def test_staff_are_changed_and_administrators_counted(transaction):
    others = [
        replace(OLEG, id=StaffId(UUID(int=number)), login=str(number), role=Role.ADMINISTRATOR)
        for number in (2, 1)
    ]
    async with transaction() as store:
        for member in (OLEG, *others):
            await store.staff.add(member)
        assert await store.staff.administrators_locked() == [others[1].id, others[0].id]
        await store.staff.save(others[0].disabled(NOON))
        await store.staff.save(OLEG.with_role(Role.QUALITY))
        assert await store.staff.administrators_locked() == [others[1].id]
        assert await store.staff.locked(OLEG.id) == OLEG.with_role(Role.QUALITY)
        assert await store.staff.by_login("2") is None
        assert await store.staff.locked(StaffId(uuid4())) is None
