"""The audit finds nothing on a ledger that the services wrote, and every planted lie by its very row."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
import pytest_asyncio

from adapters.postgres.audit import PostgresAudit
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.pool import connect, create_pool
from adapters.postgres.store import Transactions
from domain.accounts import books
from domain.accounts.ledger import Cause, CauseKind, Posting, Transfer
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money
from domain.payments.audit import Totals
from domain.payments.payments import CheckPayment, Payment, Wish
from domain.payments.provider import Method
from infra import audit
from infra.clock import new_id
from services.payments.settling import PaymentSettlement
from services.payments.starting import PaymentStart
from tests import servers
from tests.fakes_provider import FakeProvider
from tests.households import NOON, TODAY, Household, charge, lay_household

OCTOBER = {"electricity": 125050, "heat": 231000, "water": 64033, "waste": 31017, "repairs": 89900}
ALL = sum(OCTOBER.values())


@dataclass
class Laid:
    """Three households: one with every kind of story, one that paid a part, one that has just come."""

    dsn: str
    rich: Household
    plain: Household
    payments: dict[str, PaymentId] = field(default_factory=dict)


class Paying:
    """The real services with a clock of ours and a provider in memory."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.at = NOON
        self.provider = FakeProvider(now=lambda: self.at, shop_id="1")
        zone, transaction = ZoneInfo("Asia/Yekaterinburg"), Transactions(pool, lambda: self.at, new_id)
        self.start = PaymentStart(transaction, self.provider, lambda: self.at, zone, "https://kabinet.test")
        self.settlement = PaymentSettlement(
            transaction,
            self.provider,
            self.start,
            lambda: self.at,
            new_id,
            zone,
            shop_id="1",
            is_test=True,
        )

    async def opened(self, home: Household, kopecks: int) -> Payment:
        actor = Actor(kind=ActorKind.CUSTOMER, id=home.user_id, name="")
        access = Access(actor=actor, account_id=home.account_id, scope=Scope.PAY, at=self.at)
        wish = Wish(amount=Money(kopecks), method=Method.SBP)
        payment, _ = await self.start.start(access, PaymentId(new_id()), wish, confirm_duplicate=True)
        return payment

    async def paid(self, home: Household, kopecks: int) -> Payment:
        payment = await self.opened(home, kopecks)
        await self.provider.pay(payment.provider_payment_id)
        await self.check(payment)
        return payment

    async def check(self, payment: Payment) -> None:
        await self.settlement.check(CheckPayment(account_id=payment.account_id, payment_id=payment.id))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def laid(database, _emptying, _tables):
    pool = await create_pool(database, max_size=2)
    rich = await lay_household(pool, number="6600000001")
    plain = await lay_household(pool, number="6600000002")
    await lay_household(pool, number="6600000003")
    laid = Laid(database, rich, plain)
    await charge(pool, rich, OCTOBER, penalties={"heat": 1234})
    await charge(pool, plain, OCTOBER, penalties={"heat": 777})
    paying = Paying(pool)
    # Two payments of one bill: the second one becomes advances, which meet November.
    first = await paying.opened(rich, ALL + 1234)
    second = await paying.opened(rich, ALL + 5000)
    for payment in (first, second):
        await paying.provider.pay(payment.provider_payment_id)
        await paying.check(payment)
    await charge(pool, rich, OCTOBER, period="2026-11", penalties={"water": 55})
    # October is lowered after it was paid, below zero on one line, and one line is raised.
    lowered = OCTOBER | {"heat": 100000, "waste": -5000, "water": 70000}
    await charge(pool, rich, lowered, penalties={"heat": 234})
    await charge(pool, rich, OCTOBER, penalties={"heat": 1234})
    laid.payments["partial"] = (await paying.paid(plain, 100001)).id
    refused = await paying.opened(rich, 10000)
    await paying.provider.refuse(refused.provider_payment_id)
    await paying.check(refused)
    expired = await paying.opened(rich, 20000)
    paying.at += timedelta(minutes=30)
    await paying.check(expired)
    awaiting = await paying.opened(rich, 30000)
    laid.payments |= {"paid": first.id, "refused": refused.id, "expired": expired.id, "open": awaiting.id}
    await pool.close()
    yield laid
    await servers.empty(_emptying[0], *_tables)


