"""Whose unidentified money may be: the contract whose number was written without its letters comes first."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.accounts.accounts import AccountKind
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money
from domain.payments.registries.entries import Direction
from domain.payments.registries.rows import RegistryRow
from domain.payments.registries.suggestions import (
    Candidate,
    Evidence,
    SuspenseTerms,
    digits_of,
    suggestions,
    surely,
)

TERMS = SuspenseTerms(post_from_score=90, ahead_by=25, alone_up_to=Money(1_500_000))


def row(typed: str) -> RegistryRow:
    return RegistryRow(
        account_id=AccountId(UUID(int=1)),
        row_no=1,
        line_no=1,
        operation_id="1",
        agent_code="sber",
        direction=Direction.IN,
        paid_at=datetime(2026, 11, 22, tzinfo=UTC),
        amount=Money(100),
        payment_id=PaymentId(UUID(int=2)),
        account_text=typed,
    )


def account(number: str, *others: str) -> Candidate:
    return Candidate(
        account_id=AccountId(UUID(int=sum(map(ord, number)))),
        number=number,
        numbers=(number, *others),
        kind=AccountKind.CONTRACT,
        holder_name="",
        address="",
    )


@pytest.mark.parametrize("typed", ["7200000669", "Д7200000669", "№7200000669"])
def test_a_contract_without_its_prefix_is_before_strangers_one_digit_off(typed: str) -> None:
    found = suggestions(row(typed), [account("7200000660"), account("7200000668"), account("Д-7200000669")])
    assert found[0].number == "Д-7200000669"
    assert found[0].evidence == (Evidence.NUMBER_WITHOUT_PREFIX,)
    assert found[0].score > max([one.score for one in found[1:]], default=0)
    assert surely(found, TERMS) is None, "alone it is not enough to post by itself"


def test_a_suppliers_number_counts_as_well() -> None:
    [found] = suggestions(row("55500011"), [account("7200000001", "ТВК-55500011")])
    assert found.evidence == (Evidence.NUMBER_WITHOUT_PREFIX,)


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("Д-7200000669", "7200000669"),
        ("7200000669", "7200000669"),
        ("Д-12", None),
        ("12АБ345678", None),
        ("", None),
    ],
)
def test_digits_stand_at_the_end_and_are_enough(number: str, digits: str | None) -> None:
    assert digits_of(number) == digits
