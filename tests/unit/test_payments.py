"""The verbs of a payment: where it may go, what is awaited, and how soon the provider is asked again."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.kernel.ids import AccountId, PaymentId, SupplierAccountId
from domain.kernel.lifecycle import ForbiddenMove
from domain.kernel.money import Money
from domain.payments.explanation import Line, Part, PartLine
from domain.payments.methods import PaymentLimits
from domain.payments.payments import (
    LIFECYCLE,
    AmountOrParts,
    AmountOutOfLimits,
    Payment,
    PaymentState,
    Wish,
    WishedPart,
)
from domain.payments.provider import Confirmation, Method

AT = datetime(2026, 11, 20, 7, tzinfo=UTC)
SHORTEST, LONGEST = timedelta(seconds=10), timedelta(minutes=5)
BOUND = timedelta(minutes=15)
URL = Confirmation(type="redirect", url="https://provider.test/1")
ONE, TWO = (SupplierAccountId(UUID(int=1000 + n)) for n in range(2))
LIMITS = PaymentLimits(least=Money(100), most=Money(70_000_000), expires_after_seconds=1200)


def part(owner=ONE, kopecks=5000):
    line = PartLine(line=Line(supplier_account_id=owner), amount=Money(kopecks))
    return Part(supplier_account_id=owner, amount=Money(kopecks), lines=(line,))


def created(**more):
    fields = {
        "id": PaymentId(UUID(int=2)),
        "account_id": AccountId(UUID(int=1)),
        "payer_id": UUID(int=3),
        "wish": Wish(amount=Money(5000), method=Method.SBP),
        "amount": Money(5000),
        "parts": (part(),),
        "state": PaymentState.CREATED,
        "provider": "yookassa",
        "created_at": AT,
        "expires_at": AT + timedelta(minutes=20),
        "next_check_at": AT + timedelta(seconds=30),
    }
    return Payment(**fields | more)


def later(**amount):
    return AT + timedelta(**amount)


def awaiting():
    return created().opened("p1", URL, later(seconds=1))


def expired():
    return awaiting().still_waiting(later(minutes=20))


def test_opened_it_waits_for_its_payer():
    payment = created().unreachable(later(seconds=1)).opened("p1", URL, later(seconds=2))

    assert payment.state is PaymentState.AWAITING_PAYER
    assert (payment.provider_payment_id, payment.confirmation) == ("p1", URL)
    assert payment.provider_unreachable_since is None
    assert payment.next_check_at == later(seconds=12)
    assert payment.steps_count == 2


def test_paid_in_time():
    payment = awaiting().paid(later(minutes=5), later(minutes=6))

    assert (payment.state, payment.late, payment.failure) == (PaymentState.PAID, False, None)
    assert payment.paid_at == later(minutes=5)
    assert payment.next_check_at is None


def test_paid_before_its_opening_was_kept():
    assert created().paid(later(minutes=5), later(minutes=6)).state is PaymentState.PAID


@pytest.mark.parametrize(
    ("payment", "at"),
    [(expired(), later(minutes=19)), (expired(), later(minutes=40)), (awaiting(), later(minutes=21))],
)
def test_money_after_our_deadline_is_late_and_still_money(payment, at):
    paid = payment.paid(at, later(hours=2))

    assert (paid.state, paid.late, paid.paid_at) == (PaymentState.PAID, True, at)


def test_a_provider_whose_clock_runs_ahead_does_not_pay_in_the_future():
    assert awaiting().paid(later(minutes=9), later(minutes=6)).paid_at == later(minutes=6)


def test_failed_is_final_and_says_why():
    payment = awaiting().failed("insufficient_funds")

    assert (payment.state, payment.failure) == (PaymentState.FAILED, "insufficient_funds")
    assert payment.next_check_at is None
    assert LIFECYCLE.is_final(payment.state)


def test_an_expired_one_that_the_provider_ends_stays_expired_and_is_asked_no_more():
    payment = expired().failed("expired_on_confirmation")

    assert (payment.state, payment.failure) == (PaymentState.EXPIRED, "expired_on_confirmation")
    assert payment.next_check_at is None
    assert payment.steps_count == expired().steps_count


def test_it_expires_at_its_deadline_not_before_and_only_once():
    before = awaiting().still_waiting(later(minutes=20) - timedelta(microseconds=1))
    once = awaiting().still_waiting(later(minutes=20))
    twice = once.still_waiting(later(minutes=25))

    assert before.state is PaymentState.AWAITING_PAYER
    assert (once.state, twice.state) == (PaymentState.EXPIRED, PaymentState.EXPIRED)
    assert (once.steps_count, twice.steps_count) == (3, 3)
    assert twice.next_check_at == later(minutes=25) + timedelta(minutes=25) / 6


def test_an_order_found_after_the_deadline_does_not_revive_the_payment():
    lost = created().still_waiting(later(minutes=21))
    found = lost.opened("p1", URL, later(minutes=22))

    assert (found.state, found.provider_payment_id) == (PaymentState.EXPIRED, "p1")
    assert found.next_check_at == later(minutes=22, seconds=10)
    assert found.paid(later(minutes=23), later(minutes=23)).late


def test_unreachable_remembers_since_when_until_the_provider_answers():
    payment = awaiting().unreachable(later(minutes=1)).unreachable(later(minutes=4))

    assert payment.provider_unreachable_since == later(minutes=1)
    assert payment.state is PaymentState.AWAITING_PAYER
    assert payment.still_waiting(later(minutes=5)).provider_unreachable_since is None
    assert payment.paid(later(minutes=5), later(minutes=5)).provider_unreachable_since is None
    assert payment.failed("x").provider_unreachable_since is None


def test_never_opened_is_asked_no_more():
    assert created().still_waiting(later(hours=25)).never_opened().next_check_at is None


@pytest.mark.parametrize("payment", [awaiting().paid(AT, AT), awaiting().failed("x")])
def test_nothing_leads_out_of_a_final_state(payment):
    with pytest.raises(ForbiddenMove):
        payment.paid(AT, AT)
    with pytest.raises(ForbiddenMove):
        payment.failed("again")
    assert payment.still_waiting(later(hours=1)).state is payment.state


def test_every_state_that_is_not_final_takes_the_providers_money():
    for state in PaymentState:
        assert LIFECYCLE.is_final(state) or LIFECYCLE.check(state, PaymentState.PAID)


@given(st.integers(0, 10_000_000), st.booleans())
def test_it_is_asked_again_within_the_bound_at_any_age(age_seconds, reached):
    at = later(seconds=age_seconds)
    payment = awaiting().still_waiting(at) if reached else awaiting().unreachable(at)

    assert SHORTEST <= payment.next_check_at - at <= LONGEST
    assert LONGEST * 3 <= BOUND


def test_the_whole_watch_is_dense_at_first_and_never_too_thin():
    """The questions of a payment that nobody pays, until the provider's own deadline."""
    payment, asked = awaiting(), []
    while payment.next_check_at < later(hours=1):
        asked.append(payment.next_check_at)
        payment = payment.still_waiting(asked[-1])

    gaps = [b - a for a, b in pairwise(asked)]
    assert gaps == sorted(gaps)
    assert max(gaps) <= LONGEST
    assert asked[5] <= later(seconds=70)
    assert 20 <= len(asked) <= 40
    assert payment.state is PaymentState.EXPIRED


