"""A link the provider gives is checked before the payer sees it."""

from datetime import UTC, datetime

import pytest

from adapters.yookassa.provider import _check_link
from domain.kernel.money import Money
from domain.payments.provider import Confirmation, ProviderPayment, ProviderState, ProviderUnsure
from domain.payments.sbp_links import with_crc
from tests.sandboxes import wanted

GOOD = with_crc(
    "https://qr.nspk.ru/AD10000000000000000000000000TEST?type=02&bank=100000000999&sum=125050&cur=RUB"
)


def opened(data: str | None) -> ProviderPayment:
    return ProviderPayment(
        id="1",
        state=ProviderState.PENDING,
        amount=Money(125050),
        currency="RUB",
        created_at=datetime(2026, 11, 22, tzinfo=UTC),
        test=True,
        confirmation=Confirmation(type="qr", data=data),
    )


@pytest.mark.parametrize("data", [None, "something new", GOOD])
def test_good_links_and_other_texts_pass(data):
    _check_link(opened(data), wanted(amount=Money(125050)))


@pytest.mark.parametrize("data", [GOOD.replace("sum=125050", "sum=125051"), GOOD[:-1] + "?"])
def test_a_damaged_link_is_asked_for_anew(data):
    with pytest.raises(ProviderUnsure):
        _check_link(opened(data), wanted(amount=Money(125050)))


def test_a_link_for_another_sum_is_not_shown():
    with pytest.raises(ProviderUnsure):
        _check_link(opened(GOOD), wanted(amount=Money(100)))
