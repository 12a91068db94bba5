"""Staff, what two of them decide, and the log of what they did."""

from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from msgspec.structs import replace

from domain.kernel.access import Actor, ActorKind, Scope
from domain.kernel.ids import StaffId
from domain.people.four_eyes import Approval, FourEyesTerms
from domain.people.staff import Role, StaffLoginTaken
from domain.people.staff_changes import ChangeRole, ResetSecondFactor, StaffAct, StaffEntry
from infra.clock import new_id
from tests.contracts.people.persons import NOON, OLEG


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
