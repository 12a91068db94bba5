"""Recalculation: what each ground makes of a line of the bill, and how it is posted."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.accounts.books import WRITTEN_OFF, receivable
from domain.accounts.ledger import Posting
from domain.accounts.written_off import WrittenOff
from domain.applications.overcharge_fine import SERVICE, FineTooMuch
from domain.applications.recalculation import (
    AbsenceTooLong,
    AbsenceTooOld,
    AbsenceTooShort,
    Recalculation,
    RecalculationGrant,
    SuppliersMixed,
)
from domain.applications.recalculation_grounds import (
    Absence,
    MeterFault,
    Price,
    Quality,
    Readings,
    Residents,
    TrueVolume,
)
from domain.cases.corrections import LineNotNamed, LineNotOurs, LineUnknown, LoweredLine, named_lines
from domain.cases.effects import AwaitPapers, Correction, Later
from domain.cases.forms import CheckResult, GrantTooMuch
from domain.kernel.ids import ChargeId
from domain.kernel.money import ZERO, Money
from tests.case_files import OURS, THEIRS, account_file, case_of, charge

LINE = charge(1)
OCTOBER = datetime(2026, 10, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("why", "kopecks"),
    [
        # 9 whole days of 31: the days of leaving and coming back are not counted
        (Absence(left_on=date(2026, 10, 5), back_on=date(2026, 10, 15)), 9_000),
        (Absence(left_on=date(2026, 9, 20), back_on=date(2026, 11, 10)), 31_000),
        (Absence(left_on=date(2026, 9, 20), back_on=date(2026, 10, 2)), 1_000),
        (
            Absence(
                left_on=date(2026, 10, 5), back_on=date(2026, 10, 15), people_away=1, people_registered=3
            ),
            3_000,
        ),
        (Residents(charged_for=3, lived=2, since=date(2026, 10, 1)), 10_333),
        (Residents(charged_for=3, lived=2, since=date(2026, 10, 31)), 333),
        (Residents(charged_for=2, lived=2, since=date(2026, 10, 1)), 0),
        (
            Readings(
                reading=Decimal(540),
                taken_on=date(2026, 10, 25),
                volumes=(TrueVolume(charge_id=LINE.id, volume=Decimal("60.5")),),
            ),
            12_245,
        ),
        # 30 hours off, 24 allowed: 6 hours of 0.15 %
        (Quality(since=OCTOBER, until=OCTOBER + timedelta(hours=30)), 279),
        (Quality(since=OCTOBER, until=OCTOBER + timedelta(hours=30), two_sources=True), 1_302),
        (Quality(since=OCTOBER, until=OCTOBER + timedelta(hours=20)), 0),
        (Price(tariff_roubles=Decimal("2.17")), 9_300),
        (MeterFault(happened_on=date(2026, 10, 3)), None),
        (Price(words="Площадь другая"), None),
    ],
)
def test_what_a_ground_makes_of_a_line(why, kopecks):
    lowered = why.lowered(LINE)
    assert lowered == (None if kopecks is None else Money(kopecks))


@given(
    st.dates(date(2026, 8, 1), date(2026, 12, 31)),
    st.integers(0, 120),
    st.integers(0, 10**7),
    st.integers(1, 5),
    st.integers(1, 5),
)
def test_an_absence_never_gives_more_than_the_line(left_on, days, kopecks, away, registered):
    why = Absence(
        left_on=left_on,
        back_on=left_on + timedelta(days=days),
        people_away=away,
        people_registered=registered,
    )
    lowered = why.lowered(charge(1, kopecks=kopecks))
    assert ZERO <= lowered <= Money(kopecks)


def absence(**more):
    fields = {"left_on": date(2026, 10, 5), "back_on": date(2026, 10, 31)}
    return Recalculation(why=Absence(**fields | more), lines=(LINE.id,))


def test_what_can_be_mended_is_said_at_the_door():
    file = account_file(LINE)
    assert list(absence().objections(file)) == []
    short = list(absence(back_on=date(2026, 10, 10)).objections(file))
    assert [type(one) for one in short] == [AbsenceTooShort, AbsenceTooOld]
    assert short[1].params["last_day"] == "09.11.2026"
    unknown = Recalculation(why=Price(), lines=(LINE.id, ChargeId(THEIRS)))
    assert [(type(one), one.field) for one in unknown.objections(file)] == [(LineUnknown, "form.lines[1]")]


def test_metered_services_are_not_lowered_by_absence():
    meter = type("Metered", (), {"supplier_account_id": OURS, "service_code": "electricity"})()
    proposal = absence().proposal(account_file(LINE, meters=(meter,)))
    assert proposal.amount == ZERO
    assert proposal.assumed[0].fields["line"] == "electricity, 10.2026"


def test_what_is_offered_to_decide_is_what_a_decision_may_do():
    """Of another supplier's line the applicant is told the sum; nothing of it is proposed to our officer."""
    line = charge(2, owner=THEIRS)
    form = Recalculation(why=Absence(left_on=date(2026, 10, 5), back_on=date(2026, 10, 31)), lines=(line.id,))
    assert form.proposal(account_file(LINE, line)).amount > ZERO
    filed = account_file(LINE, line, received_on=date(2026, 11, 2))
    proposal = form.proposal(filed)
    assert (proposal.amount, proposal.lines) == (ZERO, ())
    assert proposal.assumed[0].fields == {"line": "electricity, 10.2026", "supplier": "Водоканал"}
    assert named_lines((line.id, LINE.id), filed) == ([LINE], [line])
    for wrong, why in ((line, LineNotOurs), (LINE, LineNotNamed)):
        grant = RecalculationGrant(lines=(LoweredLine(charge_id=wrong.id, principal=Money(100)),))
        with pytest.raises(why):
            form.effects(case_of(form), grant, filed)


