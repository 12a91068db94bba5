"""Every way a row of a billing file can be wrong, and what a right one means."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from domain.accounts.import_cells import TEXTS, Cells, Code, Fault
from domain.accounts.import_checks import Known, Totals, in_our_words, known_faults, whole_faults
from domain.accounts.import_columns import COLUMNS, ImportKind, header_faults, our_names
from domain.accounts.import_meters import SealCell
from domain.accounts.import_rows import AccountRow, ChargeRow, OpeningRow, read
from domain.kernel.money import ZERO, Money
from domain.readings.meters import Direction

TODAY = date(2026, 11, 20)
INN = "7203100010"
RIGHT = {
    ImportKind.SUPPLIERS: {
        "inn": INN,
        "name": "АО «Энергосбыт»",
        "bank_name": "Банк",
        "bic": "047102899",
        "account": "40702811800000000001",
        "correspondent_account": "30101810400000000899",
        "collection": "direct",
        "valid_from": "2026-01-01",
        "kpp": "720301001",
        "service": "electricity",
        "service_name": "Электроснабжение",
        "unit": "кВт·ч",
        "tariff": "5,43",
    },
    ImportKind.ACCOUNTS: {
        "unified_account": "7200000001",
        "supplier_inn": INN,
        "supplier_account": "Э-000001/2",
        "address": "ул. Мира, 1",
        "holder_name": "Иванов И. И.",
        "kind": "contract",
        "gis_number": "72AA000001",
        "holder_inn": INN,
        "gis_service_id": "72АА000001-01",
    },
    ImportKind.CONTACTS: {
        "unified_account": "7200000001",
        "phone": "8 (900) 000-00-01",
        "email": "a@example.test",
    },
    ImportKind.NORMS: {
        "supplier_inn": INN,
        "service": "heating",
        "norm": "brick-5",
        "name": "Кирпичный дом, 5 этажей",
        "volume": "0,020",
        "per": "м² жилья",
        "source": "приказ № 137-п",
        "valid_from": "2025-01-01",
    },
    ImportKind.TARIFFS: {
        "supplier_inn": INN,
        "service": "electricity",
        "region": "72",
        "group": "gas-stove",
        "group_name": "Городское население",
        "zone": "День",
        "range": "2",
        "from_volume": "3900",
        "to_volume": "6000",
        "price": "6,77",
        "valid_from": "2026-07-01",
    },
    ImportKind.READINGS: {
        "unified_account": "7200000001",
        "supplier_inn": INN,
        "supplier_account": "Э1",
        "service": "electricity",
        "serial": "00123456",
        "zone": "Ночь",
        "direction": "А+",
        "period": "2026-10",
        "taken_on": "2026-10-20",
        "value": "4512.5",
        "nature": "контрольные",
        "bill_number": "2610-00000001",
    },
    ImportKind.METERS: {
        "unified_account": "7200000001",
        "supplier_inn": INN,
        "supplier_account": "Э1",
        "service": "electricity",
        "serial": "00123456",
        "model": "Меркурий 206",
        "installed_on": "2023-04-17",
        "zone": "Ночь",
        "direction": "А+",
        "label": "T2",
        "unit": "кВт·ч",
        "digits": "6",
        "fraction_digits": "2",
        "ratio": "20",
        "max_power_kw": "15",
        "automatic": "нет",
        "verified_until": "2039-04-16",
        "removed_on": "2026-06-11",
        "replaces": "7",
        "place": "щит",
        "seals": "0012345 клеммная крышка 2023-04-17; 0012346",
        "delivery_point": "ТП-1",
        "delivery_point_name": "Склад",
        "delivery_point_address": "ул. Мира, 1",
        "tariff_region": "72",
        "tariff_group": "gas-stove",
        "opening_value": "0",
        "closing_value": "4512,5",
        "billed_value": "4400",
        "billed_on": "2026-05-25",
    },
    ImportKind.OPENING_BALANCES: {
        "unified_account": "7200000001",
        "supplier_inn": INN,
        "supplier_account": "Э1",
        "service": "electricity",
        "period": "2026-07",
        "debt": "100,00",
        "penalty": "1.5",
        "overpayment": "",
    },
    ImportKind.CHARGES: {
        "period": "2026-10",
        "unified_account": "7200000001",
        "supplier_inn": INN,
        "supplier_account": "Э1",
        "service": "electricity",
        "amount": "1 250,50",
        "bill_number": "2610-1",
        "volume": "12,345",
        "unit": "кВт·ч",
        "tariff": "5.43",
        "recalculation": "-10.05",
        "penalty": "0",
    },
}

BAD = [
    (ImportKind.CHARGES, {"period": ""}, "period", Code.MISSING),
    (ImportKind.CHARGES, {"period": "2026-13"}, "period", Code.NOT_A_PERIOD),
    (ImportKind.CHARGES, {"period": "10.2026"}, "period", Code.NOT_A_PERIOD),
    (ImportKind.CHARGES, {"period": "2027-01"}, "period", Code.PERIOD_TOO_FAR),
    (ImportKind.CHARGES, {"period": "1999-12"}, "period", Code.PERIOD_TOO_FAR),
    (ImportKind.CHARGES, {"unified_account": "  "}, "unified_account", Code.MISSING),
    (ImportKind.CHARGES, {"unified_account": "72 00"}, "unified_account", Code.NOT_AN_ACCOUNT),
    (ImportKind.CHARGES, {"unified_account": "7" * 31}, "unified_account", Code.NOT_AN_ACCOUNT),
    (ImportKind.CHARGES, {"supplier_inn": "7203100011"}, "supplier_inn", Code.NOT_A_REQUISITE),
    (ImportKind.CHARGES, {"supplier_inn": ""}, "supplier_inn", Code.MISSING),
    (ImportKind.CHARGES, {"service": "Свет"}, "service", Code.NOT_A_CODE),
    (ImportKind.CHARGES, {"amount": ""}, "amount", Code.MISSING),
    (ImportKind.CHARGES, {"amount": "сто"}, "amount", Code.NOT_A_SUM),
    (ImportKind.CHARGES, {"amount": "1.234"}, "amount", Code.NOT_A_SUM),
    (ImportKind.CHARGES, {"amount": "1e3"}, "amount", Code.NOT_A_SUM),
    (ImportKind.CHARGES, {"amount": "+5"}, "amount", Code.NOT_A_SUM),
    (ImportKind.CHARGES, {"amount": "NaN"}, "amount", Code.NOT_A_SUM),
    (ImportKind.CHARGES, {"amount": "1000000000"}, "amount", Code.NOT_A_SUM),
    (ImportKind.CHARGES, {"penalty": "-0.01"}, "penalty", Code.BELOW_ZERO),
    (ImportKind.CHARGES, {"volume": "1.1234567"}, "volume", Code.NOT_A_NUMBER),
    (ImportKind.CHARGES, {"tariff": "-1"}, "tariff", Code.NOT_A_NUMBER),
    (ImportKind.CHARGES, {"bill_number": "9" * 41}, "bill_number", Code.TOO_LONG),
    (ImportKind.CHARGES, {"bill_number": "1\x002"}, "bill_number", Code.CONTROL_CHARACTER),
    (ImportKind.CHARGES, {"unit": "кубический сантиметр!"}, "unit", Code.TOO_LONG),
    (ImportKind.TARIFFS, {"price": ""}, "price", Code.MISSING),
    (ImportKind.TARIFFS, {"price": "пять"}, "price", Code.NOT_A_NUMBER),
    (ImportKind.TARIFFS, {"to_volume": "3900"}, "to_volume", Code.ENDS_BEFORE),
    (ImportKind.TARIFFS, {"range": "0"}, "range", Code.NOT_A_NUMBER),
    (ImportKind.TARIFFS, {"valid_from": ""}, "valid_from", Code.MISSING),
    (ImportKind.TARIFFS, {"group": "Городское"}, "group", Code.NOT_A_CODE),
    (ImportKind.READINGS, {"value": ""}, "value", Code.MISSING),
    (ImportKind.READINGS, {"value": "-1"}, "value", Code.NOT_A_NUMBER),
    (ImportKind.READINGS, {"taken_on": "20.10.2026"}, "taken_on", Code.NOT_A_DATE),
    (ImportKind.READINGS, {"period": "10.2026"}, "period", Code.NOT_A_PERIOD),
    (ImportKind.READINGS, {"nature": "guessed"}, "nature", Code.NOT_ONE_OF),
    (ImportKind.READINGS, {"serial": "=1+1"}, "serial", Code.NOT_A_SERIAL),
    (ImportKind.ACCOUNTS, {"reading_group": "Дачи"}, "reading_group", Code.NOT_A_CODE),
    (ImportKind.METERS, {"serial": ""}, "serial", Code.MISSING),
    (ImportKind.METERS, {"serial": "=1+1"}, "serial", Code.NOT_A_SERIAL),
    (ImportKind.METERS, {"installed_on": "17.04.2023"}, "installed_on", Code.NOT_A_DATE),
    (ImportKind.METERS, {"removed_on": "2023-04-16"}, "removed_on", Code.ENDS_BEFORE),
    (ImportKind.METERS, {"removed_on": ""}, "removed_on", Code.MISSING),
    (ImportKind.METERS, {"billed_on": ""}, "billed_on", Code.MISSING),
    (ImportKind.METERS, {"billed_value": ""}, "billed_value", Code.MISSING),
    (ImportKind.METERS, {"billed_on": "2022-01-01"}, "billed_on", Code.ENDS_BEFORE),
    (ImportKind.METERS, {"closing_value": "1000000"}, "closing_value", Code.TOO_MANY_DIGITS),
    (ImportKind.METERS, {"opening_value": "-1"}, "opening_value", Code.NOT_A_NUMBER),
    (ImportKind.METERS, {"digits": "13"}, "digits", Code.NOT_A_NUMBER),
    (ImportKind.METERS, {"ratio": "0"}, "ratio", Code.NOT_A_NUMBER),
    (ImportKind.METERS, {"direction": "B+"}, "direction", Code.NOT_ONE_OF),
    (ImportKind.METERS, {"automatic": "maybe"}, "automatic", Code.NOT_ONE_OF),
    (ImportKind.METERS, {"delivery_point": ""}, "delivery_point", Code.MISSING),
    (ImportKind.METERS, {"seals": "1; 1"}, "seals", Code.DUPLICATE),
    (ImportKind.METERS, {"tariff_group": "Группа"}, "tariff_group", Code.NOT_A_CODE),
    (ImportKind.OPENING_BALANCES, {"debt": "-1"}, "debt", Code.BELOW_ZERO),
    (ImportKind.OPENING_BALANCES, {"overpayment": "x"}, "overpayment", Code.NOT_A_SUM),
    (ImportKind.OPENING_BALANCES, {"debt": "0", "penalty": ""}, "debt", Code.NOTHING_GIVEN),
    (ImportKind.CONTACTS, {"phone": "12345"}, "phone", Code.NOT_A_REQUISITE),
    (ImportKind.CONTACTS, {"email": "a@b"}, "email", Code.NOT_A_REQUISITE),
    (ImportKind.CONTACTS, {"phone": "", "email": ""}, "phone", Code.NOTHING_GIVEN),
    (ImportKind.ACCOUNTS, {"kind": "flat"}, "kind", Code.NOT_ONE_OF),
    (ImportKind.ACCOUNTS, {"gis_number": "72"}, "gis_number", Code.NOT_A_REQUISITE),
    (ImportKind.ACCOUNTS, {"gis_service_id": "72АА000001"}, "gis_service_id", Code.NOT_A_REQUISITE),
    (ImportKind.ACCOUNTS, {"holder_name": ""}, "holder_name", Code.MISSING),
    (ImportKind.ACCOUNTS, {"address": "a" * 301}, "address", Code.TOO_LONG),
    (ImportKind.SUPPLIERS, {"account": "40702810800000000001"}, "account", Code.NOT_A_REQUISITE),
    (ImportKind.SUPPLIERS, {"bic": "12"}, "bic", Code.NOT_A_REQUISITE),
    (ImportKind.SUPPLIERS, {"kpp": "1"}, "kpp", Code.NOT_A_REQUISITE),
    (ImportKind.SUPPLIERS, {"collection": "both"}, "collection", Code.NOT_ONE_OF),
    (ImportKind.SUPPLIERS, {"valid_from": "2026-02-30"}, "valid_from", Code.NOT_A_DATE),
    (ImportKind.SUPPLIERS, {"valid_from": "01.02.2026"}, "valid_from", Code.NOT_A_DATE),
    (ImportKind.SUPPLIERS, {"unit": ""}, "unit", Code.MISSING),
    (ImportKind.SUPPLIERS, {"tariff": "5,1234567"}, "tariff", Code.NOT_A_NUMBER),
]


def reading_of(kind, changes):
    cells = Cells(7, RIGHT[kind] | changes, TODAY)
    return read(kind, cells), cells.faults


def reading(kind, **changes):
    return reading_of(kind, changes)


@pytest.mark.parametrize("kind", ImportKind)
def test_a_right_row_has_no_faults(kind):
    row, faults = reading(kind)
    assert row is not None
    assert faults == []


@pytest.mark.parametrize(("kind", "changes", "field", "code"), BAD)
def test_a_bad_cell_is_named(kind, changes, field, code):
    row, faults = reading_of(kind, changes)
    assert row is None
    assert (field, code) in {(fault.field, fault.code) for fault in faults}
    assert {fault.row_no for fault in faults} == {7}


def test_all_faults_of_a_row_are_found_at_once():
    _, faults = reading(ImportKind.CHARGES, period="x", amount="y", penalty="-1")
    assert [fault.code for fault in faults] == [Code.NOT_A_PERIOD, Code.NOT_A_SUM, Code.BELOW_ZERO]


def test_what_a_charge_says():
    row, _ = reading(ImportKind.CHARGES)
    assert isinstance(row, ChargeRow)
    assert (row.amount, row.recalculation, row.penalty) == (Money(125050), Money(-1005), ZERO)
    assert (row.volume, row.tariff) == (Decimal("12.345"), Decimal("5.43"))
    assert row.counted == Money(124045)


@pytest.mark.parametrize(
    ("text", "kopecks"),
    [("1250.50", 125050), ("1 250,5", 125050), ("1\u00a0250", 125000), ("-0,01", -1), ("0", 0), ("007", 700)],
)
def test_sums(text, kopecks):
    row, _ = reading(ImportKind.CHARGES, amount=text)
    assert row.amount == Money(kopecks)


def test_optional_cells_may_be_left_out():
    needed = {name: RIGHT[ImportKind.CHARGES][name] for name in COLUMNS[ImportKind.CHARGES].needed}
    row = read(ImportKind.CHARGES, Cells(2, needed, TODAY))
    assert (row.volume, row.tariff, row.unit, row.recalculation, row.penalty) == (None, None, "", ZERO, ZERO)


def test_numbers_of_gis_are_kept_in_one_writing():
    row, _ = reading(ImportKind.ACCOUNTS)
    assert isinstance(row, AccountRow)
    assert row.gis_number == "72АА000001"  # the file had Latin letters


def test_the_value_shown_of_a_fault_is_short():
    _, faults = reading(ImportKind.CHARGES, amount="9" * 5000)
    assert len(faults[0].value) == 100


def test_headers():
    header = [*COLUMNS[ImportKind.CHARGES].needed, "colour", "period"]
    header.remove("amount")
    assert [(fault.field, fault.code) for fault in header_faults(ImportKind.CHARGES, header)] == [
        ("amount", Code.COLUMN_MISSING),
        ("colour", Code.COLUMN_UNKNOWN),
        ("period", Code.COLUMN_TWICE),
    ]


def test_suppliers_and_services_must_be_known():
    row, _ = reading(ImportKind.CHARGES)
    nothing = Known(supplier_inns=frozenset(), service_codes=frozenset())
    assert [fault.code for fault in known_faults(2, row, nothing)] == [
        Code.UNKNOWN_SUPPLIER,
        Code.UNKNOWN_SERVICE,
    ]
    everything = Known(supplier_inns=frozenset({INN}), service_codes=frozenset({"electricity"}))
    assert known_faults(2, row, everything) == []


def test_a_charge_names_a_known_norm_and_its_benefit_lowers_the_total():
    row, _ = reading(ImportKind.CHARGES, norm="brick-5", norm_count="48.6", benefit="310")
    assert row.counted == reading(ImportKind.CHARGES)[0].counted - Money(31000)
    known = Known(supplier_inns=frozenset({INN}), service_codes=frozenset({"electricity"}))
    assert [fault.code for fault in known_faults(2, row, known)] == [Code.UNKNOWN_NORM]
    told = replace(known, norms=frozenset({(INN, "electricity", "brick-5")}))
    assert known_faults(2, row, told) == []
    assert reading(ImportKind.CHARGES, benefit="-1")[1] != []


def test_control_totals():
    assert whole_faults(0, ZERO) == [Fault(row_no=0, field="rows", code=Code.NO_ROWS)]
    assert whole_faults(2, Money(100), Totals(), None, Totals(rows=2, sum=Money(100))) == []
    found = whole_faults(2, Money(-5), Totals(rows=3), Totals(sum=Money(100)))
    assert [(fault.code, fault.value) for fault in found] == [
        (Code.TOTAL_ROWS, "2"),
        (Code.TOTAL_SUM, "-0.05"),
    ]


def test_an_opening_balance_counts_what_is_owed_less_what_is_ahead():
    row, _ = reading(ImportKind.OPENING_BALANCES, overpayment="201.50")
    assert isinstance(row, OpeningRow)
    assert row.counted == Money(-10000)


def test_every_fault_has_its_words_in_russian():
    from api.texts import catalogue

    assert set(TEXTS) == set(Code)
    assert [text for text in TEXTS.values() if catalogue("ru").gettext(text) == text] == []


KNOWN_ZONES = {"night": "night", "ночь": "night"}


def test_a_meters_zone_is_told_by_its_words_never_by_its_place():
    known = Known(supplier_inns=frozenset({INN}), service_codes=frozenset({"electricity"}), zones=KNOWN_ZONES)
    row, _ = reading(ImportKind.METERS)
    assert in_our_words(row, known).zone == "night"
    row, _ = reading(ImportKind.METERS, zone="T2")
    [fault] = known_faults(7, in_our_words(row, known), known)
    assert (fault.field, fault.code, fault.value) == ("zone", Code.UNKNOWN_ZONE, "t2")


@pytest.mark.parametrize("text", ["A+", "a+", "А+", "Активная", "", "A +"])
def test_directions_as_people_write_them(text):
    row, _ = reading(ImportKind.METERS, direction=text)
    assert row.direction == "A+"


def test_directions_are_those_of_registers():
    for direction in Direction:
        row, _ = reading(ImportKind.METERS, direction=direction.value)
        assert Direction(row.direction) is direction


def test_seals_have_a_number_a_place_and_a_day():
    row, _ = reading(ImportKind.METERS)
    assert row.seals == (
        SealCell("0012345", "клеммная крышка", date(2023, 4, 17)),
        SealCell("0012346"),
    )


def test_an_empty_cell_of_a_meter_says_nothing():
    needed = {name: RIGHT[ImportKind.METERS][name] for name in COLUMNS[ImportKind.METERS].needed}
    row = read(ImportKind.METERS, Cells(2, needed, TODAY))
    assert (row.zone, row.direction) == ("single", "A+")
    assert {row.seals, row.digit_count, row.removed_on, row.is_automatic, row.unit, row.place} == {None}


def test_columns_go_by_the_suppliers_own_names():
    header = ["единый лицевой счёт", "инн поставщика", "счёт у поставщика", "услуга", "заводской № пу"]
    header += ["дата установки", "зона/тариф", "ед. изм.", "предыдущие показания", "serial"]
    assert our_names(ImportKind.METERS, header) == [
        *("unified_account", "supplier_inn", "supplier_account", "service", "serial", "installed_on"),
        *("zone", "unit", "billed_value", "serial"),
    ]
    assert our_names(ImportKind.CHARGES, ["услуга"]) == ["услуга"]


def test_every_synonym_names_a_column():
    for kind in ImportKind:
        columns = COLUMNS[kind]
        unknown = set(columns.synonyms.values()) - {*columns.needed, *columns.optional}
        assert unknown <= {"unified_account", "supplier_account"}, kind
