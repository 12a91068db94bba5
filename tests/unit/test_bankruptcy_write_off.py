"""Write-off after bankruptcy: which bills are discharged, which are current and stay."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.postgres.cases.stored import form_of
from domain.accounts.books import WRITTEN_OFF
from domain.accounts.ledger import Posting, movements, settled_lines
from domain.accounts.written_off import WrittenOff
from domain.applications.bankruptcy_procedures import (
    Act,
    DatesMixed,
    Judicial,
    ListedSumNeeded,
    ListedSumOutside,
    NotListed,
    OutOfCourt,
    OutOfCourtTooSoon,
    WrongAct,
)
from domain.applications.bankruptcy_registry import ShareWrong, ended_before
from domain.applications.bankruptcy_write_off import (
    BankruptcyWriteOff,
    OwnSupplierTold,
    ToldSupplier,
    WriteOffGrant,
    WrittenOffLine,
)
from domain.cases.forms import GrantTooMuch
from domain.kernel.money import ZERO, Money
from tests.case_files import OURS, THEIRS, TODAY, account_file, case_of, charge
from tests.unit.test_refunds import payment

MARCH, APRIL, MAY = (
    charge(n, period, 10_000, penalty=Money(300))
    for n, period in enumerate(("2026-03", "2026-04", "2026-05"))
)
WATER = charge(9, "2026-03", owner=THEIRS)
FILE = account_file(MARCH, APRIL, MAY, WATER)


def released(how):
    return BankruptcyWriteOff(how=how, debtor_name="Иванов И. И.", born_on=date(1980, 1, 1))


def by_centre(**more):
    how = {
        "message_number": "1",
        "published_on": date(2026, 5, 1),
        "completed_on": date(2026, 11, 1),
        "is_listed": True,
        "listed": Money(12_345_00),
        "all_debts": Money(300_000_00),
    }
    return OutOfCourt(**how | more)


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
    assert [(line.what, line.is_penalty, line.before.kopecks) for line in proposal.lines] == [
        ("electricity, 03.2026", False, 10_000),
        ("electricity, 03.2026", True, 300),
        ("electricity, 04.2026", False, 10_000),
        ("electricity, 04.2026", True, 300),
    ]
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
    assert [type(one) for one in released(by_centre(is_listed=False)).objections(FILE)] == [NotListed]


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
    early = by_centre(published_on=date(2026, 5, 2))
    assert [type(one) for one in released(early).objections(FILE)] == [OutOfCourtTooSoon]
    assert list(released(replace(early, published_on=date(2026, 5, 1))).objections(FILE)) == []


@pytest.mark.parametrize(
    ("all_debts", "objections"),
    [
        (24_999_99, [ListedSumOutside]),
        (25_000_00, []),
        (1_000_000_00, []),
        (1_000_000_01, [ListedSumOutside]),
    ],
)
def test_out_of_court_debts_are_of_a_size(all_debts, objections):
    """Law 127-FZ, art. 223.2, since 03.11.2023: 25 000 to 1 000 000 roubles of all debts together."""
    form = released(by_centre(all_debts=Money(all_debts)))
    assert [type(one) for one in form.objections(FILE)] == objections
    assert form.wish().released_on == date(2026, 5, 1)


def test_out_of_court_no_more_goes_than_was_listed():
    """Law 127-FZ, art. 223.6: of the creditors and the sums in the list; the oldest debts first."""
    form = released(by_centre(listed=Money(15_000)))
    assert [line.after.kopecks for line in form.proposal(FILE).lines] == [0, 0, 5_300, 300]
    assert form.proposal(FILE).amount == Money(15_000)
    whole, more = granted((MARCH, 10_000, 300)), granted((MARCH, 10_000, 300), (APRIL, 4_701, 0))
    assert len(form.effects(case_of(form, whole), whole, FILE)) == 2
    with pytest.raises(GrantTooMuch):
        form.effects(case_of(form, more), more, FILE)
    for unknown in (by_centre(listed=None), by_centre(all_debts=None), by_centre(all_debts=Money(1))):
        assert [type(one) for one in released(unknown).objections(FILE)] == [ListedSumNeeded]


def test_an_application_of_before_loads_and_has_no_bound():
    """Version 1 did not ask for the sums that were listed."""
    how = {"procedure": "out-of-court", "message_number": "1", "published_on": "2026-05-01"}
    how |= {"completed_on": "2026-11-01", "is_listed": True}
    content = {"how": how, "debtor_name": "Иванов И. И.", "born_on": "1980-01-01"}
    old = form_of("bankruptcy-write-off", 1, {"kind": "bankruptcy-write-off", **content})
    assert old.how.bound is None
    assert old.proposal(FILE).amount == Money(20_600)


def test_a_co_owner_is_released_from_their_own_share_alone():
    """Law 127-FZ, art. 213.28; Civil Code, art. 249: half the flat, half the debt."""
    form = replace(by_court(), debtor_share="1/2", co_owners="Иванова А. А., 1/2")
    assert [line.after.kopecks for line in form.proposal(FILE).lines] == [5_000, 150, 5_000, 150]
    half = granted((MARCH, 5_000, 150))
    posting = form.effects(case_of(form, half), half, FILE)[0]
    assert settled_lines([posting]) == {MARCH.id: (Money(5_000), Money(150))}
    for too_much in (granted((MARCH, 5_001, 0)), granted((MARCH, 0, 151))):
        with pytest.raises(GrantTooMuch):
            form.effects(case_of(form, too_much), too_much, FILE)
    # By the papers it is two thirds.
    corrected = replace(granted((MARCH, 6_666, 200)), debtor_share="2/3")
    assert len(form.effects(case_of(form, corrected), corrected, FILE)) == 2
    assert [type(one) for one in replace(form, debtor_share="3/2").objections(FILE)] == [ShareWrong]


def test_a_share_is_not_taken_twice():
    """Half of March, 50 roubles of 100, is discharged already: the other half is the co-owner's."""
    form = replace(by_court(), debtor_share="1/2")
    gone = {MARCH.id: WrittenOff(principal=Money(5_000), penalty=Money(150))}
    left = account_file(replace(MARCH, paid=Money(5_000), penalty_paid=Money(150))).standing
    file = replace(FILE, standing=replace(left, written_off=gone))
    assert form.proposal(file).amount == ZERO