@pytest_asyncio.fixture(loop_scope="session")
async def lying(laid):
    """The owner, with the append-only trigger off, in a transaction that is rolled back."""
    connection = await connect(laid.dsn, role=None)
    transaction = connection.transaction(isolation="repeatable_read")
    await transaction.start()
    await connection.execute("ALTER TABLE transfers DISABLE TRIGGER transfers_append_only")
    yield connection
    await transaction.rollback()
    await connection.close()


async def audited(connection, laid, chosen=None, workers=1):
    totals, findings = Totals(), []
    async for outcome in audit.audited(PostgresAudit(connection), laid.dsn, chosen, workers=workers):
        totals += outcome.totals
        findings += outcome.findings
    return totals, findings


@pytest.mark.parametrize("workers", [1, 2])
async def test_what_the_services_wrote_is_clean(laid, lying, workers, monkeypatch):
    monkeypatch.setattr(audit, "BATCH_ACCOUNTS", 1)
    totals, findings = await audited(lying, laid, workers=workers)
    assert findings == []
    whole = 2 * ALL + 1234 + 5000 + 100001
    assert (totals.accounts, totals.payments) == (3, 6)
    assert (totals.paid, totals.received, totals.posted) == (whole, whole, whole)
    assert totals.transfers == await lying.fetchval("SELECT count(*) FROM transfers")


async def test_the_story_holds_what_is_hard_to_audit(laid, lying):
    """Otherwise a clean audit would say little."""
    kinds = await lying.fetch(
        "SELECT DISTINCT cause_kind, split_part(debit_book, ':', 1), split_part(credit_book, ':', 1)"
        " FROM transfers"
    )
    assert {
        ("payment", "payment", "advance"),
        ("advance", "advance", "receivable"),
        ("charge", "billed", "receivable"),
        ("charge", "billed", "advance"),
        ("charge", "advance", "billed"),
    } <= {tuple(row) for row in kinds}
    states = await lying.fetch("SELECT DISTINCT state FROM payments")
    assert {row["state"] for row in states} == {"paid", "failed", "expired", "awaiting_payer"}


