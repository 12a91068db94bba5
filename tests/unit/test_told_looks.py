"""Looks of staff as the account's holder reads them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from api.pages.told_looks import by_day
from api.views import ViewOut

LAST = datetime(2026, 11, 20, 19, 30, tzinfo=UTC)  # half past midnight in the region
ZONE = ZoneInfo("Asia/Yekaterinburg")


def look(minutes_before: int, what: str = "Bills", staff: int = 1) -> ViewOut:
    return ViewOut(
        id=UUID(int=minutes_before),
        account_id=UUID(int=7),
        at=LAST - timedelta(minutes=minutes_before),
        staff_id=UUID(int=staff),
        staff_name=f"Staff {staff}",
        what=what,
        route="",
    )


def test_equal_looks_of_a_day_are_one_line_with_the_last_time():
    told = by_day([look(0), look(5), look(6, "Payments"), look(7), look(8, staff=2), look(40)], ZONE)
    assert [(one.what, one.staff_name, one.count) for one in told] == [
        ("Bills", "Staff 1", 3),
        ("Payments", "Staff 1", 1),
        ("Bills", "Staff 2", 1),
        ("Bills", "Staff 1", 1),  # the day before
    ]
    assert told[0].at == LAST
