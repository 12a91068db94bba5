"""The tax in papers of a contract: by the month of the charge and what is set of the supplier."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from msgspec.structs import replace

from domain.accounts.accounts import AccountKind
from domain.accounts.ledger import CauseKind
from domain.accounts.statements import Movement, StatementLine
from domain.bills.account_papers import PaperFacts, PaperKind, account_paper
from domain.bills.printed_account_paper import printed
from domain.kernel.money import Money
from domain.payments.receipts.rules import SupplierReceipts, SuppliersVat, Vat
from tests.unit.test_receipts import RATES, owner_of, supplied

JANUARY = datetime(2026, 1, 20, 7, tzinfo=UTC)


def charged(owner, kopecks, period, figure="principal"):
    return StatementLine(
        entry_no=1,
        movement=Movement.CHARGED,
        supplier_account_id=owner.id,
        figure=figure,
        amount=Money(abs(kopecks)),
        change=Money(kopecks),
        balance=Money(kopecks),
        charge_id=None,
        service_code="electricity",
        period=period,
        cause_kind=CauseKind.CHARGE,
        cause_id=uuid4(),
        value_date=JANUARY.date(),
        posted_at=JANUARY,
    )


def paper_of(owner, lines, settings=()):
    known = supplied(owner)
    card = replace(known.card, account=replace(known.card.account, kind=AccountKind.CONTRACT))
    facts = PaperFacts(
        suppliers=known.suppliers,
        services={"electricity": "Электроэнергия"},
        vat=SuppliersVat(unset=Vat.MAIN, rates=RATES, settings=settings),
        zone=UTC,
        translate=str,
    )
    return account_paper(PaperKind.ACT, card, lines, ("2026-01", "2026-01"), facts)


def test_each_line_bears_the_rate_of_its_month():
    owner = owner_of(1)
    lines = [
        charged(owner, 122_00, "2026-01"),
        charged(owner, 120_00, "2025-12"),
        charged(owner, 5_00, "2025-12", figure="penalty"),
        charged(owner, -61_01, "2025-11"),
    ]
    side = printed(paper_of(owner, lines)).sides[0]
    assert [(row.net, row.vat, row.tax, row.charged) for row in side.rows] == [
        ("100,00", "22", "22,00", "122,00"),
        ("100,00", "20", "20,00", "120,00"),
        ("5,00", "", "", "5,00"),
        ("-50,84", "20", "-10,17", "-61,01"),
    ]
    assert (side.charged_net, side.charged_tax, side.charged) == ("154,16", "31,83", "185,99")
    assert [row.what.split(":")[0] for row in side.rows].count("Penalty") == 1


@pytest.mark.parametrize(
    ("vat", "told"), [(Vat.NONE, ("122,00", "", "")), (Vat.FIVE, ("116,19", "5", "5,81"))]
)
def test_what_is_set_of_the_supplier_holds_from_its_day(vat, told):
    owner = owner_of(1)
    old = SupplierReceipts(supplier_id=owner.supplier_id, valid_from=date(2025, 12, 1), vat=Vat.TEN)
    new = replace(old, valid_from=date(2026, 1, 31), vat=vat)
    lines = [charged(owner, 122_00, "2026-01"), charged(owner, 110_00, "2025-12")]
    first, second = printed(paper_of(owner, lines, (new, old))).sides[0].rows
    assert (first.net, first.vat, first.tax) == told
    assert (second.net, second.vat, second.tax) == ("100,00", "10", "10,00")
