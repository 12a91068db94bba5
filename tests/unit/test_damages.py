"""Damages: what is asked, paid out or credited with consent."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from domain.accounts.books import COMPENSATIONS, advance
from domain.accounts.ledger import movements
from domain.applications.damages import (
    CreditNotAgreed,
    Damages,
    DamagesGrant,
    Event,
    HappenedLater,
    HarmedThing,
    NotOurSupply,
    Way,
)
from domain.applications.damages_reckoned import price_of_delay, worn
from domain.cases.forms import CheckResult, GrantTooMuch
from domain.cases.rules import DamagesRules
from domain.kernel.money import ZERO, Money
from domain.payments.refunds import BANK, RefundState
from tests.case_files import OURS, THEIRS, account_file, case_of, charge
from tests.refunds import PAYEE

FILE = account_file()


def demand(**more):
    fields = {
        "supplier_account_id": OURS,
        "event": Event.OVERVOLTAGE,
        "happened_at": datetime(2026, 11, 20, 18, tzinfo=UTC),
        "words": "После скачка напряжения не включается холодильник",
        "things": (
            HarmedThing(name="Холодильник", asked=Money(4_500_000)),
            HarmedThing(name="Роутер", asked=Money(300_000)),
        ),
    }
    return Damages(**fields | more)


def test_what_can_be_mended_is_said_at_the_door():
    assert list(demand().objections(FILE)) == []
    assert [type(one) for one in demand(supplier_account_id=THEIRS).objections(FILE)] == [NotOurSupply]
    later = demand(happened_at=datetime(2026, 11, 23, tzinfo=UTC))
    assert [type(one) for one in later.objections(FILE)] == [HappenedLater]


@pytest.mark.parametrize("kopecks", [0, -500])
def test_what_is_asked_for_each_thing_is_above_zero(kopecks):
    things = (
        HarmedThing(name="Холодильник", asked=Money(100)),
        HarmedThing(name="Роутер", asked=Money(kopecks)),
    )
    [objection] = demand(things=things).objections(FILE)
    assert (objection.code, objection.field) == ("damages-sum-wrong", "form.things[1].asked")


def test_a_payout_goes_through_the_account_to_the_bank_and_can_be_called_off():
    form, grant = demand(payee=PAYEE), DamagesGrant(amount=Money(4_000_000))
    case = case_of(form, grant)
    credit, aside, refund = form.effects(case, grant, FILE)
    assert (refund.amount, refund.rail, refund.payee) == (Money(4_000_000), BANK, PAYEE)
    moved = movements([*credit.transfers, *aside.transfers])
    assert moved[COMPENSATIONS] == Money(4_000_000)
    assert moved.get(advance(OURS), ZERO) == ZERO
    waits = msgspec.structs.replace(FILE, refunds=(refund,))
    given, off, back = form.annulment(case, grant, waits)
    assert off.state is RefundState.FAILED
    assert set(
        movements([*credit.transfers, *aside.transfers, *given.transfers, *back.transfers]).values()
    ) == {ZERO}


def test_a_bank_account_that_cannot_be_is_said_at_the_door():
    wrong = msgspec.structs.replace(PAYEE, account="40817810000000000000")
    [objection] = demand(payee=wrong).objections(FILE)
    assert objection.code == "damages-bank-wrong"


def test_a_payout_to_no_bank_leaves_the_books_alone():
    grant = DamagesGrant(amount=Money(4_000_000))
    assert list(demand().effects(case_of(demand(), grant), grant, FILE)) == []


def test_a_credit_goes_ahead_of_the_charges_and_can_be_taken_back():
    form, grant = demand(agrees_to_credit=True), DamagesGrant(amount=Money(4_000_000), way=Way.CREDIT)
    (posting,) = form.effects(case_of(form, grant), grant, FILE)
    assert movements(posting.transfers) == {
        COMPENSATIONS: Money(4_000_000),
        advance(OURS): Money(-4_000_000),
    }
    (back,) = form.annulment(case_of(form, grant), grant, FILE)
    assert set(movements([*posting.transfers, *back.transfers]).values()) == {ZERO}
    assert back.cause.posting_id != posting.cause.posting_id


@pytest.mark.parametrize("kopecks", [0, -1, 4_800_001])
def test_never_more_than_was_asked(kopecks):
    grant = DamagesGrant(amount=Money(kopecks))
    with pytest.raises(GrantTooMuch):
        demand().effects(case_of(demand(), grant), grant, FILE)


def test_a_credit_needs_consent():
    grant = DamagesGrant(amount=Money(100), way=Way.CREDIT)
    with pytest.raises(CreditNotAgreed):
        demand().effects(case_of(demand(), grant), grant, FILE)


@pytest.mark.parametrize(
    ("bought", "kopecks"),
    [(2026, 4_500_000), (2024, 3_600_000), (2016, 900_000), (1990, 900_000), (2027, 4_500_000)],
)
def test_a_thing_loses_a_tenth_of_its_price_a_year_and_four_fifths_at_most(bought, kopecks):
    assert worn(Money(4_500_000), bought, date(2026, 11, 20), DamagesRules()) == Money(kopecks)


@pytest.mark.parametrize(("days", "goods", "service"), [(0, 0, 0), (7, 7_000, 21_000), (40, 40_000, 100_000)])
def test_a_day_of_delay_costs_one_hundredth_of_goods_and_three_of_a_service(days, goods, service):
    """Law on consumer rights, art. 23 and 28: for a service never above its price."""
    assert price_of_delay(Money(100_000), days, DamagesRules()) == (Money(goods), Money(service))


CALLED = datetime(2026, 11, 20, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "result"), [(12, CheckResult.FINE), (12.1, CheckResult.LOOK), (None, CheckResult.LOOK)]
)
def test_the_act_is_drawn_up_within_twelve_hours_of_the_call(hours, result):
    """Decree 354, p. 153."""
    drawn_at = None if hours is None else CALLED + timedelta(hours=hours)
    act = demand(called_at=CALLED, act_drawn_at=drawn_at).proposal(FILE).checks[0]
    assert act.result is result


def test_what_a_delay_and_wear_come_to_is_shown_to_whoever_decides():
    things = (HarmedThing(name="Холодильник", bought_year=2024, asked=Money(4_500_000)),)
    november = charge(1, "2026-11", kopecks=100_000)
    file = account_file(november, received_on=date(2026, 11, 2))
    _, wear, term = demand(things=things).proposal(file).checks
    assert wear.words.fields["left"] == str(Money(3_600_000))
    # ten days from Monday the 2nd; ten more have gone by
    assert (term.words.fields["last"], term.words.fields["days"]) == ("12.11.2026", "10")
    assert term.words.fields["service_sum"] == str(Money(30_000))
    in_time = account_file(november, received_on=date(2026, 11, 20))
    assert demand().proposal(in_time).checks[-1].result is CheckResult.FINE
