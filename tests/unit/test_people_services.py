"""Signing in, refreshing, adding accounts: the use cases on fakes, with a clock of the test's own."""

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest

from adapters.secrets.box import SecretBox
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.ids import AccountId, UserId
from domain.kernel.money import Money
from domain.people.attempts import AttemptTerms, Limit, PruneAttempts, TooManyAttempts, TryKind
from domain.people.delegation import SecondByBill
from domain.people.grants import TellOfAdded
from domain.people.memberships import OWNER_SCOPES, AccountProofFailed, LastBill, MemberRole, Proof
from domain.people.retention import RetentionTerms, Sort
from domain.people.sessions import Ending, Lifetime, RefreshTokenReused, SessionTerms, SignInFailed
from domain.people.staff import Role
from domain.people.tokens import TokenRefused
from services.people.enrolment import EnrolmentService
from services.people.memberships import MembershipService
from services.people.sessions import SessionService
from services.people.systems import SystemService
from services.people.tries import AttemptPruning
from tests.fakes_people import FakePasswords, FakePeople, FakePresences, FakeTerms
from tests.fakes_staff import FakeCodeMaker
from tests.systems import system_key

HOME, OFFICE = "203.0.113.7", "198.51.100.1"
LIFETIME = Lifetime(access_seconds=60, refresh_seconds=600, most_seconds=1000)
LOCK = {"lock_seconds": 60, "most_lock_seconds": 600}
LIMITS = AttemptTerms(
    limits={
        TryKind.SIGN_IN: Limit(tries=3, window_seconds=600, **LOCK),
        TryKind.SIGN_IN_PHONE: Limit(tries=5, window_seconds=600, lock_seconds=5, most_lock_seconds=5),
        TryKind.SIGN_IN_NETWORK: Limit(tries=8, window_seconds=600, **LOCK),
        TryKind.PROOF_USER: Limit(tries=3, window_seconds=600, **LOCK),
        TryKind.PROOF_ACCOUNT: Limit(tries=4, window_seconds=600, **LOCK),
    }
)
ACCOUNT = AccountId(UUID(int=7))
BILL = LastBill(
    account_id=ACCOUNT,
    numbers=frozenset({"N-1"}),
    charged=Money(1000_00),
    to_pay=Money(1500_00),
    period="2026-10",
    first_posted_at=datetime(2026, 11, 3, tzinfo=UTC),
)
DEVICE = {"device": "curl"}


SECOND = SecondByBill(role=MemberRole.FAMILY, scopes=OWNER_SCOPES - {Scope.MANAGE})
RETENTION = RetentionTerms(days={Sort.ATTEMPTS: 30})


class World:
    def __init__(self):
        self.at = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.people = FakePeople(
            terms=FakeTerms(LIMITS, SessionTerms(customer=LIFETIME, staff=LIFETIME), RETENTION, SECOND)
        )
        self.people.memberships.bills["6600000001"] = BILL
        self.people.delegations.accounts.add(ACCOUNT)
        self.passwords = FakePasswords()
        self.presences = FakePresences(self.people)
        numbers = count(1)
        shared = {"transaction": self.people.transaction, "now": lambda: self.at, "new_id": uuid4}
        secret = {"new_secret": lambda: f"secret-{next(numbers)}"}
        passwords = {"passwords": self.passwords}
        self.sessions = SessionService(
            **shared,
            **secret,
            **passwords,
            presences=self.presences,
            code_maker=FakeCodeMaker(),
            zone=UTC,
        )
        self.memberships = MembershipService(**shared, zone=UTC)
        self.enrolment = EnrolmentService(**shared, **passwords)
        self.systems = SystemService(**shared, **secret, box=SecretBox("a secret key of tests"))

    def wait(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)

    async def sign_in(self, phone="+79000000001", password="right", ip=HOME):
        return await self.sessions.sign_in(phone, password, device="curl", ip=ip)

    async def fail(self, times: int, phone="+79000000001", ip=HOME) -> None:
        for _ in range(times):
            with pytest.raises(SignInFailed):
                await self.sign_in(phone, "wrong", ip)


@pytest.fixture
async def world():
    world = World()
    await world.enrolment.customer("+79000000001", "Анна", "right", "anna@example.org")
    await world.enrolment.staff("+79000000011", "Олег", Role.OPERATOR, "right", None)
    return world


