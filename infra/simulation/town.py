"""A small town on an empty database: the demo's households with their residents, agents, an office."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from domain.accounts.accounts import AccountKind
from domain.accounts.imports import ImportState, Wish
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import AccountId, SupplierAccountId
from domain.people.memberships import Membership
from domain.people.staff import SCOPES, Role
from infra.demo.agents import add_agents
from infra.demo.files import write
from infra.demo.households import Household, household
from infra.demo.load import files_to_import, set_company, set_penalties
from infra.imports import service_on
from infra.simulation.world import World

BEGINS = date(2026, 11, 12)
"""The demo's last bills, of October, are there; November's come within the month that is played."""
_PASSWORD = "simulated"  # noqa: S105 - of a town that nobody can sign in to
_OFFICE = (Role.SENIOR_OPERATOR, Role.SENIOR_OPERATOR, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Home:
    """`known` is the household as billing knows it."""

    account_id: AccountId
    resident: Actor
    known: Household
    supplier_accounts: tuple[SupplierAccountId, ...]

    def access(self, scope: Scope, at: datetime) -> Access:
        return Access(actor=self.resident, account_id=self.account_id, scope=scope, at=at)


@dataclass(frozen=True, slots=True)
class Town:
    homes: tuple[Home, ...]
    staff: tuple[Actor, ...]


def first_moment(world: World) -> datetime:
    return datetime.combine(BEGINS, time(), world.container.zone)


async def laid(world: World, households: int) -> Town:
    """Nothing dies while the town is laid."""
    await set_company(world.pool)
    await _imported(world, households)
    await set_penalties(world.pool)
    await add_agents(world.container.transaction)
    homes = [await _home(world, household(no, world.chance.seed)) for no in range(1, households + 1)]
    staff = [await _staff(world, no, role) for no, role in enumerate(_OFFICE, start=1)]
    return Town(tuple(homes), tuple(staff))


async def _imported(world: World, households: int) -> None:
    """As if billing had sent it the day before."""
    folder = world.folder / "town"
    write(folder, accounts=households, seed=world.chance.seed)
    yesterday = world.chance.clock() - timedelta(days=1)
    service = service_on(world.pool, lambda: yesterday, world.chance.new_id)
    for kind, file, value_date in files_to_import(folder, business_day(yesterday, world.container.zone)):
        sha256 = hashlib.sha256(file.read_bytes()).digest()
        wish = Wish(kind=kind, file_name=file.name, sha256=sha256, who="simulation", value_date=value_date)
        done = await service.run(wish, file)
        assert done.state is ImportState.POSTED, f"{file.name}: {done.faults} faults"


async def _home(world: World, known: Household) -> Home:
    account_id = await world.pool.fetchval(
        "SELECT account_id FROM account_numbers WHERE number = $1", known.number
    )
    rows = await world.pool.fetch(
        "SELECT supplier_account_id FROM supplier_accounts WHERE account_id = $1 ORDER BY number", account_id
    )
    phone = f"+7900{known.no:07d}"
    person = await world.container.enrolment_service.customer(phone, known.holder, None, None)
    async with world.container.transaction() as store:
        await store.memberships.add(Membership.of_owner(account_id, person.id, world.chance.clock()))
    resident = Actor(kind=ActorKind.CUSTOMER, id=person.id, name=known.holder)
    return Home(account_id, resident, known, tuple(row["supplier_account_id"] for row in rows))


async def _staff(world: World, no: int, role: Role) -> Actor:
    name, login = f"Сотрудник {no}", f"staff{no}"
    await world.container.enrolment_service.staff(login, name, role, _PASSWORD, None)
    staff_id: UUID = await world.pool.fetchval("SELECT staff_id FROM staff WHERE login = $1", login)
    return Actor(kind=ActorKind.STAFF, id=staff_id, name=name, role=role, scopes=SCOPES[role])


def is_unified(home: Home) -> bool:
    return home.known.kind is AccountKind.UNIFIED
