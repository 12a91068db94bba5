"""Rows of a workbook laid to meters: by number, zone and direction; what cannot be laid says why."""

from datetime import date
from decimal import Decimal
from string import Formatter
from uuid import UUID

import pytest
from msgspec.structs import replace

from api.texts import catalogue
from domain.kernel.ids import AccountId, MeterId, SupplierAccountId
from domain.readings import matching, replies
from domain.readings.files import FileCounts, FileRow, FileSender, ReadingFile, RowState
from domain.readings.matching import Laying
from domain.readings.meters import Direction, Meter, Register, Zone
from domain.readings.readings import Finding, ReadingSource, Severity
from domain.readings.replies import reply_to
from domain.readings.templates import template_rows
from domain.readings.workbook.serials import serial_key
from domain.readings.workbook_rows import WorkbookColumn, WorkbookField, WorkbookLayout, WorkbookRow

DAY = date(2026, 11, 20)
FILE = UUID(int=9)
ZONES = {
    code: Zone(code=code, label=label, hours="")
    for code, label in (("single", "Круглосуточно"), ("day", "День"), ("night", "Ночь"), ("total", "Сумма"))
}
RUSSIAN = catalogue("ru").gettext


def meter(number, serial, *zones, **more):
    registers = tuple(Register(zone=zone, label=f"T{no}") for no, zone in enumerate(zones or ["single"], 1))
    facts = {
        "id": MeterId(UUID(int=number)),
        "account_id": AccountId(UUID(int=1)),
        "supplier_account_id": SupplierAccountId(UUID(int=2)),
        "service_code": "electricity",
        "unit": "кВт·ч",
        "serial": serial,
        "installed_on": date(2026, 1, 1),
        "registers": registers,
    }
    return Meter(**facts | more)


def row(row_no, serial, value="100", **more):
    facts = {
        "sheet": "Лист1",
        "row_no": row_no,
        "column_no": 4,
        "serial": serial,
        "serial_key": serial_key(serial),
        "taken_on": DAY,
        "value": None if value is None else Decimal(value),
    }
    return WorkbookRow(**facts | more)


def laid(meters, *rows, judging=1):
    return Laying(FILE, judging, meters, ZONES, DAY).laid(rows)


def codes(found):
    return [[one.code for one in row.findings] for row in found.rows]


def test_a_value_goes_to_the_meter_of_its_number():
    found = laid([meter(1, "0012"), meter(2, "0013")], row(2, "0013"), row(3, "0012", "7"))
    assert [(one.meter_id.int, one.values[0].value) for one in found.submissions] == [(2, 100), (1, 7)]
    assert [one.reading_id for one in found.rows] == [one.id for one in found.submissions]
    assert codes(found) == [[], []]


def test_zeros_that_a_number_cell_took_are_found_again():
    found = laid([meter(1, "000120")], row(2, "120"))
    assert found.rows[0].meter_id == MeterId(UUID(int=1))


def test_a_number_that_several_meters_may_mean_is_refused_with_their_names():
    found = laid([meter(1, "0120", model="А"), meter(2, "00120", model="Б")], row(2, "120"), row(3, "0120"))
    assert codes(found) == [["file-serial-ambiguous"], []]
    assert found.rows[0].findings[0].fields["numbers"] == "0120 А, 00120 Б"
    assert found.rows[1].meter_id == MeterId(UUID(int=1))


def test_of_two_with_one_number_the_one_that_hung_there_on_the_day_is_meant():
    old = meter(1, "120", model="А", removed_on=date(2026, 10, 1))
    new = meter(2, "120", model="Б", installed_on=date(2026, 10, 2))
    found = laid([old, new], row(2, "120"))
    assert found.rows[0].meter_id == new.id


def test_an_unknown_number_is_told():
    assert codes(laid([meter(1, "1")], row(2, "2"))) == [["file-serial-unknown"]]


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"zone": "day"}, None),
        ({"label": "T2"}, None),
        ({}, "file-zone-needed"),
        ({"zone": "single"}, "file-zone-lacking"),
        ({"label": "T3"}, "file-zone-lacking"),
        ({"zone": "day", "direction": Direction.R_PLUS}, "file-zone-lacking"),
    ],
)
def test_the_zone_of_a_meter_with_zones_is_never_guessed(named, code):
    found = laid([meter(1, "1", "day", "night")], row(2, "1", **named))
    assert codes(found) == [[code] if code else []]


def test_zones_of_one_meter_are_one_reading():
    found = laid([meter(1, "1", "day", "night")], row(2, "1", zone="night"), row(3, "1", "50", zone="day"))
    [submission] = found.submissions
    assert [(one.zone, one.value) for one in submission.values] == [("day", 50), ("night", 100)]
    assert {one.reading_id for one in found.rows} == {submission.id}


def test_two_values_for_one_register_refuse_each_other_and_say_where():
    meters = [meter(1, "0012"), meter(2, "13")]
    found = laid(meters, row(2, "0012", "5"), row(3, "12", "6"), row(4, "13"))
    assert codes(found) == [["workbook-twice"], ["workbook-twice"], []]
    assert [one.findings[0].fields["cell"] for one in found.rows[:2]] == ["D3", "D2"]
    assert len(found.submissions) == 1


def test_the_same_value_twice_is_harmless():
    found = laid([meter(1, "12")], row(2, "12", "5"), row(3, "12", "5.0", sheet="Лист2"))
    assert codes(found) == [[], []]
    assert len({one.reading_id for one in found.rows}) == len(found.submissions) == 1


