"""Random histories of charges, corrections and money: the books stay whole whatever billing says."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.accounts.books import CORRECTIONS, WRITTEN_OFF, Book, Kind, advance, billed, receivable
from domain.accounts.charges import Charge, charge_id
from domain.accounts.charging import (
    AccountCharges,
    BilledStanding,
    KeptCharge,
    Overpayment,
    charged,
)
from domain.accounts.ledger import FIRST_HASH, CauseKind, Head, entry_hash, movements, sealed, settled_lines
from domain.accounts.posting import ChargeState, first_or_corrected
from domain.accounts.written_off import WrittenOff
from domain.kernel.ids import AccountId, SupplierAccountId
from domain.kernel.money import ZERO, Money, total

ACCOUNT = AccountId(UUID(int=1))
SUPPLIER_ACCOUNTS = [SupplierAccountId(UUID(int=10 + number)) for number in range(2)]
AT = datetime(2026, 11, 20, tzinfo=UTC)
DAY = date(2026, 11, 20)


class Ledger:
    """One account's rows, written as the adapters write them."""

    def __init__(self):
        self.head = Head(account_id=ACCOUNT)
        self.kept: dict[UUID, KeptCharge] = {}
        self.balances: dict[Book, Money] = {}
        self.opened: set[UUID] = set()
        self.postings = []
        self.entries = []

    def bill(self, charges, overpayments=()):
        standing = BilledStanding(
            head=self.head, kept=dict(self.kept), balances=dict(self.balances), opened=frozenset(self.opened)
        )
        asked = AccountCharges(account_id=ACCOUNT, charges=charges, overpayments=overpayments)
        outcome = charged(asked, standing, DAY)
        for posting in outcome.postings:
            entries, self.head = sealed(posting, self.head, AT)
            self.entries += [(posting, entry) for entry in entries]
        self.postings += outcome.postings
        for book, change in outcome.moved.items():
            self.balances[book] = self.balances.get(book, ZERO) + change
        for kept in [*outcome.added, *outcome.changed]:
            self.kept[kept.charge.id] = kept
        self.opened |= {one.cause_id for one in overpayments}
        return outcome


def one_charge(supplier_account_id, service, period, amount, penalty):
    return Charge(
        id=charge_id("inn", str(supplier_account_id), service, period),
        supplier_account_id=supplier_account_id,
        service_code=service,
        period=period,
        bill_number="1",
        volume=None,
        unit="",
        tariff=None,
        amount=Money(amount),
        recalculation=ZERO,
        penalty=Money(penalty),
    )


charges = st.lists(
    st.builds(
        one_charge,
        st.sampled_from(SUPPLIER_ACCOUNTS),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["2026-09", "2026-10"]),
        st.integers(-500, 500),
        st.integers(0, 50),
    ),
    max_size=6,
    unique_by=lambda charge: charge.id,
)
overpayments = st.lists(
    st.builds(
        lambda supplier_account_id, kopecks, cause: Overpayment(
            supplier_account_id=supplier_account_id, amount=Money(kopecks), cause_id=UUID(int=cause)
        ),
        st.sampled_from(SUPPLIER_ACCOUNTS),
        st.integers(1, 900),
        st.integers(100, 103),
    ),
    max_size=2,
    unique_by=lambda one: one.cause_id,
)


def check(ledger: Ledger):
    assert total(ledger.balances.values()) == ZERO
    for of in SUPPLIER_ACCOUNTS:
        lines = [kept.charge for kept in ledger.kept.values() if kept.charge.supplier_account_id == of]
        owed = total(max(line.principal, ZERO) - line.paid for line in lines)
        penalties = total(line.penalty - line.penalty_paid for line in lines)
        assert ledger.balances.get(receivable(of, Kind.PRINCIPAL), ZERO) == owed
        assert ledger.balances.get(receivable(of, Kind.PENALTY), ZERO) == penalties
        ahead = -ledger.balances.get(advance(of), ZERO)
        # An advance never stands beside an open line of the same supplier.
        assert ahead <= ZERO or owed + penalties == ZERO
        for line in lines:
            assert ZERO <= line.paid <= max(line.principal, ZERO)
            assert ZERO <= line.penalty_paid <= line.penalty


@given(st.lists(st.tuples(charges, overpayments), min_size=1, max_size=6))
def test_the_books_stay_whole(history):
    ledger = Ledger()
    for told, ahead in history:
        ledger.bill(told, ahead)
        check(ledger)
    assert len({posting.cause.posting_id for posting in ledger.postings}) == len(ledger.postings)
    last = FIRST_HASH
    line_no = {}
    for number, (posting, entry) in enumerate(ledger.entries, start=1):
        line_no[entry.posting_id] = line_no.get(entry.posting_id, 0) + 1
        last = entry_hash(last, number, line_no[entry.posting_id], posting, entry.transfer, AT)
        assert (entry.entry_no, entry.hash, entry.line_no) == (number, last, line_no[entry.posting_id])
    assert (ledger.head.last_no, ledger.head.last_hash) == (len(ledger.entries), last)
    assert (
        movements(transfer for posting in ledger.postings for transfer in posting.transfers)
        == ledger.balances
    )


