"""Whom a payer chose: everybody, one, or several, and what then goes to whom."""

from uuid import UUID

import pytest

from api.pages.chosen_suppliers import Chosen, SumOfChosenChanged
from domain.accounts.accounts import AccountKind, PayableSupplierAccount, PaymentCard
from domain.kernel.ids import AccountId, SupplierAccountId
from domain.kernel.money import Money, total
from domain.payments.allocation import NothingToPayFor

OWED = {"heat": 70000, "power": 25050, "water": 0, "waste": 1250}
IDS = {name: SupplierAccountId(UUID(int=place)) for place, name in enumerate(OWED, start=1)}
CARD = PaymentCard(
    id=AccountId(UUID(int=9)),
    number="7200000001",
    kind=AccountKind.UNIFIED,
    to_pay=Money(sum(OWED.values())),
    supplier_accounts=tuple(
        PayableSupplierAccount(id=IDS[name], supplier_name=name, to_pay=Money(kopecks))
        for name, kopecks in OWED.items()
    ),
)


def chosen(*names: str) -> Chosen:
    return Chosen.of(CARD, [str(IDS[name]) for name in names])


@pytest.mark.parametrize("names", [(), tuple(OWED)], ids=["nobody named", "all named"])
def test_everybody_is_paid_by_the_rule(names):
    assert chosen(*names).parts(Money(100)) is None
    assert chosen(*names).owed == CARD.to_pay


def test_one_is_paid_any_sum():
    [part] = chosen("heat").parts(Money(123))
    assert (part.supplier_account_id, part.amount) == (IDS["heat"], Money(123))


def test_several_are_paid_what_each_is_owed():
    several = chosen("heat", "water", "waste")
    parts = several.parts(several.owed)
    assert {part.supplier_account_id: part.amount for part in parts} == {
        IDS["heat"]: Money(70000),
        IDS["waste"]: Money(1250),
    }
    assert total(part.amount for part in parts) == several.owed
    assert Chosen.of(CARD, [several.ids]) == several


def test_several_are_not_paid_another_sum():
    with pytest.raises(SumOfChosenChanged):
        chosen("heat", "waste").parts(Money(100))


def test_a_stranger_is_not_paid():
    with pytest.raises(NothingToPayFor):
        Chosen.of(CARD, [str(UUID(int=77))])
