"""Numbers, days, meter numbers, zones and directions as people write them."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.ids import AccountId, MeterId, SupplierAccountId
from domain.readings.meters import Direction, Meter, Register, Zone
from domain.readings.workbook.cells import Broken, Cell, day, is_blank, number, text
from domain.readings.workbook.serials import by_serial, meters_called, serial, serial_key
from domain.readings.workbook.zones import (
    NONE_NAMED,
    NamedZone,
    ZoneWords,
    direction,
    direction_within,
    register_called,
    zone,
)
from domain.readings.workbook_rows import RowFault

WORDS = ZoneWords.of(
    [
        Zone(code="day", label="День", hours="07–23", synonyms=("д", "т1 день")),
        Zone(code="shoulder", label="Плечо", hours="06–07", synonyms=("плечо", "плечевая зона")),
    ]
)
CELLS = (
    st.text()
    | st.floats()
    | st.integers(-(10**40), 10**40)
    | st.none()
    | st.booleans()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
    | st.just(Broken(RowFault.CELL_ERROR, "#REF!"))
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("12345,6", "12345.6"),
        ("12345.60", "12345.60"),
        ("12 345,6", "12345.6"),
        ("12\u00a0345\u202f678,25", "12345678.25"),
        ("12'345", "12345"),
        ("1.234.567", "1234567"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1,234", "1.234"),  # a comma alone is decimal in Russian
        ("00123", "123"),
        (" 7 ", "7"),
        ("+7", "7"),
        ("7.", "7"),
        ("1234,5 кВт·ч", "1234.5"),
        ("1234 кВт*ч", "1234"),
        ("1234 КВТЧ.", "1234"),
        ("12 м3", "12"),
        ("-0", "0"),
        (1234.0, "1234"),
        (0.1 + 0.2, "0.3"),
        (12345.600000000001, "12345.6"),
        (1e15, "1000000000000000"),
        (7, "7"),
        ("", None),
        ("  \u00a0", None),
        ("-", None),
        ("—", None),
        (None, None),
        ("-5", RowFault.NEGATIVE),
        ("−5,5", RowFault.NEGATIVE),
        (-5.0, RowFault.NEGATIVE),
        ("сто", RowFault.NOT_A_NUMBER),
        ("12 34 5", RowFault.NOT_A_NUMBER),  # two numbers, not one
        ("12345 67890", RowFault.NOT_A_NUMBER),
        ("T1 5", RowFault.NOT_A_NUMBER),
        ("1,2,3", RowFault.NOT_A_NUMBER),
        ("1E+05", RowFault.NOT_A_NUMBER),
        ("~500", RowFault.NOT_A_NUMBER),
        ("5 МВт·ч", RowFault.NOT_A_NUMBER),  # another unit: a thousand times more
        ("1" * 31, RowFault.NOT_A_NUMBER),
        (float("nan"), RowFault.NOT_A_NUMBER),
        (float("inf"), RowFault.NOT_A_NUMBER),
        (1e40, RowFault.NOT_A_NUMBER),
        (True, RowFault.NOT_A_NUMBER),
        (date(2026, 5, 12), RowFault.NOT_A_NUMBER),  # "12.05" became a day while it was typed
        ("#ЗНАЧ!", RowFault.CELL_ERROR),
        ("#REF!", RowFault.CELL_ERROR),
        (Broken(RowFault.FORMULA_EMPTY), RowFault.FORMULA_EMPTY),
    ],
)
def test_numbers(written, expected):
    found = number(written)
    assert found == (Decimal(expected) if type(expected) is str else expected)
    assert type(found) is not Decimal or "E" not in str(found)


@given(
    st.decimals(0, 10**15, places=3, allow_nan=False, allow_infinity=False),
    st.sampled_from(["", " ", "\u00a0", "\u202f"]),
    st.sampled_from(",."),
)
def test_a_number_written_in_groups_is_that_number(value, group, point):
    whole, part = f"{value:,.3f}".split(".")
    assert number(whole.replace(",", group) + point + part) == value


@given(CELLS)
def test_any_cell_is_a_number_a_fault_or_nothing(cell):
    found = number(cell)
    assert found is None or isinstance(found, RowFault) or (found >= 0 and found.is_finite())


@given(st.text(alphabet="0123456789 ,.'-+\u00a0", max_size=30))
def test_no_digit_is_added_or_dropped(written):
    found = number(written)
    if isinstance(found, Decimal):
        assert f"{found:f}".replace(".", "").lstrip("0") in "".join(filter(str.isdecimal, written))


@given(st.floats(min_value=0, max_value=1e29))
def test_a_floating_number_keeps_its_fifteen_digits(value):
    assert number(value) == Decimal(format(value, ".15g"))


@pytest.mark.parametrize(
    "written",
    [
        "25.11.2026",
        "25.11.26",
        "25/11/2026",
        "25-11-2026",
        "25.11.2026 г.",
        "25.11.2026 23:59",
        "25.11.2026 23:59:59",
        "2026-11-25",
        "2026-11-25T10:00:00",
        "2026-11-25 00:00:00",
        "25 ноября 2026",
        "«25» ноября 2026 г.",
        "25 нояб. 2026 года",
        46351,
        46351.99,
        date(2026, 11, 25),
        datetime(2026, 11, 25, 23, 59),  # noqa: DTZ001 - a spreadsheet knows no zones
    ],
)
def test_days(written):
    assert day(written) == date(2026, 11, 25)


@pytest.mark.parametrize(
    "written",
    [
        "31.02.2026",
        "25.13.2026",
        "ноябрь",
        "11.2026",
        "вчера",
        5.0,
        99999,
        "25.11.1926",
        time(5),
        True,
        "25 чего 2026",
    ],
)
def test_what_is_no_day(written):
    assert day(written) is RowFault.NOT_A_DAY


@pytest.mark.parametrize(("month", "no"), [("марта", 3), ("мая", 5), ("июня", 6), ("июля", 7)])
def test_months_that_begin_alike(month, no):
    assert day(f"1 {month} 2026") == date(2026, no, 1)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(["%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d"]))
def test_a_day_in_figures_is_that_day(said, form):
    assert day(said.strftime(form)) == said
    assert day((said - date(1899, 12, 30)).days) == said


@given(CELLS)
def test_any_cell_is_a_day_a_fault_or_nothing(cell):
    found = day(cell)
    assert found is None or isinstance(found, RowFault) or 2000 <= found.year < 2100
    assert not is_blank(cell) or found is None


@pytest.mark.parametrize(
    ("cell", "written", "fault"),
    [
        ("00012345", "00012345", None),
        (12345.0, "12345", None),
        (12345, "12345", None),
        ("12345.0", "12345", None),
        ("12345,00", "12345", None),
        ("'00012", "00012", None),
        ("№ 00012", "00012", None),
        ("Зав. № 00012", "00012", None),
        ("  АВ\u00a0001 ", "АВ 001", None),
        ("Э12345", "Э12345", None),
        (1.2345678901234567e18, "1234567890123460000", RowFault.SERIAL_CUT),
        ("1,23457E+13", "1,23457E+13", RowFault.SERIAL_CUT),
        ("1.23457Е+13", "1.23457Е+13", RowFault.SERIAL_CUT),
        (12.5, "12.5", RowFault.SERIAL_CUT),
        (date(2026, 11, 25), "2026-11-25", RowFault.SERIAL_CUT),
        (Broken(RowFault.FORMULA_EMPTY), "", RowFault.FORMULA_EMPTY),
        (timedelta(1), "1 day, 0:00:00", RowFault.SERIAL_CUT),
    ],
)
def test_meter_numbers(cell: Cell, written, fault):
    assert serial(cell) == (written, fault)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("00012345", "12345"),
        ("АВ-001", "AB 001"),
        ("ab001", "АВ001"),
        ("011-075/12", "1107512"),
        ("0000", "0"),
    ],
)
def test_spellings_of_one_meter_number(one, other):
    assert serial_key(one) == serial_key(other) != ""


@given(st.text())
def test_the_key_of_a_key_is_itself(written):
    assert serial_key(serial_key(written)) == serial_key(written)


def meter(number: str, *registers: Register) -> Meter:
    nobody = UUID(int=1)
    return Meter(
        id=MeterId(UUID(int=hash(number) % 10**9)),
        account_id=AccountId(nobody),
        supplier_account_id=SupplierAccountId(nobody),
        service_code="electricity",
        unit="кВт·ч",
        serial=number,
        installed_on=date(2020, 1, 1),
        registers=registers or (Register(zone="single"),),
    )


def test_a_meter_written_just_so_comes_before_one_of_the_same_key():
    with_zeros, without, other = meter("00123"), meter("123"), meter("777")
    known = by_serial([with_zeros, without, other])
    assert list(meters_called("00123", known)) == [with_zeros]
    assert list(meters_called("123", known)) == [without]
    assert list(meters_called("0123", known)) == [with_zeros, without]
    assert list(meters_called("0777", known)) == [other]
    assert list(meters_called("1", known)) == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Т1", NamedZone(None, "T1")),
        ("T 2", NamedZone(None, "T2")),
        ("т-3", NamedZone(None, "T3")),
        ("Тариф 1", NamedZone(None, "T1")),
        ("Зона №2", NamedZone(None, "T2")),
        (1.0, NamedZone(None, "T1")),
        ("2", NamedZone(None, "T2")),
        ("день", NamedZone("day", None)),
        ("Дневная зона", NamedZone("day", None)),
        ("Т1 (день)", NamedZone("day", "T1")),
        ("т1 день", NamedZone("day", "T1")),
        ("Д", NamedZone("day", None)),
        ("ночь", NamedZone("night", None)),
        ("Ночной", NamedZone("night", None)),
        ("Пик", NamedZone("peak", None)),
        ("Полупик", NamedZone("half_peak", None)),
        ("полу-пиковая", NamedZone("half_peak", None)),
        ("п/пик", NamedZone("half_peak", None)),
        ("сутки", NamedZone("single", None)),
        ("круглосуточная", NamedZone("single", None)),
        ("0-24", NamedZone("single", None)),
        ("24 ч", NamedZone("single", None)),
        ("Сумма", NamedZone("total", None)),
        ("Σ", NamedZone("total", None)),
        ("Плечо", NamedZone("shoulder", None)),
        ("плечевая зона", NamedZone("shoulder", None)),
        ("", NONE_NAMED),
        ("-", NONE_NAMED),
        (None, NONE_NAMED),
        ("день/ночь", None),
        ("Т1, Т2", None),
        ("северная", None),
        ("Т12", None),
    ],
)
def test_zones(written, expected):
    assert zone(written, WORDS) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("A+", "A+"),
        ("А+", "A+"),
        ("А −", "A-"),
        ("A–", "A-"),
        ("R+", "R+"),
        ("r-", "R-"),
        ("Q-", "R-"),
        ("Р+", "A+"),  # Cyrillic: active power is P too
        ("активная прием", "A+"),
        ("Активная, отдача", "A-"),
        ("реактивная", "R+"),
        ("реактивная отдача", "R-"),
        ("Актив.", "A+"),
        ("приём", "A+"),
        ("обратное", "A-"),
        ("A", "A+"),
        ("", "A+"),
        (None, "A+"),
        ("вбок", None),
        ("A+/A-", None),
        ("активная и реактивная", None),
    ],
)
def test_directions(written, expected):
    assert direction(written) == expected


def test_words_that_name_no_direction_name_none_within_a_heading():
    assert direction_within("показания т1 (день)") is None
    assert direction_within("показания а- т1") is Direction.A_MINUS


@given(CELLS)
def test_any_cell_may_stand_for_a_zone_a_direction_or_a_serial(cell):
    zone(cell, WORDS)
    direction(cell)
    assert isinstance(serial(cell)[0], str)
    assert "\n" not in text(cell)


TWO_ZONES = meter(
    "1",
    Register(zone="day", label="T1"),
    Register(zone="night", label="Т2"),  # Cyrillic, as billing may have it
    Register(zone="total", label="T0"),
    Register(zone="day", direction=Direction.A_MINUS, label="T1"),
)


@pytest.mark.parametrize(
    ("code", "label", "way", "expected"),
    [
        ("day", None, "A+", "day"),
        (None, "T2", "A+", "night"),
        ("night", "T2", "A+", "night"),
        ("night", "T1", "A+", None),  # the words contradict each other on this meter
        ("peak", "T1", "A+", None),
        ("single", None, "A+", None),
        (None, None, "A+", None),
        (None, "T3", "A+", None),
        (None, None, "A-", "day"),
        ("day", None, "R+", None),
        ("total", None, "A+", "total"),
    ],
)
def test_the_register_that_words_mean(code, label, way, expected):
    found = register_called(TWO_ZONES, code, label, Direction(way))
    assert (found.zone if found else None) == expected


@pytest.mark.parametrize(("code", "label"), [(None, None), ("single", None), (None, "T1")])
def test_the_only_register_needs_no_words(code, label):
    assert register_called(meter("1"), code, label, Direction.A_PLUS)
    assert register_called(meter("1"), "night", None, Direction.A_PLUS) is None
