"""What is said of a missed payment, to whom, and how money that went astray moves."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.accounts.books import TRANSIT, Kind, advance, payment, receivable
from domain.accounts.ledger import Transfer, movements, settled_lines
from domain.applications.payment_search import (
    EvidenceNeeded,
    MovedAlready,
    MovedBecause,
    PaymentSearch,
    SearchGrant,
)
from domain.cases.forms import GrantTooMuch
from domain.kernel.ids import AccountId, ChargeId, PaymentId
from domain.kernel.money import ZERO, Money, total
from domain.payments.moving import (
    MovePayment,
    PaymentMoved,
    PaymentNotToMove,
    PaymentReturned,
    Posted,
    brought,
    check_movable,
    taken_away,
)
from domain.payments.traces import Found, MoneyTrace, TraceSource, distance, neighbours, searched
from tests.case_files import ACCOUNT, AT, OURS, THEIRS, TODAY, account_file, case_of
from tests.unit.test_refunds import file_of, granted, part
from tests.unit.test_refunds import payment as paid_payment

OTHER = AccountId(UUID(int=50))
A_TYPO = {"moved_because": MovedBecause.TYPO, "evidence": "Чек № 118 от 18.11.2026"}
OWN_NUMBER = "7200000001"
SUM = Money(150_000)


def form(**more):
    return PaymentSearch(**{"paid_on": date(2026, 11, 18), "amount": SUM, **more})


def trace(**more):
    fields = {
        "source": TraceSource.PAYMENT,
        "at": datetime(2026, 11, 18, 9, tzinfo=UTC),
        "amount": SUM,
        "account_id": ACCOUNT,
        "account_number": OWN_NUMBER,
        "payment_id": PaymentId(UUID(int=77)),
        "state": "paid",
        "is_paid": True,
    }
    return MoneyTrace(**fields | more)


def elsewhere(number="7200000010", **more):
    return trace(account_id=OTHER, account_number=number, **more)


def found(*traces, **more):
    account = account_file().card.account
    return searched(form(**more).question, account, traces, UTC).found


def test_here():
    assert found(trace()) is Found.HERE
    assert found(trace(), elsewhere()) is Found.HERE


def test_begun_here_but_not_paid():
    assert found(trace(is_paid=False, state="expired")) is Found.UNPAID


@pytest.mark.parametrize(
    ("number", "more", "said"),
    [
        ("7200000010", {}, Found.ELSEWHERE),  # two digits swapped
        ("7200000003", {}, Found.ELSEWHERE),
        ("720000001", {}, Found.ELSEWHERE),
        ("7200000555", {}, Found.NOT_YET),  # three digits differ: anybody's
        ("8600999555", {"account_typed": "8600999555"}, Found.NOT_YET),  # naming a number proves nothing
        ("8600999555", {"account_typed": "8600999555", "payer_digits": "0004"}, Found.ELSEWHERE),
        ("7200000010", {"payer_digits": "9999"}, Found.NOT_YET),  # another card's payment
    ],
)
def test_elsewhere_is_said_only_to_who_knows_enough(number, more, said):
    assert found(elsewhere(number, payer_digits="0004"), **more) is said


def test_an_operation_of_the_bank_is_enough_with_its_sum():
    far = "8600999555"
    assert found(elsewhere(far, by_operation=True)) is Found.ELSEWHERE
    assert found(elsewhere(far, by_operation=True, amount=Money(1))) is Found.NOT_YET


def test_another_sum_is_another_payment():
    assert found(trace(amount=Money(149_999))) is Found.NOT_YET


def test_here_is_the_whole_answer_elsewhere_a_question_not_yet_is_for_people():
    here = form().at_once(account_file(traces=(trace(),)))
    assert here.grant == SearchGrant(payment_id=PaymentId(UUID(int=77)))
    away = form().at_once(account_file(traces=(elsewhere(),)))
    assert (away.grant, away.is_question) == (None, True)
    nowhere = form().at_once(account_file())
    assert (nowhere.grant, nowhere.is_question) == (None, False)
    assert len({one.text for one in (*here.words, *away.words, *nowhere.words)}) == 6 + (
        len(nowhere.words) - 2
    )


def test_nothing_said_tells_whose_it_is():
    said = form().at_once(account_file(traces=(elsewhere(),)))
    text = str([(one.text, one.fields) for one in said.words])
    assert "7200000010" not in text
    assert str(OTHER) not in text


def test_days_and_sums_are_checked():
    bad = form(amount=ZERO, paid_on=date(2026, 11, 30))
    assert [one.field for one in bad.objections(account_file())] == ["form.amount", "form.paid_on"]


def test_the_decision_moves_the_whole_sum_or_nothing():
    grant = SearchGrant(payment_id=PaymentId(UUID(int=77)), from_account_id=OTHER, amount=SUM, **A_TYPO)
    asked = form()
    [job] = asked.effects(case_of(asked, grant), grant, account_file())
    assert isinstance(job, MovePayment)
    assert (job.account_id, job.from_account_id, grant.money) == (ACCOUNT, OTHER, SUM)
    less = SearchGrant(payment_id=grant.payment_id, from_account_id=OTHER, amount=Money(1))
    with pytest.raises(GrantTooMuch):
        asked.effects(case_of(asked, less), less, account_file())
    with pytest.raises(MovedAlready):
        asked.annulment(case_of(asked, grant), grant, account_file())
    only_found = SearchGrant(payment_id=grant.payment_id)
    assert asked.effects(case_of(asked, only_found), only_found, account_file()) == ()
    assert (asked.annulment(case_of(asked, only_found), only_found, account_file()), only_found.money) == (
        (),
        None,
    )


def test_money_leaves_another_account_by_consent_or_by_proof():
    asked = form()
    bare = SearchGrant(payment_id=PaymentId(UUID(int=77)), from_account_id=OTHER, amount=SUM)
    for grant in (bare, replace(bare, moved_because=MovedBecause.CONSENT), replace(bare, evidence="Чек № 7")):
        with pytest.raises(EvidenceNeeded):
            asked.effects(case_of(asked, grant), grant, account_file())
    consent = replace(bare, moved_because=MovedBecause.CONSENT, evidence="Письмо № 5 от 20.11.2026")
    assert len(asked.effects(case_of(asked, consent), consent, account_file())) == 1
    nobodys = trace(source=TraceSource.UNIDENTIFIED, account_id=OTHER, account_number=None)
    assert len(asked.effects(case_of(asked, bare), bare, account_file(traces=(nobodys,)))) == 1
    assert consent.for_applicant() == SearchGrant(payment_id=bare.payment_id, amount=SUM)


def test_what_can_be_moved():
    one = paid_payment(1, ours=500)
    check_movable(one, Money(500), [])
    with pytest.raises(PaymentNotToMove):
        check_movable(one, Money(499), [])
    with pytest.raises(PaymentMoved):
        check_movable(one.moved_away(AT), Money(500), [])
    [refund] = granted(file_of(one, ours=500), part(100, one))
    with pytest.raises(PaymentReturned):
        check_movable(one, Money(500), [refund])
    check_movable(one, Money(500), [refund.sent(AT).failed("x", TODAY)])


LINE, LOWERED = ChargeId(UUID(int=900)), ChargeId(UUID(int=901))


def test_what_it_paid_is_owed_again_the_rest_leaves_the_advance():
    one = paid_payment(1, ours=1_000, theirs=400)
    source = payment(one.id)
    owed = receivable(OURS, Kind.PRINCIPAL)
    posted = Posted(
        transfers=(
            Transfer(debit="clearing:yookassa", credit=source, amount=Money(1_400)),
            Transfer(debit=source, credit=owed, amount=Money(600), charge_id=LINE),
            Transfer(debit=source, credit=owed, amount=Money(300), charge_id=LOWERED),
            Transfer(debit=source, credit=advance(OURS), amount=Money(100)),
            Transfer(debit=source, credit=advance(THEIRS), amount=Money(400)),
        ),
        paid={LINE: (Money(600), ZERO), LOWERED: (Money(120), ZERO)},
    )
    away = taken_away(one, posted, TODAY)
    assert movements(away.transfers) == {
        owed: Money(720),
        advance(OURS): Money(280),
        advance(THEIRS): Money(400),
        TRANSIT: Money(-1_400),
    }
    assert settled_lines([away]) == {LINE: (Money(-600), ZERO), LOWERED: (Money(-120), ZERO)}
    here = brought(one.id, OTHER, one.parts, TODAY)
    assert movements(here.transfers)[TRANSIT] == Money(1_400)
    assert (here.account_id, here.cause) == (OTHER, away.cause)
    assert total(line.amount for line in here.transfers) == Money(1_400)


DIGITS = st.text("0123456789", min_size=1, max_size=12)


@given(DIGITS, DIGITS)
def test_distance_is_a_distance(one, other):
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= distance(one, other) <= max(len(one), len(other))


@given(DIGITS)
def test_neighbours_are_all_one_slip_away(number):
    assert all(distance(number, near) == 1 for near in neighbours(number))


def test_neighbours_know_the_usual_slips():
    assert {"7200000010", "720000001", "72000000001", "7200000002"} <= neighbours(OWN_NUMBER)
