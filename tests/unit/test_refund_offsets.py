"""Offsets instead of money, and what an officer is told before granting: payer, limitation, bankruptcy."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.accounts.accounts import AccountKind
from domain.applications.refund import BankruptcyOpen, RefundOfMoney
from domain.applications.refund_parts import (
    OffsetAccountGone,
    OffsetNotAsked,
    OffsetTo,
    PartTwoWays,
)
from domain.cases.file import NamedAccount
from domain.cases.forms import GrantTooMuch
from domain.cases.states import CaseState
from domain.cases.steps import StepBy
from domain.kernel.access import ActorKind
from domain.kernel.ids import AccountId
from domain.kernel.money import Money
from domain.payments.refundable import RefundPart
from domain.payments.refunds import OFFSET
from tests.case_files import ACCOUNT, OURS, THEIRS, TODAY, charge
from tests.refund_files import PAYEE, file_of, granted, part, payment

TO_THEM = RefundOfMoney(offset=OffsetTo(supplier_account_id=THEIRS))
TO_OTHER = RefundOfMoney(offset=OffsetTo(account_number="7200000077"))
OTHER = NamedAccount(
    id=AccountId(UUID(int=50)), kind=AccountKind.UNIFIED, holder_name="Петров П. П.", is_closed=False
)


def offset_part(kopecks, owner=OURS):
    return RefundPart(supplier_account_id=owner, amount=Money(kopecks), is_offset=True)


def test_a_debt_to_another_supplier_is_offered_for_an_offset():
    """Civil Code, art. 410: by the applicant's word alone; without it the money is returned whole."""
    file = file_of(ours=100_000, charges=[charge(2, kopecks=40_000, owner=THEIRS)])
    plain = RefundOfMoney(payee=PAYEE).proposal(file)
    assert plain.amount == Money(100_000)
    assert any("410" in one.text for one in plain.assumed)
    asked = TO_THEM.proposal(file)
    assert (asked.amount, [one.what for one in asked.lines]) == (Money(40_000), ["Энергосбыт"])
    [refund] = granted(file, offset_part(40_000), form=TO_THEM)
    assert (refund.rail, refund.to_account_id, refund.to_supplier_account_id) == (OFFSET, ACCOUNT, THEIRS)
    assert (refund.counts_from, refund.next_check_at) == (TODAY, None)


def test_an_offset_takes_what_is_free_and_only_where_it_was_asked():
    file = file_of(ours=100_000, charges=[charge(1, kopecks=40_000)])
    with pytest.raises(GrantTooMuch):
        granted(file, offset_part(60_001), form=TO_THEM)
    with pytest.raises(GrantTooMuch):
        granted(file, offset_part(40_000), offset_part(20_001), form=TO_THEM)
    with pytest.raises(OffsetNotAsked):
        granted(file, offset_part(1))
    paid = payment(1, ours=500)
    with pytest.raises(PartTwoWays):
        granted(file_of(paid, ours=500), replace(part(500, paid), is_offset=True), form=TO_THEM)


def test_an_offset_to_another_account_needs_one_that_is_open():
    file = file_of(ours=50_000)
    for gone in (None, replace(OTHER, is_closed=True), replace(OTHER, kind=AccountKind.CONTRACT)):
        with pytest.raises(OffsetAccountGone):
            granted(replace(file, named=gone), offset_part(1), form=TO_OTHER)
    asked = replace(file, named=OTHER, received_on=TODAY - timedelta(days=9))
    [refund] = granted(asked, offset_part(50_000), form=TO_OTHER)
    assert (refund.to_account_id, refund.to_supplier_account_id) == (OTHER.id, None)
    assert refund.counts_from == TODAY - timedelta(days=9)
    told = TO_OTHER.proposal(asked)
    assert OTHER.holder_name not in str([told.words, told.assumed, told.lines])


@pytest.mark.parametrize(
    ("offset", "field"),
    [
        (OffsetTo(), "form.offset"),
        (OffsetTo(supplier_account_id=THEIRS, account_number="7200000077"), "form.offset"),
        (OffsetTo(supplier_account_id=OURS), "form.offset.supplier_account_id"),
        (OffsetTo(supplier_account_id=UUID(int=99)), "form.offset.supplier_account_id"),
        (OffsetTo(account_number="7200000001"), "form.offset.account_number"),
    ],
)
def test_where_it_is_counted_is_one_place_and_another(offset, field):
    form = RefundOfMoney(supplier_account_id=OURS, offset=offset)
    assert [one.field for one in form.objections(file_of(ours=500))] == [field]


PAYER = StepBy(kind=ActorKind.CUSTOMER, id=UUID(int=3), name="Иванова Мария Петровна")


def checked(file, form=None):
    return {one.what: one.result.value for one in (form or RefundOfMoney(payee=PAYEE)).proposal(file).checks}


def test_money_goes_to_whoever_paid_it():
    """Civil Code, art. 1102: back to the payer; a third person is a reason to refuse."""
    file = file_of(payment(1, ours=30_000), ours=30_000)
    own = replace(file, applicant=PAYER)
    assert checked(own)["The payer"] == "fine"
    assert checked(own)["The payee"] == "look"  # "Иванова Мария" is neither the holder nor the applicant
    named = RefundOfMoney(payee=replace(PAYEE, name="ИВАНОВА мария Петровна"))
    assert checked(own, named)["The payee"] == "fine"
    assert checked(replace(own, applicant=replace(PAYER, id=UUID(int=4))))["The payer"] == "look"
    assert checked(file)["The payer"] == "look"


def test_limitation_is_three_years_from_the_payment():
    """Civil Code, art. 196: 22.11.2023 is within the three years before 22.11.2026, the day before is not."""
    within, before = (TODAY - date(2023, 11, day) for day in (22, 21))
    for age, result in ((within, "fine"), (before, "look")):
        file = file_of(payment(1, ours=30_000, days_ago=age.days), ours=30_000)
        assert checked(file)["Limitation of actions"] == result
    newer = file_of(payment(1, ours=30_000, days_ago=before.days), payment(2, ours=30_000), ours=30_000)
    assert checked(newer)["Limitation of actions"] == "fine"  # the older one met charges long ago


def test_an_open_application_after_bankruptcy_holds_it_back():
    file = file_of(ours=500)
    for states, result in (
        ((), "fine"),
        ((CaseState.REFUSED, CaseState.WITHDRAWN), "fine"),
        ((CaseState.SATISFIED,), "look"),
        ((CaseState.SATISFIED, CaseState.IN_REVIEW), "blocks"),
    ):
        assert checked(replace(file, write_offs=states))["Bankruptcy"] == result
    with pytest.raises(BankruptcyOpen):
        granted(replace(file, write_offs=(CaseState.REGISTERED,)), part(500))
