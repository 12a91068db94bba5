"""The ports of people in memory. A transaction works on a copy that is kept when its block ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from msgspec.structs import replace

from domain.kernel.access import Actor, ActorKind
from domain.kernel.ids import AccountId
from domain.people.attempts import Door, Tries
from domain.people.customers import Customer, PhoneTaken
from domain.people.memberships import LastBill, Membership
from domain.people.sessions import Presence, Session
from domain.people.staff import SCOPES, Role, Staff, StaffLoginTaken, View
from domain.people.systems import ApiKey, ApiKeyNotFound, System, SystemNameTaken, SystemNotFound
from domain.people.tokens import AccessToken, Holder, KeyToken
from tests.fakes_delegation import FakeDelegations, FakeInvitations
from tests.fakes_jobs import FakeJobs
from tests.fakes_staff import FakeApprovals, FakeChallenges, FakeFactors, FakeStaffLog


class FakeCustomers:
    def __init__(self):
        self.rows: dict[UUID, Customer] = {}

    async def add(self, customer):
        if await self.by_phone(customer.phone):
            raise PhoneTaken(field="phone")
        self.rows[customer.id] = customer

    async def by_phone(self, phone):
        return next((row for row in self.rows.values() if row.phone == phone), None)

    async def by_id(self, user_id):
        return self.rows.get(user_id)

    async def change_phone(self, user_id, phone):
        if await self.by_phone(phone):
            raise PhoneTaken(field="phone")
        former = self.rows[user_id].phone
        self.rows[user_id] = replace(self.rows[user_id], phone=phone)
        return former

    async def change_email(self, user_id, email):
        former = self.rows[user_id].email
        self.rows[user_id] = replace(self.rows[user_id], email=email)
        return former

    async def change_password(self, user_id, password_hash):
        self.rows[user_id] = replace(self.rows[user_id], password_hash=password_hash)


class FakeSessions:
    def __init__(self):
        self.rows: dict[tuple[UUID, UUID], Session] = {}

    async def add(self, session):
        self.rows[session.owner_id, session.id] = session

    async def locked(self, owner_id, session_id):
        return self.rows.get((owner_id, session_id))

    async def save(self, session):
        self.rows[session.owner_id, session.id] = session

    async def open_of(self, owner_id, at):
        rows = [row for row in self.rows.values() if row.owner_id == owner_id and row.is_open(at)]
        return sorted(rows, key=lambda row: (row.last_seen_at, row.id), reverse=True)

    async def end_all(self, owner_id, reason, at, *, but):
        going = [row for row in self.rows.values() if row.owner_id == owner_id and row.ended_at is None]
        for row in going:
            if row.id != but:
                await self.save(row.ended(reason, at))
        return [row.id for row in going if row.id != but]


class FakeStaff:
    def __init__(self):
        self.rows: dict[UUID, Staff] = {}

    async def add(self, member):
        if any(row.login == member.login for row in self.rows.values()):
            raise StaffLoginTaken(field="login")
        self.rows[member.id] = member

    async def by_login(self, login):
        rows = self.rows.values()
        return next((row for row in rows if row.login == login and row.disabled_at is None), None)

    async def by_id(self, staff_id):
        return self.rows.get(staff_id)

    async def locked(self, staff_id):
        return self.rows.get(staff_id)

    async def administrators_locked(self):
        rows = self.rows.values()
        return sorted(row.id for row in rows if row.role is Role.ADMINISTRATOR and row.disabled_at is None)

    async def save(self, member):
        self.rows[member.id] = member

    async def set_password(self, staff_id, password_hash):
        self.rows[staff_id] = replace(self.rows[staff_id], password_hash=password_hash)


class FakeSystems:
    def __init__(self):
        self.systems: dict[UUID, System] = {}
        self.rows: dict[UUID, ApiKey] = {}
        self.nonces: dict[tuple[UUID, str], datetime] = {}

    async def add(self, system):
        if await self.by_name(system.name):
            raise SystemNameTaken(field="name")
        self.systems[system.id] = system

    async def keys_locked(self, system_id):
        if system_id not in self.systems:
            raise SystemNotFound
        keys = [key for key in self.rows.values() if key.system_id == system_id]
        return sorted(keys, key=lambda key: (key.created_at, key.id), reverse=True)

    async def add_key(self, key):
        self.rows[key.id] = key

    async def revoke(self, system_id, api_key_id, at):
        key = self.rows.get(api_key_id)
        if key is None or key.system_id != system_id or key.revoked_at is not None:
            raise ApiKeyNotFound
        self.rows[api_key_id] = replace(key, revoked_at=at)

    async def all(self):
        systems = sorted(self.systems.values(), key=lambda system: system.name)
        return [(system, await self.keys_locked(system.id)) for system in systems]

    async def by_name(self, name):
        return next((system for system in self.systems.values() if system.name == name), None)

    async def sealed_signing_secret(self, api_key_id):
        key = self.rows.get(api_key_id)
        return None if key is None or key.revoked_at is not None else key.sealed_signing_secret

    async def take_nonce(self, api_key_id, nonce, until):
        if (api_key_id, nonce) in self.nonces:
            return False
        self.nonces[api_key_id, nonce] = until
        return True

    async def prune_nonces(self, before):
        old = [place for place, until in self.nonces.items() if until < before]
        for place in old:
            del self.nonces[place]
        return len(old)


class FakeAttempts:
    def __init__(self):
        self.rows: dict[Door, Tries] = {}

    async def locked(self, door, at):
        return self.rows.setdefault(door, Tries(kind=door.kind, key=door.key, window_started_at=at))

    async def save(self, tries):
        self.rows[Door(tries.kind, tries.key)] = tries

    async def forget(self, door):
        self.rows.pop(door, None)

    async def exists(self, door):
        return door in self.rows

    async def prune(self, before):
        old = [
            door
            for door, row in self.rows.items()
            if row.window_started_at < before and (row.locked_until is None or row.locked_until < before)
        ]
        for door in old:
            del self.rows[door]
        return len(old)


class FakeMemberships:
    """`bills` says which account has which last bill, by its number."""

    def __init__(self):
        self.rows: dict[tuple[AccountId, UUID], Membership] = {}
        self.bills: dict[str, LastBill] = {}

    async def add(self, membership):
        known = self.rows.get((membership.account_id, membership.user_id))
        if known and known.role == membership.role:
            return False
        self.rows[membership.account_id, membership.user_id] = membership
        return True

    async def last_bills(self, number):
        return [self.bills[number]] if number in self.bills else []


class FakeViews:
    def __init__(self):
        self.rows: list[View] = []

    async def add(self, view):
        self.rows.append(view)


class FakeTerms:
    def __init__(self, *terms):
        self.terms = {type(term): term for term in terms}

    async def at(self, kind, day: date):
        return self.terms[kind]


@dataclass
class FakePeople:
    """A store with the ports of people only."""

    terms: FakeTerms = field(default_factory=FakeTerms)
    customers: FakeCustomers = field(default_factory=FakeCustomers)
    sessions: FakeSessions = field(default_factory=FakeSessions)
    staff: FakeStaff = field(default_factory=FakeStaff)
    staff_sessions: FakeSessions = field(default_factory=FakeSessions)
    systems: FakeSystems = field(default_factory=FakeSystems)
    factors: FakeFactors = field(default_factory=FakeFactors)
    staff_factors: FakeFactors = field(default_factory=FakeFactors)
    sign_in_challenges: FakeChallenges = field(default_factory=FakeChallenges)
    approvals: FakeApprovals = field(default_factory=FakeApprovals)
    staff_log: FakeStaffLog = field(default_factory=FakeStaffLog)
    attempts: FakeAttempts = field(default_factory=FakeAttempts)
    memberships: FakeMemberships = field(default_factory=FakeMemberships)
    views: FakeViews = field(default_factory=FakeViews)
    jobs: FakeJobs = field(default_factory=FakeJobs)
    delegations: FakeDelegations = field(init=False)
    invitations: FakeInvitations = field(init=False)

    def __post_init__(self):
        self.delegations = FakeDelegations(self.memberships)
        self.invitations = FakeInvitations(self.delegations)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["FakePeople"]:
        # Stored Structs are frozen, so a copy of the containers is a copy of the store.
        kept = deepcopy(self.__dict__)
        try:
            yield self
        except BaseException:
            self.__dict__.update(kept)
            raise


@dataclass
class FakePresences:
    people: FakePeople
    forgotten: list[UUID] = field(default_factory=list)
    saws: int = 0

    async def of(self, shown: AccessToken | KeyToken) -> Presence | None:
        if isinstance(shown, KeyToken):
            return self._system(shown)
        staff = shown.holder is Holder.STAFF
        sessions = self.people.staff_sessions if staff else self.people.sessions
        session = sessions.rows.get((shown.owner_id, shown.session_id))
        if session is None or session.ended_at is not None:
            return None
        person = (self.people.staff if staff else self.people.customers).rows[shown.owner_id]
        if staff and person.disabled_at is not None:
            return None
        factor = self.people.staff_factors.rows.get(shown.owner_id)
        must_enrol = staff and (factor is None or not factor.is_confirmed)
        return Presence(
            actor=Actor(
                kind=ActorKind.STAFF if staff else ActorKind.CUSTOMER,
                id=shown.owner_id,
                name=person.name,
                session_id=shown.session_id,
                role=person.role if staff else None,
                scopes=SCOPES[person.role] if staff and not must_enrol else frozenset(),
                must_enrol=must_enrol,
            ),
            secret_hash=session.secret_hash,
            expires_at=session.access_expires_at,
            last_seen_at=session.last_seen_at,
        )

    async def saw(self, shown: AccessToken | KeyToken, at: datetime) -> None:
        self.saws += 1
        if isinstance(shown, KeyToken):
            key = self.people.systems.rows[shown.api_key_id]
            self.people.systems.rows[key.id] = replace(key, last_used_at=at)
            return
        staff = shown.holder is Holder.STAFF
        rows = (self.people.staff_sessions if staff else self.people.sessions).rows
        place = (shown.owner_id, shown.session_id)
        rows[place] = replace(rows[place], last_seen_at=at)

    def forget(self, owner_id, session_id) -> None:
        self.forgotten.append(session_id)

    def _system(self, shown: KeyToken) -> Presence | None:
        key = self.people.systems.rows.get(shown.api_key_id)
        if key is None or key.revoked_at is not None:
            return None
        system = self.people.systems.systems[key.system_id]
        return Presence(
            actor=Actor(kind=ActorKind.SYSTEM, id=key.id, name=system.name, scopes=key.scopes),
            secret_hash=key.secret_hash,
            expires_at=key.expires_at,
            last_seen_at=key.last_used_at,
        )


class FakePasswords:
    """Hashes are the passwords themselves; `asked` counts verifications."""

    def __init__(self):
        self.asked = 0

    async def hashed(self, password):
        return f"hash of {password}"

    async def verified(self, password, kept):
        self.asked += 1
        return kept == f"hash of {password}"
