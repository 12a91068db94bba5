"""The audit's rules on rows in memory: whatever the ledger's own rules do is clean, and nothing else."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from domain.accounts import books
from domain.accounts.audit import ChargeRow, LedgerRows, TransferRow, book_name, ledger_findings
from domain.accounts.audit_bill import bill_findings
from domain.accounts.books import Kind
from domain.accounts.charges import Charge, charge_id
from domain.accounts.charging import AccountCharges, BilledStanding, KeptCharge, Overpayment, charged
from domain.accounts.ledger import (
    Cause,
    CauseKind,
    Head,
    Posting,
    Transfer,
    movements,
    sealed,
    settled_lines,
)
from domain.kernel.ids import AccountId, PaymentId, SupplierAccountId
from domain.kernel.money import ZERO, Money
from domain.payments.audit import (
    AccountRows,
    PaymentRow,
    ProviderName,
    Totals,
    account_findings,
    account_totals,
    name_findings,
    total_findings,
)

ACCOUNT = AccountId(UUID(int=1))
HEAT, WATER = SupplierAccountId(UUID(int=10)), SupplierAccountId(UUID(int=11))
DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 7, tzinfo=UTC)


@dataclass
class Account:
    """An account in memory, moved only by the domain's own rules."""

    head: Head = field(default_factory=lambda: Head(account_id=ACCOUNT))
    books: dict = field(default_factory=dict)
    charges: dict = field(default_factory=dict)
    transfers: list = field(default_factory=list)
    opened: set = field(default_factory=set)

    def post(self, *postings):
        for posting in postings:
            entries, self.head = sealed(posting, self.head, NOON)
            cause = posting.cause
            self.transfers += [
                TransferRow(
                    entry.posting_id,
                    entry.line_no,
                    entry.entry_no,
                    entry.transfer.debit,
                    entry.transfer.credit,
                    entry.transfer.amount.kopecks,
                    entry.transfer.charge_id,
                    cause.kind.value,
                    cause.id,
                    cause.version,
                    posting.value_date,
                    NOON,
                    entry.hash,
                )
                for entry in entries
            ]
            for book, moved in movements(posting.transfers).items():
                self.books[book] = self.books.get(book, 0) + moved.kopecks

    def bill(self, *charges, overpayments=()):
        standing = BilledStanding(
            head=self.head,
            kept=self.charges,
            balances={book: Money(kopecks) for book, kopecks in self.books.items()},
            opened=frozenset(self.opened),
        )
        asked = AccountCharges(account_id=ACCOUNT, charges=charges, overpayments=overpayments)
        outcome = charged(asked, standing, DAY)
        self.post(*outcome.postings)
        self.charges |= {kept.charge.id: kept for kept in [*outcome.added, *outcome.changed]}
        self.opened |= {row.cause_id for row in overpayments}

    def pay(self, payment_id, lines, ahead=()):
        """`lines`: (charge id, kind, kopecks); `ahead`: (supplier account, kopecks)."""
        own = books.payment(payment_id)
        spread = [
            Transfer(
                debit=own,
                credit=books.receivable(self.charges[line].charge.supplier_account_id, kind),
                amount=Money(kopecks),
                charge_id=line,
            )
            for line, kind, kopecks in lines
        ]
        spread += [
            Transfer(debit=own, credit=books.advance(owner), amount=Money(kopecks))
            for owner, kopecks in ahead
        ]
        whole = Money(sum(one.amount.kopecks for one in spread))
        received = Transfer(debit=books.clearing("yookassa"), credit=own, amount=whole)
        cause = Cause(kind=CauseKind.PAYMENT, id=payment_id)
        posting = Posting(account_id=ACCOUNT, cause=cause, value_date=DAY, transfers=(received, *spread))
        self.post(posting)
        for line, (principal, penalty) in settled_lines([posting]).items():
            charge = self.charges[line].charge
            paid = replace(charge, paid=charge.paid + principal, penalty_paid=charge.penalty_paid + penalty)
            self.charges[line] = KeptCharge(charge=paid, revision=self.charges[line].revision)

    def open_lines(self):
        for kept in self.charges.values():
            charge = kept.charge
            yield charge.id, Kind.PRINCIPAL, max(charge.principal, ZERO).kopecks - charge.paid.kopecks
            yield charge.id, Kind.PENALTY, charge.penalty.kopecks - charge.penalty_paid.kopecks

    def rows(self, **changed):
        return LedgerRows(
            **{
                "account_id": ACCOUNT,
                "head": self.head,
                "books": dict(self.books),
                "transfers": list(self.transfers),
                "charges": [_charge_row(kept) for kept in self.charges.values()],
                "supplier_account_ids": frozenset((HEAT, WATER)),
                **changed,
            }
        )