def test_lines_of_another_supplier_are_sent_on():
    line = charge(2, owner=THEIRS)
    form = Recalculation(why=Price(), lines=(line.id,))
    assert form.sent_on_to(account_file(LINE, line)) == "Водоканал"
    assert absence().sent_on_to(account_file(LINE, line)) is None
    both = Recalculation(why=Price(), lines=(LINE.id, line.id))
    assert [type(one) for one in both.objections(account_file(LINE, line))] == [SuppliersMixed]


def test_lines_are_called_by_the_names_of_their_services():
    file = account_file(LINE, services={"electricity": "Электроснабжение"})
    [line] = absence().proposal(file).lines
    assert (line.what, line.charge_id) == ("Электроснабжение, 10.2026", LINE.id)


@pytest.mark.parametrize("service", ["heating", "capital_repair"])
def test_an_absence_leaves_alone_what_does_not_depend_on_who_is_at_home(service):
    """Decree 354, p. 86: heating is not lowered; capital repair is no utility service."""
    line = charge(1, service=service)
    proposal = absence().proposal(account_file(line))
    assert (proposal.amount, proposal.lines) == (ZERO, ())
    assert proposal.assumed[0].text == "{line}: the law does not lower this service on this ground"


def test_one_application_counts_for_six_months():
    long = absence(left_on=date(2026, 5, 1), back_on=date(2026, 11, 2))
    assert [type(one) for one in long.objections(account_file(LINE))] == [AbsenceTooLong]
    assert not list(
        absence(left_on=date(2026, 5, 2), back_on=date(2026, 11, 2)).objections(account_file(LINE))
    )


