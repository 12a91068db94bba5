"""What a receipt says: items, agents, tax by date, what goes back; and how it is tried again."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from msgspec.structs import replace

from domain.accounts.accounts import Account, AccountCard, AccountKind, Balance, SupplierAccountCard
from domain.accounts.books import Kind
from domain.accounts.suppliers import Collection, Service, Supplier
from domain.kernel.ids import AccountId, ChargeId, PaymentId, SupplierAccountId, SupplierId
from domain.kernel.lifecycle import ForbiddenMove
from domain.kernel.money import ZERO, Money, total
from domain.payments.explanation import Line, Part, PartLine
from domain.payments.receipts.items import Supplied, less, sheets, taken_back
from domain.payments.receipts.receipts import (
    MOST_ATTEMPTS,
    ReceiptState,
    receipts_of,
    reversal,
    standing,
)
from domain.payments.receipts.register import Contact, FiscalData, ReceiptType
from domain.payments.receipts.rules import (
    AgentType,
    IssuedBy,
    MainRate,
    ReceiptRules,
    ReceiptTerms,
    SupplierReceipts,
    Vat,
    VatRates,
)
from tests.households import details

NOON = datetime(2026, 11, 20, 7, tzinfo=UTC)
TODAY = date(2026, 11, 20)
RATES = VatRates(
    main=(
        MainRate(since=date(2000, 1, 1), vat=Vat.TWENTY),
        MainRate(since=date(2026, 1, 1), vat=Vat.TWENTY_TWO),
    )
)
TERMS = ReceiptTerms(tax_system=1, agent_type=AgentType.PAYMENT_AGENT, vat=Vat.MAIN)
OWN_INN = "7203100990"


def line(owner, kopecks, period="2026-10", service="electricity", kind=Kind.PRINCIPAL):
    if period is None:
        return PartLine(line=Line(supplier_account_id=owner.id), amount=Money(kopecks))
    return PartLine(
        line=Line(
            supplier_account_id=owner.id,
            charge_id=ChargeId(uuid4()),
            service_code=service,
            period=period,
            kind=kind,
        ),
        amount=Money(kopecks),
    )


def part(owner, *lines):
    return Part(supplier_account_id=owner.id, amount=total(one.amount for one in lines), lines=lines)


def owner_of(number):
    return SupplierAccountCard(
        id=SupplierAccountId(uuid4()),
        supplier_id=SupplierId(uuid4()),
        supplier_name=f"АО «{number}»",
        number=f"55-{number}",
        gis_service_id=None,
        services=("electricity",),
        balance=Balance.of(principal=ZERO, penalty=ZERO, advance=ZERO),
    )


def supplied(*owners, settings=(), own=None):
    account = Account(
        id=AccountId(uuid4()),
        number="6600000001",
        kind=AccountKind.UNIFIED,
        gis_number=None,
        address="",
        holder_name="",
    )
    suppliers = {
        one.supplier_id: Supplier(
            id=one.supplier_id,
            inn=OWN_INN if one is own else f"86020000{place}",
            name=one.supplier_name,
            collection=Collection.AGENT,
            details=details(one.supplier_name, place),
        )
        for place, one in enumerate(owners, start=1)
    }
    services = {"electricity": Service(code="electricity", name="Электроснабжение", unit="кВт·ч")}
    rules = ReceiptRules(
        terms=TERMS, rates=RATES, suppliers={one.supplier_id: one for one in settings}, own_inn=OWN_INN
    )
    card = AccountCard(account=account, supplier_accounts=owners)
    return Supplied(card=card, suppliers=suppliers, services=services, rules=rules)


def test_items_of_a_payment_by_kind():
    one = owner_of(1)
    parts = [
        part(
            one,
            line(one, 1000, kind=Kind.PENALTY),
            line(one, 30_000),
            line(one, 20_000),
            line(one, 500, None),
        )
    ]
    [sheet] = sheets(parts, TODAY, supplied(one))
    assert (sheet.issued_by, sheet.issuer_id, sheet.amount) == (IssuedBy.US, None, Money(51_500))
    told = [(item.description, item.amount.kopecks, item.vat, item.is_advance) for item in sheet.items]
    assert told == [
        ("Пени: Электроснабжение за 10.2026, л/с 55-1", 1000, Vat.NONE, False),
        ("Электроснабжение за 10.2026, л/с 55-1", 50_000, Vat.TWENTY_TWO, False),
        ("Аванс: АО «1», л/с 55-1", 500, Vat.TWENTY_TWO, True),
    ]
    agent = sheet.items[0]
    assert (agent.agent_type, agent.principal.inn) == (AgentType.PAYMENT_AGENT, "860200001")


@pytest.mark.parametrize(
    ("period", "paid_on", "vat"),
    [
        ("2025-12", date(2026, 2, 3), Vat.TWENTY),  # delivered in 2025: 20 %, whenever it is paid
        ("2026-01", date(2026, 2, 3), Vat.TWENTY_TWO),
        ("2026-01", date(2025, 12, 31), Vat.TWENTY_TWO),
        (None, date(2025, 12, 31), Vat.TWENTY),  # an advance: by the day it is paid
        (None, date(2026, 1, 1), Vat.TWENTY_TWO),
    ],
)
def test_tax_by_date(period, paid_on, vat):
    one = owner_of(1)
    [sheet] = sheets([part(one, line(one, 100, period))], paid_on, supplied(one))
    assert sheet.items[0].vat is vat


def test_one_receipt_for_each_issuer():
    ours, agency, own_shop, elsewhere = map(owner_of, (1, 2, 3, 4))
    day = date(2026, 1, 1)
    settings = [
        SupplierReceipts(
            supplier_id=agency.supplier_id,
            valid_from=day,
            vat=Vat.NONE,
            agent_type=AgentType.AGENT,
            phone="+73452000000",
        ),
        SupplierReceipts(
            supplier_id=own_shop.supplier_id, valid_from=day, issued_by=IssuedBy.SUPPLIER, shop_id="200600"
        ),
        SupplierReceipts(
            supplier_id=elsewhere.supplier_id, valid_from=day, issued_by=IssuedBy.ELSEWHERE, vat=Vat.FIVE
        ),
    ]
    owners = (ours, agency, own_shop, elsewhere)
    parts = [part(one, line(one, 1000 * place)) for place, one in enumerate(owners, start=1)]
    found = sheets(parts, TODAY, supplied(*owners, settings=settings, own=ours))
    assert [(one.issued_by, one.issuer_id, one.amount.kopecks) for one in found] == [
        (IssuedBy.US, None, 3000),
        (IssuedBy.SUPPLIER, own_shop.supplier_id, 3000),
        (IssuedBy.ELSEWHERE, elsewhere.supplier_id, 4000),
    ]
    mine, agents = found[0].items
    assert (mine.agent_type, mine.principal, mine.vat) == (None, None, Vat.TWENTY_TWO)
    assert (agents.agent_type, agents.principal.phone, agents.vat) == (
        AgentType.AGENT,
        "+73452000000",
        Vat.NONE,
    )
    assert [item.principal for sheet in found[1:] for item in sheet.items] == [None, None]
    states = [one.state for one in receipts_of(found, AccountId(uuid4()), PaymentId(uuid4()), NOON)]
    assert states == [ReceiptState.WANTED, ReceiptState.WANTED, ReceiptState.ELSEWHERE]


def test_a_long_payment_takes_a_second_receipt():
    one = owner_of(1)
    lines = [line(one, 1, f"20{year}-{month:02d}") for year in range(10, 18) for month in range(1, 13)]
    found = sheets([part(one, *lines)], TODAY, supplied(one))
    assert [len(sheet.items) for sheet in found] == [80, 16]


def test_what_goes_back_comes_of_the_advance_first():
    one, other = owner_of(1), owner_of(2)
    parts = [
        part(one, line(one, 300, "2026-09"), line(one, 200, "2026-10"), line(one, 100, None)),
        part(other, line(other, 999)),
    ]
    [sheet] = sheets(parts, TODAY, supplied(one, other))
    back = taken_back(sheet.items, one.id, Money(150))
    assert [(item.is_advance, item.amount.kopecks) for item in back] == [(True, 100), (False, 50)]
    left = less(sheet.items, back)
    assert [item.amount.kopecks for item in left] == [300, 150, 999]
    again = taken_back(left, one.id, Money(1000))
    assert [(item.description[17:27], item.amount.kopecks) for item in again] == [
        ("за 10.2026", 150),
        ("за 09.2026", 300),
    ]


@pytest.fixture
def receipt():
    one = owner_of(1)
    [sheet] = sheets([part(one, line(one, 300))], TODAY, supplied(one))
    [made] = receipts_of([sheet], AccountId(uuid4()), PaymentId(uuid4()), NOON)
    return made


FISCAL = FiscalData(document_number="1", storage_number="2", attribute="3", registered_at=NOON)


def test_a_receipt_lives_to_its_end_and_forgets_the_contact(receipt):
    begun = receipt.begun(Contact(email="a@example.test"), NOON)
    sent = begun.sent("rt-1", NOON)
    assert (sent.state, sent.next_try_at) == (ReceiptState.SENT, NOON + timedelta(seconds=10))
    done = sent.registered(FISCAL)
    assert (done.contact, done.next_try_at, done.fiscal, done.steps_count) == (None, None, FISCAL, 3)
    with pytest.raises(ForbiddenMove):
        done.failed("x", NOON)


def test_failures_are_tried_anew_with_growing_pauses_and_fresh_keys(receipt):
    keys, pauses, at = set(), [], NOON
    for _ in range(MOST_ATTEMPTS):
        keys.add(receipt.key)
        receipt = receipt.begun(Contact(), at).failed("invalid_request", at)
        pauses.append(receipt.next_try_at and receipt.next_try_at - at)
        receipt = receipt.tried_anew(at)
    assert pauses[:3] == [timedelta(minutes=minutes) for minutes in (10, 20, 40)]
    assert pauses[-2:] == [timedelta(days=1), None]
    assert len(keys) == MOST_ATTEMPTS


def test_what_stands_of_corrected_receipts(receipt):
    done = receipt.begun(Contact(), NOON).sent("rt-1", NOON).registered(FISCAL)
    back = reversal(done, NOON)
    assert (back.type, back.items, back.reverses) == (ReceiptType.REFUND, done.items, done.id)
    anew = replace(receipt, id=uuid4(), generation=2)
    lost = replace(receipt, id=uuid4(), state=ReceiptState.WITHDRAWN)
    assert standing([done, back, anew, lost]) == [anew]