def _charge_row(kept):
    charge = kept.charge
    return ChargeRow(
        charge.id,
        charge.supplier_account_id,
        charge.principal.kopecks,
        charge.penalty.kopecks,
        charge.paid.kopecks,
        charge.penalty_paid.kopecks,
        kept.revision,
    )


def line(owner, kopecks, *, period="2026-10", recalculation=0, penalty=0):
    return Charge(
        id=charge_id("1", str(owner), "s", period),
        supplier_account_id=owner,
        service_code="s",
        period=period,
        bill_number="1",
        volume=None,
        unit="",
        tariff=None,
        amount=Money(kopecks),
        recalculation=Money(recalculation),
        penalty=Money(penalty),
    )


def codes(rows):
    return {one.code for one in [*ledger_findings(rows), *bill_findings(rows)]}


@pytest.mark.parametrize("seed", range(300))
def test_any_history_by_the_rules_is_clean(seed):
    """Bills, corrections below zero and back, opening overpayments and payments in any order: what is
    paid of each line can always be told from the transfers."""
    chance, account = random.Random(seed), Account()
    for step in range(chance.randint(1, 25)):
        owner = chance.choice((HEAT, WATER))
        if chance.random() < 0.6:
            period = f"2026-{chance.randint(8, 10):02d}"
            kopecks, back = chance.choice((0, 100, 700, -300)), chance.choice((0, 0, 50, -400))
            penalty = chance.choice((0, 0, 30, 7))
            over = [Overpayment(supplier_account_id=owner, amount=Money(250), cause_id=UUID(int=900 + step))]
            account.bill(
                line(owner, kopecks, period=period, recalculation=back, penalty=penalty),
                overpayments=over if chance.random() < 0.2 else (),
            )
            continue
        paid = [
            (charge, kind, chance.randint(1, left)) for charge, kind, left in account.open_lines() if left
        ]
        account.pay(
            PaymentId(UUID(int=500 + step)),
            chance.sample(paid, chance.randint(0, len(paid))),
            [(owner, chance.randint(1, 500))],
        )
    assert codes(account.rows()) == set()


@pytest.fixture
def account():
    account = Account()
    account.bill(line(HEAT, 1000, penalty=40), line(WATER, 500))
    account.pay(PaymentId(UUID(int=7)), [(line(HEAT, 0).id, Kind.PRINCIPAL, 600)], [(WATER, 100)])
    return account


def test_a_broken_link_is_told_once(account):
    transfers = list(account.transfers)
    transfers[1] = replace(transfers[1], value_date=date(2020, 1, 1))
    found = list(ledger_findings(account.rows(transfers=transfers)))
    assert [(one.code, one.table, one.key) for one in found] == [("hash", "transfers", "entry_no=2")]
    assert found[0].found == transfers[1].hash.hex()


def test_a_chain_is_of_its_own_account_only(account):
    assert "hash" in {
        one.code for one in ledger_findings(replace(account.rows(), account_id=AccountId(UUID(int=2))))
    }


def test_an_empty_account_needs_its_head():
    assert codes(Account().rows()) == set()
    [finding] = ledger_findings(Account().rows(head=None))
    assert (finding.code, finding.found) == ("head", "no row")


def test_a_row_that_cannot_be_posted_does_not_stop_the_audit(account):
    for wrong in ({"kopecks": 0}, {"credit": account.transfers[0].debit}, {"cause_kind": "gift"}):
        transfers = [replace(account.transfers[0], **wrong), *account.transfers[1:]]
        assert "transfer-malformed" in codes(account.rows(transfers=transfers))


def test_names_of_books_are_read_as_they_are_made():
    assert book_name(books.receivable(HEAT, Kind.PENALTY)) == ("receivable", str(HEAT), "penalty")
    assert book_name(books.clearing("yookassa")) == ("clearing", "yookassa", "")
    assert book_name(books.CORRECTIONS) == ("corrections", "", "")


def explained(*dealt, addressed=700, offered=700):
    """An explanation with one step that deals these sums to supplier accounts."""
    lines = [
        {"line": {"supplier_account_id": str(owner)}, "amount": {"kopecks": kopecks}}
        for owner, kopecks in dealt
    ]
    tier = {"name": "advance", "offered": {"kopecks": offered}, "dealt": lines}
    return {
        "rule": "bill-first",
        "spreads": [{"addressed": {"amount": {"kopecks": addressed}}, "tiers": [tier]}],
    }