async def test_a_customer_signs_in_and_is_known_by_the_token(world):
    tokens = await world.sign_in("8 900 000-00-01")
    actor = await world.sessions.actor_of(str(tokens.access))
    assert (actor.kind, actor.name) == (ActorKind.CUSTOMER, "Анна")
    assert (await world.sessions.person(actor)).email == "anna@example.org"


async def test_staff_sign_in_by_both_doors(world):
    for tokens in (
        await world.sign_in("+79000000011"),
        await world.sessions.sign_in_staff("8 900 000 00 11", "right", ip=HOME, **DEVICE),
    ):
        actor = await world.sessions.actor_of(str(tokens.access))
        assert (actor.kind, actor.role) == (ActorKind.STAFF, "operator")
        # They have no second factor: they may set one up, and nothing else.
        assert (actor.must_enrol, actor.scopes) == (True, frozenset())


async def test_a_customer_is_no_staff(world):
    with pytest.raises(SignInFailed):
        await world.sessions.sign_in_staff("+79000000001", "right", ip=HOME, **DEVICE)


async def test_an_unknown_phone_costs_the_same_verification(world):
    await world.fail(1)
    await world.fail(1, phone="+79000000099")
    assert world.passwords.asked == 2


async def test_guessing_locks_and_the_password_is_not_even_asked_then(world):
    await world.fail(3)
    with pytest.raises(TooManyAttempts) as refusal:
        await world.sign_in()
    assert refusal.value.params["retry_after_seconds"] == 60
    assert world.passwords.asked == 3
    world.wait(60)
    await world.sign_in()


async def test_an_unknown_phone_is_locked_alike(world):
    await world.fail(3, phone="+79000000099")
    with pytest.raises(TooManyAttempts):
        await world.sign_in("+79000000099")


async def test_a_guesser_elsewhere_does_not_lock_the_owner_out(world):
    await world.sign_in()
    await world.fail(3, ip=OFFICE)
    await world.fail(2, ip="198.51.100.2")
    with pytest.raises(TooManyAttempts):
        await world.sign_in(ip="198.51.100.3")
    await world.sign_in(ip=HOME)


async def test_from_an_unknown_network_a_guessed_phone_is_only_slowed(world):
    await world.fail(3, ip=OFFICE)
    await world.fail(2, ip="198.51.100.2")
    with pytest.raises(TooManyAttempts) as refusal:
        await world.sign_in()
    assert refusal.value.params["retry_after_seconds"] == 5
    world.wait(5)
    await world.sign_in()


async def test_one_network_may_not_try_every_phone(world):
    for number in range(20, 28):
        await world.fail(1, phone=f"+790000000{number}")
    with pytest.raises(TooManyAttempts):
        await world.sign_in()


async def test_signing_in_rightly_is_never_limited(world):
    for _ in range(30):
        await world.sign_in()


async def test_an_old_refresh_token_ends_the_session(world):
    tokens = await world.sign_in()
    fresh = await world.sessions.refresh(str(tokens.refresh))
    with pytest.raises(TokenRefused):
        await world.sessions.actor_of(str(tokens.access))
    await world.sessions.actor_of(str(fresh.access))
    with pytest.raises(RefreshTokenReused):
        await world.sessions.refresh(str(tokens.refresh))
    for refused in (fresh.refresh, tokens.refresh):
        with pytest.raises(TokenRefused):
            await world.sessions.refresh(str(refused))
    with pytest.raises(TokenRefused):
        await world.sessions.actor_of(str(fresh.access))
    [session] = world.people.sessions.rows.values()
    assert session.end_reason is Ending.REFRESH_REUSED


async def test_a_token_is_good_for_its_own_use_only(world):
    tokens = await world.sign_in()
    with pytest.raises(TokenRefused):
        await world.sessions.actor_of(str(tokens.refresh))
    with pytest.raises(TokenRefused):
        await world.sessions.refresh(str(tokens.access))


async def test_an_access_token_expires_and_is_refreshed(world):
    tokens = await world.sign_in()
    world.wait(60)
    with pytest.raises(TokenRefused):
        await world.sessions.actor_of(str(tokens.access))
    fresh = await world.sessions.refresh(str(tokens.refresh))
    await world.sessions.actor_of(str(fresh.access))


async def test_signing_out_twice_is_signing_out(world):
    tokens = await world.sign_in()
    actor = await world.sessions.actor_of(str(tokens.access))
    await world.sessions.sign_out(actor)
    await world.sessions.sign_out(actor)
    assert world.presences.forgotten
    with pytest.raises(TokenRefused):
        await world.sessions.actor_of(str(tokens.access))


