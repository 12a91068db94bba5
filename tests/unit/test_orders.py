"""The payment order: who gets the money and how the payment is named there."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from domain.accounts.accounts import Account, AccountCard, AccountKind, Balance, SupplierAccountCard
from domain.accounts.suppliers import Collection, CollectionAccount, Supplier
from domain.kernel.ids import AccountId, PaymentId, SupplierAccountId, SupplierId
from domain.kernel.money import ZERO, Money
from domain.payments.explanation import Line, Part, PartLine
from domain.payments.orders import order_for
from domain.payments.payments import Payment, PaymentState, Wish
from domain.payments.provider import Method
from tests.households import details

ZONE = ZoneInfo("Asia/Yekaterinburg")
NOTHING = Balance(debt=ZERO, overpayment=ZERO, penalty=ZERO, to_pay=ZERO)
COLLECTION = CollectionAccount(details=details("Компания", 9))
AT = datetime(2026, 10, 31, 20, tzinfo=UTC)  # already November in the region


def supplier(ordinal, collection):
    return Supplier(
        id=SupplierId(UUID(int=ordinal)),
        inn="1",
        name=f"s{ordinal}",
        collection=collection,
        details=details(f"s{ordinal}", ordinal),
    )


SUPPLIERS = {one.id: one for one in (supplier(1, Collection.AGENT), supplier(2, Collection.DIRECT))}
CARD = AccountCard(
    account=Account(
        id=AccountId(UUID(int=5)),
        number="6600000001",
        kind=AccountKind.UNIFIED,
        gis_number="66АА000001",
        address="",
        holder_name="",
    ),
    supplier_accounts=tuple(
        SupplierAccountCard(
            id=SupplierAccountId(UUID(int=10 + ordinal)),
            supplier_id=SupplierId(UUID(int=ordinal)),
            supplier_name=f"s{ordinal}",
            number=f"55-{ordinal}",
            gis_service_id="66АА000001-02",
            services=(),
            balance=NOTHING,
        )
        for ordinal in (1, 2)
    ),
)


def payment(*owners, period=None, **wish):
    parts = tuple(
        Part(
            supplier_account_id=SupplierAccountId(UUID(int=10 + owner)),
            amount=Money(100),
            lines=(
                PartLine(
                    line=Line(supplier_account_id=SupplierAccountId(UUID(int=10 + owner)), period=period),
                    amount=Money(100),
                ),
            ),
        )
        for owner in owners
    )
    return Payment(
        id=PaymentId(UUID(int=7)),
        account_id=CARD.account.id,
        payer_id=UUID(int=8),
        wish=Wish(amount=Money(100 * len(owners)), method=Method.SBP, **wish),
        amount=Money(100 * len(owners)),
        parts=parts,
        state=PaymentState.CREATED,
        provider="yookassa",
        created_at=AT,
        expires_at=AT + timedelta(minutes=20),
    )


def order(one):
    return order_for(one, CARD, SUPPLIERS, COLLECTION, return_url="https://kabinet.test", zone=ZONE)


def test_several_suppliers_are_paid_through_the_company_as_agent():
    made = order(payment(1, 2))

    assert made.recipient.account == COLLECTION.details.account
    assert made.unified_account_number == "66АА000001"
    assert made.account_number == "6600000001"
    assert made.service_id is None


def test_one_supplier_that_collects_itself_is_paid_directly():
    made = order(payment(2))

    assert made.recipient.account == SUPPLIERS[SupplierId(UUID(int=2))].details.account
    assert made.account_number == "55-2"
    assert made.service_id == "66АА000001-02"
    assert made.unified_account_number is None


def test_one_supplier_served_by_the_agent_is_not():
    assert order(payment(1)).recipient.account == COLLECTION.details.account


@pytest.mark.parametrize(
    ("one", "period"),
    [
        (payment(1), "2026-11"),
        (payment(1, period="2026-09"), "2026-09"),
        (payment(1, period="2026-09"), "2026-09"),
    ],
)
def test_the_period_is_that_of_the_bill(one, period):
    assert order(one).period == period


def test_a_period_asked_for_wins():
    one = payment(1, period="2026-09")
    assert order(replace(one, wish=replace(one.wish, period="2026-08"))).period == "2026-08"


def test_the_order_is_the_same_each_time_and_within_the_documented_lengths():
    one = payment(1, 2)

    assert order(one) == order(one)
    assert len(order(one).purpose) <= 210
    assert len(order(one).description) <= 128
    assert order(one).return_url == "https://kabinet.test"
