"""Bills for tests: facts of one account, and what is read from a paper."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pypdfium2
import zxingcpp

from domain.accounts.accounts import AccountKind
from domain.bills.bills import Bill, BillLine, ReadingCounted, SupplierPart
from domain.kernel.ids import AccountId, ChargeId, MeterId, SupplierAccountId
from domain.kernel.money import ZERO, Money
from domain.payments.paycodes import encode, supplier_paycode, unified_paycode
from domain.readings.meters import Direction
from domain.readings.readings import Nature
from tests.households import details

OURS, POWER = details("АО «Пример энергосбыт»", 9), details("АО «electricity»", 1)
NUMBER = "6600000001-2610-K7QXAB"
METER = MeterId(UUID(int=77))


def a_reading(**more: object) -> ReadingCounted:
    fields: dict[str, object] = {
        "meter_id": METER,
        "serial": "00123456",
        "zone": "single",
        "zone_label": "Круглосуточно",
        "direction": Direction.A_PLUS,
        "previous": Decimal(4000),
        "previous_on": date(2026, 9, 22),
        "value": Decimal(4250),
        "taken_on": date(2026, 10, 22),
        "consumption": Decimal(250),
        "nature": Nature.ACTUAL,
        "is_billed": True,
        "transformation_ratio": Decimal(1),
    }
    return ReadingCounted(**fields | more)


def a_line(**more: object) -> BillLine:
    fields: dict[str, object] = {
        "id": ChargeId(UUID(int=5)),
        "service_code": "electricity",
        "service_name": "Электроснабжение",
        "unit": "кВт·ч",
        "volume": Decimal(250),
        "tariff": Decimal("5.43"),
        "tariff_from": date(2026, 7, 1),
        "amount": Money(135750),
        "recalculation": ZERO,
        "penalty": ZERO,
        "document": "2610-00000001",
        "revision": 1,
        "posted_on": date(2026, 11, 1),
        "readings": (a_reading(),),
    }
    return BillLine(**fields | more)


def a_part(**more: object) -> SupplierPart:
    fields: dict[str, object] = {
        "id": SupplierAccountId(UUID(int=3)),
        "supplier_name": "АО «electricity»",
        "inn": POWER.inn,
        "number": "6600000001-el",
        "gis_service_id": None,
        "lines": (a_line(),),
        "start": ZERO,
        "paid": ZERO,
        "balance": Money(135750),
        "code": encode(
            supplier_paycode(
                supplier=POWER,
                collection=OURS,
                direct=False,
                number="6600000001-el",
                to_pay=Money(135750),
                period="2026-10",
                bill_number=NUMBER,
            )
        ),
    }
    return SupplierPart(**fields | more)


def a_bill(**more: object) -> Bill:
    fields: dict[str, object] = {
        "number": NUMBER,
        "account_id": AccountId(UUID(int=1)),
        "account_number": "6600000001",
        "kind": AccountKind.UNIFIED,
        "gis_number": "66АА000001",
        "holder_name": "Иванов И. И.",
        "address": "г. Примерск, ул. Мира, д. 1",
        "period": "2026-10",
        "issued_at": datetime(2026, 11, 3, 7, tzinfo=UTC),
        "issued_on": date(2026, 11, 3),
        "due_on": date(2026, 11, 16),
        "due_rule": "ЖК РФ, ст. 155 ч. 1",
        "cut_no": 12,
        "company": "Энергоснабжающая организация",
        "contacts": "8 800 000-00-00",
        "suppliers": (a_part(),),
        "code": encode(
            unified_paycode(
                collection=OURS,
                number="6600000001",
                to_pay=Money(135750),
                period="2026-10",
                bill_number=NUMBER,
            )
        ),
    }
    return Bill(**fields | more)


def scanned(pdf: bytes, dots_per_inch: int = 200) -> set[str]:
    """The texts of the codes on every page, as a camera would see them."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [
            document[number].render(scale=dots_per_inch / 72).to_pil() for number in range(len(document))
        ]
    finally:
        document.close()
    return {code.bytes.decode() for page in pages for code in zxingcpp.read_barcodes(page)}


def words_on(pdf: bytes) -> tuple[int, str]:
    """How many pages, and all that is written there."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        texts = [document[number].get_textpage().get_text_bounded() for number in range(len(document))]
    finally:
        document.close()
    return len(texts), " ".join(texts)
