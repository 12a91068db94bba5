"""Bills on PostgreSQL: frozen at a cut, one a month, in agreement with the books."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from adapters.pdf.typesetting import TypstDocuments
from adapters.postgres.accounts import PostgresAccounts
from adapters.postgres.bulk_posting import PostgresBulkLedger
from adapters.postgres.store import Transactions
from adapters.qr import symbols
from domain.accounts.charges import Charge
from domain.accounts.charging import AccountCharges, charged
from domain.bills.bills import BillNotFound, frozen
from domain.kernel.access import OURSELVES, Access, Actor, ActorKind, Scope
from domain.kernel.money import Money, total
from domain.readings.readings import ReadingSource
from infra.clock import new_id
from infra.refunds import words
from services.bills.documents import BillDocuments
from services.bills.issuing import BillIssuing, MonthNotOver
from services.readings.submitting import ReadingService
from tests.bills import scanned, words_on
from tests.households import NOON, charge, lay_household
from tests.readings import lay_meter, may_send, sent

ZONE = ZoneInfo("Asia/Yekaterinburg")
DEBTS = {"electricity": 125050, "heat": 231000, "water": 64033}


@pytest.fixture
def issuing(pool) -> BillIssuing:
    return BillIssuing(Transactions(pool, lambda: NOON, new_id), lambda: NOON, ZONE, lambda: 123_456_789)


def see(home, actor=OURSELVES):
    return Access(actor=actor, account_id=home.account_id, scope=Scope.SEE, at=NOON)


async def issued(issuing, home, period="2026-10"):
    done = await issuing.issue([home.account_id], await issuing.common(period))
    assert not done.refused
    return done.new[0] if done.new else None


async def to_pay(pool, home):
    return (await PostgresAccounts(pool).card(see(home))).balance.to_pay


async def test_a_line_names_the_norm_of_its_month(pool, issuing):
    home = await lay_household(pool)
    await charge(pool, home, DEBTS)
    await pool.executemany(
        """
        INSERT INTO consumption_norms
        SELECT supplier_id, 'heat', 'brick-5', $1, 'Пять этажей', $2, 'м²', 'приказ' FROM supplier_accounts
        WHERE supplier_account_id = $3
        """,
        [
            (date(2025, 1, 1), Decimal("0.020"), home.supplier_accounts["heat"]),
            (date(2026, 11, 1), Decimal("0.030"), home.supplier_accounts["heat"]),
        ],
    )
    await pool.execute("UPDATE charges SET norm = 'brick-5', norm_count = 48.60 WHERE service_code = 'heat'")
    lines = [line for part in (await issued(issuing, home)).suppliers for line in part.lines]
    assert {line.service_code: line.norm and (line.norm.volume, line.norm.count) for line in lines} == {
        "electricity": None,
        "heat": (Decimal("0.020"), Decimal("48.6")),
        "water": None,
    }


async def test_a_bill_is_what_the_books_say(pool, issuing):
    home = await lay_household(pool)
    await charge(pool, home, {"electricity": 99900, "heat": -5000}, period="2026-09", penalties={"heat": 700})
    await charge(pool, home, DEBTS, penalties={"heat": 1250})
    bill = await issued(issuing, home)

    assert bill.to_pay == await to_pay(pool, home)
    assert bill.number == "6600000001-2610-XJVZXD"
    assert bill.due_on == date(2026, 12, 15)
    assert bill.due_rule.endswith("документ представлен позже 5-го числа")
    parts = {part.number[-2:]: part for part in bill.suppliers}
    assert set(parts) == {"el", "he", "wa"}
    assert (parts["el"].start, parts["el"].charged, parts["el"].balance) == (
        Money(99900),
        Money(125050),
        Money(224950),
    )
    assert (parts["he"].start, parts["he"].penalty) == (Money(-4300), Money(1250))
    assert all(part.is_tied for part in bill.suppliers)
    assert await issued(issuing, home) is None
    async with issuing.transaction() as store:
        assert await store.bills.body(see(home), "2026-10") == frozen(bill)
        stranger = Actor(kind=ActorKind.CUSTOMER, id=new_id(), name="")
        with pytest.raises(BillNotFound):
            await store.bills.body(see(home, stranger), "2026-10")
        assert await store.bills.listed(see(home, stranger), before=None, limit=10) == []


async def pay_by(issuing, home) -> date | None:
    """What the account's own page names."""
    async with issuing.transaction() as store:
        return (await store.accounts.card(see(home))).due_on


