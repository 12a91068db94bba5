"""The state's calendar as a file: what is taken, and what is said of what is not."""

from datetime import date, timedelta

from domain.kernel.calendar_file import read

NEW_YEAR = [date(2028, 1, 3) + timedelta(days=day) for day in range(5)]
OFF = [*NEW_YEAR, date(2028, 2, 23), date(2028, 3, 8), date(2028, 5, 1), date(2028, 5, 9)]


def rows(*extra):
    days = [{"day": str(day), "is_worked": "нет", "name": "Праздник"} for day in OFF]
    return list(enumerate([*days, *extra], 2))


def test_a_year_is_read_and_what_the_weekday_says_is_left_out():
    found = read(
        rows({"day": "2028-11-05", "is_worked": "Да", "name": ""}, {"day": "2028-06-10", "is_worked": "no"})
    )
    assert (found.faults, found.years, found.plain) == ((), (2028,), 1)
    assert [(one.day, one.is_worked) for one in found.days] == [
        *((day, False) for day in OFF),
        (date(2028, 11, 5), True),
    ]


def test_every_fault_is_named():
    found = read(
        rows(
            {"day": "05.11.2028", "is_worked": "да"},
            {"day": "2028-05-09", "is_worked": "нет"},
            {"day": "2028-06-13", "is_worked": "может быть"},
            None,
            {"day": "2029-01-01", "is_worked": "нет"},
        )
    )
    assert [fault.row_no for fault in found.faults] == [11, 12, 13, 14, 0]
    assert found.faults[-1].text == "2029: 1 weekdays off; a whole year has 8 to 40"


def test_an_empty_file_is_no_year():
    assert [fault.text for fault in read([]).faults] == ["there is no day in the file"]
