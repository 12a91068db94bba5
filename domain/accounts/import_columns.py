"""Which columns each kind of billing file has."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from domain.accounts.import_cells import Code, Fault


class ImportKind(StrEnum):
    """In the order of loading: a file may name only what an earlier one has told."""

    SUPPLIERS = "suppliers"
    ACCOUNTS = "accounts"
    CONTACTS = "contacts"
    TARIFFS = "tariffs"
    NORMS = "norms"
    METERS = "meters"
    READINGS = "readings"
    OPENING_BALANCES = "opening-balances"
    CHARGES = "charges"


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """`synonyms`: what the supplier's own programs call a column, in plain form (see `_plain`)."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = {}


_RUSSIAN_KEY = {
    "единый лицевой счет": "unified_account",
    "лицевой счет": "unified_account",
    "договор": "unified_account",
    "номер договора": "unified_account",
    "инн поставщика": "supplier_inn",
    "счет у поставщика": "supplier_account",
    "услуга": "service",
    "зона": "zone",
    "тарифная зона": "zone",
    "зона/тариф": "zone",
}
_RUSSIAN_METER = _RUSSIAN_KEY | {
    "заводской номер": "serial",
    "заводской пу": "serial",
    "заводской номер пу": "serial",
    "номер пу": "serial",
    "серийный номер": "serial",
    "тип пу": "model",
    "тип": "model",
    "марка": "model",
    "направление": "direction",
    "обозначение": "label",
    "единица": "unit",
    "ед. изм": "unit",
    "разрядность": "digits",
    "знаков после запятой": "fraction_digits",
    "расчетный коэффициент": "ratio",
    "коэффициент трансформации": "ratio",
    "ктр": "ratio",
    "максимальная мощность": "max_power_kw",
    "максимальная мощность, квт": "max_power_kw",
    "автоматический": "automatic",
    "дистанционный съем": "automatic",
    "поверен до": "verified_until",
    "дата поверки": "verified_until",
    "дата следующей поверки": "verified_until",
    "дата установки": "installed_on",
    "дата снятия пу": "removed_on",
    "дата демонтажа": "removed_on",
    "вместо пу": "replaces",
    "взамен": "replaces",
    "место установки": "place",
    "пломбы": "seals",
    "код тп": "delivery_point",
    "точка поставки": "delivery_point",
    "объект": "delivery_point_name",
    "адрес": "delivery_point_address",
    "регион": "tariff_region",
    "тарифная группа": "tariff_group",
    "начальные показания": "opening_value",
    "конечные показания": "closing_value",
    "предыдущие показания": "billed_value",
    "дата предыдущих": "billed_on",
    "дата предыдущих показаний": "billed_on",
}
_RUSSIAN_READING = _RUSSIAN_METER | {
    "период": "period",
    "расчетный период": "period",
    "дата снятия": "taken_on",
    "дата показаний": "taken_on",
    "показания": "value",
    "текущие показания": "value",
    "вид показаний": "nature",
    "номер счета": "bill_number",
    "счет": "bill_number",
}
_RUSSIAN_TARIFF = _RUSSIAN_KEY | {
    "регион": "region",
    "группа": "group",
    "тарифная группа": "group",
    "название группы": "group_name",
    "диапазон": "range",
    "от": "from_volume",
    "до": "to_volume",
    "тариф": "price",
    "цена": "price",
    "действует с": "valid_from",
}
_RUSSIAN_NORM = _RUSSIAN_KEY | {
    "код норматива": "norm",
    "название": "name",
    "норматив": "volume",
    "на единицу": "per",
    "основание": "source",
    "действует с": "valid_from",
}
_OF_NORMS = ("supplier_inn", "service", "norm", "name", "volume", "per", "source", "valid_from")
_SUPPLIER_ACCOUNT = ("unified_account", "supplier_inn", "supplier_account")
_OF_READINGS = (
    *(*_SUPPLIER_ACCOUNT, "service", "serial", "zone", "direction"),
    *("period", "taken_on", "value", "nature", "bill_number"),
)
COLUMNS: Mapping[ImportKind, Columns] = {
    ImportKind.SUPPLIERS: Columns(
        needed=("inn", "name", "bank_name", "bic", "account", "correspondent_account", "collection"),
        optional=("valid_from", "kpp", "payee_name", "service", "service_name", "unit", "tariff"),
    ),
    ImportKind.ACCOUNTS: Columns(
        needed=(*_SUPPLIER_ACCOUNT, "address", "holder_name"),
        optional=("kind", "gis_number", "holder_inn", "gis_service_id", "reading_group"),
    ),
    ImportKind.CONTACTS: Columns(needed=("unified_account",), optional=("phone", "email")),
    ImportKind.OPENING_BALANCES: Columns(
        needed=(*_SUPPLIER_ACCOUNT, "service", "period"), optional=("debt", "penalty", "overpayment")
    ),
    ImportKind.CHARGES: Columns(
        needed=("period", *_SUPPLIER_ACCOUNT, "service", "amount", "bill_number"),
        optional=(
            *("volume", "unit", "tariff", "recalculation", "penalty"),
            *("benefit", "norm", "norm_count"),
        ),
    ),
    ImportKind.TARIFFS: Columns(
        needed=("supplier_inn", "service", "region", "group", "price", "valid_from"),
        optional=("group_name", "zone", "range", "from_volume", "to_volume"),
        synonyms=_RUSSIAN_TARIFF,
    ),
    ImportKind.NORMS: Columns(
        needed=_OF_NORMS,
        synonyms={word: name for word, name in _RUSSIAN_NORM.items() if name in _OF_NORMS},
    ),
    ImportKind.READINGS: Columns(
        needed=(*_SUPPLIER_ACCOUNT, "service", "serial", "period", "taken_on", "value"),
        optional=("zone", "direction", "nature", "bill_number"),
        synonyms={word: name for word, name in _RUSSIAN_READING.items() if name in _OF_READINGS},
    ),
    ImportKind.METERS: Columns(
        needed=(*_SUPPLIER_ACCOUNT, "service", "serial", "installed_on"),
        optional=(
            *("model", "zone", "direction", "label", "unit", "digits", "fraction_digits", "ratio"),
            *("max_power_kw", "automatic", "verified_until", "removed_on", "replaces", "place", "seals"),
            *("delivery_point", "delivery_point_name", "delivery_point_address"),
            *("tariff_region", "tariff_group", "opening_value", "closing_value"),
            *("billed_value", "billed_on"),
        ),
        synonyms=_RUSSIAN_METER,
    ),
}


def our_names(kind: ImportKind, header: list[str]) -> list[str]:
    """The header with our names of the columns instead of the supplier's."""
    synonyms = COLUMNS[kind].synonyms
    return [synonyms.get(_plain(name), name) for name in header]


def _plain(name: str) -> str:
    return " ".join(name.replace("ё", "е").replace("№", " ").rstrip(".").split())


def header_faults(kind: ImportKind, header: list[str]) -> list[Fault]:
    """What is wrong with the names of the columns, once they are ours."""
    columns = COLUMNS[kind]
    known = {*columns.needed, *columns.optional}
    found = [_in_header(name, Code.COLUMN_MISSING) for name in columns.needed if name not in header]
    found += [_in_header(name, Code.COLUMN_UNKNOWN) for name in header if name not in known]
    return found + [_in_header(name, Code.COLUMN_TWICE) for name in known if header.count(name) > 1]


def _in_header(name: str, code: Code) -> Fault:
    return Fault(row_no=1, field=name[:40], code=code)
