"""What needs two people: whoever they are, whatever their roles, and whenever they decide."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.access import Actor, ActorKind, Scope, ScopeMissing
from domain.kernel.errors import Refusal
from domain.kernel.ids import StaffId
from domain.people.four_eyes import (
    Approval,
    ApprovalDecided,
    ApprovalExpired,
    ApprovalOfOneself,
    ApprovalState,
    ApproverTooLow,
    FourEyesTerms,
)
from domain.people.staff import Role, Staff
from domain.people.staff_changes import ChangeRole, ResetSecondFactor, needs_two

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TERMS = FourEyesTerms(expires_seconds=3600)
ACTION = ChangeRole(staff_id=StaffId(UUID(int=99)), role=Role.ADMINISTRATOR)
ACTORS = st.builds(
    lambda number, kind, role, has_scope: Actor(
        kind=kind,
        id=UUID(int=number),
        name="N",
        role=role if kind is ActorKind.STAFF else None,
        scopes=frozenset({Scope.ADMINISTER} if has_scope else {Scope.SEE}),
    ),
    st.integers(1, 3),
    st.sampled_from(ActorKind),
    st.sampled_from(Role),
    st.booleans(),
)


def administrator(number: int, role: Role = Role.ADMINISTRATOR) -> Actor:
    return Actor(
        kind=ActorKind.STAFF, id=UUID(int=number), name="N", role=role, scopes=frozenset({Scope.ADMINISTER})
    )


def asked(by: Actor) -> Approval:
    return Approval.asked(UUID(int=7), ACTION, by, reason="because", terms=TERMS, at=NOON)


@given(asker=ACTORS, approver=ACTORS, seconds=st.integers(0, 7200))
def test_a_second_person_with_the_right_and_the_rank_approves_in_time(asker, approver, seconds):
    if Scope.ADMINISTER not in asker.scopes:
        with pytest.raises(ScopeMissing):
            asked(asker)
        return
    approval, at = asked(asker), NOON + timedelta(seconds=seconds)
    rank = Role(asker.role).rank if asker.role else Role.ADMINISTRATOR.rank
    may = (
        approver.id != asker.id
        and approver.kind is ActorKind.STAFF
        and Scope.ADMINISTER in approver.scopes
        and Role(approver.role).rank >= rank
        and seconds < 3600
    )
    if may:
        decided = approval.approved(approver, at)
        assert decided.state(at) is ApprovalState.APPROVED
        assert decided.decided_by != decided.asked_by
    else:
        with pytest.raises(Refusal):
            approval.approved(approver, at)


@given(first=ACTORS, second=ACTORS, third=ACTORS)
def test_what_is_decided_is_decided(first, second, third):
    if Scope.ADMINISTER not in first.scopes:
        return
    for decide in (Approval.approved, Approval.refused):
        try:
            decided = decide(asked(first), second, NOON)
        except Refusal:
            continue
        for again in (Approval.approved, Approval.refused):
            with pytest.raises(Refusal):
                again(decided, third, NOON)


def test_why_an_approval_is_refused():
    approval = asked(administrator(1))
    with pytest.raises(ApprovalOfOneself):
        approval.approved(administrator(1), NOON)
    with pytest.raises(ApproverTooLow):
        approval.approved(administrator(2, Role.SENIOR_OPERATOR), NOON)
    with pytest.raises(ApprovalExpired):
        approval.approved(administrator(2), NOON + timedelta(hours=1))
    with pytest.raises(ApprovalDecided):
        approval.approved(administrator(2), NOON).approved(administrator(3), NOON)


def test_who_asked_may_take_it_back():
    taken_back = asked(administrator(1)).refused(administrator(1), NOON)
    assert taken_back.state(NOON) is ApprovalState.REFUSED


def test_nobody_decided_in_time():
    assert asked(administrator(1)).state(NOON + timedelta(hours=1)) is ApprovalState.EXPIRED


def member(role: Role) -> Staff:
    return Staff(id=StaffId(UUID(int=99)), login="x", name="X", role=role, password_hash="h", created_at=NOON)


@given(st.sampled_from(Role), st.sampled_from(Role))
def test_making_an_administrator_needs_two(former, role):
    change = ChangeRole(staff_id=StaffId(UUID(int=99)), role=role)
    wanted = role is Role.ADMINISTRATOR and former is not Role.ADMINISTRATOR
    assert needs_two(change, member(former)) is wanted
    reset = ResetSecondFactor(staff_id=StaffId(UUID(int=99)))
    assert needs_two(reset, member(former)) is (former is Role.ADMINISTRATOR)
