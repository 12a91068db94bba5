"""Damages: what is asked, paid out or credited with consent."""

from datetime import UTC, datetime

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
from domain.cases.forms import GrantTooMuch
from domain.kernel.money import ZERO, Money
from domain.payments.refunds import BANK, RefundState
from tests.case_files import OURS, THEIRS, account_file, case_of
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