def test_a_discharged_line_is_not_returned_by_recalculation():
    """What a court has discharged was never paid: taken off once more it would be the customer's money."""
    file = account_file(LINE)
    file = replace(
        file,
        standing=replace(file.standing, written_off={LINE.id: WrittenOff(principal=Money(30_000))}),
    )
    assert absence().proposal(file).amount == Money(1_000)
    grant = RecalculationGrant(lines=(LoweredLine(charge_id=LINE.id, principal=Money(1_001)),))
    with pytest.raises(GrantTooMuch):
        absence().effects(case_of(absence(), grant), grant, file)


def test_the_decision_corrects_in_the_current_period_and_lowers_the_penalty():
    line = charge(1, penalty=Money(500), penalty_paid=Money(100))
    grant = RecalculationGrant(
        lines=(LoweredLine(charge_id=line.id, principal=Money(9_000), penalty=Money(400)),)
    )
    form, file = absence(), account_file(line)
    correction, penalty, relief = form.effects(case_of(form, grant), grant, file)
    assert isinstance(correction, Correction) and isinstance(penalty, Posting)
    posted = correction.charges[0]
    assert (posted.period, posted.principal, posted.bill_number) == (
        "2026-11",
        Money(-9_000),
        "К-2026-000001",
    )
    transfer = penalty.transfers[0]
    assert (transfer.debit, transfer.credit) == (WRITTEN_OFF, receivable(OURS, "penalty"))
    assert transfer.amount == Money(400)

    assert [(one.charge_id, one.relief.amount) for one in relief.reliefs] == [(line.id, Money(9_000))]

    discharged = {line.id: WrittenOff(penalty=Money(400))}
    done = replace(file, standing=replace(file.standing, written_off=discharged))
    back, penalty_back, relief_back = form.annulment(case_of(form, grant), grant, done)
    assert back.charges[0].principal == Money(9_000)
    assert back.charges[0].id != posted.id
    assert penalty_back.cause.posting_id != penalty.cause.posting_id
    assert penalty_back.transfers[0].debit == transfer.credit
    assert relief_back.reliefs[0].relief.amount == Money(-9_000)
    assert relief_back.reliefs[0].id != relief.reliefs[0].id


@pytest.mark.parametrize(("principal", "penalty"), [(31_001, 0), (0, 0), (-1, 5), (100, 401), (-500, 600)])
def test_a_grant_is_above_zero_and_within_the_line(principal, penalty):
    line = charge(1, penalty=Money(500), penalty_paid=Money(100))
    grant = RecalculationGrant(
        lines=(LoweredLine(charge_id=line.id, principal=Money(principal), penalty=Money(penalty)),)
    )
    with pytest.raises(GrantTooMuch):
        absence().effects(case_of(absence(), grant), grant, account_file(line))


def test_what_is_granted_ahead_is_to_be_proved_within_thirty_days_after_it():
    """Decree 354, p. 91, 94: the papers come after the absence, or all is charged again."""
    ahead, file = absence(back_on=date(2026, 12, 25)), account_file(LINE)
    grant = RecalculationGrant(lines=(LoweredLine(charge_id=LINE.id, principal=Money(9_000)),))
    *_, awaited = ahead.effects(case_of(ahead, grant), grant, file)
    assert isinstance(awaited, Later) and isinstance(awaited.job, AwaitPapers)
    assert (awaited.job.wanted_from, awaited.job.days) == (date(2026, 12, 25), 30)
    assert awaited.run_at == datetime(2026, 12, 25, tzinfo=UTC)
    assert awaited == ahead.effects(case_of(ahead, grant), grant, file)[-1]
    assert ahead.proposal(file).assumed[-1].fields == {"back_on": "25.12.2026", "days": "30"}
    assert not any(
        isinstance(one, Later) for one in absence().effects(case_of(absence(), grant), grant, file)
    )


