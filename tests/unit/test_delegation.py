"""Rules of delegation: nobody gives more than they hold, whatever they try."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from api.pages.people_words import roles
from domain.accounts.accounts import AccountKind
from domain.kernel.access import Scope
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, InvitationId, UserId
from domain.people.delegation import (
    MOST_SCOPES,
    AlreadyMember,
    Circle,
    DelegationTerms,
    EndOutOfRange,
    Grant,
    HandOver,
    MemberNotFound,
    MoreThanHeld,
    OtherOwners,
    OwnerOnly,
    OwnerStays,
    OwnRight,
    RoleNotGiven,
    ScopeNotOfRole,
    ScopesMissing,
    TooManyMembers,
    first_moment,
)
from domain.people.invitations import (
    InvitationIdTaken,
    InvitationNotFound,
    InvitationState,
    InvitedAlready,
    code_hash,
    invited,
    message,
)
from domain.people.memberships import OWNER_SCOPES, MemberRole, Membership
from domain.people.phones import Phone

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACCOUNT = AccountId(UUID(int=7))
OWNER, GUARDIAN, TENANT, STRANGER = (UserId(UUID(int=number)) for number in range(1, 5))
TERMS = DelegationTerms(most_members=4, invitation_days=14, closed_readable_days=1096, transfer_most_days=366)
PHONE = Phone("+79000000002")
PAY = Grant(role=MemberRole.FAMILY, scopes=frozenset({Scope.PAY}))


def member(user_id, role, scopes, valid_until=None):
    return Membership(
        account_id=ACCOUNT,
        user_id=user_id,
        role=role,
        scopes=frozenset(scopes),
        added_at=NOON,
        valid_until=valid_until,
    )


CIRCLE = Circle(
    account_id=ACCOUNT,
    members=(
        Membership.of_owner(ACCOUNT, OWNER, NOON),
        member(GUARDIAN, MemberRole.GUARDIAN, [Scope.SEE, Scope.PAY, Scope.MANAGE]),
        member(TENANT, MemberRole.TENANT, [Scope.READINGS, Scope.PAY]),
    ),
)


def an_invitation(circle=CIRCLE, open_ones=(), grant=PAY, by=OWNER, at=NOON, phone=PHONE):
    return invited(
        circle, list(open_ones), grant, id=InvitationId(uuid4()), phone=phone, by=by, terms=TERMS, at=at
    )


moments = st.none() | st.integers(-5, 20).map(lambda days: NOON + timedelta(days=days))
memberships = st.builds(
    member,
    st.uuids().map(UserId),
    st.sampled_from(MemberRole),
    st.sets(st.sampled_from(sorted(OWNER_SCOPES))),
    moments,
)
grants = st.builds(
    Grant,
    role=st.sampled_from(MemberRole),
    scopes=st.frozensets(st.sampled_from(Scope), max_size=5),
    valid_until=moments,
)


@given(st.lists(memberships, min_size=1, max_size=5, unique_by=lambda one: one.user_id), grants, st.data())
def test_nobody_ever_gives_more_than_they_hold(members, grant, data):
    circle = Circle(account_id=ACCOUNT, members=tuple(members))
    giver = data.draw(st.sampled_from(members))
    subject = data.draw(st.sampled_from([*members, member(STRANGER, MemberRole.FAMILY, [])]))
    for act in (circle.joined, circle.changed):
        try:
            given_now = act(giver.user_id, *_in_order(act, circle, grant, subject), NOON)
        except Refusal:
            continue
        assert giver.is_in_force(NOON)
        assert Scope.MANAGE in giver.scopes
        assert given_now.scopes
        assert given_now.scopes <= giver.scopes & MOST_SCOPES[given_now.role]
        assert given_now.role is not MemberRole.OWNER
        assert given_now.valid_until is None or given_now.valid_until > NOON
        if giver.valid_until is not None:
            assert given_now.valid_until is not None
            assert given_now.valid_until <= giver.valid_until
        if Scope.MANAGE in given_now.scopes:
            assert giver.role is MemberRole.OWNER
        if act == circle.changed:
            assert subject.role is not MemberRole.OWNER
            assert subject.user_id != giver.user_id
            assert Scope.MANAGE not in subject.scopes or giver.role is MemberRole.OWNER


def _in_order(act, circle, grant, subject):
    return (grant, subject.user_id) if act == circle.joined else (subject.user_id, grant)


@pytest.mark.parametrize(
    ("by", "grant", "refusal"),
    [
        (OWNER, replace(PAY, role=MemberRole.OWNER), RoleNotGiven),
        (OWNER, replace(PAY, scopes=frozenset()), ScopesMissing),
        (OWNER, replace(PAY, role=MemberRole.TENANT, scopes=frozenset({Scope.MANAGE})), ScopeNotOfRole),
        (OWNER, replace(PAY, scopes=frozenset({Scope.ADMINISTER})), ScopeNotOfRole),
        (OWNER, replace(PAY, valid_until=NOON), EndOutOfRange),
        (GUARDIAN, replace(PAY, scopes=frozenset({Scope.READINGS})), MoreThanHeld),
        (GUARDIAN, replace(PAY, scopes=frozenset({Scope.MANAGE})), OwnerOnly),
        (TENANT, PAY, MoreThanHeld),
        (STRANGER, PAY, MemberNotFound),
    ],
)
def test_a_grant_is_refused(by, grant, refusal):
    with pytest.raises(refusal):
        an_invitation(grant=grant, by=by)


def test_a_right_never_outlives_its_givers():
    until = NOON + timedelta(days=30)
    guardian = member(GUARDIAN, MemberRole.GUARDIAN, [Scope.PAY, Scope.MANAGE], until)
    circle = replace(CIRCLE, members=(CIRCLE.members[0], guardian))
    with pytest.raises(EndOutOfRange):
        an_invitation(circle, by=GUARDIAN)
    with pytest.raises(EndOutOfRange):
        an_invitation(circle, by=GUARDIAN, grant=replace(PAY, valid_until=until + timedelta(seconds=1)))
    assert (
        an_invitation(circle, by=GUARDIAN, grant=replace(PAY, valid_until=until)).grant.valid_until == until
    )


def test_an_invitation_ends_one_way():
    invitation = an_invitation().sent_with("K7WM-2QXD-9RTA-HVCE")
    assert invitation.state(NOON) is InvitationState.OPEN
    assert invitation.state(invitation.expires_at) is InvitationState.EXPIRED
    accepted = invitation.accepted(STRANGER, PHONE, NOON)
    assert accepted.withdrawn(NOON) == accepted
    withdrawn = invitation.withdrawn(NOON)
    assert withdrawn.state(NOON) is InvitationState.WITHDRAWN
    for over in (accepted, withdrawn):
        with pytest.raises(InvitationNotFound):
            over.accepted(STRANGER, PHONE, NOON)
    with pytest.raises(InvitationNotFound):
        invitation.accepted(STRANGER, PHONE, invitation.expires_at)
    with pytest.raises(InvitationNotFound):
        invitation.accepted(STRANGER, Phone("+79000000003"), NOON)


def test_the_number_of_people_is_limited():
    one = an_invitation()
    with pytest.raises(TooManyMembers):
        an_invitation(open_ones=[one], phone=Phone("+79000000003"))
    with pytest.raises(InvitedAlready):
        an_invitation(open_ones=[one])


def test_an_id_names_one_invitation():
    one = an_invitation()
    assert one.same_as(PHONE, PAY, OWNER) is one
    with pytest.raises(InvitationIdTaken):
        one.same_as(Phone("+79000000003"), PAY, OWNER)


def test_a_code_is_read_as_people_type_it():
    assert code_hash("k7wm 2qxd-9rta—HVCE\n") == code_hash("K7WM-2QXD-9RTA-HVCE")
    assert code_hash("K7WM-2QXD-9RTA-HVCE") != code_hash("K7WM-2QXD-9RTA-HVCD")
    assert "K7WM" in message("K7WM-2QXD-9RTA-HVCE", NOON)


def test_owners_are_not_removed_and_managers_only_by_owners():
    assert CIRCLE.removed(OWNER, GUARDIAN, NOON).user_id == GUARDIAN
    assert CIRCLE.removed(GUARDIAN, TENANT, NOON).user_id == TENANT
    for by, whom, refusal in (
        (GUARDIAN, OWNER, OwnerStays),
        (GUARDIAN, GUARDIAN, OwnRight),
        (TENANT, GUARDIAN, MoreThanHeld),
    ):
        with pytest.raises(refusal):
            CIRCLE.removed(by, whom, NOON)
    other = member(STRANGER, MemberRole.FAMILY, [Scope.SEE, Scope.MANAGE])
    with pytest.raises(OwnerOnly):
        replace(CIRCLE, members=(*CIRCLE.members, other)).removed(GUARDIAN, STRANGER, NOON)


def test_with_the_last_owner_all_rights_end():
    assert CIRCLE.left(TENANT, NOON) == (CIRCLE.members[2],)
    assert CIRCLE.left(OWNER, NOON) == CIRCLE.members
    two = replace(CIRCLE, members=(*CIRCLE.members, Membership.of_owner(ACCOUNT, STRANGER, NOON)))
    assert two.left(OWNER, NOON) == (CIRCLE.members[0],)


def test_an_account_is_handed_to_a_member_by_its_only_owner():
    change = HandOver(from_user_id=OWNER, to_user_id=TENANT, at=NOON)
    owner, ended = CIRCLE.handed_over(change, NOON)
    assert (owner.user_id, owner.role, owner.scopes) == (TENANT, MemberRole.OWNER, OWNER_SCOPES)
    assert {one.user_id for one in ended} == {OWNER, GUARDIAN}
    for wrong, refusal in (
        (replace(change, from_user_id=GUARDIAN), OwnerOnly),
        (replace(change, to_user_id=STRANGER), MemberNotFound),
        (replace(change, to_user_id=OWNER), AlreadyMember),
    ):
        with pytest.raises(refusal):
            CIRCLE.handed_over(wrong, NOON)
    two = replace(CIRCLE, members=(*CIRCLE.members, Membership.of_owner(ACCOUNT, STRANGER, NOON)))
    with pytest.raises(OtherOwners):
        two.handed_over(change, NOON)


def test_of_a_closed_account_owners_only_read():
    until = NOON + timedelta(days=1096)
    readers, ended = CIRCLE.closed(until, NOON)
    assert [(one.user_id, one.scopes, one.valid_until) for one in readers] == [(OWNER, {Scope.SEE}, until)]
    assert {one.user_id for one in ended} == {GUARDIAN, TENANT}


def test_a_day_to_come_begins_at_midnight():
    tomorrow = datetime(2026, 11, 23, tzinfo=UTC)
    assert first_moment(None, NOON, NOON, TERMS) == NOON
    assert first_moment(NOON.date(), datetime(2026, 11, 22, tzinfo=UTC), NOON, TERMS) == NOON
    assert first_moment(tomorrow.date(), tomorrow, NOON, TERMS) == tomorrow
    far = NOON + timedelta(days=367)
    with pytest.raises(EndOutOfRange):
        first_moment(far.date(), far, NOON, TERMS)


def test_nobody_of_a_company_is_called_a_family_member():
    at_home, at_work = roles(AccountKind.UNIFIED, "ru"), roles(AccountKind.CONTRACT, "ru")
    assert at_home[MemberRole.FAMILY] == "Член семьи"
    assert at_work[MemberRole.FAMILY] == "Сотрудник"
    assert at_work.keys() == at_home.keys()
