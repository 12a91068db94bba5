"""Penalties on a real database: posted once, reckoned anew, with payments and deaths in between."""

import asyncio
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest_asyncio

from adapters.postgres.audit import PostgresAudit
from adapters.postgres.ledger import PostgresLedger
from adapters.postgres.penalty_audit import PostgresPenaltyAudit
from adapters.postgres.store import Transactions
from domain.accounts.books import Kind, clearing, receivable
from domain.accounts.books import payment as payment_book
from domain.accounts.ledger import Cause, CauseKind, Posting, Transfer
from domain.accounts.penalties.audit import penalty_findings
from domain.accounts.penalties.penalties import PENALTY_BILL
from domain.accounts.penalties.slices import NEVER_ENDS, KeptRelief, Relief, ReliefWhy
from domain.kernel.errors import OutcomeUnknown, Unavailable
from domain.kernel.ids import PaymentId
from domain.kernel.money import Money
from domain.payments.audit import account_findings
from infra.clock import new_id
from infra.simulation.crashes import Crash, DyingPool, Fate, killing
from services.penalties.posting import PenaltyPosting
from tests import commands
from tests.households import charge, lay_household

ZONE = ZoneInfo("Asia/Yekaterinburg")
BILLED = datetime(2026, 4, 5, 7, tzinfo=UTC)


class Life:
    def __init__(self, pool):
        self.pool, self.now = pool, datetime(2026, 9, 1, 7, tzinfo=UTC)
        self.posting = self.on(pool)

    def on(self, pool):
        return PenaltyPosting(Transactions(pool, lambda: self.now, new_id), lambda: self.now, ZONE)

    async def begin(self, number="6600000001"):
        kopecks = 450_000
        self.home = await lay_household(self.pool, number=number, services=("electricity", "heat"))
        await charge(
            self.pool, self.home, {"electricity": kopecks, "heat": 100_000}, period="2026-03", at=BILLED
        )
        await self.pool.execute(
            "INSERT INTO supplier_penalties VALUES ($1, '2020-01-01', 'us') ON CONFLICT DO NOTHING",
            self.home.suppliers["electricity"],
        )

    async def penalties(self):
        rows = await self.pool.fetch(
            "SELECT penalty_kopecks, penalty_paid_kopecks, revision FROM charges"
            " WHERE account_id = $1 AND bill_number = $2",
            self.home.account_id,
            PENALTY_BILL,
        )
        return [tuple(row) for row in rows]

    async def pay(self, kopecks, day, *, cause=None, pool=None, kind=Kind.PRINCIPAL):
        """A payment posted now whose value date is `day`."""
        rows = await self.pool.fetch(
            """
            SELECT charge_id, penalty_kopecks FROM charges
            WHERE account_id = $1 AND service_code = 'electricity'
            """,
            self.home.account_id,
        )
        is_penalty = kind is Kind.PENALTY
        [charge_id] = [row["charge_id"] for row in rows if bool(row["penalty_kopecks"]) == is_penalty]
        payment_id = PaymentId(cause or new_id())
        source, owed = payment_book(payment_id), receivable(self.home.supplier_accounts["electricity"], kind)
        posting = Posting(
            account_id=self.home.account_id,
            cause=Cause(kind=CauseKind.PAYMENT, id=payment_id),
            value_date=day,
            transfers=(
                Transfer(debit=clearing("yookassa"), credit=source, amount=Money(kopecks)),
                Transfer(debit=source, credit=owed, amount=Money(kopecks), charge_id=charge_id),
            ),
        )
        async with (pool or self.pool).acquire() as connection, connection.transaction():
            ledger = PostgresLedger(connection)
            standing = await ledger.standing_locked(self.home.account_id)
            await ledger.post([posting], standing.head, self.now)

    async def found(self):
        """What the audit says of penalties."""
        async with self.pool.acquire() as connection:
            audit = PostgresPenaltyAudit(connection, self.now)
            book = await audit.rulebook(self.now.date())
            accounts = await audit.accounts([self.home.account_id], book)
        return [finding.code for one in accounts for finding in penalty_findings(one, book)]

    async def check_books(self):
        """Books, chain and lines; the payments themselves are not laid down here."""
        async with self.pool.acquire() as connection:
            [rows] = await PostgresAudit(connection).accounts([self.home.account_id])
        codes = {finding.code for finding in account_findings(rows)}
        assert codes <= {"clearing", "payment-unknown"}
        assert await self.found() == []


@pytest_asyncio.fixture
async def life(pool):
    life = Life(pool)
    await life.begin()
    return life


async def test_a_penalty_is_a_line_of_its_own_posted_once(life):
    done = await life.posting.post()
    # As of 31.08: 60 days at 1/300, 48 days at 1/130 of 4500.00 at 9.5 %.
    assert await life.penalties() == [(8550 + 15785, 0, 1)]
    assert (done.lines, done.amount, done.as_of) == (1, Money(24335), date(2026, 8, 31))

    again = await life.posting.post()
    assert (again.accounts, await life.penalties()) == (0, [(24335, 0, 1)])
    await life.check_books()