# Code, table, and SQL that lies on the account $1 and returns the key that must be named.
LEDGER = [
    (
        "book-balance",
        "books",
        "UPDATE books SET balance_kopecks = balance_kopecks + 1"
        " WHERE account_id = $1 AND book LIKE 'billed:%' RETURNING 'book=' || book",
    ),
    (
        "book-balance",
        "books",
        "DELETE FROM books WHERE account_id = $1 AND book LIKE 'clearing:%' RETURNING 'book=' || book",
    ),
    (
        "book-balance",
        "books",
        "INSERT INTO books VALUES ($1, 'corrections', 5) RETURNING 'book=corrections'",
    ),
    (
        "books-sum",
        "books",
        "UPDATE books SET balance_kopecks = balance_kopecks + 1"
        " WHERE account_id = $1 AND book LIKE 'clearing:%' RETURNING 'all books of the account'",
    ),
    (
        "payment-book",
        "books",
        "UPDATE transfers SET amount_kopecks = amount_kopecks - 1 WHERE account_id = $1"
        " AND debit_book LIKE 'payment:%' AND line_no = 2 RETURNING 'book=' || debit_book",
    ),
    (
        "entry-gap",
        "transfers",
        "DELETE FROM transfers WHERE account_id = $1 AND entry_no = 2 RETURNING 'entry_no=3'",
    ),
    (
        "entry-gap",
        "transfers",
        "DELETE FROM transfers WHERE account_id = $1 AND entry_no = 1 RETURNING 'entry_no=2'",
    ),
    *(
        (
            "hash",
            "transfers",
            f"UPDATE transfers SET {lie} WHERE account_id = $1 AND entry_no = 2 RETURNING 'entry_no=2'",
        )
        for lie in (
            "value_date = value_date + 1",
            "posted_at = posted_at + interval '1 second'",
            "amount_kopecks = amount_kopecks + 1",
            "charge_id = NULL",
            "debit_book = debit_book || '0'",
            "credit_book = credit_book || '0'",
            "cause_id = account_id",
            "cause_version = 7",
            "line_no = 7",
            "hash = decode(repeat('00', 32), 'hex')",
        )
    ),
    (
        "transfer-malformed",
        "transfers",
        "UPDATE transfers SET cause_kind = 'gift' WHERE account_id = $1 AND entry_no = 1"
        " RETURNING 'entry_no=1'",
    ),
    *(
        ("head", "account_heads", f"{lie} WHERE account_id = $1 RETURNING 'account_id=' || account_id")
        for lie in (
            "UPDATE account_heads SET last_no = last_no + 1",
            "UPDATE account_heads SET last_hash = decode(repeat('00', 32), 'hex')",
            "DELETE FROM account_heads",
        )
    ),
    (
        "head",
        "account_heads",
        "DELETE FROM transfers WHERE account_id = $1 AND entry_no ="
        " (SELECT max(entry_no) FROM transfers WHERE account_id = $1) RETURNING 'account_id=' || account_id",
    ),
    (
        "posting-lines",
        "transfers",
        "UPDATE transfers SET line_no = 99 WHERE account_id = $1 AND cause_kind = 'payment' AND line_no = 2"
        " RETURNING 'entry_no=' || entry_no",
    ),
    (
        "cause-twice",
        "transfers",
        "UPDATE transfers SET posting_id = account_id WHERE account_id = $1 AND entry_no ="
        " (SELECT max(entry_no) FROM transfers WHERE account_id = $1 AND line_no = 2)"
        " RETURNING 'entry_no=' || entry_no",
    ),
    (
        "posting-id",
        "transfers",
        "UPDATE transfers SET posting_id = account_id WHERE account_id = $1 AND entry_no = 1"
        " RETURNING 'entry_no=1'",
    ),
    (
        "owner-unknown",
        "transfers",
        "UPDATE transfers SET debit_book = 'receivable:' || account_id || ':principal'"
        " WHERE account_id = $1 AND entry_no = 1 RETURNING 'entry_no=1'",
    ),
    (
        "crosses-suppliers",
        "transfers",
        "UPDATE transfers SET debit_book = replace(debit_book, split_part(debit_book, ':', 2),"
        " (SELECT s.supplier_account_id::text FROM supplier_accounts s WHERE s.account_id = $1"
        "  AND strpos(debit_book, s.supplier_account_id::text) = 0 LIMIT 1))"
        " WHERE account_id = $1 AND entry_no = 1 RETURNING 'entry_no=1'",
    ),
    (
        "movement-unknown",
        "transfers",
        "UPDATE transfers SET debit_book = 'pocket' WHERE account_id = $1 AND entry_no = 1"
        " RETURNING 'entry_no=1'",
    ),
]
BILL = [
    *(
        (
            code,
            "charges",
            f"UPDATE charges SET {lie} WHERE account_id = $1 AND service_code = 'heat'"
            " AND penalty_paid_kopecks > 0 RETURNING 'charge_id=' || charge_id",
        )
        for code, lie in (
            ("charge-billed", "amount_kopecks = amount_kopecks + 1"),
            ("charge-billed", "recalculation_kopecks = 1"),
            ("charge-billed", "penalty_kopecks = penalty_kopecks + 1"),
            # Both raised at once leave what is open as it was.
            ("charge-billed", "amount_kopecks = amount_kopecks + 1, paid_kopecks = paid_kopecks + 1"),
            ("charge-paid", "paid_kopecks = paid_kopecks - 1"),
            ("charge-penalty-paid", "penalty_paid_kopecks = penalty_paid_kopecks - 1"),
            ("charge-revision", "revision = revision + 1"),
        )
    ),
    (
        "charge-owner",
        "charges",
        "UPDATE charges SET supplier_account_id = (SELECT s.supplier_account_id FROM supplier_accounts s"
        "  WHERE s.account_id = $1 AND s.supplier_account_id <> charges.supplier_account_id LIMIT 1)"
        " WHERE account_id = $1 AND service_code = 'heat' RETURNING 'charge_id=' || charge_id",
    ),
    (
        "charge-unknown",
        "charges",
        "DELETE FROM charges WHERE account_id = $1 AND service_code = 'heat'"
        " RETURNING 'charge_id=' || charge_id",
    ),
    *(
        (
            "receivable",
            "books",
            f"UPDATE charges SET {paid} = {paid} - 1 WHERE account_id = $1 AND service_code = 'heat'"
            f" AND penalty_paid_kopecks > 0 RETURNING 'book=receivable:' || supplier_account_id || ':{kind}'",
        )
        for paid, kind in (("paid_kopecks", "principal"), ("penalty_paid_kopecks", "penalty"))
    ),
    (
        "clearing",
        "books",
        "UPDATE books SET balance_kopecks = balance_kopecks - 1"
        " WHERE account_id = $1 AND book LIKE 'clearing:%' RETURNING 'book=' || book",
    ),
]
# On the payment $2 of the account $1, by its name in Laid.payments.
PAYMENTS = [
    *(
        (
            code,
            "payments",
            name,
            f"UPDATE payments SET {lie} WHERE account_id = $1 AND payment_id = $2"
            " RETURNING 'payment_id=' || payment_id",
        )
        for code, name, lie in (
            ("payment-paid-at", "paid", "paid_at = NULL"),
            ("payment-paid-at", "refused", "paid_at = created_at"),
            ("payment-still-checked", "paid", "next_check_at = created_at"),
            ("payment-still-checked", "refused", "next_check_at = created_at"),
            ("payment-forgotten", "open", "next_check_at = NULL"),
            ("payment-steps", "paid", "steps_count = 4"),
            ("payment-last-step", "open", "state = 'failed'"),
            ("payment-posted", "paid", "state = 'expired'"),
            ("payment-posted", "open", "state = 'paid'"),
            ("payment-parts", "open", "amount_kopecks = amount_kopecks + 1"),
            ("payment-parts", "open", "parts = '[{\"amount\": 5}]'"),
            ("payment-part-lines", "open", "parts = jsonb_set(parts, '{0,lines,0,amount,kopecks}', '1')"),
            ("provider-id", "paid", "provider_payment_id = NULL"),
        )
    ),
    (
        "payment-last-step",
        "payments",
        "paid",
        "DELETE FROM payment_steps WHERE account_id = $1 AND payment_id = $2"
        " RETURNING 'payment_id=' || payment_id",
    ),
    (
        "payment-steps",
        "payments",
        "paid",
        "DELETE FROM payment_steps WHERE account_id = $1 AND payment_id = $2 AND step_no = 2"
        " RETURNING 'payment_id=' || payment_id",
    ),
    (
        "payment-move",
        "payment_steps",
        "paid",
        "UPDATE payment_steps SET state = 'failed' WHERE account_id = $1 AND payment_id = $2"
        " AND step_no = 2 RETURNING 'payment_id=' || payment_id || ' step_no=3'",
    ),
    (
        "provider-id",
        "provider_payment_ids",
        "paid",
        "DELETE FROM provider_payment_ids WHERE account_id = $1 AND payment_id = $2"
        " RETURNING 'provider_payment_id=' || provider_payment_id || ' provider=' || provider",
    ),
    (
        "provider-id",
        "provider_payment_ids",
        "paid",
        "UPDATE provider_payment_ids SET payment_id = account_id WHERE account_id = $1 AND payment_id = $2"
        " RETURNING 'provider_payment_id=' || provider_payment_id || ' provider=' || provider",
    ),
    (
        "provider-id-stray",
        "provider_payment_ids",
        "paid",
        "INSERT INTO provider_payment_ids VALUES ('stray', 'yookassa', $1, $2)"
        " RETURNING 'provider_payment_id=stray provider=yookassa'",
    ),
    (
        "provider-id-stray",
        "provider_payment_ids",
        "paid",
        "UPDATE payments SET provider_payment_id = 'other' WHERE account_id = $1 AND payment_id = $2"
        " RETURNING 'provider_payment_id=' || (SELECT provider_payment_id FROM provider_payment_ids"
        "   WHERE account_id = $1 AND payment_id = $2) || ' provider=' || provider",
    ),
    (
        "payment-received",
        "transfers",
        "paid",
        "UPDATE transfers SET amount_kopecks = amount_kopecks + 1 WHERE account_id = $1 AND cause_id = $2"
        " AND line_no = 1 RETURNING 'posting_id=' || posting_id",
    ),
    (
        "payment-received",
        "transfers",
        "paid",
        "UPDATE transfers SET debit_book = 'clearing:other' WHERE account_id = $1 AND cause_id = $2"
        " AND line_no = 1 RETURNING 'posting_id=' || posting_id",
    ),
    (
        "payment-spread",
        "transfers",
        "paid",
        "UPDATE transfers SET amount_kopecks = amount_kopecks + 1 WHERE account_id = $1 AND cause_id = $2"
        " AND line_no = 2 RETURNING 'posting_id=' || posting_id",
    ),
    (
        "payment-unknown",
        "payments",
        "paid",
        "WITH steps AS (DELETE FROM payment_steps WHERE account_id = $1 AND payment_id = $2)"
        " DELETE FROM payments WHERE account_id = $1 AND payment_id = $2"
        " RETURNING 'payment_id=' || payment_id",
    ),
]


