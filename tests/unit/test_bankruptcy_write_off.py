"""Write-off after bankruptcy: which bills are discharged, which are current and stay."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.accounts.books import WRITTEN_OFF
from domain.accounts.ledger import Posting, movements, settled_lines
from domain.accounts.written_off import WrittenOff
from domain.applications.bankruptcy_procedures import Act, Judicial, OutOfCourt
from domain.applications.bankruptcy_write_off import (
    BankruptcyWriteOff,
    DatesMixed,
    NotListed,
    OutOfCourtTooSoon,
    WriteOffGrant,
    WrittenOffLine,
    WrongAct,
    ended_before,
)
from domain.cases.forms import GrantTooMuch
from domain.kernel.money import ZERO, Money
from tests.case_files import THEIRS, account_file, case_of, charge

MARCH, APRIL, MAY = (
    charge(n, period, 10_000, penalty=Money(300))
    for n, period in enumerate(("2026-03", "2026-04", "2026-05"))
)
WATER = charge(9, "2026-03", owner=THEIRS)
FILE = account_file(MARCH, APRIL, MAY, WATER)


def form_of(how):
    return BankruptcyWriteOff(how=how, debtor_name="Иванов И. И.", born_on=date(1980, 1, 1))


def by_court(**more):
    how = {
        "court": "АС Тюменской области",
        "case_number": "А70-12345/2026",
        "accepted_on": date(2026, 5, 1),
        "completed_on": date(2026, 11, 2),
    }
    return BankruptcyWriteOff(
        how=Judicial(**how | more), debtor_name="Иванов И. И.", born_on=date(1980, 1, 1)
    )


def test_bills_that_ended_before_the_cut_off_are_proposed():
    proposal = by_court().proposal(FILE)
    assert [line.what for line in proposal.lines] == ["electricity, 03.2026", "electricity, 04.2026"]
    assert proposal.amount == Money(20_600)
    assert proposal.assumed[0].fields == {"day": "01.05.2026", "amount": str(Money(10_300))}
    assert by_court(accepted_on=date(2026, 4, 30)).proposal(FILE).amount == Money(10_300)


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.dates(date(2025, 1, 1), date(2027, 12, 31)))
def test_a_period_is_registry_or_current(day, cut_off):
    period = f"{day.year:04d}-{day.month:02d}"
    assert ended_before(period, cut_off) == ((day.year, day.month) < (cut_off.year, cut_off.month))


def test_the_wrong_act_is_told_at_once():
    assert [type(one) for one in by_court(act=Act.DECLARED_BANKRUPT).objections(FILE)] == [WrongAct]
    assert [type(one) for one in by_court(completed_on=date(2026, 4, 1)).objections(FILE)] == [DatesMixed]
    out = OutOfCourt(
        message_number="1", published_on=date(2026, 5, 1), completed_on=date(2026, 11, 1), is_listed=False
    )
    assert [type(one) for one in form_of(out).objections(FILE)] == [NotListed]


def granted(*lines):
    return WriteOffGrant(
        act_reference="Определение от 02.11.2026",
        lines=tuple(
            WrittenOffLine(charge_id=one.id, principal=Money(principal), penalty=Money(penalty))
            for one, principal, penalty in lines
        ),
    )


def test_principal_and_penalty_are_discharged_and_taken_back_whole():
    form, grant = by_court(), granted((MARCH, 10_000, 300), (APRIL, 5_000, 0))
    posting, stop = form.effects(case_of(form, grant), grant, FILE)
    assert settled_lines([posting]) == {
        MARCH.id: (Money(10_000), Money(300)),
        APRIL.id: (Money(5_000), ZERO),
    }
    assert [one.relief.amount for one in stop.reliefs] == [Money(10_000), Money(5_000)]
    assert {one.relief.since for one in stop.reliefs} == {form.how.cut_off}
    back, on_again = form.annulment(case_of(form, grant), grant, discharged((10_000, 300), (5_000, 0)))
    both = movements([*posting.transfers, *back.transfers])
    assert set(both.values()) == {ZERO}
    assert [one.relief.amount for one in on_again.reliefs] == [Money(-10_000), Money(-5_000)]
    assert movements(posting.transfers)[WRITTEN_OFF] == grant.money == Money(15_300)
    assert settled_lines([posting, back]) == {MARCH.id: (ZERO, ZERO), APRIL.id: (ZERO, ZERO)}


def discharged(march, april):
    """The file of the account with so much of each line written off."""
    written_off = {
        one.id: WrittenOff(principal=Money(principal), penalty=Money(penalty))
        for one, (principal, penalty) in ((MARCH, march), (APRIL, april))
    }
    return replace(FILE, standing=replace(FILE.standing, written_off=written_off))


def test_what_billing_has_lowered_since_is_not_owed_again():
    """100 and 50 roubles discharged; billing lowers March to 40; the act annulled, 40 and 50 are owed."""
    form, grant = by_court(), granted((MARCH, 10_000, 300), (APRIL, 5_000, 0))
    back, _ = form.annulment(case_of(form, grant), grant, discharged((4_000, 0), (5_000, 0)))
    assert settled_lines([back]) == {MARCH.id: (Money(-4_000), ZERO), APRIL.id: (Money(-5_000), ZERO)}
    [only_penalties] = form.annulment(case_of(form, grant), grant, discharged((0, 0), (0, 0)))
    assert not isinstance(only_penalties, Posting)


def test_out_of_court_takes_six_months():
    """Law 127-FZ, art. 223.6: completion six months after the notice was published."""
    early = OutOfCourt(
        message_number="1", published_on=date(2026, 5, 2), completed_on=date(2026, 11, 1), is_listed=True
    )
    assert [type(one) for one in form_of(early).objections(FILE)] == [OutOfCourtTooSoon]
    assert list(form_of(replace(early, published_on=date(2026, 5, 1))).objections(FILE)) == []


def test_another_person_than_the_holder_is_told():
    texts = [one.text for one in by_court().proposal(FILE).assumed]
    assert "The debtor is not the holder of the account: only their own debts go" in texts
    holder = replace(by_court(), debtor_name="Иванова Мария Петровна")
    assert len(holder.proposal(FILE).assumed) == len(texts) - 1


def test_the_answer_tells_each_line_before_and_after():
    told = by_court().granted_lines(granted((MARCH, 10_000, 300), (APRIL, 5_000, 0)), FILE)
    assert [(line.what, line.before.kopecks, line.after.kopecks) for line in told] == [
        ("electricity, 03.2026", 10_300, 0),
        ("electricity, 04.2026", 10_300, 5_300),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        [(MAY, 1_000, 0)],  # current
        [(WATER, 1_000, 0)],  # another supplier's
        [(MARCH, 10_001, 0)],
        [(MARCH, 0, 301)],
        [(MARCH, 0, 0)],
        [(MARCH, -1, 2)],
    ],
)
def test_no_more_than_the_law_discharges(lines):
    form, grant = by_court(), granted(*lines)
    with pytest.raises(GrantTooMuch):
        form.effects(case_of(form, grant), grant, FILE)