async def test_a_month_corrected_later_stands_in_the_next_bill(pool, issuing):
    home = await lay_household(pool)
    assert await pay_by(issuing, home) is None
    await charge(pool, home, DEBTS, period="2026-09")
    september = await issued(issuing, home, "2026-09")
    assert await pay_by(issuing, home) == september.due_on
    await charge(pool, home, DEBTS | {"heat": 200000}, period="2026-09")
    await charge(pool, home, DEBTS)
    october = await issued(issuing, home)
    assert await pay_by(issuing, home) == october.due_on

    heat = next(part for part in october.suppliers if part.number.endswith("he"))
    assert [(one.period, one.charged) for one in heat.earlier] == [("2026-09", Money(-31000))]
    assert (heat.start, heat.recalculated, heat.balance) == (Money(231000), Money(-31000), Money(431000))
    assert october.before == "2026-09"
    assert october.to_pay == await to_pay(pool, home)
    async with issuing.transaction() as store:
        assert await store.bills.body(see(home), "2026-09") == frozen(september)
        cards = await store.bills.listed(see(home), before=None, limit=1)
        assert [(card.period, card.charged, card.to_pay) for card in cards] == [
            ("2026-10", total(map(Money, DEBTS.values())), october.to_pay)
        ]
        assert [one.period for one in await store.bills.listed(see(home), before="2026-10", limit=9)] == [
            "2026-09"
        ]


async def test_months_charged_at_once_are_billed_one_after_another(pool, issuing):
    home = await lay_household(pool)
    random = Random(7)
    for period in ("2026-08", "2026-09", "2026-10"):
        await charge(pool, home, {name: random.randint(-9_000, 90_000) for name in DEBTS}, period=period)
    bills = [await issued(issuing, home, period) for period in ("2026-08", "2026-09", "2026-10")]
    for earlier, later in pairwise(bills):
        ends = {part.id: part.balance for part in earlier.suppliers}
        assert {part.id: part.start for part in later.suppliers} == ends
        assert all(not part.earlier and part.is_tied for part in later.suppliers)
    assert bills[-1].to_pay == await to_pay(pool, home)
    assert await issued(issuing, home, "2026-08") is None


