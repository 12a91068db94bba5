"""The ports of delegation: the same tests on the fakes and on PostgreSQL."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from msgspec.structs import replace

from domain.accounts.accounts import AccountNotFound
from domain.kernel.access import OURSELVES, Access, Actor, ActorKind, Scope
from domain.kernel.ids import AccountId, InvitationId, UserId
from domain.people.customers import Customer
from domain.people.delegation import Grant, HandOver
from domain.people.grants import GrantEvent, GrantRecord
from domain.people.invitations import Invitation, code_hash
from domain.people.memberships import MemberRole, Membership
from domain.people.phones import Phone
from infra.clock import new_id
from tests.contracts.people.persons import NOON

ACCOUNT, ANNA, OLEG = AccountId(UUID(int=7)), UserId(UUID(int=1)), UserId(UUID(int=2))
OWNER = Membership.of_owner(ACCOUNT, ANNA, NOON)
PAYER = Membership(
    account_id=ACCOUNT,
    user_id=OLEG,
    scopes=frozenset({Scope.PAY}),
    role=MemberRole.FAMILY,
    added_at=NOON + timedelta(seconds=1),
    valid_until=NOON + timedelta(days=1),
)
INVITATION = Invitation(
    id=InvitationId(UUID(int=9)),
    account_id=ACCOUNT,
    phone=Phone("+79000000002"),
    grant=Grant(role=MemberRole.FAMILY, scopes=frozenset({Scope.PAY}), valid_until=PAYER.valid_until),
    invited_by=ANNA,
    made_at=NOON,
    expires_at=NOON + timedelta(days=14),
)


def access(user_id=ANNA, scope=Scope.MANAGE, at=NOON, account_id=ACCOUNT):
    actor = Actor(kind=ActorKind.CUSTOMER, id=user_id, name="")
    return Access(actor=actor, account_id=account_id, scope=scope, at=at)


@pytest.fixture
def fake(fake_people):
    fake_people.delegations.accounts.add(ACCOUNT)
    return fake_people.transaction


@pytest_asyncio.fixture(autouse=True)
async def people(postgres, pool):
    await pool.execute(
        "INSERT INTO accounts (account_id, number, kind, address, holder_name, opened_at)"
        " VALUES ($1, '6600000001', 'unified', 'ул. Мира, 1', 'А', $2)",
        ACCOUNT,
        NOON,
    )
    async with postgres() as store:
        for number, user_id in enumerate((ANNA, OLEG), start=1):
            phone = Phone(f"+7900000000{number}")
            await store.customers.add(Customer(id=user_id, phone=phone, name="", created_at=NOON))


async def test_rights_are_kept_changed_and_ended(transaction):
    async with transaction() as store:
        await store.delegations.keep(PAYER)
        await store.delegations.keep(OWNER)
    async with transaction() as store:
        circle = await store.delegations.circle_locked(access())
        assert circle.members == (OWNER, PAYER)
        changed = replace(PAYER, scopes=frozenset({Scope.SEE}), role=MemberRole.TENANT, valid_until=None)
        await store.delegations.keep(changed)
        assert (await store.delegations.circle(access())).members == (OWNER, changed)
        await store.delegations.end(ACCOUNT, OLEG)
        await store.delegations.end(ACCOUNT, OLEG)
        assert (await store.delegations.circle(access())).members == (OWNER,)


async def test_a_circle_is_shown_to_those_who_may(transaction):
    async with transaction() as store:
        await store.delegations.keep(OWNER)
        await store.delegations.keep(PAYER)
        ours = Access(actor=OURSELVES, account_id=ACCOUNT, scope=Scope.SEE, at=NOON)
        assert (await store.delegations.circle(ours)).account_id == ACCOUNT
        assert (await store.delegations.circle(access(OLEG, Scope.PAY))).members == (OWNER, PAYER)
        for refused in (
            access(OLEG),
            access(OLEG, Scope.PAY, NOON + timedelta(days=1)),
            access(UserId(uuid4())),
            access(account_id=AccountId(uuid4())),
        ):
            for asked in (store.delegations.circle, store.delegations.circle_locked):
                with pytest.raises(AccountNotFound):
                    await asked(refused)


async def test_both_sides_of_a_right_are_written_and_ended(postgres, pool):
    for act, expected in (("keep", 1), ("end", 0)):
        async with postgres() as store:
            if act == "keep":
                await store.delegations.keep(PAYER)
            else:
                await store.delegations.end(ACCOUNT, OLEG)
        for table in ("account_members", "user_accounts"):
            count = await pool.fetchval(f"SELECT count(*) FROM {table} WHERE user_id = $1", OLEG)
            assert count == expected


async def test_a_promise_is_kept_taken_back_and_done(transaction):
    change = HandOver(from_user_id=ANNA, to_user_id=OLEG, at=NOON + timedelta(days=3))
    async with transaction() as store:
        await store.delegations.keep(OWNER)
        for promised in (change, None, change):
            await store.delegations.promise(ACCOUNT, promised)
            assert (await store.delegations.circle(access())).promised == promised
        await store.delegations.hand_over(ACCOUNT, NOON)
        assert (await store.delegations.circle(access())).promised is None
        await store.delegations.close(ACCOUNT, NOON)
        assert (await store.delegations.circle(access())).closed_at == NOON


async def test_the_log_is_read_backwards_by_managers(transaction):
    records = [
        GrantRecord.of(
            GrantEvent.INVITED, INVITATION.grant, access(), id=new_id(), invitation_id=INVITATION.id
        ),
        GrantRecord.of(GrantEvent.JOINED, PAYER, access(OLEG), id=new_id()),
        GrantRecord.of(GrantEvent.CLOSED, None, access(), id=new_id(), reason="Дом расселён"),
    ]
    async with transaction() as store:
        await store.delegations.keep(OWNER)
        await store.delegations.keep(PAYER)
        for record in records:
            await store.delegations.record(record)
        log = store.delegations.log
        assert await log(access(), before=None, limit=10) == records[::-1]
        assert await log(access(), before=records[2].id, limit=1) == [records[1]]
        assert await log(access(OLEG), before=None, limit=10) == []


async def test_an_invitation_is_found_by_its_last_code_only(transaction):
    first, second = (INVITATION.sent_with(code) for code in ("AAAA-1", "BBBB-2"))
    async with transaction() as store:
        await store.delegations.keep(OWNER)
        await store.invitations.add(INVITATION)
        assert await store.invitations.found(ACCOUNT, INVITATION.id) == INVITATION
        assert await store.invitations.found(AccountId(uuid4()), INVITATION.id) is None
        for sent in (first, second, second):
            await store.invitations.save(sent)
            assert await store.invitations.by_code(sent.code_hash) == (ACCOUNT, INVITATION.id)
        assert await store.invitations.by_code(code_hash("AAAA-1")) is None
        assert await store.invitations.open_on(ACCOUNT, NOON) == [second]
        assert await store.invitations.open_on(ACCOUNT, INVITATION.expires_at) == []
        assert await store.invitations.listed(access()) == [second]
        assert await store.invitations.listed(access(OLEG)) == []
        accepted = second.accepted(OLEG, INVITATION.phone, NOON)
        await store.invitations.save(accepted)
        assert await store.invitations.found(ACCOUNT, INVITATION.id) == accepted
        assert await store.invitations.open_on(ACCOUNT, NOON) == []