def test_penalties_stop_when_the_procedure_is_introduced():
    """Law 127-FZ, art. 213.11 p. 2; out of court art. 223.4: from the notice on."""
    grant = granted((MARCH, 10_000, 0))
    court = by_court(introduced_on=date(2026, 6, 15))
    for form, day in ((court, date(2026, 6, 15)), (released(by_centre()), date(2026, 5, 1))):
        _, stop = form.effects(case_of(form, grant), grant, FILE)
        assert {one.relief.since for one in stop.reliefs} == {day}
    late = by_court(introduced_on=date(2026, 11, 3))
    assert [one.field for one in late.objections(FILE)] == ["form.how.introduced_on"]


def test_what_was_paid_since_the_cut_off_stands_beside_the_proposal():
    before = payment(1, ours=1_000, days_ago=(TODAY - date(2026, 4, 30)).days)
    since = payment(2, ours=2_000, theirs=500, days_ago=(TODAY - date(2026, 5, 1)).days)
    [words] = by_court().proposal(replace(FILE, payments=(before, since))).words
    assert words.fields["amount"] == str(Money(2_000))
    assert words.fields["payments"].startswith("01.05.2026")
    assert by_court().proposal(replace(FILE, payments=(before,))).words == ()


def test_other_suppliers_are_told_by_a_letter_that_is_named():
    checked = {one.what: one for one in by_court().proposal(FILE).checks}
    assert checked["Other suppliers"].words.fields["suppliers"].startswith("Водоканал")
    told = ToldSupplier(supplier_account_id=THEIRS, letter="№ 15 от 20.11.2026")
    form, grant = by_court(), replace(granted((MARCH, 10_000, 0)), told_suppliers=(told,))
    assert len(form.effects(case_of(form, grant), grant, FILE)) == 2
    ours = replace(grant, told_suppliers=(replace(told, supplier_account_id=OURS),))
    with pytest.raises(OwnSupplierTold):
        form.effects(case_of(form, ours), ours, FILE)


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