async def test_a_bill_never_changes(pool, issuing, owner):
    home = await lay_household(pool)
    await charge(pool, home, DEBTS)
    await issued(issuing, home)
    for statement in ("UPDATE bills SET number = 'x'", "DELETE FROM bills"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(statement)
        with pytest.raises(asyncpg.CheckViolationError):
            await owner.execute(statement)


async def test_charges_that_disagree_with_the_books_are_not_billed(pool, issuing):
    good, bad = await lay_household(pool), await lay_household(pool, number="6600000002")
    for home in (good, bad):
        await charge(pool, home, DEBTS)
    await pool.execute(
        "UPDATE charges SET amount_kopecks = amount_kopecks + 1 WHERE account_id = $1", bad.account_id
    )
    done = await issuing.issue([good.account_id, bad.account_id], await issuing.common("2026-10"))
    assert [bill.account_number for bill in done.new] == [good.number]
    assert [(one.number, one.code) for one in done.refused] == [(bad.number, "books-disagree")]


async def test_two_who_issue_at_once_make_one_bill(pool, issuing):
    homes = [await lay_household(pool, number=f"66000001{number:02d}") for number in range(6)]
    for home in homes:
        await charge(pool, home, DEBTS)
    common = await issuing.common("2026-10")
    ids = sorted(home.account_id for home in homes)
    done = await asyncio.gather(*(issuing.issue(ids, common) for _ in range(3)))
    assert sum(len(one.new) for one in done) == len(homes)
    assert await pool.fetchval("SELECT count(*) FROM bills") == len(homes)


async def test_money_that_comes_while_bills_are_issued_is_in_one_of_two(pool, issuing):
    """The head is held: a posting lies before the cut or after it, and the next bill has it."""
    home = await lay_household(pool)
    await charge(pool, home, DEBTS, period="2026-09")

    async def corrected():
        for change in range(1, 8):
            await charge(pool, home, {"heat": 231000 + change}, period="2026-09")

    await asyncio.gather(corrected(), issued(issuing, home, "2026-09"))
    await charge(pool, home, DEBTS)
    bill = await issued(issuing, home)
    assert bill.to_pay == await to_pay(pool, home)


async def test_a_month_that_is_not_over_has_no_bills(issuing):
    with pytest.raises(MonthNotOver):
        await issuing.common("2026-11")


async def test_readings_and_payments_in_transit_are_told(pool, issuing):
    home = await lay_household(pool)
    await charge(pool, home, DEBTS)
    meter_id = await lay_meter(pool, home, installed_on=date(2026, 9, 1))
    then = NOON - timedelta(days=29)
    readings = ReadingService(Transactions(pool, lambda: then, new_id), ZONE)
    submission = sent(meter_id, 4250, taken_on=then.date())
    await readings.submit(may_send(home, then), submission, ReadingSource.CABINET)
    parts = [{"supplier_account_id": home.supplier_accounts["heat"], "amount": {"kopecks": 500}, "lines": []}]
    await pool.execute(
        "INSERT INTO payments VALUES ($1, $2, $3, '{}', 'sbp', 500, $4, '{}', 'awaiting_payer', 1, false,"
        " 'x', null, null, null, 1, $5, $5)",
        home.account_id,
        new_id(),
        new_id(),
        parts,
        NOON,
    )
    bill = await issued(issuing, home)
    found = {part.number[-2:]: part for part in bill.suppliers}
    assert found["he"].in_transit == Money(500)
    assert found["he"].to_pay == Money(DEBTS["heat"])
    [reading] = found["el"].lines[0].readings
    assert (reading.value, reading.consumption, reading.is_billed) == (Decimal(4250), Decimal(250), False)


async def test_the_paper_is_the_same_byte_for_byte_and_its_codes_pay_it(pool, issuing):
    home = await lay_household(pool, direct=("water",))
    await charge(pool, home, DEBTS, penalties={"heat": 1250})
    bill = await issued(issuing, home)
    papers = BillDocuments(TypstDocuments(), symbols, words)
    async with issuing.transaction() as store:
        body = await store.bills.body(see(home), "2026-10")
    one, two = await asyncio.gather(papers.pdf(frozen(bill)), papers.pdf(body))
    assert one == two
    assert b"pdfaid" in one
    assert scanned(one) == {bill.code, *(part.code for part in bill.suppliers)}
    pages, text = words_on(one)
    assert pages == 1
    for word in (bill.number, "4 213,33", "15.12.2026", bill.holder_name, "Квитанция за октябрь 2026"):
        assert word in text.replace("\u00a0", " "), text


async def test_penalties_reckoned_here_are_told_by_month(pool, issuing):
    home = await lay_household(pool)
    await charge(pool, home, DEBTS, period="2026-09")
    await issued(issuing, home, "2026-09")
    await charge(pool, home, DEBTS)
    for period, kopecks in (("2026-09", 140), ("2026-10", 3)):
        await post_penalty(pool, home, period, kopecks)
    bill = await issued(issuing, home)
    heat = next(part for part in bill.suppliers if part.number.endswith("he"))
    assert [(one.period, one.penalty) for one in heat.earlier] == [
        ("2026-09", Money(140)),
        ("2026-10", Money(3)),
    ]
    assert (len(heat.lines), heat.penalty, heat.is_tied) == (1, Money(143), True)
    assert bill.to_pay == await to_pay(pool, home)


async def post_penalty(pool, home, period, kopecks):
    """As the reckoning of penalties does: a charge of its own."""
    penalty = Charge(
        id=new_id(),
        supplier_account_id=home.supplier_accounts["heat"],
        service_code="heat",
        period=period,
        bill_number="penalty",
        volume=None,
        unit="",
        tariff=None,
        amount=Money(0),
        recalculation=Money(0),
        penalty=Money(kopecks),
    )
    asked = AccountCharges(account_id=home.account_id, charges=[penalty])
    async with pool.acquire() as connection, connection.transaction():
        ledger = PostgresBulkLedger(connection)
        [standing] = await ledger.standings_locked([asked])
        await ledger.post([charged(asked, standing, NOON.date())], NOON)
