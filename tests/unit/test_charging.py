"""Random histories of charges, corrections and money: the books stay whole whatever billing says."""

from datetime import UTC, date, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.books import CORRECTIONS, Book, Kind, advance, receivable
from domain.accounts.charges import Charge, charge_id
from domain.accounts.charging import (
    AccountCharges,
    BilledStanding,
    KeptCharge,
    Overpayment,
    charged,
)
from domain.accounts.ledger import FIRST_HASH, CauseKind, Head, entry_hash, movements, sealed, settled_lines
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
