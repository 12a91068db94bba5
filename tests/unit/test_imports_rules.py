"""Every way a row of a billing file can be wrong, and what a right one means."""

from datetime import date
from decimal import Decimal

import pytest

from domain.accounts.import_cells import TEXTS, Cells, Code, Fault
from domain.accounts.import_checks import Known, Totals, known_faults, whole_faults
from domain.accounts.import_columns import COLUMNS, ImportKind, header_faults
from domain.accounts.import_rows import AccountRow, ChargeRow, OpeningRow, read
from domain.kernel.money import ZERO, Money

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