def payment_row(account, **changed):
    heat, water = {"kopecks": 600}, {"kopecks": 100}
    parts = [
        {
            "supplier_account_id": str(HEAT),
            "amount": heat,
            "lines": [{"line": {"supplier_account_id": str(HEAT)}, "amount": heat}],
        },
        {
            "supplier_account_id": str(WATER),
            "amount": water,
            "lines": [{"line": {"supplier_account_id": str(WATER)}, "amount": water}],
        },
    ]
    row = PaymentRow(
        payment_id=PaymentId(UUID(int=7)),
        amount_kopecks=700,
        parts=parts,
        explanation=explained((HEAT, 600), (WATER, 100)),
        state="paid",
        steps_count=3,
        provider="yookassa",
        provider_payment_id="p",
        paid_at=NOON,
        next_check_at=None,
        steps=((1, "created"), (2, "awaiting_payer"), (3, "paid")),
    )
    row = replace(row, **changed)
    name = ProviderName("p", "yookassa", ACCOUNT, PaymentId(UUID(int=7)))
    return AccountRows(ledger=account.rows(), payments=[row], names={name.key: name})


def test_a_paid_payment_agrees_with_its_posting(account):
    rows = payment_row(account)
    assert account_findings(rows) == []
    assert account_totals(rows) == Totals(
        accounts=1, transfers=6, payments=1, paid=700, received=700, posted=700
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"state": "expired", "paid_at": None}, {"payment-posted", "payment-last-step", "clearing"}),
        (
            {"amount_kopecks": 701},
            {"payment-parts", "payment-received", "payment-explanation", "clearing"},
        ),
        ({"explanation": None}, {"payment-explanation"}),
        ({"explanation": explained((HEAT, 600), (WATER, 100), addressed=699)}, {"payment-explanation"}),
        ({"explanation": explained((HEAT, 600), (WATER, 100), offered=699)}, {"payment-explanation"}),
        ({"explanation": explained((HEAT, 700))}, {"payment-explanation"}),
        ({"paid_at": NOON - timedelta(days=1)}, {"payment-value-date"}),
        ({"paid_at": NOON + timedelta(days=1)}, {"payment-value-date"}),
        ({"parts": None}, {"payment-parts"}),
        ({"steps": ()}, {"payment-steps", "payment-last-step"}),
        ({"steps": ((1, "created"), (2, "failed"), (3, "paid"))}, {"payment-move"}),
        ({"steps": ((1, "created"), (2, "dreamt"), (3, "paid"))}, {"payment-move"}),
        ({"provider": "other"}, {"provider-id", "payment-received", "clearing"}),
        ({"provider_payment_id": "q"}, {"provider-id"}),
        ({"next_check_at": NOON}, {"payment-still-checked"}),
        ({"paid_at": None}, {"payment-paid-at"}),
    ],
)
def test_what_a_payment_says_must_be_so(account, changed, expected):
    assert {one.code for one in account_findings(payment_row(account, **changed))} == expected


def test_money_of_one_supplier_account_for_another_is_found(account):
    """Sealed in good order: only the parts and the frozen explanation know better."""
    rows = payment_row(account)
    part = rows.payments[0].parts[0] | {"supplier_account_id": str(WATER)}
    found = account_findings(payment_row(account, parts=[part, rows.payments[0].parts[1]]))
    assert {one.code for one in found} == {"payment-spread"}
    assert len(found) == 2


def test_a_payment_counts_from_the_regions_day(account):
    """At 20:00 UTC the next day has begun in Yekaterinburg, but not in Moscow, nor as a rule for all."""
    evening = {"paid_at": datetime(2026, 11, 19, 20, tzinfo=UTC)}
    for zone, expected in (
        ("Asia/Yekaterinburg", []),
        ("Europe/Moscow", ["payment-value-date"]),
        (None, []),
    ):
        rows = replace(payment_row(account, **evening), zone=zone and ZoneInfo(zone))
        assert [one.code for one in account_findings(rows)] == expected


def test_the_registry_and_the_payments_name_each_other():
    name = ProviderName("p", "yookassa", ACCOUNT, PaymentId(UUID(int=7)))
    assert list(name_findings([name], [name])) == []
    [stray] = name_findings([name], [])
    assert (stray.code, stray.key) == ("provider-id-stray", "provider_payment_id=p provider=yookassa")
    [other] = name_findings([name], [replace(name, provider_payment_id="q")])
    assert other.found == "another id there"


def test_money_in_equals_money_posted():
    assert list(total_findings(Totals(paid=5, received=5, posted=5))) == []
    whole = Totals(accounts=1, paid=5, received=4, posted=5) + Totals(accounts=1, posted=1)
    assert whole.accounts == 2
    assert {one.code for one in total_findings(whole)} == {"money-received", "money-posted"}
