"""Penalties: the worked examples of the law, the change of regime, and what always holds."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.accounts.accounts import AccountKind
from domain.accounts.debtors import Debtor
from domain.accounts.due_dates import DueRule, due_on
from domain.accounts.import_cells import Code
from domain.accounts.penalties.key_rates import compared, rate_header_faults, rates_read
from domain.accounts.penalties.penalties import HandedOver, Owing, reckonings
from domain.accounts.penalties.rates import CapBy, KeyRate
from domain.accounts.penalties.reckoning import Reckoning, reckoned
from domain.accounts.penalties.slices import ALWAYS, NEVER_ENDS, Debt, Move, Relief, ReliefWhy, slices
from domain.kernel.ids import AccountId
from domain.kernel.money import Money, total
from tests.penalties import CAP, DAYS, DUE_DATES, RULES, debt, rulebook

BOOK = rulebook()
TODAY = date(2026, 11, 22)


def _resident(owed: Debt, as_of: date = TODAY) -> Reckoning:
    return reckoned([owed], Debtor.RESIDENT, BOOK, as_of)


def _days(reckoning: Reckoning) -> list[tuple[int, int, int]]:
    return [(one.days, one.part_of, one.base.kopecks) for one in reckoning.segments]


def test_a_resident_pays_a_bill_in_full_late() -> None:
    found = _resident(debt(450_000, "2026-03", (date(2026, 8, 1), 450_000)))
    assert found.due_on == date(2026, 4, 15)
    assert [(one.since, one.until) for one in found.segments] == [
        (date(2026, 5, 16), date(2026, 7, 14)),
        (date(2026, 7, 15), date(2026, 8, 1)),
    ]
    assert [str(one.roubles) for one in found.segments] == ["85.5000", "59.1923"]
    assert found.total == Money(144_69)


def test_each_paid_part_is_reckoned_to_its_own_day() -> None:
    found = _resident(debt(450_000, "2026-03", (date(2026, 8, 1), 250_000), (date(2026, 6, 1), 200_000)))
    assert sorted(_days(found)) == [(17, 300, 200_000), (18, 130, 250_000), (60, 300, 250_000)]
    assert sorted(str(one.roubles) for one in found.segments) == ["10.7667", "32.8846", "47.5000"]
    assert found.total == Money(91_15)


def test_a_legal_entity_pays_from_the_first_day() -> None:
    owed = debt(12_000_000, "2026-09", (date(2026, 11, 30), 12_000_000))
    found = reckoned([owed], Debtor.BUYER, BOOK, date(2026, 11, 30))
    assert found.due_on == date(2026, 10, 19)
    assert _days(found) == [(42, 130, 12_000_000)]
    assert found.total == Money(3_683_08)
    at_fifteen = replace(found.segments[0], rate_basis_points=1500)
    assert replace(found, segments=(at_fifteen,)).total == Money(5_815_38)


def test_a_managing_company_pays_in_three_steps() -> None:
    owed = debt(30_000_000, "2026-04", (date(2026, 9, 1), 30_000_000))
    found = reckoned([owed], Debtor.MANAGING_COMPANY, BOOK, TODAY)
    assert found.due_on == date(2026, 5, 15)
    assert _days(found) == [(60, 300, 30_000_000), (30, 170, 30_000_000), (19, 130, 30_000_000)]
    assert found.total == Money(14_894_80)


def test_from_2027_the_full_key_rate_counts_for_what_is_paid_then() -> None:
    owed = debt(100_000, "2026-08", (date(2026, 12, 31), 40_000))
    before, after = _resident(owed, date(2026, 12, 31)), _resident(owed, date(2027, 1, 1))
    assert {one.rate_basis_points for one in before.segments} == {950}
    assert {(one.base.kopecks, one.rate_basis_points) for one in after.segments} == {
        (40_000, 950),
        (60_000, 1550),
    }
    assert all(bool(one.capped_by) == (one.rate_basis_points == 950) for one in after.segments)
    assert after.total.kopecks > before.total.kopecks * 1.3


def test_a_cap_may_be_chosen_by_the_day_of_delay() -> None:
    book = rulebook(rules=replace(RULES, cap_by=CapBy.DELAY))
    found = reckoned([debt(100_000, "2026-08")], Debtor.RESIDENT, book, date(2027, 1, 10))
    rates = {(one.since >= date(2027, 1, 1), one.rate_basis_points) for one in found.segments}
    assert rates == {(False, 950), (True, 1550)}
    assert sum(one.days for one in found.segments) == (date(2027, 1, 10) - found.due_on).days - 30


def test_the_lower_of_key_rate_and_cap_counts() -> None:
    rate = BOOK.rates.rate(date(2022, 6, 1), date(2022, 6, 1), Debtor.RESIDENT)
    assert (rate.basis_points, rate.cap) == (850, None)
    rate = BOOK.rates.rate(TODAY, TODAY, Debtor.RESIDENT)
    assert (rate.basis_points, rate.cap) == (950, CAP)


def test_due_dates_change_by_due_date_and_move_to_a_working_day() -> None:
    rules = DUE_DATES.of(Debtor.RESIDENT)
    assert due_on("2026-01", rules, DAYS) == date(2026, 2, 10)
    assert due_on("2026-02", rules, DAYS) == date(2026, 3, 16)  # the 15th is a Sunday
    assert due_on("2026-10", rules, DAYS) == date(2026, 11, 16)
    assert due_on("2025-12", DUE_DATES.of(Debtor.BUYER), DAYS) == date(2026, 1, 19)


def test_a_bill_handed_over_late_is_due_with_the_month_it_was_handed_over_in() -> None:
    late = DueRule(since=date(2026, 3, 1), day=15, source="1", billed_by=5, late_source="2.1")
    rules = (DueRule(since=date(2015, 1, 1), day=10, billed_by=1), late)
    assert due_on("2026-10", rules, DAYS, date(2026, 11, 5)) == date(2026, 11, 16)
    assert due_on("2026-10", rules, DAYS, date(2026, 11, 6)) == date(2026, 12, 15)
    assert due_on("2026-08", rules, DAYS, date(2026, 9, 5)) == due_on("2026-08", rules, DAYS)
    # The 5th of September is a Saturday: handed over on Monday the 7th it is not late.
    assert due_on("2026-08", rules, DAYS, date(2026, 9, 7)) == date(2026, 9, 15)
    assert due_on("2026-01", rules, DAYS, date(2026, 2, 20)) == date(2026, 3, 16)
    assert due_on("2026-10", DUE_DATES.of(Debtor.BUYER), DAYS, date(2026, 12, 30)) == date(2026, 11, 18)


def test_a_delay_counts_from_the_date_on_a_late_bill_once_it_is_handed_over() -> None:
    bill = HandedOver(
        period="2026-03", issued_at=datetime(2026, 5, 7, 9, tzinfo=UTC), due_on=date(2026, 6, 15)
    )
    owing = Owing(
        account_id=AccountId(UUID(int=9)),
        kind=AccountKind.UNIFIED,
        debts=[debt(450_000, "2026-03")],
        bills=[bill],
    )
    [before] = reckonings(owing, BOOK, date(2026, 5, 6))
    [after] = reckonings(owing, BOOK, date(2026, 8, 1))
    assert (before.due_on, after.due_on) == (date(2026, 4, 15), date(2026, 6, 15))
    assert (after.segments[0].since, after.segments[0].from_day) == (date(2026, 7, 16), 31)


def test_on_time_and_for_thirty_days_nothing_is_due() -> None:
    assert not _resident(debt(450_000, "2026-03", (date(2026, 4, 15), 450_000))).segments
    assert not _resident(debt(450_000, "2026-03"), date(2026, 5, 15)).segments
    assert _days(_resident(debt(450_000, "2026-03"), date(2026, 5, 16))) == [(1, 300, 450_000)]


def test_a_bankruptcy_stops_the_days_at_its_cut_off() -> None:
    stop = Relief(amount=Money(450_000), since=date(2026, 6, 1), until=NEVER_ENDS, why=ReliefWhy.BANKRUPTCY)
    found = _resident(debt(450_000, "2026-03", (date(2026, 8, 1), 450_000), reliefs=(stop,)))
    assert [(one.since, one.until) for one in found.segments] == [(date(2026, 5, 16), date(2026, 5, 31))]
    taken_back = replace(stop, amount=-stop.amount)
    again = debt(450_000, "2026-03", (date(2026, 8, 1), 450_000), reliefs=(stop, taken_back))
    assert _resident(again).total == Money(144_69)


def test_what_was_charged_wrongly_bears_nothing_until_it_is_put_right() -> None:
    """The case lowers 1000.00 of 4500.00 on 20.07; the freed advance closes that part the same day."""
    wrong = Relief(amount=Money(100_000), since=ALWAYS, until=date(2026, 7, 20), why=ReliefWhy.CORRECTION)
    paid = ((date(2026, 7, 20), 100_000), (date(2026, 8, 1), 350_000))
    found = _resident(debt(450_000, "2026-03", *paid, reliefs=(wrong,)))
    right = _resident(debt(350_000, "2026-03", (date(2026, 8, 1), 350_000)))
    assert found.total <= right.total + Money(10)


def test_nobody_delays_what_is_not_billed_yet() -> None:
    late = (Move(date(2026, 4, 5), Money(300_000)), Move(date(2026, 7, 20), Money(150_000)))
    found = _resident(debt(450_000, "2026-03", (date(2026, 8, 1), 450_000), billed=late))
    first = min(one.since for one in found.segments if one.base == Money(150_000))
    assert first == date(2026, 7, 21)


def test_what_was_freed_by_a_correction_no_longer_pays_the_line() -> None:
    """400.00 were paid of 500.00, then 100.00 of it freed and billed anew: they are unpaid."""
    owed = replace(debt(50_000, "2026-03", (date(2026, 4, 1), 50_000)), paid=Money(40_000))
    assert {(one.amount.kopecks, one.settled_on) for one in slices(owed)} == {
        (40_000, date(2026, 4, 1)),
        (10_000, None),
    }


DAYS_OF_2026 = st.integers(0, 250).map(lambda days: date(2026, 4, 1) + timedelta(days=days))
SUMS = st.integers(1, 10_000_000)
PAID = st.lists(st.tuples(DAYS_OF_2026, st.integers(1, 300_000)), max_size=5)


def _exact(reckoning: Reckoning) -> Fraction:
    return sum((one.exact_kopecks for one in reckoning.segments), Fraction(0))


@given(SUMS, DAYS_OF_2026, st.sampled_from(list(Debtor)))
def test_the_days_of_a_period_add_up(kopecks: int, until: date, debtor: Debtor) -> None:
    owed = debt(kopecks, "2026-03")
    days = [reckoned([owed], debtor, BOOK, until - timedelta(days=back)) for back in (0, 1)]
    last = [one for one in days[0].segments if one.until == until]
    step = Fraction(kopecks * 950, 10_000 * last[0].part_of) if last else Fraction(0)
    assert _exact(days[0]) - _exact(days[1]) == step


@given(SUMS, st.integers(0, 100), PAID)
def test_slices_are_the_whole_charge(kopecks: int, more: int, paid: list[tuple[date, int]]) -> None:
    owed = debt(kopecks, "2026-03", *paid)
    assert total(part.amount for part in slices(owed)) == owed.principal
    assert total(part.amount for part in slices(owed) if part.settled_on) == owed.paid


@given(SUMS, st.integers(1, 1_000_000), PAID, DAYS_OF_2026)
def test_more_debt_never_less_penalty(kopecks: int, more: int, paid: list, as_of: date) -> None:
    less, greater = debt(kopecks, "2026-03", *paid), debt(kopecks + more, "2026-03", *paid)
    assert _exact(_resident(less, as_of)) <= _exact(_resident(greater, as_of))


@given(SUMS, PAID.filter(bool), st.integers(1, 60))
def test_paying_earlier_never_costs_more(kopecks: int, paid: list, earlier: int) -> None:
    """While the rate stays: it is the payment day's, so a falling key rate may make waiting cheaper."""
    sooner = [(paid[0][0] - timedelta(days=earlier), paid[0][1]), *paid[1:]]
    slow = _resident(debt(kopecks, "2026-03", *paid), date(2026, 12, 31))
    fast = _resident(debt(kopecks, "2026-03", *sooner), date(2026, 12, 31))
    assert _exact(fast) <= _exact(slow)


