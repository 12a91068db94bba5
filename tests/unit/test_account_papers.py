"""The tax in papers of a contract: by the month of the charge and what is set of the supplier."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from msgspec.structs import replace

from api.texts import catalogue
from domain.accounts.accounts import AccountKind
from domain.accounts.ledger import CauseKind
from domain.accounts.statements import Movement, StatementLine
from domain.bills.account_paper_making import TEXTS as MADE
from domain.bills.account_paper_making import Delivered, PaperFacts, account_paper
from domain.bills.account_paper_sheets import TEXTS, sheets
from domain.bills.account_papers import PaperKind
from domain.bills.printed_account_paper import figure, printed
from domain.kernel.money import Money
from domain.payments.receipts.rules import SupplierReceipts, SuppliersVat, Vat
from tests.unit.test_receipts import RATES, owner_of, supplied
from tests.unit.test_texts import places

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


def paid(owner, kopecks):
    first = charged(owner, -kopecks, None)
    return replace(first, cause_kind=CauseKind.PAYMENT, movement=Movement.PAID, service_code=None)


def paper_of(owner, lines, settings=(), kind=PaperKind.ACT, months=("2026-01", "2026-01"), **more):
    known = supplied(owner)
    card = replace(known.card, account=replace(known.card.account, kind=AccountKind.CONTRACT))
    facts = PaperFacts(
        suppliers=known.suppliers,
        services={"electricity": "Электроэнергия"},
        vat=SuppliersVat(unset=Vat.MAIN, rates=RATES, settings=settings),
        zone=UTC,
        translate=str,
        **{"this_month": "2026-02", **more},
    )
    return account_paper(kind, card, lines, months, facts)


def sheet_of(paper):
    """The one sheet, and of each row its words with its last figure."""
    [sheet] = sheets(paper, str)
    return sheet, {row[1]: row[-1] for row in sheet.below}


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


@pytest.mark.parametrize("kind", PaperKind)
def test_the_workbook_has_the_totals_of_the_pdf(kind):
    owner = owner_of(1)
    lines = [charged(owner, 122_00, "2026-01"), charged(owner, -61_01, "2025-11"), paid(owner, 20_00)]
    old = replace(charged(owner, 10_00, "2025-12"), posted_at=datetime(2025, 12, 20, tzinfo=UTC))
    paper = paper_of(owner, [old, *lines], kind=kind)
    side = printed(paper).sides[0]
    sheet, below = sheet_of(paper)
    assert f"{paper.account_number}/2026-01" in sheet.above[0]
    assert "31.01.2026" in sheet.above[0]
    told = {text: figure(amount, zero="0,00") for text, amount in below.items() if amount is not None}
    if kind is PaperKind.ACT:
        assert told == {"Charged in all": side.charged} == {"Charged in all": "60,99"}
        assert [figure(row[-1]) for row in sheet.rows] == [row.charged for row in side.rows]
    elif kind is PaperKind.INVOICE:
        whole = [
            told[text] for text in ("Balance at the start", "Payments and other movements", "To pay now")
        ]
        assert whole == [side.opening, side.others, side.to_pay] == ["10,00", "-20,00", "50,99"]
    else:
        moved = [money_of(row[2]) - money_of(row[3]) for row in sheet.rows]
        closing = sheet.below[1]
        assert sum(moved) == money_of(closing[2]) == 50_99
        assert (figure(closing[2]), side.debit, side.credit) == (side.closing_owed, "122,00", "81,01")
        assert tuple(map(figure, sheet.below[0][2:])) == (side.debit, side.credit)


def money_of(cell):
    return cell.kopecks if cell else 0


def test_a_paper_without_charges_says_when_they_were_posted():
    owner = owner_of(1)
    lines = [charged(owner, 122_00, "2025-12")]
    paper = paper_of(owner, lines, months=("2025-12", "2025-12"))
    assert printed(paper).sides[0].nothing == tuple(sheets(paper, str)[0].above[-3:-1])
    assert printed(paper).sides[0].nothing[1].endswith("charged in 01.2026: take the paper of 01.2026")
    assert sheets(paper, str)[0].below == []
    assert not printed(paper_of(owner, lines)).sides[0].nothing


def test_the_act_says_the_volume_of_the_bill_and_none_of_a_correction():
    owner = owner_of(1)
    first = replace(charged(owner, 122_00, "2026-01"), charge_id=uuid4())
    later = replace(first, change=Money(1_00), posted_at=datetime(2026, 1, 25, tzinfo=UTC))
    sold = Delivered(volume=Decimal("1250.50"), unit="кВт·ч", charged=Money(122_00))
    paper = paper_of(owner, [first, later], volumes={first.charge_id: sold})
    assert [row.volume for row in printed(paper).sides[0].rows] == ["1\u00a0250,5 кВт·ч", ""]
    assert [row[2:4] for row in sheets(paper, str)[0].rows] == [(sold.volume, "кВт·ч"), (None, None)]


def test_months_that_are_not_over_make_a_preliminary_paper():
    owner = owner_of(1)
    assert paper_of(owner, [], this_month="2026-01").remark.startswith("Preliminary")
    assert not paper_of(owner, []).remark


@pytest.mark.parametrize("text", [*MADE, *TEXTS])
def test_words_of_papers_are_there_in_russian(text):
    russian = catalogue("ru").gettext(text)
    assert russian != text
    assert places(russian) == places(text)
