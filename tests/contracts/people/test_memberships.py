"""Who belongs to an account, and the bill by which one proves that it is theirs."""

from uuid import uuid4

from domain.kernel.ids import AccountId
from domain.kernel.money import Money
from domain.people.memberships import OWNER_SCOPES, LastBill, Membership, Proof
from tests.bills import a_bill as a_bill_of
from tests.contracts.people.persons import ANNA, NOON


async def a_bill(pool, owner, number="6600000001") -> AccountId:
    """An account with charges of two suppliers in October, one of them with an advance."""
    account, supplier = uuid4(), uuid4()
    await owner.execute(
        "INSERT INTO suppliers (supplier_id, inn, name) VALUES ($1, '6600000000', 'П')", supplier
    )
    await pool.execute(
        """INSERT INTO accounts (account_id, number, kind, address, holder_name, opened_at)
        VALUES ($1, $2, 'unified', 'ул. Мира, 1', 'А', $3)""",
        account,
        number,
        NOON,
    )
    await pool.execute("INSERT INTO account_numbers (number, account_id) VALUES ($1, $2)", number, account)
    for index, (october, balance) in enumerate(((1000_00, 700_00), (50_50, -20_00))):
        part = uuid4()
        await pool.execute(
            """INSERT INTO supplier_accounts (account_id, supplier_account_id, supplier_id, number)
            VALUES ($1, $2, $3, $4)""",
            account,
            part,
            supplier,
            f"{number}-{index}",
        )
        for period, amount in (("2026-09", 5_00), ("2026-10", october)):
            await pool.execute(
                """INSERT INTO charges (account_id, charge_id, supplier_account_id, service_code, period,
                  bill_number, unit, amount_kopecks, recalculation_kopecks, penalty_kopecks, paid_kopecks,
                  penalty_paid_kopecks, revision, posted_at)
                VALUES ($1, $2, $3, 'el', $4, $5, 'kWh', $6, -100, 200, 0, 0, 1, $7)""",
                account,
                uuid4(),
                part,
                period,
                f"{period}-{number}",
                amount,
                NOON,
            )
        book = f"receivable:{part}:principal" if balance > 0 else f"advance:{part}"
        await pool.execute(
            "INSERT INTO books (account_id, book, balance_kopecks) VALUES ($1, $2, $3)",
            account,
            book,
            balance,
        )
    return AccountId(account)


def owner_of(account_id: AccountId) -> Membership:
    return Membership.of_owner(account_id, ANNA.id, NOON)


async def test_the_last_bill_is_read_from_charges_and_books(postgres, pool, owner):
    account_id = await a_bill(pool, owner)
    async with postgres() as store:
        assert await store.memberships.last_bills("6600000001") == [
            LastBill(
                account_id=account_id,
                numbers=frozenset({"2026-10-6600000001"}),
                charged=Money(1052_50),
                to_pay=Money(700_00),
                period="2026-10",
                first_posted_at=NOON,
            )
        ]
        assert await store.memberships.last_bills("6600000002") == []


async def test_the_last_issued_bill_proves_though_a_later_month_has_a_correction(postgres, pool, owner):
    """A recalculation is charged to the open month, which has no bill yet."""
    account_id = await a_bill(pool, owner)
    async with postgres() as store:
        paper = a_bill_of(account_id=account_id, account_number="6600000001")
        await store.bills.add([paper])
    await pool.execute(
        """
        INSERT INTO charges (account_id, charge_id, supplier_account_id, service_code, period, bill_number,
          unit, amount_kopecks, recalculation_kopecks, penalty_kopecks, paid_kopecks, penalty_paid_kopecks,
          revision, posted_at)
        SELECT account_id, $2, supplier_account_id, 'el', '2026-11', 'C-1', 'kWh', 0, -10050, 0, 0, 0, 1, $3
        FROM supplier_accounts WHERE account_id = $1 LIMIT 1
        """,
        account_id,
        uuid4(),
        NOON,
    )
    async with postgres() as store:
        later, last = await store.memberships.last_bills("6600000001")
    assert (later.period, last.period) == ("2026-11", "2026-10")
    printed = Proof(bill_number=paper.number), Proof(bill_amount=paper.to_pay)
    assert all(last.is_proved_by(proof) for proof in printed)
    assert not any(later.is_proved_by(proof) for proof in printed)


async def test_a_membership_is_added_once(transaction, pool, owner):
    account_id = await a_bill(pool, owner)
    async with transaction() as store:
        await store.customers.add(ANNA)
        assert await store.memberships.add(owner_of(account_id))
        assert not await store.memberships.add(owner_of(account_id))


async def test_both_sides_of_a_membership_are_written(postgres, pool, owner):
    account_id = await a_bill(pool, owner)
    async with postgres() as store:
        await store.customers.add(ANNA)
        await store.memberships.add(owner_of(account_id))
    member = await pool.fetchrow("SELECT scopes, role FROM account_members WHERE account_id = $1", account_id)
    assert tuple(member) == (sorted(OWNER_SCOPES), "owner")
    assert (
        await pool.fetchval("SELECT account_id FROM user_accounts WHERE user_id = $1", ANNA.id) == account_id
    )


async def test_a_lesser_membership_is_raised(postgres, pool, owner):
    account_id = await a_bill(pool, owner)
    async with postgres() as store:
        await store.customers.add(ANNA)
        await store.memberships.add(owner_of(account_id))
    await pool.execute("UPDATE account_members SET role = 'payer', scopes = '{pay}'")
    async with postgres() as store:
        assert await store.memberships.add(owner_of(account_id))
    assert await pool.fetchval("SELECT role FROM account_members") == "owner"
