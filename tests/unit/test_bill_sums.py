"""Which transfer is told in which bill: each once, and what is to pay is the balance at the cut."""

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.accounts.books import CORRECTIONS, Book, Kind, advance, billed, clearing, payment, receivable
from domain.accounts.ledger import CauseKind
from domain.bills.moving import Moved, added_up, later_months
from domain.kernel.ids import PaymentId, SupplierAccountId
from domain.kernel.money import ZERO, Money

A, B = SupplierAccountId(UUID(int=1)), SupplierAccountId(UUID(int=2))
PERIODS = ("2026-07", "2026-08", "2026-09", "2026-10")
PAYMENT = payment(PaymentId(UUID(int=9)))


def charge(owner, kopecks, period, *, kind=Kind.PRINCIPAL):
    owed, source = receivable(owner, kind), billed(owner)
    books = (owed, source) if kopecks > 0 else (source, owed)
    return CauseKind.CHARGE, *books, abs(kopecks), period


def paid(owner, kopecks, *, ahead=False):
    return (
        CauseKind.PAYMENT,
        PAYMENT,
        advance(owner) if ahead else receivable(owner, Kind.PRINCIPAL),
        kopecks,
        None,
    )


owners, sums = st.sampled_from((A, B)), st.integers(1, 500_000)
entries = st.lists(
    st.one_of(
        st.builds(charge, owners, st.integers(-300_000, 300_000).filter(bool), st.sampled_from(PERIODS)),
        st.builds(charge, owners, sums, st.sampled_from(PERIODS), kind=st.just(Kind.PENALTY)),
        st.builds(paid, owners, sums, ahead=st.booleans()),
        st.builds(
            lambda o, k: (CauseKind.ADVANCE, advance(o), receivable(o, Kind.PRINCIPAL), k, None), owners, sums
        ),
        st.builds(lambda o, k: (CauseKind.REFUND, advance(o), Book("refund_reserve"), k, None), owners, sums),
        st.builds(lambda o, k: (CauseKind.OPENING, CORRECTIONS, advance(o), k, None), owners, sums),
        st.just((CauseKind.PAYMENT, clearing("x"), PAYMENT, 5, None)),
    ),
    max_size=25,
)


def moved(log, *, known_to=0, before=None):
    """As the database gives it: what is new, and charges of months that no bill has told of."""
    return [
        Moved(
            debit=debit,
            credit=credit,
            amount=Money(kopecks),
            cause=cause,
            period=period,
            is_known=number <= known_to,
            is_early=False,
        )
        for number, (cause, debit, credit, kopecks, period) in enumerate(log, start=1)
        if number > known_to or (before is not None and period is not None and period > before)
    ]


def balance(log, owner):
    found = 0
    for _, debit, credit, kopecks, _ in log:
        found += kopecks * (str(owner) in debit and not debit.startswith("billed"))
        found -= kopecks * (str(owner) in credit and not credit.startswith("billed"))
    return Money(found)


@settings(deadline=None, max_examples=200)
@given(entries, st.lists(st.integers(0, 25), min_size=len(PERIODS), max_size=len(PERIODS)))
def test_bills_follow_each_other_without_a_gap(log, cuts):
    """Bills of four months in turn, each cut somewhere after the one before; every one ends with the books
    less what is of months to come."""
    starts, before, known = {}, None, 0
    for period, cut in zip(PERIODS, sorted(cuts), strict=True):
        told = moved(log[:cut], known_to=known, before=before)
        sums = added_up(told, period, before, starts)
        for owner in (A, B):
            found = sums[owner].balance if owner in sums else ZERO
            assert found + later_months(told, owner, period) == balance(log[:cut], owner)
        starts, before, known = {owner: one.balance for owner, one in sums.items()}, period, cut


def test_the_first_bill_starts_with_what_came_before():
    log = [charge(A, 1000, "2026-09"), paid(A, 300), (CauseKind.OPENING, CORRECTIONS, advance(A), 50, None)]
    [sums] = added_up(moved([*log, charge(A, 700, "2026-10")]), "2026-10", None, {}).values()
    assert (sums.start, sums.month, sums.paid) == (Money(950), Money(700), Money(300))
    early = moved(log)
    early[1] = replace(early[1], is_early=True)
    [sums] = added_up(early, "2026-10", None, {}).values()
    assert (sums.start, sums.paid) == (Money(650), ZERO)


def test_a_corrected_month_stands_in_the_next_bill():
    log = [
        charge(A, 1000, "2026-09"),
        charge(A, -200, "2026-09"),
        charge(A, 30, "2026-09", kind=Kind.PENALTY),
    ]
    told = moved([*log, charge(A, 700, "2026-10")], known_to=1, before="2026-09")
    [sums] = added_up(told, "2026-10", "2026-09", {A: Money(1000)}).values()
    [earlier] = sums.months()
    assert (earlier.period, earlier.charged, earlier.penalty) == ("2026-09", Money(-200), Money(30))
    assert (sums.start, sums.month, sums.balance) == (Money(1000), Money(700), Money(1530))


def test_a_month_nobody_was_billed_for_is_a_debt_at_the_start():
    told = moved([charge(A, 400, "2026-08"), charge(A, 700, "2026-10")], before="2026-07")
    [sums] = added_up(told, "2026-10", "2026-07", {A: Money(100)}).values()
    assert (sums.start, sums.month, sums.months()) == (Money(500), Money(700), ())


def test_other_movements_have_their_causes():
    refund = (CauseKind.REFUND, advance(A), Book("refund_reserve"), 500, None)
    [sums] = added_up(moved([paid(A, 500, ahead=True), refund]), "2026-10", None, {}).values()
    [other] = sums.other_moves()
    assert (sums.paid, other.cause, other.amount, sums.balance) == (
        Money(500),
        CauseKind.REFUND,
        Money(500),
        ZERO,
    )


def test_a_penalty_that_we_reckoned_stands_in_no_line():
    apart = [replace(moved([charge(A, 90, "2026-10", kind=Kind.PENALTY)])[0], is_apart=True)]
    [sums] = added_up([*moved([charge(A, 700, "2026-10")]), *apart], "2026-10", None, {}).values()
    [own] = sums.months()
    assert (sums.month, own.period, own.charged, own.penalty) == (Money(700), "2026-10", ZERO, Money(90))
    [later] = added_up(apart, "2026-11", "2026-10", {A: Money(700)}).values()
    assert (later.start, later.balance) == (Money(700), Money(790))