@given(charges, overpayments)
def test_the_same_again_changes_nothing(told, ahead):
    ledger = Ledger()
    ledger.bill(told, ahead)
    before = (ledger.head, dict(ledger.kept), dict(ledger.balances))
    outcome = ledger.bill(told, ahead)
    assert (outcome.new, outcome.corrected, outcome.unchanged) == (0, 0, len(told) + len(ahead))
    assert (ledger.head, ledger.kept, ledger.balances) == before


def test_a_decrease_below_what_is_paid_becomes_an_advance_and_meets_other_lines():
    ledger = Ledger()
    [first, _] = SUPPLIER_ACCOUNTS
    ahead = Overpayment(supplier_account_id=first, amount=Money(1000), cause_id=UUID(int=100))
    ledger.bill([one_charge(first, "a", "2026-09", 1000, 0)], [ahead])
    ledger.bill([one_charge(first, "b", "2026-10", 300, 0)])
    assert ledger.balances[receivable(first, Kind.PRINCIPAL)] == Money(300)

    outcome = ledger.bill([one_charge(first, "a", "2026-09", 400, 0)])

    assert (outcome.new, outcome.corrected) == (0, 1)
    assert ledger.balances[receivable(first, Kind.PRINCIPAL)] == ZERO
    assert ledger.balances[advance(first)] == Money(-300)
    assert ledger.balances[CORRECTIONS] == Money(1000)
    kinds = [posting.cause.kind for posting in outcome.postings]
    assert kinds == [CauseKind.CHARGE, CauseKind.ADVANCE]
    assert set(settled_lines(outcome.postings)) == {charge_id("inn", str(first), "b", "2026-10")}


def test_an_opening_balance_of_nothing_is_not_written():
    ledger = Ledger()
    nothing = one_charge(SUPPLIER_ACCOUNTS[0], "a", "2026-09", 0, 0)
    standing = BilledStanding(head=ledger.head, kept={}, balances={})
    asked = AccountCharges(account_id=ACCOUNT, charges=[nothing], if_kept=frozenset({nothing.id}))
    outcome = charged(asked, standing, DAY)
    assert (list(outcome.added), outcome.new, outcome.postings) == ([], 0, [])


LINE = one_charge(SUPPLIER_ACCOUNTS[0], "electricity", "2026-09", 100_000, 0)


@pytest.mark.parametrize(
    ("now", "paid", "undone", "ahead"),
    [
        (80_000, 0, 0, 0),  # the part nobody closed gives way first
        (50_000, 0, 10_000, 0),
        (30_000, 0, 30_000, 0),
        (0, 0, 60_000, 0),
        # 200 roubles were really paid: only they come back
        (10_000, 20_000, 60_000, 10_000),
        (70_000, 20_000, 10_000, 0),
    ],
)
def test_what_was_written_off_is_never_the_customers_money(now, paid, undone, ahead):
    """1,000 roubles charged, 600 of them discharged by a court, some paid; then billing lowers the line."""
    before = ChargeState(
        charge_id=LINE.id,
        supplier_account_id=LINE.supplier_account_id,
        principal=Money(100_000),
        penalty=ZERO,
        paid=Money(60_000 + paid),
        penalty_paid=ZERO,
        revision=1,
        written_off=WrittenOff(principal=Money(60_000)),
    )
    lowered = replace(LINE, amount=Money(now))
    state, posting = first_or_corrected(ACCOUNT, lowered, before, DAY)
    moved = movements(posting.transfers)
    assert -moved.get(WRITTEN_OFF, ZERO) == Money(undone)
    assert -moved.get(advance(LINE.supplier_account_id), ZERO) == Money(ahead)
    owed = receivable(LINE.supplier_account_id, Kind.PRINCIPAL)
    assert Money(40_000 - paid) + moved.get(owed, ZERO) == Money(now) - state.paid
    assert moved[billed(LINE.supplier_account_id)] == Money(100_000 - now)


def test_a_discharged_penalty_gives_way_as_well():
    before = ChargeState(
        charge_id=LINE.id,
        supplier_account_id=LINE.supplier_account_id,
        principal=LINE.principal,
        penalty=Money(900),
        paid=ZERO,
        penalty_paid=Money(900),
        revision=1,
        written_off=WrittenOff(penalty=Money(700)),
    )
    state, posting = first_or_corrected(ACCOUNT, replace(LINE, penalty=ZERO), before, DAY)
    moved = movements(posting.transfers)
    assert moved[WRITTEN_OFF] == Money(-700)
    assert moved[advance(LINE.supplier_account_id)] == Money(-200)
    assert state.penalty_paid == ZERO
