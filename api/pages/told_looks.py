"""Looks of staff at an account as its holder reads them: equal ones of a day in one line.

The record itself keeps each look; the copy of one's data and the API list them all.
"""

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from uuid import UUID

import msgspec

from api.views import ViewOut
from domain.kernel.calendar import business_day


class ToldLook(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody saw in one day, `count` times, the last time `at`."""

    what: str
    staff_name: str
    at: datetime
    count: int


def by_day(views: Iterable[ViewOut], zone: tzinfo) -> list[ToldLook]:
    """`views` are the newest first; so are the lines, by their last look."""
    found: dict[tuple[date, UUID, str], list[ViewOut]] = {}
    for one in views:
        found.setdefault((business_day(one.at, zone), one.staff_id, one.what), []).append(one)
    return [
        ToldLook(what=same[0].what, staff_name=same[0].staff_name, at=same[0].at, count=len(same))
        for same in found.values()
    ]