@given(
    st.lists(
        st.tuples(st.sampled_from(["opened", "waits", "unreachable", "paid", "failed"]), st.integers(0, 900)),
        max_size=12,
    )
)
def test_whatever_is_heard_in_whatever_order_it_is_awaited_until_it_is_final(heard):
    payment, at = created(), AT
    for word, seconds in heard:
        at += timedelta(seconds=seconds)
        before = payment
        if payment.next_check_at is None:
            break
        match word:
            case "opened":
                payment = payment.opened("p1", URL, at)
            case "waits":
                payment = payment.still_waiting(at)
            case "unreachable":
                payment = payment.unreachable(at)
            case "paid":
                payment = payment.paid(at, at)
            case "failed":
                payment = payment.failed("x")
        assert payment.steps_count - before.steps_count == (payment.state is not before.state)
    if LIFECYCLE.is_final(payment.state):
        assert payment.next_check_at is None
    elif payment.failure is None:
        assert payment.next_check_at > at
    assert payment.state is PaymentState.PAID or not payment.late
    assert (payment.paid_at is not None) == (payment.state is PaymentState.PAID)


def test_the_same_bill_is_one_that_shares_a_supplier_account():
    payment = created()

    assert payment.pays_the_same_bill_as([part(TWO), part(ONE)])
    assert not payment.pays_the_same_bill_as([part(TWO)])


def test_parts_that_do_not_add_up_cannot_be():
    with pytest.raises(AssertionError):
        replace(created(), amount=Money(5001))


# What a payer may wish.


def wish(**more):
    return Wish(**{"method": Method.SBP, **more})


def wished(kopecks, penalty=0, owner=ONE):
    return WishedPart(supplier_account_id=owner, amount=Money(kopecks), penalty=Money(penalty))


def test_either_a_sum_or_parts():
    assert wish(amount=Money(100)).checked(LIMITS) == Money(100)
    assert wish(parts=(wished(60), wished(40, 40, TWO))).checked(LIMITS) == Money(100)
    for both_or_none in (wish(), wish(amount=Money(100), parts=(wished(100),))):
        with pytest.raises(AmountOrParts):
            both_or_none.checked(LIMITS)


@pytest.mark.parametrize("kopecks", [-1, 0, 99, 70_000_001])
def test_a_sum_out_of_limits_is_refused_by_its_field(kopecks):
    with pytest.raises(AmountOutOfLimits) as refused:
        wish(amount=Money(kopecks)).checked(LIMITS)
    assert refused.value.field == "amount"


@pytest.mark.parametrize(
    "parts",
    [
        (wished(0), wished(500, owner=TWO)),
        (wished(-100), wished(500, owner=TWO)),
        (wished(100, penalty=101),),
        (wished(100, penalty=-1),),
        (wished(50),),
        (wished(40_000_000), wished(40_000_000, owner=TWO)),
    ],
)
def test_parts_out_of_limits_are_refused(parts):
    with pytest.raises(AmountOutOfLimits) as refused:
        wish(parts=parts).checked(LIMITS)
    assert refused.value.field == "parts"


@given(st.lists(st.integers(1, 10_000_000), min_size=1, max_size=6))
def test_parts_make_the_whole(sums):
    whole = sum(sums)
    asked = wish(parts=tuple(wished(kopecks) for kopecks in sums))
    if 100 <= whole <= 70_000_000:
        assert asked.checked(LIMITS) == Money(whole)
    else:
        with pytest.raises(AmountOutOfLimits):
            asked.checked(LIMITS)
