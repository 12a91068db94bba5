"""The picture of a bill in docs/bills.md: python -m tests.bill_picture

An invented household's October, set by typst and drawn by pdfium.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid5

import msgspec
import pypdfium2

from adapters.pdf.typesetting import typeset
from adapters.qr import symbols
from domain.accounts.accounts import AccountKind
from domain.bills.bills import Bill, BillLine, EarlierMonth, ReadingCounted, SupplierPart
from domain.bills.paper import paper
from domain.kernel.ids import KABINET, AccountId, ChargeId, MeterId, SupplierAccountId
from domain.kernel.money import ZERO, Money, total
from domain.payments.paycodes import encode, supplier_paycode, unified_paycode
from domain.readings.meters import Direction
from domain.readings.readings import Nature
from infra.demo.households import Household, household
from infra.demo.suppliers import COLLECTION, DemoSupplier
from infra.refunds import words

PICTURE = Path(__file__).parents[1] / "docs" / "img" / "bill.png"
PERIOD, NUMBER = "2026-10", "7200000007-2610-K7QXAB"
WIDTH_PIXELS = 1000
COLOURS = 64
BENEFIT = Money(14250)
METERS = {"electricity": ("day", "День", "night", "Ночь"), "cold_water": ("single", "Круглосуточно")}


def a_household_bill() -> Bill:
    home = household(7, 1)
    parts = tuple(_part(home, supplier, place) for place, supplier in enumerate(home.suppliers, start=1))
    to_pay = total(part.to_pay for part in parts)
    code = unified_paycode(
        collection=COLLECTION, number=home.number, to_pay=to_pay, period=PERIOD, bill_number=NUMBER
    )
    return Bill(
        number=NUMBER,
        account_id=AccountId(uuid5(KABINET, home.number)),
        account_number=home.number,
        kind=AccountKind.UNIFIED,
        gis_number=home.gis_number,
        holder_name=home.holder,
        address=home.address,
        period=PERIOD,
        issued_at=datetime(2026, 11, 3, 6, tzinfo=UTC),
        issued_on=date(2026, 11, 3),
        due_on=date(2026, 11, 16),
        due_rule="ЖК РФ, ст. 155 ч. 1 (177-ФЗ от 24.06.2025)",
        cut_no=40,
        before="2026-09",
        company="АО «Заречная энергосбытовая компания»",
        contacts="8 800 100-00-00, kabinet.example",
        suppliers=parts,
        code=encode(code),
    )


def _part(home: Household, supplier: DemoSupplier, place: int) -> SupplierPart:
    lines = tuple(
        BillLine(
            id=ChargeId(uuid5(KABINET, f"{place}{line.service.code}")),
            service_code=line.service.code,
            service_name=line.service.name,
            unit=line.service.unit,
            volume=Decimal(line.volume) / 1000,
            tariff=None if line.tariff is None else Decimal(line.tariff) / 100,
            tariff_from=date(2026, 7, 1),
            amount=Money(line.amount),
            recalculation=Money(line.recalculation),
            benefit=BENEFIT if line.service.code == "heating" else ZERO,
            penalty=Money(line.penalty),
            document=f"2610-{home.no:08d}",
            revision=1,
            posted_on=date(2026, 11, 1),
            readings=_readings(line.service.code, Decimal(line.volume) / 1000),
        )
        for line in home.lines
        if line.supplier is supplier and line.period == PERIOD
    )
    before = Money(home.charged(supplier, ("2026-09",)))
    earlier = EarlierMonth(period="2026-09", charged=Money(-8745)) if place == 3 else None
    charged = total(line.charged + line.penalty for line in lines)
    balance = charged + (earlier.charged if earlier else ZERO)
    part = SupplierPart(
        id=SupplierAccountId(uuid5(KABINET, f"{place}")),
        supplier_name=supplier.name,
        inn=supplier.inn,
        number=home.supplier_account(supplier),
        gis_service_id=None,
        lines=lines,
        earlier=(earlier,) if earlier else (),
        start=before,
        paid=before,
        in_transit=Money(50000) if place == 1 else ZERO,
        balance=balance,
    )
    assert part.is_tied
    code = supplier_paycode(
        supplier=COLLECTION,
        collection=COLLECTION,
        direct=False,
        number=part.number,
        to_pay=part.to_pay,
        period=PERIOD,
        bill_number=NUMBER,
    )
    return msgspec.structs.replace(part, code=encode(code))


def _readings(service: str, volume: Decimal) -> tuple[ReadingCounted, ...]:
    zones = METERS.get(service, ())
    names = list(zip(zones[::2], zones[1::2], strict=True))
    found, left = [], volume
    for place, (zone, label) in enumerate(names, start=1):
        used = left if place == len(names) else (volume * 64 / 100).quantize(Decimal("0.01"))
        left -= used
        before = Decimal(1840 * place)
        found.append(
            ReadingCounted(
                meter_id=MeterId(uuid5(KABINET, service)),
                serial="31400217" if service == "electricity" else "20817733",
                zone=zone,
                zone_label=label,
                direction=Direction.A_PLUS,
                previous=before,
                previous_on=date(2026, 9, 22),
                value=before + used,
                taken_on=date(2026, 10, 22),
                consumption=used,
                nature=Nature.ACTUAL,
                is_billed=True,
            )
        )
    return tuple(found)


def main() -> None:
    pdf = typeset("bill", msgspec.json.encode(paper(a_household_bill(), symbols, words)))
    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    picture = page.render(scale=WIDTH_PIXELS / page.get_width()).to_pil()
    PICTURE.parent.mkdir(exist_ok=True)
    picture.quantize(COLOURS).save(PICTURE, optimize=True)
    document.close()


if __name__ == "__main__":
    main()
