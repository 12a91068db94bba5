"""What a scanned code of a bill says, and whose codes are none of ours."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.suppliers import Collection, Supplier
from domain.kernel.errors import Refusal
from domain.kernel.ids import SupplierId
from domain.kernel.money import Money
from domain.payments.paycodes import PaycodeUnreadable, encode, supplier_paycode, unified_paycode
from domain.payments.scanned_codes import CodeOfAnotherPayee, CodeProvesNothing, scanned_bill
from domain.people.memberships import Proof
from tests.households import details

OURS, HEAT, OTHER = details("АО «Пример энергосбыт»", 9), details("АО «Тепло»", 2), details("ООО «Иные»", 3)
SUPPLIER = Supplier(
    id=SupplierId(UUID(int=2)), inn=HEAT.inn, name="АО «Тепло»", collection=Collection.AGENT, details=HEAT
)


def scanned(paycode):
    return scanned_bill(encode(paycode), OURS, [SUPPLIER])


def test_the_code_of_a_whole_bill():
    code = unified_paycode(
        collection=OURS, number="6600000001", to_pay=Money(356050), period="2026-10", bill_number="N-1"
    )
    found = scanned(code)
    assert (found.number, found.supplier_id) == ("6600000001", None)
    assert found.proofs == (Proof(bill_number="N-1"), Proof(bill_amount=Money(356050)))


@pytest.mark.parametrize("direct", [True, False])
def test_the_code_of_one_supplier(direct):
    code = supplier_paycode(supplier=HEAT, collection=OURS, direct=direct, number="55-1", to_pay=Money(100))
    found = scanned(code)
    assert (found.number, found.supplier_id) == ("55-1", SUPPLIER.id)
    assert found.proofs == (Proof(bill_amount=Money(100)),)


def test_codes_that_are_not_ours_or_prove_nothing():
    with pytest.raises(CodeOfAnotherPayee):
        scanned(unified_paycode(collection=OTHER, number="1", to_pay=Money(1)))
    with pytest.raises(CodeProvesNothing):
        scanned(unified_paycode(collection=OURS, number="1", to_pay=Money(0)))
    with pytest.raises(PaycodeUnreadable):
        scanned_bill("https://example.test/pay", OURS, [SUPPLIER])


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text):
    base = encode(unified_paycode(collection=OURS, number="1", to_pay=Money(1)))
    for code in (text, base + "|" + text, base.replace("Sum=1", f"Sum={text}")):
        try:
            scanned_bill(code, OURS, [SUPPLIER])
        except Refusal:
            continue
