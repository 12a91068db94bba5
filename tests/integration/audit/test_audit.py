"""The audit finds nothing on a ledger that the services wrote, and every planted lie by its very row."""

from uuid import UUID

import pytest

from adapters.postgres.audit import PostgresAudit
from adapters.postgres.ledger import PostgresLedger
from domain.accounts import books
from domain.accounts.ledger import Cause, CauseKind, Posting, Transfer
from domain.kernel.ids import AccountId
from domain.kernel.money import Money
from infra import audit
from infra.clock import new_id
from tests.households import NOON, TODAY
from tests.laid_books import ALL, audited
from tests.lies import BILL, LEDGER, PAYMENTS


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
