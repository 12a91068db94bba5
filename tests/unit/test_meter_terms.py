"""The six months to replace or install a meter, and what their delay takes off the price."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.texts import translated
from domain.accounts.accounts import AccountKind
from domain.cases.corrections import LoweredLine
from domain.cases.file import MeterTerms
from domain.cases.on_site import GRID_COMPANY, Contact, MeterTakenDown, NoSuchMeter, NoSuchPoint, Premises
from domain.cases.papers import missing
from domain.cases.refused_access import MissedVisit, RefusedAccess, extended
from domain.cases.visits import CallOffVisit, OfferVisit
from domain.claims.meter_installation import MeterInstallation, MeterInstallationGrant, PointHasMeter
from domain.claims.meter_replacement import (
    DayUnknown,
    MeterReplacement,
    MeterReplacementGrant,
    ReplacementReason,
    StillVerified,
)
from domain.claims.meter_terms import (
    RULE,
    AppliedLater,
    LineAfterAdmission,
    LineBeforeClaim,
    lowered,
    lowered_periods,
    months_after,
    six_months,
)
from domain.claims.signers import (
    HOLDS,
    IS_OVER,
    UNKNOWN,
    WAITS,
    PowerMissing,
    PowerOver,
    Signer,
    power_checks,
)
from domain.kernel.calendar import period_of
from domain.kernel.ids import DeliveryPointId, MeterId, PowerId, UserId
from domain.kernel.money import Money
from domain.people.powers import Power, PowerKind, PowerStatus
from domain.readings.meters import DeliveryPoint, Meter, Register
from tests.case_files import ACCOUNT, AT, OURS, THEIRS, TODAY, account_file, case_of, charge

TERMS = MeterTerms()
METER, POINT = MeterId(UUID(int=20)), DeliveryPointId(UUID(int=30))
HEAD = Signer(name="Петров П. П.", is_head=True)
CONTACT = Contact(name="Сидоров", phone="+79000000009")
DAYS = st.dates(date(2020, 7, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("day", "after"),
    [
        (date(2026, 1, 15), date(2026, 7, 15)),
        (date(2025, 8, 31), date(2026, 2, 28)),
        (date(2023, 8, 31), date(2024, 2, 29)),
        (date(2026, 7, 1), date(2027, 1, 1)),
    ],
)
def test_a_term_of_months_ends_on_the_same_day_or_the_last_one(day, after):
    assert months_after(day, 6) == after


@pytest.mark.parametrize(
    ("since", "received", "today", "from_"),
    [
        # in time: nothing is lowered, whatever was claimed
        (date(2026, 6, 1), date(2026, 11, 1), date(2026, 12, 1), None),
        # the first day of delay
        (date(2026, 6, 1), date(2026, 11, 1), date(2026, 12, 2), "2026-12"),
        # late since March, claimed in August: from August
        (date(2025, 9, 10), date(2026, 8, 31), date(2026, 11, 22), "2026-08"),
        # claimed before the term was over: from the delay
        (date(2026, 2, 10), date(2026, 3, 1), date(2026, 11, 22), "2026-08"),
    ],
)
def test_the_price_is_lowered_from_the_delay_and_from_the_claim(since, received, today, from_):
    assert six_months(since, received, today, TERMS).lowered_from == from_


def test_months_up_to_the_one_of_admission():
    term = six_months(date(2026, 2, 10), date(2026, 3, 1), date(2026, 11, 22), TERMS)
    assert lowered_periods(term, None, date(2026, 11, 22)) == ["2026-08", "2026-09", "2026-10", "2026-11"]
    assert lowered_periods(term, date(2026, 9, 1), date(2026, 11, 22)) == ["2026-08", "2026-09"]


@given(since=DAYS, received=DAYS, ahead=st.integers(0, 4000))
def test_never_before_the_claim_nor_before_the_delay(since, received, ahead):
    today = max(since, received) + timedelta(days=ahead)
    term = six_months(since, received, today, TERMS)
    assert (term.lowered_from is None) == (today <= term.ends_on)
    assert 181 <= (term.ends_on - since).days <= 184
    for period in lowered_periods(term, None, today):
        assert period_of(received) <= period <= period_of(today)
        assert period_of(term.ends_on) <= period


@given(kopecks=st.integers(-(10**12), 10**12))
def test_a_month_takes_fifteen_hundredths_off_and_never_more_than_the_line(kopecks):
    less = lowered(charge(1, kopecks=kopecks), Decimal(15))
    assert 0 <= less.kopecks <= max(kopecks, 0)
    assert abs(less.kopecks * 100 - max(kopecks, 0) * 15) <= 50


def meter(**more):
    fields = {
        "id": METER,
        "account_id": ACCOUNT,
        "supplier_account_id": OURS,
        "service_code": "electricity",
        "unit": "кВт·ч",
        "serial": "0001",
        "installed_on": date(2010, 1, 1),
        "verified_until": date(2026, 2, 10),
        "registers": (Register(zone="single"),),
    }
    return Meter(**fields | more)


def contract(*charges, **more):
    point = DeliveryPoint(id=POINT, account_id=ACCOUNT, code="ТП-1", name="", address="")
    fields = {"kind": AccountKind.CONTRACT, "meters": [meter()], "points": [point]}
    return account_file(*charges, **fields | more)


def replacement(**more):
    fields = {
        "reason": ReplacementReason.VERIFICATION_OVER,
        "meters": (METER,),
        "premises": Premises.SHOP_IN_APARTMENT_HOUSE,
        "signer": HEAD,
        "contact": CONTACT,
    }
    return MeterReplacement(**fields | more)


def installation(**more):
    fields = {
        "supplier_account_id": OURS,
        "points": (POINT,),
        "premises": Premises.SHOP_IN_APARTMENT_HOUSE,
        "signer": HEAD,
        "contact": CONTACT,
    }
    return MeterInstallation(**fields | more)


def kinds(found):
    return [type(one) for one in found]


def test_what_can_be_mended_in_a_claim_is_said_at_the_door():
    assert kinds(replacement().objections(contract())) == []
    clerk = Signer(name="Сидоров С. С.")
    assert kinds(replacement(signer=clerk).objections(contract())) == [PowerMissing]
    by_power = Signer(name="Сидоров С. С.", power_guid=UUID(int=1))
    assert kinds(replacement(signer=by_power).objections(contract())) == []
    assert kinds(replacement(meters=(MeterId(UUID(int=21)),)).objections(contract())) == [
        NoSuchMeter,
        DayUnknown,
    ]
    gone = contract(meters=[meter(removed_on=date(2026, 3, 1))])
    assert kinds(replacement().objections(gone)) == [MeterTakenDown]
    fresh = contract(meters=[meter(verified_until=date(2030, 1, 1))])
    assert kinds(replacement().objections(fresh)) == [StillVerified]
    assert kinds(replacement(reason=ReplacementReason.FAILED).objections(fresh)) == [DayUnknown]
    later = replacement(reason=ReplacementReason.FAILED, since=date(2026, 11, 23))
    assert kinds(later.objections(fresh)) == [AppliedLater]


def test_an_act_is_asked_for_where_the_meter_failed_or_is_lost_alone():
    """The end of a verification or of a service life is known by its day."""
    wanted = {reason: missing(replacement(reason=reason), ("claim",), TODAY) for reason in ReplacementReason}
    assert {reason for reason, lacks in wanted.items() if lacks} == {
        ReplacementReason.FAILED,
        ReplacementReason.LOST,
    }
    assert {one.code for lacks in wanted.values() for one in lacks} == {"act"}


def test_a_point_without_a_meter():
    bare = contract(meters=[])
    assert kinds(installation().objections(bare)) == []
    assert kinds(installation(points=(DeliveryPointId(UUID(int=31)),)).objections(bare)) == [NoSuchPoint]
    hangs = contract(meters=[meter(delivery_point_id=POINT)])
    assert kinds(installation().objections(hangs)) == [PointHasMeter]
    taken_down = contract(meters=[meter(delivery_point_id=POINT, removed_on=date(2026, 1, 1))])
    assert kinds(installation().objections(taken_down)) == []


def test_who_comes():
    assert replacement().sent_on_to(contract()) is None
    assert replacement(premises=Premises.OTHER).sent_on_to(contract()) == GRID_COMPANY
    theirs = contract(meters=[meter(supplier_account_id=THEIRS)])
    assert replacement().sent_on_to(theirs) == "Водоканал"


def bill(no, period):
    return charge(no, period, kopecks=100_000)


def test_the_proposal_lowers_the_lines_of_the_delay_alone():
    july, august, october = bill(1, "2026-07"), bill(2, "2026-08"), bill(3, "2026-10")
    form = replacement(lines=(july.id, august.id, october.id))
    proposal = form.proposal(contract(july, august, october, received_on=date(2026, 9, 30)))
    assert [(line.what, line.after.kopecks) for line in proposal.lines] == [("electricity, 10.2026", 85_000)]
    assert proposal.amount == Money(15_000)
    assert proposal.words[0].fields["until"] == "10.08.2026"
    in_time = installation(lines=(october.id,)).proposal(contract(october))
    assert (in_time.amount, in_time.lines) == (Money(0), ())


def test_a_decision_lowers_the_bill_and_sends_a_crew():
    october = bill(3, "2026-10")
    form = replacement(lines=(october.id,))
    grant = MeterReplacementGrant(lines=(LoweredLine(charge_id=october.id, principal=Money(15_000)),))
    file = contract(october, received_on=date(2026, 10, 3))
    correction, _, visit = form.effects(case_of(form, grant), grant, file)
    assert [one.principal for one in correction.charges] == [Money(-15_000)]
    assert isinstance(visit, OfferVisit)
    back, _, off = form.annulment(case_of(form, grant), grant, file)
    assert [one.principal for one in back.charges] == [Money(15_000)]
    assert isinstance(off, CallOffVisit)
    assert form.visit(grant).meter_ids == (METER,)
    assert form.visit(MeterReplacementGrant(sends_crew=False)) is None


def test_nothing_is_taken_off_for_months_before_the_claim():
    september = bill(2, "2026-09")
    form = replacement(lines=(september.id,))
    grant = MeterReplacementGrant(lines=(LoweredLine(charge_id=september.id, principal=Money(1)),))
    with pytest.raises(LineBeforeClaim):
        form.effects(case_of(form, grant), grant, contract(september, received_on=date(2026, 10, 3)))
    in_time = installation(lines=(september.id,))
    grant = MeterInstallationGrant(lines=(LoweredLine(charge_id=september.id, principal=Money(1)),))
    with pytest.raises(LineBeforeClaim):
        in_time.effects(case_of(in_time, grant), grant, contract(september))


def refused(on, until=None):
    return RefusedAccess(refused_on=on, given_on=until, act_number="7")


@pytest.mark.parametrize(
    ("acts", "ends_on"),
    [
        ([], date(2026, 8, 10)),
        ([refused(date(2026, 5, 1), date(2026, 5, 11))], date(2026, 8, 20)),
        # a day counts once, whatever the number of acts
        (
            [refused(date(2026, 5, 1), date(2026, 5, 11)), refused(date(2026, 5, 5), date(2026, 5, 12))],
            date(2026, 8, 21),
        ),
        # too late to matter: the term was over
        ([refused(date(2026, 8, 11))], date(2026, 8, 10)),
        # nobody has let us in yet: the term goes on with today
        ([refused(date(2026, 8, 9))], date(2026, 11, 23)),
    ],
)
def test_days_without_access_are_not_counted(acts, ends_on):
    assert extended(date(2026, 8, 10), date(2026, 2, 10), acts, date(2026, 11, 22)) == ends_on


@given(since=DAYS, days=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 90)), max_size=6))
def test_refusals_only_ever_give_more_time_and_no_day_twice(since, days):
    acts = [refused(since + timedelta(days=at), since + timedelta(days=at + lasts)) for at, lasts in days]
    ends_on, today = since + timedelta(days=181), since + timedelta(days=800)
    later = (extended(ends_on, since, acts, today) - ends_on).days
    kept_out = {day for at, lasts in days for day in range(at, at + lasts)}
    assert 0 <= later <= len(kept_out)


def test_a_locked_door_at_our_visit_gives_us_time_and_is_told():
    missed = MissedVisit(
        refused=refused(date(2026, 7, 1), date(2026, 9, 1)),
        meter_ids=frozenset({METER}),
        purpose="replacement",
    )
    august = bill(2, "2026-08")
    form = replacement(lines=(august.id,))
    file = contract(august, received_on=date(2026, 8, 1), missed_visits=[missed])
    assert (form.term(file).ends_on, form.term(file).refused_days) == (date(2026, 10, 11), 62)
    access = form.proposal(file).checks[0]
    assert access.words.fields == {"days": "62", "acts": "7"}
    others = MissedVisit(refused=missed.refused, meter_ids=frozenset(), purpose="replacement")
    assert form.term(contract(received_on=date(2026, 8, 1), missed_visits=[others])).refused_days == 0
    grant = MeterReplacementGrant(
        lines=(LoweredLine(charge_id=august.id, principal=Money(1)),), refused_access=(missed.refused,)
    )
    plain = contract(august, received_on=date(2026, 8, 1))
    with pytest.raises(LineBeforeClaim):
        form.effects(case_of(form, grant), grant, plain)


def test_once_a_meter_counts_again_nothing_more_is_lowered():
    september, october = bill(2, "2026-09"), bill(3, "2026-10")
    form = replacement(lines=(september.id, october.id))
    new = meter(id=MeterId(UUID(int=22)), replaces=METER, installed_on=date(2026, 9, 14), verified_until=None)
    file = contract(
        september, october, received_on=date(2026, 9, 1), meters=[meter(removed_on=date(2026, 9, 14)), new]
    )
    proposal = form.proposal(file)
    assert [line.what for line in proposal.lines] == ["electricity, 09.2026"]
    assert [check.words.fields for check in proposal.checks][1] == {"day": "14.09.2026"}
    grant = MeterReplacementGrant(lines=(LoweredLine(charge_id=october.id, principal=Money(1)),))
    with pytest.raises(LineAfterAdmission):
        form.effects(case_of(form, grant), grant, file)
    unsealed = contract(
        september,
        october,
        received_on=date(2026, 9, 1),
        meters=[
            meter(removed_on=date(2026, 9, 14)),
            meter(
                id=new.id,
                replaces=METER,
                installed_on=date(2026, 9, 14),
                not_admitted_since=date(2026, 9, 14),
            ),
        ],
    )
    assert len(form.proposal(unsealed).lines) == 2


def power(**more):
    fields = {
        "id": PowerId(UUID(int=60)),
        "account_id": ACCOUNT,
        "user_id": UserId(UUID(int=61)),
        "kind": PowerKind.MACHINE,
        "number": str(UUID(int=1)),
        "issuer_inn": "7204000033",
        "representative_inn": "500100732259",
        "codes": frozenset({"KAB-APPLICATIONS"}),
        "valid_from": date(2026, 1, 1),
        "valid_until": date(2030, 12, 31),
        "status": PowerStatus.ACTIVE,
        "entered_at": AT,
        "checked_at": AT,
    }
    return Power(**fields | more)


@pytest.mark.parametrize(
    ("powers", "text", "objections"),
    [
        ([], UNKNOWN, []),
        ([power(number=str(UUID(int=9)))], UNKNOWN, []),
        ([power(status=PowerStatus.WAITING)], WAITS, []),
        ([power(status=PowerStatus.REVOKED)], IS_OVER, [PowerOver]),
        ([power(valid_until=date(2026, 11, 21))], IS_OVER, [PowerOver]),
        ([power(status=PowerStatus.REVOKED), power()], HOLDS, []),
    ],
)
def test_a_power_is_looked_up_among_those_we_hold(powers, text, objections):
    form = replacement(signer=Signer(name="Сидоров С. С.", power_guid=UUID(int=1)))
    file = contract(powers=powers)
    assert kinds(form.objections(file)) == objections
    assert [check.words.text for check in power_checks(form.signer, file)] == [text]


def test_the_rule_is_told_in_russian():
    assert translated("ru", RULE) == "ПП РФ 442, п. 136, 151"