@pytest.mark.parametrize(
    ("hours", "result"), [(2, CheckResult.FINE), (2.1, CheckResult.LOOK), (None, CheckResult.LOOK)]
)
def test_bad_quality_is_looked_at_within_two_hours_of_the_call(hours, result):
    """Decree 354, p. 108."""
    drawn_at = None if hours is None else OCTOBER + timedelta(hours=hours)
    why = Quality(
        since=OCTOBER, until=OCTOBER + timedelta(hours=30), called_at=OCTOBER, act_drawn_at=drawn_at
    )
    [check] = Recalculation(why=why, lines=(LINE.id,)).proposal(account_file(LINE)).checks
    assert (check.result, check.words.fields) == (result, {"hours": "2"})


@pytest.mark.parametrize(
    ("received", "result"), [(date(2026, 10, 16), CheckResult.FINE), (date(2026, 10, 19), CheckResult.LOOK)]
)
def test_a_change_of_residents_is_told_within_five_working_days(received, result):
    """Decree 354, p. 34 (h): five working days from Friday the 9th end on Friday the 16th."""
    form = Recalculation(why=Residents(charged_for=3, lived=2, since=date(2026, 10, 9)), lines=(LINE.id,))
    [check] = form.proposal(account_file(LINE, received_on=received)).checks
    assert (check.result, check.words.fields) == (result, {"last": "16.10.2026", "days": "5"})


def overcharged(line, **more):
    """310 roubles by 3.10, where 2.17 was right: 93 roubles too much."""
    form = Recalculation(why=Price(tariff_roubles=Decimal("2.17")), lines=(line.id,))
    fields = {"lines": (LoweredLine(charge_id=line.id, principal=Money(9_300)),)}
    return form, RecalculationGrant(**fields | more)


@pytest.mark.parametrize(
    ("paid", "fine"),
    [
        (31_000, 4_650),
        # paid in part: of 93 roubles too much 10 were paid
        (22_700, 500),
        # put right before it was paid
        (21_700, 0),
        (0, 0),
    ],
)
def test_half_of_what_was_paid_too_much_is_a_fine(paid, fine):
    """Housing Code, art. 157, part 6."""
    line = charge(1, paid=Money(paid))
    form, _ = overcharged(line)
    proposal = form.proposal(account_file(line, received_on=date(2026, 11, 2)))
    assert proposal.amount == Money(9_300 + fine)
    assert proposal.sums == ({"fine": Money(fine)} if fine else {})
    if fine:
        assert proposal.words[0].fields["until"] == "02.01.2027"
        assert [row.after - row.before for row in proposal.lines] == [Money(-9_300), Money(-fine)]


def test_the_fine_is_a_line_of_its_own_and_taken_back_with_the_decision():
    line = charge(1, paid=Money(31_000))
    form, grant = overcharged(line, fine=Money(4_650))
    file = account_file(line, services={SERVICE: "Штраф"})
    case = case_of(form, grant)
    *_, fine = form.effects(case, grant, file)
    [posted] = fine.charges
    assert (posted.service_code, posted.principal, posted.bill_number) == (
        SERVICE,
        Money(-4_650),
        case.number,
    )
    assert (grant.money, form.granted_lines(grant, file)[-1].what) == (Money(13_950), "Штраф, 11.2026")
    [back] = form.annulment(case, grant, file)[-1].charges
    assert (back.principal, back.id == posted.id) == (Money(4_650), False)


def test_a_fine_is_half_of_what_this_decision_takes_off_and_never_granted_twice():
    line = charge(1, paid=Money(31_000))
    form, grant = overcharged(line, fine=Money(4_651))
    with pytest.raises(FineTooMuch):
        form.effects(case_of(form, grant), grant, account_file(line))
    form, grant = overcharged(line, fine=Money(4_650))
    taken_off_before = account_file(line, corrected={line.id: Money(31_000)})
    with pytest.raises(GrantTooMuch):
        form.effects(case_of(form, grant), grant, taken_off_before)
    grant = RecalculationGrant(lines=grant.lines, fine=Money(1))
    with pytest.raises(FineTooMuch):
        absence().effects(case_of(absence(), grant), grant, account_file(line))
