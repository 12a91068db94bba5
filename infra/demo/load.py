"""Lays the demo down. Safe to repeat and to kill: what is there is left alone."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg

from adapters.totp.codes import TotpCodes
from domain.accounts.import_columns import ImportKind
from domain.accounts.imports import ImportState, Wish
from domain.accounts.suppliers import CollectionAccount
from domain.cases.answer_letter import Letterhead
from domain.cases.file import OwnSuppliers
from domain.kernel.access import OURSELVES, Scope
from domain.kernel.calendar import business_day, first_day, next_period
from domain.kernel.ids import AccountId, UserId
from domain.people.consents import Channel, Purpose
from domain.people.customers import PhoneTaken
from domain.people.memberships import Membership
from domain.people.phones import normalised
from domain.people.second_factor import Factor
from domain.people.staff import StaffLoginTaken, staff_login
from domain.people.systems import ApiKey, System
from infra import clock
from infra.container import Container, open_container
from infra.demo.agents import add_agents
from infra.demo.bills import add_bills
from infra.demo.cases import add_cases
from infra.demo.desks import add_desks
from infra.demo.files import KINDS, by_month, write
from infra.demo.households import PERIODS, household
from infra.demo.office import add_office
from infra.demo.people import (
    BILLING_ID,
    BILLING_KEY_ID,
    BILLING_NAME,
    BILLING_SECRET,
    BILLING_SIGNING_SECRET,
    CUSTOMERS,
    PASSWORD,
    STAFF,
    STAFF_SECRET,
    DemoCustomer,
    DemoStaff,
)
from infra.demo.receipts import set_receipts
from infra.demo.suppliers import COLLECTION, LETTERHEAD, SUPPLIERS
from infra.errors import OperatorError
from infra.imports import import_service
from infra.settings import Settings

ACCOUNTS = 1000
SEED = 1
_KEY_LIVES = timedelta(days=3650)


async def load(settings: Settings, accounts: int = ACCOUNTS) -> None:
    """A thousand accounts through the imports, then the people who may sign in."""
    async with open_container(settings) as container:
        if await _is_loaded(container):
            return
        await set_company(container.pool)
        await _import_files(settings, accounts)
        await add_bills(container, await _accounts_of_people(container.pool))
        await set_penalties(container.pool)
        await container.of_penalties.penalty_posting.post()
        await set_receipts(container)
        await _add_customers(container)
        await _add_staff(container)
        await add_cases(container, settings, SEED)
        await add_agents(container.transaction)
        await add_desks(container)
        await add_office(container, SEED)
        await _add_billing(container)


async def _is_loaded(container: Container) -> bool:
    """The billing is added last."""
    async with container.transaction() as store:
        return await store.systems.by_name(BILLING_NAME) is not None


async def set_company(pool: asyncpg.Pool) -> None:
    """Whose cabinet it is: the account that collects, the own supplier, the letterhead. Safe to repeat."""
    await _set_collection(pool)
    await _set_own_supplier(pool)
    await _set_letterhead(pool)


async def _set_collection(pool: asyncpg.Pool) -> None:
    await pool.execute(
        "INSERT INTO terms (name, valid_from, value) VALUES ($1, '2025-01-01', $2) ON CONFLICT DO NOTHING",
        CollectionAccount.name,
        CollectionAccount(details=COLLECTION),
    )


async def _set_own_supplier(pool: asyncpg.Pool) -> None:
    """The electricity supplier is the company itself; cases about the others' services are sent on."""
    await pool.execute(
        "UPDATE terms SET value = $2 WHERE name = $1",
        OwnSuppliers.name,
        OwnSuppliers(inns=frozenset({SUPPLIERS[0].inn})),
    )


async def _set_letterhead(pool: asyncpg.Pool) -> None:
    """What stands at the head of answers and bills: the invented company, not the placeholder."""
    await pool.execute("UPDATE terms SET value = value || $2 WHERE name = $1", Letterhead.name, LETTERHEAD)


async def _import_files(settings: Settings, accounts: int) -> None:
    folder = settings.data / "demo-data"
    write(folder, accounts=accounts, seed=SEED)
    day = business_day(_yesterday(), ZoneInfo(settings.zone))
    async with import_service(settings.database_url, now=_yesterday) as service:
        for kind, file, value_date in files_to_import(folder, day):
            wish = Wish(
                kind=kind,
                file_name=file.name,
                sha256=hashlib.sha256(file.read_bytes()).digest(),
                who="kabinet run",
                value_date=value_date,
            )
            done = await service.run(wish, file)
            if done.state is not ImportState.POSTED:
                raise OperatorError(f"The demo's {file} was refused: {done.faults} faults")


