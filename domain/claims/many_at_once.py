"""One workbook, many claims: each row is a claim about one meter or delivery point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from domain.cases.forms import Form, Objection
from domain.cases.on_site import Contact, NoSuchMeter, NoSuchPoint, NotYourSupplierAccount, Premises
from domain.claims.meter_installation import MeterInstallation
from domain.claims.meter_replacement import MeterReplacement, ReplacementReason
from domain.claims.signers import Signer
from domain.kernel.errors import Invalid
from domain.kernel.ids import CaseId, SupplierAccountId, derived
from domain.readings.meters import DeliveryPoint, Meter

MOST_ROWS = 200
T = TypeVar("T")
HEADINGS: Mapping[str, str] = {
    "kind": "kind",
    "вид": "kind",
    "serial": "serial",
    "прибор": "serial",
    "номер прибора": "serial",
    "point": "point",
    "точка": "point",
    "точка поставки": "point",
    "reason": "reason",
    "причина": "reason",
    "since": "since",
    "с какого дня": "since",
    "application": "application",
    "номер обращения": "application",
    "premises": "premises",
    "помещение": "premises",
    "contact": "contact",
    "контакт": "contact",
    "phone": "phone",
    "телефон": "phone",
    "signer": "signer",
    "подписал": "signer",
    "power": "power",
    "доверенность": "power",
    "words": "words",
    "комментарий": "words",
}
_KINDS = {"замена": "replacement", "установка": "installation"}
_REASONS = {
    "поверка": ReplacementReason.VERIFICATION_OVER,
    "истекла поверка": ReplacementReason.VERIFICATION_OVER,
    "срок службы": ReplacementReason.LIFE_OVER,
    "неисправен": ReplacementReason.FAILED,
    "утрачен": ReplacementReason.LOST,
}
_PREMISES = {
    "квартира": Premises.APARTMENT,
    "встроенное": Premises.SHOP_IN_APARTMENT_HOUSE,
    "помещение в многоквартирном доме": Premises.SHOP_IN_APARTMENT_HOUSE,
    "дом": Premises.HOUSE,
    "прочее": Premises.OTHER,
}


class ColumnsWanted(Invalid):
    code = "claims-file-columns"
    text = "The file lacks columns: {names}"
    remedy = "Name the columns as docs/applications.md says"


class TooManyRows(Invalid):
    code = "claims-file-rows"
    text = "A file may have {most} claims"
    remedy = "Send the rest in another file"


class CellWrong(Objection):
    code = "claims-file-cell"
    text = "“{value}” cannot be read in the column {column}"
    remedy = "Correct the cell and send the file again under a new id, without the rows that were filed"


class Points(msgspec.Struct, frozen=True, kw_only=True):
    """What of the contract rows may name."""

    meters: Sequence[Meter]
    points: Sequence[DeliveryPoint]
    supplier_accounts: Sequence[SupplierAccountId]


def case_id_of(file_id: UUID, row_no: int) -> CaseId:
    """The same row of the same file is always the same claim."""
    return CaseId(derived(file_id, f"claim of row {row_no}"))


def columns_of(header: Sequence[str]) -> dict[str, str]:
    """Our names by the file's. ColumnsWanted."""
    known = {name: HEADINGS[name.strip().lower()] for name in header if name.strip().lower() in HEADINGS}
    missing = {"kind", "premises", "contact", "phone", "signer"} - set(known.values())
    if missing:
        raise ColumnsWanted(field="body", names=", ".join(sorted(missing)))
    return known


def form_of(cells: Mapping[str, str], of: Points) -> Form:
    """The claim of one row, by our names of columns. Objection when the row cannot be one."""
    kind = _one_of(cells, "kind", _KINDS, {"replacement": "replacement", "installation": "installation"})
    power = cells.get("power", "").strip()
    signer = Signer(
        name=_text(cells, "signer", 3, 200), is_head=not power, power_guid=_guid(power) if power else None
    )
    contact = Contact(name=_text(cells, "contact", 2, 200), phone=_text(cells, "phone", 5, 30))
    premises = _one_of(cells, "premises", _PREMISES, {one.value: one for one in Premises})
    since = _day(cells.get("since", "").strip())
    words = cells.get("words", "").strip()[:4000]
    number = cells.get("application", "").strip()[:100]
    if kind == "replacement":
        reasons = {one.value: one for one in ReplacementReason}
        return MeterReplacement(
            reason=_one_of(cells, "reason", _REASONS, reasons),
            meters=(_meter(cells, of).id,),
            premises=premises,
            since=since,
            applied_number=number,
            signer=signer,
            contact=contact,
            words=words,
        )
    if len(of.supplier_accounts) != 1:
        raise NotYourSupplierAccount(field="point")
    return MeterInstallation(
        supplier_account_id=of.supplier_accounts[0],
        points=(_point(cells, of).id,),
        premises=premises,
        applied_on=since,
        applied_number=number,
        signer=signer,
        contact=contact,
        words=words,
    )


def _meter(cells: Mapping[str, str], of: Points) -> Meter:
    serial = cells.get("serial", "").strip()
    found = [meter for meter in of.meters if meter.serial == serial and meter.removed_on is None]
    if len(found) != 1:
        raise NoSuchMeter(field="serial")
    return found[0]


def _point(cells: Mapping[str, str], of: Points) -> DeliveryPoint:
    code = cells.get("point", "").strip()
    for point in of.points:
        if point.code == code:
            return point
    raise NoSuchPoint(field="point")


def _text(cells: Mapping[str, str], column: str, least: int, most: int) -> str:
    value = cells.get(column, "").strip()
    if not least <= len(value) <= most:
        raise CellWrong(field=column, value=value[:50], column=column)
    return value


def _one_of(cells: Mapping[str, str], column: str, russian: Mapping[str, T], english: Mapping[str, T]) -> T:
    value = cells.get(column, "").strip().lower()
    found = russian.get(value) or english.get(value)
    if found is None:
        raise CellWrong(field=column, value=value[:50], column=column)
    return found


def _day(text: str) -> date | None:
    """2026-03-01 or 01.03.2026."""
    if not text:
        return None
    for shape in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, shape).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise CellWrong(field="since", value=text[:50], column="since")


def _guid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise CellWrong(field="power", value=text[:50], column="power") from None
