"""Billing periods and business days."""

from calendar import monthrange
from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated

from msgspec import Meta

Period = Annotated[str, Meta(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2026-10"])]
"""A billing period: year and month, "2026-10". Sorts by time."""


def period_of(day: date) -> Period:
    return f"{day.year:04d}-{day.month:02d}"


def first_day(period: Period) -> date:
    return date(int(period[:4]), int(period[5:]), 1)


def last_day(period: Period) -> date:
    return first_day(next_period(period)) - timedelta(days=1)


def next_period(period: Period) -> Period:
    year, month = int(period[:4]), int(period[5:])
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"


def months_before(period: Period, count: int) -> list[Period]:
    """That month and those before it, `count` in all, the latest first."""
    last = int(period[:4]) * 12 + int(period[5:]) - 1
    return [f"{no // 12:04}-{no % 12 + 1:02}" for no in range(last, last - count, -1)]


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last one (Civil Code, art. 192, p. 3)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def business_day(at: datetime, zone: tzinfo) -> date:
    """The day a moment belongs to in the region's zone."""
    return at.astimezone(zone).date()