async def expect(lying, laid, code, table, keys):
    assert keys, "nothing was planted"
    _, findings = await audited(lying, laid)
    found = {(one.code, one.table, one.key) for one in findings if one.account_id == laid.rich.account_id}
    assert {(code, table, key) for key in keys} <= found
    elsewhere = [one for one in findings if one.account_id not in (laid.rich.account_id, None)]
    assert elsewhere == []


@pytest.mark.parametrize(("code", "table", "lie"), [*LEDGER, *BILL])
async def test_a_lie_about_money_is_found(laid, lying, code, table, lie):
    rows = await lying.fetch(lie, laid.rich.account_id)
    await expect(lying, laid, code, table, [row[0] for row in rows])


@pytest.mark.parametrize(("code", "table", "name", "lie"), PAYMENTS)
async def test_a_lie_about_a_payment_is_found(laid, lying, code, table, name, lie):
    # A payment may be taken away though its steps refer to it: the check waits for the statement's end.
    rows = await lying.fetch(lie, laid.rich.account_id, laid.payments[name])
    await expect(lying, laid, code, table, [row[0] for row in rows])


async def test_a_payment_posted_twice_in_good_order_is_found(laid, lying):
    """Chain, books and head agree; only the payment knows that its money came once."""
    ledger = PostgresLedger(lying)
    standing = await ledger.standing_locked(laid.rich.account_id)
    own, home = books.payment(laid.payments["paid"]), laid.rich
    ahead = books.advance(home.supplier_accounts["heat"])
    again = Posting(
        account_id=home.account_id,
        cause=Cause(kind=CauseKind.PAYMENT, id=laid.payments["paid"], version=2),
        value_date=TODAY,
        transfers=(
            Transfer(debit=books.clearing("yookassa"), credit=own, amount=Money(500)),
            Transfer(debit=own, credit=ahead, amount=Money(500)),
        ),
    )
    await ledger.post([again], standing.head, NOON)
    _, findings = await audited(lying, laid)
    assert {one.code for one in findings} == {
        "payment-posted",
        "payment-received",
        "payment-spread",
        "clearing",
        "money-received",
        "money-posted",
    }