def _rows(*rows: tuple[str, str]) -> list:
    return [(no, {"Дата": day, "Ставка": rate}) for no, (day, rate) in enumerate(rows, start=2)]


def test_a_file_of_key_rates_is_read_day_by_day() -> None:
    read = rates_read(
        _rows(
            ("27.10.2026", "14,00"), ("23.10.2026", "14,50"), ("22.10.2026", "14.50"), ("2026-10-21", "15")
        ),
        TODAY,
    )
    assert not read.faults
    assert [(one.valid_from.day, one.basis_points) for one in read.rates] == [
        (21, 1500),
        (22, 1450),
        (27, 1400),
    ]
    told = compared(read.rates, [KeyRate(valid_from=date(2026, 10, 21), basis_points=1550), read.rates[1]])
    assert (len(told.added), len(told.changed), told.repeated) == (1, 1, 1)


def test_a_wrong_key_rate_refuses_the_file() -> None:
    rows = (
        *(("31.02.2026", "14"), ("2027-06-01", "14"), ("2026-01-01", "x"), ("2026-01-02", "0"), ("", "9")),
        *(("2026-01-03", "9"), ("2026-01-03", "10"), ("2026-01-04", "120")),
    )
    found = {(one.row_no, one.code) for one in rates_read(_rows(*rows), TODAY).faults}
    assert found == {
        (2, Code.NOT_A_DATE),
        (3, Code.PERIOD_TOO_FAR),
        (4, Code.NOT_A_SUM),
        (5, Code.NOT_A_NUMBER),
        (6, Code.MISSING),
        (8, Code.CONTRADICTS),
        (9, Code.NOT_A_NUMBER),
    }
    assert [one.code for one in rates_read([], TODAY).faults] == [Code.NO_ROWS]
    assert [one.field for one in rate_header_faults(["Дата", "дата"])] == ["rate_percent", "valid_from"]
