"""The audit of receipts: nothing on what the services wrote, each planted lie by its code."""

import pytest
import pytest_asyncio

from adapters.postgres.receipts.audit import PostgresReceiptAudit
from domain.payments.receipts.audit import receipt_findings, receipt_totals
from tests import kabinets
from tests.receipts import paid, tick

LIES = {
    "receipt-items": "UPDATE fiscal_receipts SET amount_kopecks = amount_kopecks + 1",
    "receipt-fiscal": "UPDATE fiscal_receipts SET fiscal = NULL",
    "receipt-contact": "UPDATE fiscal_receipts SET contact = '{}'",
    "receipt-steps": "UPDATE fiscal_receipts SET steps_count = 7",
    "receipt-last-step": "UPDATE fiscal_receipts SET state = 'failed'",
    "receipt-forgotten": "UPDATE fiscal_receipts SET state = 'sent'",
}


@pytest_asyncio.fixture
async def kabinet(pool, tmp_path):
    async with kabinets.opened(pool, tmp_path) as kabinet:
        yield kabinet


async def found(pool, home):
    async with pool.acquire() as connection:
        accounts = await PostgresReceiptAudit(connection).of([home.account_id])
    return accounts, {one.code for account in accounts for one in receipt_findings(account)}


async def test_receipts_agree_and_lies_are_named(kabinet):
    home = await kabinet.household(services=("electricity", "heat"))
    pool = kabinet.container.pool
    await paid(kabinet, home, amount={"kopecks": 10_000})
    await tick(kabinet, seconds=11)
    accounts, codes = await found(pool, home)
    assert codes == set()
    totals = receipt_totals(accounts)
    assert (totals.receipts, totals.by_state, totals.unreceipted) == (1, {"registered": 1}, 0)
    kept = await pool.fetchrow("SELECT * FROM fiscal_receipts")
    for code, lie in LIES.items():
        await pool.execute(lie)
        assert code in (await found(pool, home))[1], code
        await pool.execute(
            "UPDATE fiscal_receipts SET amount_kopecks = $1, fiscal = $2, contact = NULL, steps_count = $3,"
            " state = $4",
            kept["amount_kopecks"],
            kept["fiscal"],
            kept["steps_count"],
            kept["state"],
        )


@pytest.mark.parametrize("of", ["payment", "none"])
async def test_a_sum_that_differs_is_found(kabinet, of):
    home = await kabinet.household(services=("electricity",))
    await paid(kabinet, home, amount={"kopecks": 10_000})
    await tick(kabinet, seconds=11)
    pool = kabinet.container.pool
    if of == "payment":
        await pool.execute("UPDATE payments SET amount_kopecks = 9999")
        assert (await found(pool, home))[1] == {"receipt-sum"}
    else:
        await pool.execute("UPDATE fiscal_receipts SET payment_id = NULL")
        accounts, _ = await found(pool, home)
        assert receipt_totals(accounts).unreceipted == 1
