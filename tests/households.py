"""Accounts with suppliers and charges for tests, laid down through the real adapters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID, uuid5

import asyncpg

from adapters.postgres.bulk_posting import PostgresBulkLedger
from domain.accounts.charges import Charge, charge_id
from domain.accounts.charging import AccountCharges, charged
from domain.accounts.requisites import (
    BankDetails,
    account_with_check_digit,
    correspondent_account_with_check_digit,
    inn_with_check_digits,
)
from domain.kernel.ids import KABINET, AccountId, SupplierAccountId, SupplierId, UserId
from domain.kernel.money import ZERO, Money
from infra.clock import new_id

NOON = datetime(2026, 11, 20, 7, tzinfo=UTC)
TODAY = date(2026, 11, 20)
BIC = "047102999"
SERVICES = ("electricity", "heat", "water", "waste", "repairs")


@dataclass
class Household:
    """One account, its owner, and its supplier accounts by service."""

    account_id: AccountId
    user_id: UserId
    number: str
    suppliers: dict[str, SupplierId] = field(default_factory=dict)
    supplier_accounts: dict[str, SupplierAccountId] = field(default_factory=dict)


def details(name: str, ordinal: int) -> BankDetails:
    return BankDetails(
        payee_name=name,
        inn=inn_with_check_digits(f"86020000{ordinal}"),
        kpp="860201001",
        bank_name="Банк ПРИМЕР (АО)",
        bic=BIC,
        account=account_with_check_digit(BIC, f"407028100000000000{ordinal}"),
        correspondent_account=correspondent_account_with_check_digit(BIC, "3010181000000000999"),
    ).checked()


async def lay_suppliers(
    pool: asyncpg.Pool, *, direct: Sequence[str] = (), services: Sequence[str] = SERVICES
) -> dict[str, SupplierId]:
    """A supplier per service and the company's collection account. Safe to repeat."""
    found = {service: SupplierId(uuid5(KABINET, f"test supplier {service}")) for service in services}
    banks = {
        service: details(f"АО «{service}»", ordinal) for ordinal, service in enumerate(services, start=1)
    }
    await pool.executemany(
        "INSERT INTO suppliers (supplier_id, inn, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [(found[service], bank.inn, bank.payee_name) for service, bank in banks.items()],
    )
    await pool.executemany(
        "INSERT INTO supplier_terms VALUES ($1, '2025-01-01', $2, $3) ON CONFLICT DO NOTHING",
        [
            (found[service], "direct" if service in direct else "agent", bank)
            for service, bank in banks.items()
        ],
    )
    await pool.executemany(
        "INSERT INTO services VALUES ($1, $2, 'ед.') ON CONFLICT DO NOTHING",
        [(service, service.title()) for service in services],
    )
    await pool.execute(
        "INSERT INTO terms VALUES ('accounts.collection', '2025-01-01', $1) ON CONFLICT DO NOTHING",
        {"details": details("АО «Пример энергосбыт»", 9)},
    )
    return found


async def lay_household(
    pool: asyncpg.Pool,
    *,
    number: str = "6600000001",
    services: Sequence[str] = SERVICES,
    direct: Sequence[str] = (),
    user_id: UUID | None = None,
) -> Household:
    """An account with an empty ledger, owned by a customer who may see and pay."""
    suppliers = await lay_suppliers(pool, direct=direct, services=services)
    home = Household(AccountId(new_id()), UserId(user_id or new_id()), number, suppliers)
    await pool.execute(
        "INSERT INTO accounts (account_id, number, kind, address, holder_name, opened_at)"
        " VALUES ($1, $2, 'unified', 'г. Примерск, ул. Мира, д. 1', 'Иванов И. И.', $3)",
        home.account_id,
        number,
        NOON,
    )
    await pool.execute("INSERT INTO account_numbers VALUES ($1, $2)", number, home.account_id)
    await pool.execute(
        "INSERT INTO account_members (account_id, user_id, scopes, role, added_at)"
        " VALUES ($1, $2, '{see,pay,readings,applications,manage}', 'owner', $3)",
        home.account_id,
        home.user_id,
        NOON,
    )
    if user_id is not None:
        await pool.execute("INSERT INTO user_accounts VALUES ($1, $2, $3)", user_id, home.account_id, NOON)
    await pool.execute("INSERT INTO account_heads VALUES ($1, 0, $2)", home.account_id, bytes(32))
    home.supplier_accounts.update({service: SupplierAccountId(new_id()) for service in suppliers})
    rows = [
        (home.account_id, home.supplier_accounts[service], supplier_id, f"{number}-{service[:2]}")
        for service, supplier_id in suppliers.items()
    ]
    await pool.executemany(
        "INSERT INTO supplier_accounts (account_id, supplier_account_id, supplier_id, number)"
        " VALUES ($1, $2, $3, $4)",
        rows,
    )
    await pool.executemany(
        "INSERT INTO supplier_account_numbers (account_id, supplier_account_id, supplier_id, number)"
        " VALUES ($1, $2, $3, $4)",
        rows,
    )
    return home


async def charge(
    pool: asyncpg.Pool,
    home: Household,
    kopecks: Mapping[str, int],
    *,
    period: str = "2026-10",
    penalties: Mapping[str, int] | None = None,
    at: datetime = NOON,
) -> None:
    """Charge each service so many kopecks. A second call for a period posts the differences."""
    penalties = penalties or {}
    charges = [
        Charge(
            id=charge_id("test", f"{home.number}-{service}", service, period),
            supplier_account_id=home.supplier_accounts[service],
            service_code=service,
            period=period,
            bill_number=f"{period}-{home.number}",
            volume=None,
            unit="ед.",
            tariff=None,
            amount=Money(kopecks.get(service, 0)),
            recalculation=ZERO,
            penalty=Money(penalties.get(service, 0)),
        )
        for service in [*kopecks, *(extra for extra in penalties if extra not in kopecks)]
    ]
    asked = AccountCharges(account_id=home.account_id, charges=charges)
    async with pool.acquire() as connection, connection.transaction():
        ledger = PostgresBulkLedger(connection)
        [standing] = await ledger.standings_locked([asked])
        await ledger.post([charged(asked, standing, at.date())], at)


async def balances(pool: asyncpg.Pool, home: Household) -> dict[str, int]:
    """Kopecks by service: what is owed in principal and penalties, minus the advance."""
    rows = await pool.fetch("SELECT book, balance_kopecks FROM books WHERE account_id = $1", home.account_id)
    found = dict.fromkeys(home.supplier_accounts, 0)
    for service, supplier_account_id in home.supplier_accounts.items():
        for row in rows:
            if str(supplier_account_id) in row["book"] and not row["book"].startswith("billed:"):
                found[service] += row["balance_kopecks"]
    return found
