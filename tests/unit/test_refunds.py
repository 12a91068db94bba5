"""What may be returned and what may not: the form, its decision, its books; a storm of random refunds."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.accounts.books import REFUND_RESERVE, advance, clearing
from domain.accounts.ledger import Head, Standing, movements
from domain.accounts.requisites import WrongBankAccount, WrongBic
from domain.applications.refund import RefundGrant, RefundOfMoney
from domain.applications.refund_parts import (
    NotHeld,
    PayeeNeeded,
)
from domain.cases.forms import GrantTooMuch
from domain.kernel.errors import Refusal
from domain.kernel.ids import CaseId
from domain.kernel.lifecycle import ForbiddenMove
from domain.kernel.money import ZERO, Money, total
from domain.payments.payments import Payment, PaymentState
from domain.payments.provider import Method
from domain.payments.refund_postings import given_back, met, paid_out
from domain.payments.refundable import RefundPart, split
from domain.payments.refunds import BANK, Refund, RefundOnItsWay, RefundState
from tests.case_files import ACCOUNT, AT, OURS, THEIRS, TODAY, account_file, case_of, charge
from tests.refund_files import PAYEE, TERMS, file_of, granted, part, payment


def test_the_same_way_first_then_the_bank():
    old, new = payment(1, ours=30_000, days_ago=40), payment(2, ours=50_000, days_ago=4)
    proposal = RefundOfMoney(payee=PAYEE).proposal(file_of(old, new, ours=100_000))
    assert proposal.amount == Money(100_000)
    assert [one.fields.get("day") for one in proposal.words] == ["18.11.2026", "13.10.2026", None]
    assert [one.fields["amount"] for one in proposal.words] == [
        "500,00\u00a0₽",
        "300,00\u00a0₽",
        "200,00\u00a0₽",
    ]


def test_without_details_only_the_same_way_and_the_rest_is_told():
    proposal = RefundOfMoney().proposal(file_of(payment(1, ours=30_000), ours=100_000))
    assert proposal.amount == Money(30_000)
    assert [one.fields["amount"] for one in proposal.assumed] == ["700,00\u00a0₽"]


def test_debts_of_the_same_supplier_are_taken_off_others_are_not():
    owed = charge(1, kopecks=40_000), charge(2, kopecks=900_000, owner=THEIRS)
    form = RefundOfMoney(payee=PAYEE)
    file = file_of(ours=100_000, charges=owed)
    assert form.proposal(file).amount == Money(60_000)
    with pytest.raises(GrantTooMuch):
        granted(file, part(60_001))
    [refund] = granted(file, part(60_000))
    assert (refund.rail, refund.payee, refund.next_check_at) == (BANK, PAYEE, None)


def test_nothing_ahead_is_answered_not_turned_away():
    form = RefundOfMoney(payee=PAYEE, amount=Money(500))
    assert list(form.objections(file_of())) == []
    assert form.proposal(file_of()).amount == ZERO


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (RefundOfMoney(amount=ZERO), "form.amount"),
        (RefundOfMoney(payee=replace(PAYEE, bic="04710299")), "form.payee.bic"),
        (RefundOfMoney(payee=replace(PAYEE, account="40817810000000000001")), "form.payee.account"),
        (RefundOfMoney(supplier_account_id=UUID(int=99)), "form.supplier_account_id"),
    ],
)
def test_what_the_applicant_can_mend_is_told_at_once(form, field):
    [objection] = form.objections(file_of())
    assert objection.field == field


def test_the_payee_is_checked_by_its_digits():
    assert replace(PAYEE, account=f" {PAYEE.account} ").checked() == PAYEE
    with pytest.raises(WrongBic):
        replace(PAYEE, bic="abc").checked()
    with pytest.raises(WrongBankAccount):
        replace(PAYEE, bic="047102998").checked()


@pytest.mark.parametrize(
    ("method", "days_ago", "held"),
    [
        (Method.SBP, 1093, True),
        (Method.SBP, 1094, False),
        (Method.SBERBANK, 363, True),
        (Method.SBERBANK, 364, False),
    ],
)
def test_the_provider_returns_only_so_long(method, days_ago, held):
    paid = payment(1, ours=30_000, method=method, days_ago=days_ago)
    if held:
        assert granted(file_of(paid, ours=30_000), part(30_000, paid))[0].rail == "yookassa"
    else:
        with pytest.raises(NotHeld):
            granted(file_of(paid, ours=30_000), part(30_000, paid))


@pytest.mark.parametrize(
    "change",
    [{"state": PaymentState.EXPIRED, "paid_at": None}, {"moved_at": AT}, {"provider_payment_id": None}],
)
def test_only_money_that_is_there_goes_back_through_a_payment(change):
    other = payment(1, ours=30_000, **change)
    with pytest.raises(NotHeld):
        granted(file_of(other, ours=30_000), part(1, other))


def test_a_part_of_another_supplier_is_not_this_ones_money():
    both = payment(1, ours=10_000, theirs=90_000)
    with pytest.raises(NotHeld):
        granted(file_of(both, ours=50_000), part(10_001, both))
    refunds = granted(
        file_of(both, ours=50_000, theirs=90_000), part(10_000, both), part(90_000, both, THEIRS)
    )
    assert total(one.amount for one in refunds) == both.amount


def test_what_waits_is_not_there_any_more_what_failed_is():
    paid = payment(1, ours=30_000)
    [first] = granted(file_of(paid, ours=60_000), part(20_000, paid))
    with pytest.raises(NotHeld):
        granted(file_of(paid, ours=40_000, refunds=[first]), part(10_001, paid), case=6)
    failed = first.sent(AT).failed("x", TODAY)
    granted(file_of(paid, ours=60_000, refunds=[failed]), part(30_000, paid), case=6)


def test_the_bank_needs_details():
    with pytest.raises(PayeeNeeded):
        granted(file_of(ours=500), part(500), form=RefundOfMoney())


def test_a_called_off_refund_gives_back_a_sent_one_does_not():
    form, grant = RefundOfMoney(payee=PAYEE), RefundGrant(parts=(part(100), part(200)))
    case = case_of(form, grant)
    refunds = [one for one in form.effects(case, grant, file_of(ours=500)) if isinstance(one, Refund)]
    back = form.annulment(case, grant, file_of(ours=200, refunds=refunds))
    assert [one.state for one in back if isinstance(one, Refund)] == [RefundState.FAILED] * 2
    done = [refunds[0].ordered("1").confirmed(TODAY), refunds[1]]
    assert len(form.annulment(case, grant, file_of(ours=200, refunds=done))) == 2
    with pytest.raises(RefundOnItsWay):
        form.annulment(case, grant, file_of(ours=200, refunds=[refunds[0].ordered("1"), refunds[1]]))


def test_what_came_back_meets_what_is_owed_now():
    [refund] = granted(file_of(ours=50_000), part(50_000))
    failed = refund.failed("x", TODAY)
    owed = charge(1, kopecks=20_000)
    standing = file_of(ours=0, charges=[owed]).standing
    assert given_back(failed).transfers[0].credit == advance(OURS)
    assert met(failed, standing).transfers[0].amount == Money(20_000)
    assert met(failed, file_of().standing) is None


def test_states_follow_their_table():
    [refund] = granted(file_of(ours=500), part(500))
    with pytest.raises(ForbiddenMove):
        refund.confirmed(TODAY)
    done = refund.ordered("1").confirmed(TODAY)
    for verb in (lambda: done.failed("x", TODAY), lambda: done.sent(AT), lambda: done.confirmed(TODAY)):
        with pytest.raises(ForbiddenMove):
            verb()


def test_it_is_asked_about_often_then_rarely():
    [refund] = granted(file_of(payment(1, ours=500), ours=500), part(500, payment(1, ours=500)))
    sent = refund.sent(AT)
    assert sent.next_check_at == AT + timedelta(seconds=10)
    assert sent.unreachable(AT + timedelta(days=9)).next_check_at == AT + timedelta(days=9, hours=1)


def test_a_wish_is_split_over_what_there_is():
    file = file_of(payment(1, ours=300), ours=500, theirs=400)
    form = RefundOfMoney(payee=PAYEE, amount=Money(600))
    each = form._refundable(file)
    parts = split(Money(600), each, by_bank=True)
    assert [(one.supplier_account_id, one.amount.kopecks, bool(one.payment_id)) for one in parts] == [
        (OURS, 300, True),
        (OURS, 200, False),
        (THEIRS, 100, False),
    ]
    assert sum(one.amount.kopecks for one in split(None, each, by_bank=True)) == 900


@dataclass
class Till:
    """One account whose refunds are decided, sent, ended and called off in any order."""

    payments: list[Payment]
    standing: Standing
    refunds: dict[UUID, Refund] = field(default_factory=dict)
    provider: dict[str, int] = field(default_factory=dict)
    decided: list = field(default_factory=list)

    @property
    def file(self):
        plain = account_file(payments=self.payments, refunds=tuple(self.refunds.values()), refund_terms=TERMS)
        return replace(plain, standing=self.standing)

    def post(self, *postings):
        balances = dict(self.standing.balances)
        for posting in postings:
            for book, moved in movements(posting.transfers).items():
                balances[book] = balances.get(book, ZERO) + moved
        self.standing = replace(self.standing, balances=balances)

    def keep(self, effects):
        for one in effects:
            if isinstance(one, Refund):
                self.refunds[one.id] = one
            else:
                self.post(one)

    def decide(self, number, *parts):
        form, grant = RefundOfMoney(payee=PAYEE), RefundGrant(parts=parts)
        case = case_of(form, grant, id=CaseId(UUID(int=1000 + number)))
        self.keep(form.effects(case, grant, self.file))
        self.decided.append((form, case, grant))

    def end(self, refund, *, well):
        """What a worker does when the provider, or the bank, has spoken. A provider counts for itself."""
        moved = refund
        if refund.state is RefundState.PREPARED:
            moved = refund.ordered("1") if refund.is_by_bank else refund.sent(AT)
        if not refund.is_by_bank and well:
            took = self.provider.get(refund.provider_payment_id, 0) + refund.amount.kopecks
            whole = next(one for one in self.payments if one.id == refund.payment_id).amount.kopecks
            assert took <= whole, "asked for more than the payment"
            self.provider[refund.provider_payment_id] = took
        moved = moved.confirmed(TODAY, "r") if well else moved.failed("no", TODAY)
        self.refunds[moved.id] = moved
        self.post(paid_out(moved) if well else given_back(moved))

    def check(self, paid):
        done = total(one.amount for one in self.refunds.values() if one.state is RefundState.CONFIRMED)
        waits = total(one.amount for one in self.refunds.values() if not one.is_final)
        ahead = -self.standing.balance(advance(OURS)) - self.standing.balance(advance(THEIRS))
        assert done + waits + ahead == paid
        assert self.standing.balance(REFUND_RESERVE) == -waits
        assert self.standing.balance(advance(OURS)) <= ZERO >= self.standing.balance(advance(THEIRS))
        gone = self.standing.balance(clearing("yookassa")) + self.standing.balance(clearing(BANK))
        assert gone == -done


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_a_storm_of_a_thousand_refunds_never_returns_more_than_was_paid(seed):
    rng = Random(seed)
    payments = [payment(n, ours=rng.randint(1, 9_000), theirs=rng.randint(1, 9_000)) for n in range(8)]
    paid = total(one.amount for one in payments)
    ours = total(one.parts[0].amount for one in payments)
    till = Till(
        payments,
        Standing(
            head=Head(account_id=ACCOUNT),
            charges=(),
            balances={advance(OURS): -ours, advance(THEIRS): ours - paid},
        ),
    )
    for number in range(50):
        till_step(till, number, rng)
        till.check(paid)
    assert len(till.refunds) > 5
    assert total(one.amount for one in till.refunds.values() if one.state is not RefundState.FAILED) <= paid


def till_step(till, number, rng):
    waiting = [one for one in till.refunds.values() if not one.is_final]
    if waiting and rng.random() < 0.4:
        till.end(rng.choice(waiting), well=rng.random() < 0.7)
        return
    if till.decided and rng.random() < 0.15:
        form, case, grant = rng.choice(till.decided)
        till.keep(form.annulment(case, grant, till.file))
        return
    parts = [
        RefundPart(
            supplier_account_id=rng.choice([OURS, THEIRS]),
            amount=Money(rng.randint(-1, 6_000)),
            payment_id=rng.choice([*till.payments, None]) and rng.choice(till.payments).id,
        )
        for _ in range(rng.randint(1, 3))
    ]
    try:
        till.decide(number, *parts)
    except Refusal:
        return


def test_value_dates_are_days():
    [refund] = granted(file_of(ours=500), part(500))
    assert paid_out(refund.ordered("1").confirmed(date(2026, 11, 23))).value_date == date(2026, 11, 23)