async def test_last_seen_is_written_every_five_minutes(world):
    token = (await system_key(world.systems, Scope.IMPORT)).issued.token
    for _ in range(11):
        await world.sessions.actor_of(str(token))
        world.wait(60)
    assert world.presences.saws == 3


async def test_a_key_works_until_it_expires_or_is_revoked(world):
    token = (await system_key(world.systems, Scope.IMPORT)).issued.token
    other = (await system_key(world.systems, Scope.SEE, name="centre", valid_days=9)).issued.token
    assert (await world.sessions.actor_of(str(token))).scopes == {Scope.IMPORT}
    world.wait(86400)
    with pytest.raises(TokenRefused):
        await world.sessions.actor_of(str(token))
    centre = world.people.systems.rows[other.api_key_id].system_id
    await world.systems.revoke(centre, other.api_key_id)
    with pytest.raises(TokenRefused):
        await world.sessions.actor_of(str(other))


USER = UserId(UUID(int=9))


async def test_an_account_is_added_once_and_again_without_change(world):
    proof = Proof(bill_amount=Money(1500_00))
    for _ in range(10):
        added = await world.memberships.add_account(USER, " 66 0000 0001", proof)
    assert added == (ACCOUNT, False)
    assert world.people.memberships.rows[ACCOUNT, USER].scopes == OWNER_SCOPES


async def test_whoever_comes_second_by_the_bill_manages_nothing_and_is_told_of(world):
    proof = Proof(bill_number="N-1")
    await world.memberships.add_account(USER, "6600000001", proof)
    assert not world.people.jobs.waiting
    second = UserId(UUID(int=10))
    assert await world.memberships.add_account(second, "6600000001", proof) == (ACCOUNT, True)
    right = world.people.memberships.rows[ACCOUNT, second]
    assert (right.role, right.scopes) == (MemberRole.FAMILY, OWNER_SCOPES - {Scope.MANAGE})
    [promise] = world.people.jobs.waiting
    assert isinstance(promise.job, TellOfAdded)
    assert (promise.job.user_id, promise.job.may_manage) == (second, False)
    # The first one's right is not lowered by their own bill, and nothing is new.
    assert await world.memberships.add_account(USER, "6600000001", proof) == (ACCOUNT, False)
    assert world.people.memberships.rows[ACCOUNT, USER].scopes == OWNER_SCOPES


async def test_a_wrong_proof_and_an_unknown_account_look_alike(world):
    told = []
    for number in ("6600000001", "6600000002"):
        with pytest.raises(AccountProofFailed) as refusal:
            await world.memberships.add_account(USER, number, Proof(bill_number="N-2"))
        told.append((str(refusal.value), refusal.value.code, refusal.value.params))
    assert told[0] == told[1]


async def test_proofs_are_limited_per_user(world):
    for number in range(3):
        with pytest.raises(AccountProofFailed):
            await world.memberships.add_account(USER, f"{number}", Proof(bill_number="N-2"))
    with pytest.raises(TooManyAttempts):
        await world.memberships.add_account(USER, "6600000001", Proof(bill_number="N-1"))


async def test_proofs_are_limited_per_account(world):
    for user in range(4):
        with pytest.raises(AccountProofFailed):
            await world.memberships.add_account(
                UserId(UUID(int=user)), "6600000001", Proof(bill_number=f"{user}")
            )
    with pytest.raises(TooManyAttempts):
        await world.memberships.add_account(USER, "6600000001", Proof(bill_number="N-1"))


async def test_a_view_names_who_looked_at_what(world):
    actor = Actor(kind=ActorKind.STAFF, id=USER, name="Олег", scopes=frozenset({Scope.SEE}))
    access = Access(actor=actor, account_id=ACCOUNT, scope=Scope.SEE, at=world.at)
    await world.memberships.record_view(access, "GET /x")
    [view] = world.people.views.rows
    assert (view.staff_name, view.account_id, view.what, view.at) == ("Олег", ACCOUNT, "GET /x", world.at)


async def test_counters_are_forgotten_after_a_month(world):
    await world.fail(1)
    pruning = AttemptPruning(world.people.transaction, lambda: world.at, UTC)
    await pruning.prune(PruneAttempts())
    assert world.people.attempts.rows
    world.wait(31 * 86400)
    await pruning.prune(PruneAttempts())
    assert not world.people.attempts.rows