def test_what_is_not_filled_in_is_neither_sent_nor_wrong():
    found = laid([], row(2, "12", None))
    assert (found.rows[0].state, found.submissions) == (RowState.EMPTY, ())


def test_a_value_that_cannot_be_read_keeps_its_own_reason():
    fault = Finding(code="workbook-not-a-number", severity=Severity.REFUSE, text="x")
    found = laid([meter(1, "12")], row(2, "12", None, faults=(fault,)), row(3, "12"))
    assert [one.state for one in found.rows] == [RowState.REFUSED, RowState.REFUSED]
    assert codes(found) == [["workbook-not-a-number"], []]
    assert found.rows[1].reading_id


def test_the_day_is_that_of_the_file_where_none_is_given():
    found = laid([meter(1, "12")], row(2, "12", taken_on=None))
    assert (found.submissions[0].taken_on, found.rows[0].taken_on) == (DAY, DAY)


def test_ids_of_readings_are_made_of_the_file_and_what_it_says():
    first, again = (laid([meter(1, "1")], row(2, "1")).submissions[0].id for _ in range(2))
    anew = laid([meter(1, "1")], row(2, "1"), judging=2).submissions[0].id
    other = laid([meter(1, "1")], row(2, "1", "101")).submissions[0].id
    assert first == again
    assert len({first, anew, other}) == 3


def test_a_template_has_the_registers_that_are_read_now():
    gone = meter(1, "1", removed_on=date(2026, 5, 1))
    meters = [gone, meter(2, "2", "day", "night", "total"), meter(3, "3", is_automatic=True)]
    rows = template_rows(meters, [], ZONES, {}, DAY)
    assert [(one.serial, one.zone, one.is_closed) for one in rows] == [
        ("2", "День", False),
        ("2", "Ночь", False),
        ("3", "Круглосуточно", True),
    ]
    assert rows[2].remark


def file_row(no, row_no, state, **more):
    facts = {"sheet": "S", "column_no": 4, "serial": "1", "zone": "day", "direction": Direction.A_PLUS}
    facts |= {"taken_on": DAY, "value": Decimal(5)}
    return FileRow(no=no, row_no=row_no, state=state, **facts | more)


def test_a_row_with_several_values_is_marked_by_the_worst_and_names_each():
    bad = Finding(code="reading-x", severity=Severity.REFUSE, text="Too much: {most}", fields={"most": "9.5"})
    rows = [
        file_row(0, 2, RowState.ACCEPTED, zone_text="T1"),
        file_row(1, 2, RowState.REFUSED, zone_text="T2", column_no=5, findings=(bad,)),
    ]
    layout = WorkbookLayout(
        sheet="S",
        header_row_no=1,
        header_last_row_no=1,
        last_column_no=5,
        columns=(WorkbookColumn(field=WorkbookField.VALUE, column_no=4, heading="t1"),),
    )
    reply = reply_to(file(rows, layout), rows, "7", [str])
    [sheet] = reply.sheets
    [mark] = sheet.rows
    assert (mark.state, mark.cells, mark.reason) == (RowState.REFUSED, (5,), "T2: Too much: 9,5")
    assert sheet.state_column_no == 6


def test_rows_of_automatic_meters_are_not_to_be_sent_again():
    automatic = FileCounts(rows=3, accepted=1, refused=2)
    assert list(replies.what_to_send(automatic, str, automatic=2)) == [
        replies.NONE_AGAIN,
        replies.LEFT_ALONE.format(count=2),
    ]
    again, left = replies.what_to_send(automatic, str, automatic=1)
    assert again == replies.ONLY_THESE.format(refused="Refused", confirm="Needs confirmation")
    assert left == replies.LEFT_ALONE.format(count=1)


def file(rows, layout):
    return ReadingFile(
        account_id=AccountId(UUID(int=1)),
        id=FILE,
        sha256=b"",
        name="x",
        size_bytes=1,
        source=ReadingSource.FILE,
        sender=FileSender(kind="customer", id=FILE, name=""),
        received_at=None,
        counts=FileCounts.of(rows),
        layouts=(layout,),
    )


def test_every_text_of_answers_is_there_in_russian():
    texts = {text for pair in (*matching.TEXTS.values(), *replies.STATES.values()) for text in pair}
    texts |= {getattr(replies, name) for name in ("STATE_HEADING", "REASON_HEADING", "SUMMARY_TITLE")}
    texts |= {replies.ONLY_THESE, replies.ALL_TAKEN, replies.COMMENTS_LEFT_OUT}
    texts |= {replies.NONE_AGAIN, replies.LEFT_ALONE}
    russian = catalogue("ru")
    assert [text for text in texts if russian.gettext(text) == text] == []
    for text in texts:
        places = [{name for _, name, _, _ in Formatter().parse(one)} for one in (text, russian.gettext(text))]
        assert places[0] == places[1], text


def test_a_file_is_worth_judging_again_only_where_something_was_not_accepted():
    rows = [file_row(0, 2, RowState.ACCEPTED)]
    layout = WorkbookLayout(sheet="S", header_row_no=1, header_last_row_no=1, last_column_no=5, columns=())
    taken = file(rows, layout)
    assert not taken.is_worth_judging_again
    refused = replace(taken, counts=FileCounts.of([file_row(0, 2, RowState.REFUSED)]))
    assert refused.is_worth_judging_again