def files_to_import(folder: Path, day: date) -> Iterator[tuple[ImportKind, Path, date]]:
    """Each file with the day it counts from: a month's charges as if billing had sent them on the 5th."""
    for kind in KINDS:
        file = folder / f"{kind}.csv"
        if kind is not ImportKind.CHARGES:
            yield kind, file, day
            continue
        for period, of_month in by_month(file):
            yield kind, of_month, min(day, first_day(next_period(period)) + timedelta(days=4))


async def set_penalties(pool: asyncpg.Pool) -> None:
    """The company leaves its penalties to us, the others send theirs."""
    await pool.execute(
        "INSERT INTO supplier_penalties (supplier_id, valid_from, reckoned_by)"
        " SELECT supplier_id, $2, 'us' FROM suppliers WHERE inn = $1 ON CONFLICT DO NOTHING",
        SUPPLIERS[0].inn,
        first_day(next_period(PERIODS[0])),
    )


def _yesterday() -> datetime:
    """Billing has sent its files the day before: that day is over, so it is sealed and published at once."""
    return clock.now() - timedelta(days=1)


async def _add_customers(container: Container) -> None:
    for person in CUSTOMERS:
        user_id = await _customer(container, person)
        await agree(container, user_id, to_notices=person.takes_notices)
        for ordinal in person.accounts:
            account_id = await container.pool.fetchval(
                "SELECT account_id FROM account_numbers WHERE number = $1", household(ordinal, SEED).number
            )
            async with container.transaction() as store:
                await store.memberships.add(Membership.of_owner(account_id, user_id, clock.now()))
            await container.mail_in.sender_service.add_by_staff(OURSELVES, account_id, person.email)


async def _accounts_of_people(pool: asyncpg.Pool) -> list[AccountId]:
    numbers = [household(ordinal, SEED).number for person in CUSTOMERS for ordinal in person.accounts]
    rows = await pool.fetch("SELECT account_id FROM account_numbers WHERE number = ANY ($1)", numbers)
    return sorted(row["account_id"] for row in rows)


async def agree(container: Container, user_id: UserId, *, to_notices: bool = False) -> None:
    """To what the cabinet cannot be used without, as if signed at the desk; to notices by e-mail as told."""
    consents = container.personal_data.consent_service
    answers = await consents.answers(user_id)
    notices = [one for one in answers.unanswered if to_notices and one.purpose is Purpose.EMAIL_NOTICES]
    for document in (*answers.needed, *notices):
        await consents.give(
            user_id, document.id, shown=document.sha256, channel=Channel.DESK, ip="", device="demo"
        )


async def _customer(container: Container, person: DemoCustomer) -> UserId:
    try:
        made = await container.enrolment_service.customer(person.phone, person.name, PASSWORD, person.email)
    except PhoneTaken:
        async with container.transaction() as store:
            found = await store.customers.by_phone(normalised(person.phone))
        assert found is not None
        return found.id
    return made.id


async def _add_staff(container: Container) -> None:
    for person in STAFF:
        with suppress(StaffLoginTaken):
            await container.enrolment_service.staff(
                person.phone, person.name, person.role, PASSWORD, person.email
            )
        await _give_factor(container, person)


async def _give_factor(container: Container, person: DemoStaff) -> None:
    """The second factor whose secret everybody may know."""
    at, box = clock.now(), container.system_service.box
    async with container.transaction() as store:
        member = await store.staff.by_login(staff_login(person.phone))
        if member is None or await store.staff_factors.locked(member.id):
            return
        sealed = TotpCodes(box).sealed(STAFF_SECRET, member.id)
        await store.staff_factors.save(
            Factor(owner_id=member.id, sealed=sealed, enrolled_at=at, confirmed_at=at)
        )


async def _add_billing(container: Container) -> None:
    """A key everybody knows, for the API of imports. It signs as any other that moves money."""
    box = container.system_service.box
    system = System(id=BILLING_ID, name=BILLING_NAME, created_at=clock.now())
    key, _ = ApiKey.issued(
        BILLING_KEY_ID,
        BILLING_ID,
        {Scope.SEE, Scope.IMPORT},
        secret=BILLING_SECRET,
        signing_secret=BILLING_SIGNING_SECRET,
        seal=lambda secret: box.seal(secret, of=str(BILLING_KEY_ID)),
        at=clock.now(),
        expires_at=clock.now() + _KEY_LIVES,
    )
    async with container.transaction() as store:
        if await store.systems.by_name(BILLING_NAME) is None:
            await store.systems.add(system)
            await store.systems.add_key(key)