async def test_totals_over_all_accounts_must_agree(laid, lying):
    await lying.execute("UPDATE payments SET state = 'paid' WHERE payment_id = $1", laid.payments["open"])
    _, findings = await audited(lying, laid)
    assert {one.code for one in findings if one.account_id is None} == {"money-received", "money-posted"}


async def test_only_the_chosen_accounts_are_looked_at(laid, lying):
    await lying.execute("UPDATE books SET balance_kopecks = 7 WHERE account_id = $1", laid.rich.account_id)
    await lying.execute(
        "INSERT INTO provider_payment_ids VALUES ('stray', 'yookassa', $1, $2)",
        laid.rich.account_id,
        new_id(),
    )
    reader = PostgresAudit(lying)
    account_id = await reader.account_id(laid.plain.number)
    totals, findings = await audited(lying, laid, [account_id])
    assert (totals.accounts, findings) == (1, [])
    account_id = await reader.account_id(laid.rich.number)
    totals, findings = await audited(lying, laid, [account_id])
    assert {"book-balance", "provider-id-stray"} <= {one.code for one in findings}
    assert await reader.account_id("none such") is None


async def test_a_sample_is_drawn_by_its_seed(laid, lying):
    reader = PostgresAudit(lying)
    everyone = set(await reader.account_ids(AccountId(UUID(int=0)), 10))
    assert len(everyone) == 3
    assert set(await reader.sample(10, 1)) == everyone
    assert await reader.sample(2, 1) == await reader.sample(2, 1)
    assert len({tuple(await reader.sample(2, seed)) for seed in range(20)}) > 1