async def test_a_payment_with_an_earlier_value_date_lowers_what_was_posted(life):
    await life.posting.post()
    await life.pay(24335, date(2026, 9, 1), kind=Kind.PENALTY)
    await life.pay(450_000, date(2026, 8, 1))

    done = await life.posting.post()
    assert done.amount == Money(14469 - 24335)
    assert await life.penalties() == [(14469, 14469, 2)]
    balance = await life.pool.fetchval(
        "SELECT balance_kopecks FROM books WHERE account_id = $1 AND book = $2",
        life.home.account_id,
        f"advance:{life.home.supplier_accounts['electricity']}",
    )
    assert balance == -(24335 - 14469)
    kept = await life.pool.fetch(
        "SELECT revision, as_of, total_kopecks FROM penalty_reckonings ORDER BY revision"
    )
    assert [tuple(row) for row in kept] == [(1, date(2026, 8, 31), 24335), (2, date(2026, 8, 31), 14469)]
    await life.check_books()


async def test_a_corrected_charge_is_reckoned_anew(life):
    await life.posting.post()
    await charge(
        life.pool, life.home, {"electricity": 225_000, "heat": 100_000}, period="2026-03", at=life.now
    )
    await life.posting.post()
    assert await life.penalties() == [(12167, 0, 2)]
    await life.check_books()


async def test_the_audit_reckons_anew(life, owner):
    await life.posting.post()
    assert await life.found() == []
    await life.pool.execute("UPDATE charges SET penalty_kopecks = 1 WHERE bill_number = $1", PENALTY_BILL)
    assert await life.found() == ["penalty-line", "penalty-reckoned"]


async def test_the_next_month_adds_its_days(life):
    await life.posting.post()
    life.now += timedelta(days=29)
    assert (await life.posting.post()).accounts == 0
    life.now += timedelta(days=3)
    await life.posting.post()
    assert await life.penalties() == [(24335 + 9865, 0, 2)]


async def test_another_key_rate_is_a_reason_to_reckon_again(life):
    await life.posting.post()
    async with life.posting.transaction() as store:
        await store.key_rates.save([])
    assert (await life.posting.post()).accounts == 0
    await life.pool.execute("INSERT INTO key_rates VALUES ('2026-08-01', 900)")
    await life.posting.post()
    assert await life.penalties() == [(23054, 0, 2)]


async def test_a_bankruptcy_stops_it(life):
    await life.posting.post()
    charge_id = await life.pool.fetchval(
        "SELECT charge_id FROM charges WHERE service_code = 'electricity' AND amount_kopecks > 0"
    )
    stop = Relief(amount=Money(450_000), since=date(2026, 6, 1), until=NEVER_ENDS, why=ReliefWhy.BANKRUPTCY)
    kept = KeptRelief(
        id=new_id(), account_id=life.home.account_id, charge_id=charge_id, relief=stop, cause_id=new_id()
    )
    async with life.posting.transaction() as store:
        await store.penalties.relieve([kept, kept], life.now)
    await life.pay(100, date(2026, 9, 1))
    await life.posting.post()
    assert await life.penalties() == [(2280, 0, 2)]


async def test_payments_that_come_while_penalties_are_posted(life):
    """Six runs and ten payments at once: at the end it is as if they had come one after another."""
    runs = [life.posting.post() for _ in range(6)]
    payments = [life.pay(45_000, date(2026, 8, 1), cause=UUID(int=no)) for no in range(1, 11)]
    await asyncio.gather(
        *(one for pair in zip(runs, payments[:6], strict=True) for one in pair), *payments[6:]
    )
    await life.posting.post()
    assert [one[0] for one in await life.penalties()] == [14469]
    await life.check_books()


async def test_killed_between_any_two_steps_the_next_run_ends_it(pool, owner):
    step, died = 0, True
    while died:
        life = Life(pool)
        await life.begin(number=f"66{step:08d}")
        fate = Fate(killing(owner), dies_at=frozenset({step}), armed=True)
        with suppress(Crash, OutcomeUnknown, Unavailable):
            await life.on(DyingPool(pool, fate)).post()
        await life.posting.post()
        assert await life.penalties() == [(24335, 0, 1)], fate.died
        await life.check_books()
        step, died = step + 1, bool(fate.died)
    assert step > 10
    kept = await pool.fetch(
        "SELECT c.penalty_kopecks = r.total_kopecks AS same FROM charges c JOIN penalty_reckonings r"
        " ON r.account_id = c.account_id AND r.charge_id = c.charge_id AND r.revision = c.revision"
    )
    assert [row["same"] for row in kept] == [True] * step


async def test_the_commands(life, dsn, tmp_path):
    run = partial(commands.kabinet, DATABASE_URL=dsn, KABINET_DATA=str(tmp_path))
    rates, lines = tmp_path / "rates.csv", tmp_path / "lines.csv"
    rates.write_text("Дата;Ставка\n01.08.2026;14,00\n02.08.2026;14,00\n", encoding="utf-8")
    code, told = await run("import", "key-rates", str(rates))
    assert code == 0 and "new 1, changed 0, known 0" in told, told
    code, told = await run("penalties", "--dry-run", "--on", "2026-08-31", "--csv", str(lines))
    assert code == 0 and "108 days" in told and "243,35" in told, told
    assert len(lines.read_text("utf-8-sig").splitlines()) == 3
    assert await life.penalties() == []
    code, told = await run("penalties")
    assert code == 0 and len(await life.penalties()) == 1, told
