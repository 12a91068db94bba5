"""Tables as companies lay them out: where the header is, what the columns are, which rows are data."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.readings.meters import Direction
from domain.readings.workbook.cells import Broken, RawSheet
from domain.readings.workbook.headings import heading
from domain.readings.workbook.parsing import parsed
from domain.readings.workbook.refusals import (
    WorkbookColumnsUnclear,
    WorkbookRefused,
    WorkbookWithoutRows,
    WorkbookWithoutTable,
)
from domain.readings.workbook.rows import column_letters
from domain.readings.workbook.zones import ZoneWords
from domain.readings.workbook_rows import TEXTS, Note, ParsedWorkbook, RowFault, WorkbookLayout, WorkbookRow
from domain.readings.workbook_rows import WorkbookField as F

WORDS = ZoneWords()
_ = None
HEADER = ["Зав. №", "Зона", "Показания"]


def sheet(*rows, name="Лист1", merged=(), **more) -> RawSheet:
    filled = [(no, row) for no, row in enumerate(rows, start=1) if any(cell not in {_, ""} for cell in row)]
    return RawSheet(name=name, rows=filled, merged=merged, **more)


def read(*rows, **more) -> ParsedWorkbook:
    return parsed([sheet(*rows, **more)], WORDS)


def column_no(layout: WorkbookLayout, field: F) -> int:
    """Of the leftmost column of this kind."""
    return next(column.column_no for column in layout.columns if column.field is field)


def codes(row: WorkbookRow) -> list[str]:
    return [fault.code for fault in row.faults]


def told(workbook: ParsedWorkbook) -> list[tuple[str, str | None, str | None, str | None]]:
    """Serial, zone, label and value of each row."""
    return [(r.serial, r.zone, r.label, _ if r.value is _ else str(r.value)) for r in workbook.rows]


# Headings of the form of domain.md 7.5 and of others.
@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("№ п/п", F.NUMBER),
        ("№", F.NUMBER),
        ("Объект / точка поставки (код ТП)", F.POINT_CODE),
        ("Точка поставки", F.POINT),
        ("Наименование потребителя", F.POINT),
        ("Адрес", F.ADDRESS),
        ("Место установки", F.PLACE),
        ("Тип ПУ", F.METER_TYPE),
        ("Марка счётчика", F.METER_TYPE),
        ("Заводской № ПУ", F.SERIAL),
        ("Зав.№", F.SERIAL),
        ("Серийный номер прибора учета", F.SERIAL),
        ("№ счётчика", F.SERIAL),
        ("Номер\nсчетчика", F.SERIAL),
        ("Номер ПУ", F.SERIAL),
        ("Прибор учёта", F.SERIAL),
        ("Счетчик", F.SERIAL),
        ("Заводской номер ТТ", _),
        ("№ пломбы", F.OTHER),
        ("Зона/тариф (Т1 день, Т2 ночь, Т3 / сутки)", F.ZONE),
        ("Тариф", F.ZONE),
        ("Тарифная зона", F.ZONE),
        ("Зона суток", F.ZONE),
        ("Направление (А+, А−, R+, R−)", F.DIRECTION),
        ("Вид энергии", F.DIRECTION),
        ("Дата предыдущих", F.PREVIOUS_ON),
        ("Дата предыдущих показаний", F.PREVIOUS_ON),
        ("Предыдущие показания", F.PREVIOUS),
        ("Начальные показания", F.PREVIOUS),
        ("Показания на начало периода", F.PREVIOUS),
        ("Дата снятия", F.TAKEN_ON),
        ("Дата", F.TAKEN_ON),
        ("Дата текущих показаний", F.TAKEN_ON),
        ("Дата поверки", F.OTHER),
        ("Дата очередной поверки ПУ", F.OTHER),
        ("Текущие показания", F.VALUE),
        ("Показания", F.VALUE),
        ("Показания счетчика на дату снятия", F.VALUE),
        ("Конечные показания", F.VALUE),
        ("Показания прибора учета, кВт·ч", F.VALUE),
        ("Разность показаний", F.DIFFERENCE),
        ("Разность", F.DIFFERENCE),
        ("Расчётный коэффициент (Ктт×Ктн)", F.RATIO),
        ("Ктр", F.RATIO),
        ("Расход, кВт·ч", F.CONSUMPTION),
        ("Объем потребления", F.CONSUMPTION),
        ("Потери (% / кВт·ч)", F.LOSSES),
        ("Вычет субабонентов", F.DEDUCTION),
        ("Итого, кВт·ч", F.TOTAL),
        ("Примечание", F.NOTE),
        ("№ договора", F.ACCOUNT),
        ("Лицевой счёт", F.ACCOUNT),
        ("Т1", F.VALUE),
        ("Тариф 1", F.VALUE),
        ("День", F.VALUE),
        ("А+", F.VALUE),
        ("Единица измерения", _),
        ("Фидер", _),
    ],
)
def test_headings(words, field):
    found = heading(words, WORDS)
    assert (found.field if found else _) == field


def test_the_form_of_an_energy_company():
    form = [
        *("№ п/п", "Объект / точка поставки (код ТП)", "Адрес", "Место установки", "Тип ПУ"),
        *("Заводской № ПУ", "Зона/тариф (Т1 день, Т2 ночь, Т3 / сутки)", "Направление (А+, А−, R+, R−)"),
        *("Дата предыдущих", "Предыдущие показания", "Дата снятия", "Текущие показания", "Разность"),
        *("Расчётный коэффициент (Ктт×Ктн)", "Расход, кВт·ч", "Потери (% / кВт·ч)"),
        *("Вычет субабонентов", "Итого, кВт·ч", "Примечание"),
    ]
    row = [1.0, "Т-15", "Уфа", "ЩУ-1", "СЕ303", 12345678.0, "Т1 день", "А+", 46326.0, 100.5]
    book = read(
        ["АКТ снятия показаний"],
        ["Договор № 0200-123/45", "", "ИНН 0277000000"],
        ["Расчётный период: ноябрь 2026"],
        [],
        form,
        [float(no) for no in range(1, 20)],
        [*row, date(2026, 11, 30), "1 234,5", _, 40.0, _, _, _, _, ""],
        ["", "Т-16", "", "", "", "00777", "Т2 ночь", "R−", "", 5.0, "30.11.2026", 6.0],
        ["ИТОГО", *[_] * 16, 5000.0],
        [],
        ["Исполнитель", "Иванова", "тел. 8 (347) 222-00-00"],
        ["Руководитель", "_____________", _, _, _, "/подпись/"],
    )
    (layout,) = book.layouts
    assert [(layout.header_row_no, layout.header_last_row_no), layout.last_column_no] == [(5, 5), 19]
    assert layout.account_number == "0200-123/45"
    assert column_no(layout, F.VALUE) == 12
    first, second = book.rows
    assert (first.row_no, first.column_no, first.serial, first.serial_key) == (7, 12, "12345678", "12345678")
    assert (first.zone, first.label, first.direction) == ("day", "T1", Direction.A_PLUS)
    assert (first.previous_on, first.previous) == (date(2026, 10, 31), Decimal("100.5"))
    assert (first.taken_on, first.value, first.point_code) == (date(2026, 11, 30), Decimal("1234.5"), "Т-15")
    assert (second.serial, second.serial_key, second.direction) == ("00777", "777", Direction.R_MINUS)
    assert [note.code for note in book.notes] == [Note.TOTALS_SKIPPED]
    assert not first.faults + second.faults


def test_a_header_of_two_rows_under_a_title():
    book = read(
        ["Показания за ноябрь 2026"],
        ["№", "Номер счетчика", "Показания", _, "Дата снятия"],
        [_, _, "предыдущие", "текущие", _],
        [1.0, "00123", 10.0, 20.0, "25.11.26"],
    )
    assert (book.layouts[0].header_row_no, book.layouts[0].header_last_row_no) == (2, 3)
    assert column_no(book.layouts[0], F.NUMBER) == 1
    (row,) = book.rows
    assert (row.previous, row.value, row.taken_on) == (10, 20, date(2026, 11, 25))


def test_a_header_of_three_rows():
    book = read(
        ["Прибор учета", _, "Показания", _, _, _],
        ["Тип", "Заводской номер", "Предыдущие", _, "Текущие", _],
        [_, _, "Т1", "Т2", "Т1", "Т2"],
        ["СЕ303", "1", 1.0, 2.0, 3.0, 4.0],
    )
    assert told(book) == [("1", _, "T1", "3"), ("1", _, "T2", "4")]
    assert [row.previous for row in book.rows] == [1, 2]


def test_a_wide_table_gives_a_row_for_each_zone_that_is_filled_in():
    book = read(
        ["Счетчик №", "Т1 (день)", "Т2 (ночь)", "Т3", "Σ"],
        ["1", 1.0, "2,5", _, 3.5],
        ["2", 7.0, _, _, _],
        ["3", _, _, _, _],
    )
    assert told(book) == [
        ("1", "day", "T1", "1"),
        ("1", "night", "T2", "2.5"),
        ("1", "total", _, "3.5"),
        ("2", "day", "T1", "7"),
        ("3", "day", "T1", _),
    ]
    assert [row.column_no for row in book.rows] == [2, 3, 5, 2, 2]
    assert book.rows[-1].is_blank


def test_a_wide_table_of_directions_and_zones():
    book = read(["ПУ", "А+", _, "А-", _], [_, "День", "Ночь", "День", "Ночь"], ["777", 1.0, 2.0, 3.0, 4.0])
    assert [(row.zone, row.direction.value, row.value) for row in book.rows] == [
        ("day", "A+", 1),
        ("night", "A+", 2),
        ("day", "A-", 3),
        ("night", "A-", 4),
    ]


def test_of_columns_with_days_the_latest_is_the_reading():
    book = read(["Зав. №", "Показания на 30.11.2026", "Показания на 31.10.2026"], ["1", 9.0, 5.0])
    (row,) = book.rows
    assert (row.value, row.taken_on, row.previous, row.previous_on) == (
        9,
        date(2026, 11, 30),
        5,
        date(2026, 10, 31),
    )


def test_current_readings_are_plainer_than_readings():
    book = read(["Зав. №", "Показания", "Текущие показания"], ["1", 5.0, 9.0])
    assert [(row.value, row.previous) for row in book.rows] == [(9, 5)]


def test_columns_that_nothing_tells_apart_are_not_guessed():
    with pytest.raises(WorkbookColumnsUnclear):
        read(["Зав. №", "Показания", "Показания"], ["1", 1.0, 2.0])


def test_merged_meter_numbers_go_down():
    book = read(
        HEADER,
        ["00123", "Т1", 1.0],
        ["", "Т2", 2.0],
        ["", "Т1", 3.0],  # not a zone more: the merged cell says whose it is all the same
        ["7", "", 4.0],
        merged=[(2, 1, 4, 1)],
    )
    assert [row.serial for row in book.rows] == ["00123", "00123", "00123", "7"]
    assert book.notes == ()


def test_a_meter_number_written_once_over_its_zones():
    book = read(HEADER, ["1", "Т1", 1.0], ["", "Т2", 2.0], ["", "Т3", 3.0], ["2", "Т1", 4.0])
    assert told(book) == [("1", _, "T1", "1"), ("1", _, "T2", "2"), ("1", _, "T3", "3"), ("2", _, "T1", "4")]
    assert [(n.code, n.fields["count"]) for n in book.notes] == [(Note.SERIALS_FROM_ABOVE, "2")]


@pytest.mark.parametrize(
    "rows",
    [
        [["1", "Т1", 1.0], ["", "Т1", 2.0]],  # the same zone again: another meter's
        [["1", "Т1", 1.0], ["", "", 2.0]],
        [["1", "Т1", 1.0], [], ["", "Т2", 2.0]],
        [["1", "Т1", 1.0], ["Итого", "", 1.0], ["", "Т2", 2.0]],
        [["", "Т2", 2.0]],
        [["—", "Т2", 0.0]],  # signs are no number
    ],
)
def test_a_reading_whose_meter_is_not_said_is_a_fault(rows):
    assert codes(read(HEADER, *rows).rows[-1]) == [RowFault.SERIAL_MISSING]


@pytest.mark.parametrize(
    "row",
    [
        ["Итого", "", 100.0],
        ["Всего по объекту", "", 100.0],
        ["", "", "подпись"],
        ["Котельная, ул. Ленина", "", ""],
        ["Исполнитель Петров П. П., тел. 8-917-000-00-00", "", ""],
        ["М.П.", "", ""],
        ["", "Т1", ""],
    ],
)
def test_rows_that_are_no_data(row):
    assert told(read(HEADER, ["1", "Т1", 1.0], row)) == [("1", _, "T1", "1")]


def test_the_register_of_the_sum_is_no_total_row():
    book = read(HEADER, ["1", "Т1", 1.0], ["", "Итого", 3.0], ["2", "Всего", 5.0])
    assert told(book) == [("1", _, "T1", "1"), ("1", "total", _, "3"), ("2", "total", _, "5")]


def test_a_template_half_filled_in_has_blank_rows_without_faults():
    book = read(["Зав. №", "Дата снятия", "Показания"], ["1", "", 1.0], ["2", "чушь", ""], ["3", "", "—"])
    assert [row.is_blank for row in book.rows] == [False, True, True]


def test_faults_are_told_with_their_cells():
    book = read(
        ["Зав. №", "Зона", "Направление", "Дата", "Показания"],
        [1e17, "Т1", "А+", "30.11.2026", 1.0],
        ["2", "левая", "вбок", "32.11.2026", "много"],
        ["3", "", "", "", Broken(RowFault.FORMULA_EMPTY)],
        ["4", Broken(RowFault.CELL_ERROR, "#N/A"), "", "", -1.0],
    )
    assert [[(fault.code, fault.fields.get("cell")) for fault in row.faults] for row in book.rows] == [
        [(RowFault.SERIAL_CUT, "A2")],
        [
            (RowFault.ZONE_UNKNOWN, "B3"),
            (RowFault.NOT_A_NUMBER, "E3"),
            (RowFault.DIRECTION_UNKNOWN, "C3"),
            (RowFault.NOT_A_DAY, "D3"),
        ],
        [(RowFault.FORMULA_EMPTY, "E4")],
        [(RowFault.CELL_ERROR, "B5"), (RowFault.NEGATIVE, "E5")],
    ]
    assert book.rows[1].faults[1].words(str).text == "The reading in cell E3 is not a number: много"


def test_what_a_cell_says_is_shortened_in_a_fault():
    (row,) = read(HEADER, ["1", "", "x" * 5000 + "1"]).rows
    assert len(row.faults[0].fields["text"]) == 40


def test_two_values_for_one_register_refuse_each_other():
    book = parsed(
        [
            sheet(HEADER, ["1", "Т1", 1.0], ["01", "Т1", 2.0], ["2", "Т1", 5.0]),
            sheet(HEADER, ["2", "T1", 5.0], ["1", "Т2", 5.0], name="Ещё"),
            sheet(HEADER, ["1", "t1", 9.0], name="Третий"),
        ],
        WORDS,
    )
    twice = [(row.sheet, row.row_no, row.faults[0].fields["cell"]) for row in book.rows if row.faults]
    assert twice == [("Лист1", 2, "C3"), ("Лист1", 3, "C2"), ("Третий", 2, "Лист1!C2")]


def test_readings_of_several_days_are_no_doubles():
    book = read(["Зав. №", "Дата", "Показания"], ["1", "30.10.2026", 1.0], ["1", "30.11.2026", 2.0])
    assert not any(row.faults for row in book.rows)


def test_several_sheets_and_two_tables_on_one():
    book = parsed(
        [
            sheet(["Заполняйте аккуратно"], name="Памятка", no=1),
            sheet(HEADER, ["1", "", 1.0], [], ["Цех 2"], HEADER, ["2", "", 2.0], name="Цеха", no=2),
            sheet(["№ ПУ", "Текущие"], ["3", 3.0], name="Офис", no=3),
            sheet(HEADER, ["9", "", 9.0], name="Старое", no=4, is_hidden=True),
        ],
        WORDS,
    )
    assert [(row.sheet, row.row_no, row.serial) for row in book.rows] == [
        ("Цеха", 2, "1"),
        ("Цеха", 6, "2"),
        ("Офис", 2, "3"),
    ]
    assert [(one.sheet, one.sheet_no, one.header_row_no) for one in book.layouts] == [
        ("Цеха", 2, 1),
        ("Цеха", 2, 5),
        ("Офис", 3, 1),
    ]
    assert [(n.code, n.fields["sheet"]) for n in book.notes] == [
        (Note.SHEET_SKIPPED, "Памятка"),
        (Note.SHEET_HIDDEN, "Старое"),
    ]


def test_a_group_called_meter_is_no_new_table():
    book = read(HEADER, ["1", "", 1.0], ["Счетчик", "", ""], ["2", "", 2.0])
    assert [row.serial for row in book.rows] == ["1", "2"]


def test_our_template_is_known_by_its_hidden_sheet():
    hidden = sheet(["kabinet-readings", 1.0, "0200123", "0192"], name="_kabinet", is_hidden=True)
    (layout,) = parsed([sheet(HEADER, ["1", "", 1.0]), hidden], WORDS).layouts
    assert (layout.template_version, layout.account_number, layout.account_id) == (1, "0200123", "0192")


@pytest.mark.parametrize(
    "first", [["kabinet-readings", "x"], ["other", 1.0, "5"], [], [1.0], ["kabinet-readings", "9" * 5000]]
)
def test_a_sheet_of_that_name_that_says_something_else(first):
    hidden = sheet(first, name="_kabinet", is_hidden=True)
    book = parsed([sheet(HEADER, ["1", "", 1.0]), hidden], WORDS)
    assert (book.template_version, book.account_number) == (_, _)


@pytest.mark.parametrize(
    ("above", "number", "taken_on"),
    [
        ([["Договор № 0200-123"]], "0200-123", _),
        ([["Договор энергоснабжения №", "0200-123"]], "0200-123", _),
        ([["Договор от 01.02.2020"]], _, _),
        ([["Лицевой счёт: 7701234567"]], "7701234567", _),
        ([["л/с", 7701234567.0]], "7701234567", _),
        ([["Дата снятия показаний", 46356.0]], _, date(2026, 11, 30)),
        ([["Показания по состоянию на 30.11.2026 г."]], _, date(2026, 11, 30)),
        ([["Договор № 5 от 30.11.2020"]], "5", _),
        ([["Показания за ноябрь 2026 года"]], _, _),
    ],
)
def test_lines_over_the_table(above, number, taken_on):
    (layout,) = read(*above, HEADER, ["1", "", 1.0]).layouts
    assert (layout.account_number, layout.taken_on) == (number, taken_on)


def test_the_day_over_the_table_holds_where_a_row_names_none():
    book = read(
        ["Показания на 30.11.2026"],
        ["Зав. №", "Дата", "Показания"],
        ["1", "29.11.2026", 1.0],
        ["2", "", 1.0],
    )
    assert [row.taken_on for row in book.rows] == [date(2026, 11, 29), date(2026, 11, 30)]


@pytest.mark.parametrize(
    "rows",
    [
        [["привет"], ["мир", 1.0]],
        [["Зав. №", "Адрес"], ["1", "Уфа"]],
        [["Показания", "Дата"], [1.0, "30.11.2026"]],
        [["Предыдущие показания", "Зав. №"], [1.0, "5"]],
    ],
)
def test_without_serials_and_readings_there_is_no_table(rows):
    with pytest.raises(WorkbookWithoutTable):
        read(*rows)


def test_a_header_alone_has_no_rows():
    with pytest.raises(WorkbookWithoutRows):
        read(HEADER)


def test_a_header_far_down_is_found_and_no_further_than_we_look():
    assert read(*[["строка"]] * 150, HEADER, ["1", "", 1.0]).layouts[0].header_row_no == 151
    with pytest.raises(WorkbookWithoutTable):
        read(*[["строка"]] * 300, HEADER, ["1", "", 1.0])


@pytest.mark.parametrize(("no", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA")])
def test_column_letters(no, letters):
    assert column_letters(no) == letters


SAID = st.sampled_from(
    [
        "Зав. №",
        "Показания",
        "Текущие",
        "Т1",
        "Зона",
        "Дата",
        "Итого",
        "1",
        "00123",
        "день",
        "5,5",
        "",
        "А-",
        "x",
    ]
)
ANY_CELL = SAID | st.floats() | st.none() | st.dates() | st.text(max_size=8) | st.integers(-5, 10**9)


@given(st.lists(st.lists(ANY_CELL, max_size=6), max_size=12), st.booleans())
def test_any_sheet_is_rows_or_a_refusal(rows, is_merged):
    filled = [(no, row) for no, row in enumerate(rows, start=1) if any(cell not in {_, ""} for cell in row)]
    merged = [(1, 1, 4, 1), (2, 2, 9, 3)] if is_merged else []
    try:
        book = parsed([RawSheet(name="s", rows=filled, merged=merged)], WORDS)
    except WorkbookRefused:
        return
    for row in book.rows:
        assert row.value is None or row.serial_key or row.faults
        assert any(layout.header_last_row_no < row.row_no for layout in book.layouts)


def test_every_fault_and_note_is_told_in_russian():
    from api.texts import catalogue

    russian = catalogue("ru")
    said = {text for pair in TEXTS.values() for text in pair if text}
    assert [text for text in said if russian.gettext(text) == text] == []
    assert set(TEXTS) == {*RowFault, *Note}