@pytest.fixture
def kabinet(laid, tmp_path):
    async def begun(*words):
        env = {name: value for name, value in os.environ.items() if not name.startswith("KABINET_")}
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "infra.cli", "audit", *words),
            env=env | {"DATABASE_URL": laid.dsn, "KABINET_DATA": str(tmp_path)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def call(*words):
        process = await begun(*words)
        out, errors = await process.communicate()
        return process.returncode, out.decode(), errors.decode()

    call.begun = begun
    return call


async def test_the_command_on_a_clean_database(kabinet):
    status, text, errors = await kabinet("--workers", "2")
    assert (status, errors) == (0, ""), text
    assert "everything agrees" in text
    assert "accounts      3\n" in text
    assert f"{Money(2 * ALL + 1234 + 5000 + 100001)} by paid payments" in text


async def test_the_command_names_the_row_and_leaves_with_one(laid, kabinet):
    owner = await connect(laid.dsn, role=None)
    lie = "UPDATE account_heads SET last_no = last_no + $2 WHERE account_id = $1"
    await owner.execute(lie, laid.rich.account_id, 1)
    try:
        status, text, _ = await kabinet("--account", laid.rich.number)
        assert status == 1
        assert f"head: account_heads account_id={laid.rich.account_id}" in text
        assert (await kabinet("--account", laid.plain.number))[0] == 0
        assert (await kabinet("--sample", "3"))[0] == 1
    finally:
        await owner.execute(lie, laid.rich.account_id, -1)
        await owner.close()


async def test_the_command_refuses_what_it_cannot_do(kabinet):
    status, _, errors = await kabinet("--account", "123")
    assert status == 1
    assert "There is no account 123" in errors
    assert (await kabinet("--account", "123", "--sample", "1"))[0] == 2


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_the_command_stops_when_told(laid, kabinet, workers):
    owner = await connect(laid.dsn, role=None)
    async with owner.transaction():
        await owner.execute("LOCK TABLE books")  # the audit waits here
        process = await kabinet.begun("--workers", workers)
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        while not await owner.fetchval(waiting):
            await asyncio.sleep(0.05)
            await owner.execute("SELECT pg_stat_clear_snapshot()")
        process.send_signal(signal.SIGINT)
        if workers == "1":
            out, errors = await process.communicate()
        else:
            await asyncio.sleep(0.3)
    if workers != "1":  # a process of the pool ends its batch first
        out, errors = await process.communicate()
    await owner.close()
    assert process.returncode == 130, errors.decode()
    assert "accounts      0\n" in out.decode()
    assert "Stopped before the end" in errors.decode()
    assert "Traceback" not in errors.decode()
