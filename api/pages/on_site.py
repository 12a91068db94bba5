"""What the page of a case tells of visits: the one that stands, those before, the hours to choose from."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from uuid import UUID, uuid4

import msgspec

from api.visits import SLOTS_AHEAD, SlotOut, VisitOut
from domain.cases.cases import Case
from domain.cases.slots import Slot
from domain.cases.visits import VisitNotDue, VisitState
from domain.kernel.access import Access
from services.cases.visiting import VisitService


class OnSite(msgspec.Struct, frozen=True, kw_only=True):
    """`booked` is the visit that stands; `days` the free hours, none when no visit is due. `is_due` without
    any hours: all are taken."""

    visits: list[VisitOut]
    booked: VisitOut | None
    is_due: bool
    days: list[tuple[date, list[SlotOut]]]
    new_id: UUID


async def on_site(visiting: VisitService, access: Access, case: Case, language: str) -> OnSite | None:
    """None where no visit was ever promised."""
    if case.decision is None:
        return None
    visits = [VisitOut.of(one, language) for one in await visiting.of_case(access, case.id)]
    try:
        slots = await visiting.free_slots(access, case.id, access.at + SLOTS_AHEAD)
    except VisitNotDue:
        return OnSite(visits=visits, booked=None, is_due=False, days=[], new_id=uuid4()) if visits else None
    booked = next((one for one in visits if one.state is VisitState.BOOKED), None)
    days = _by_day(slots, visiting)
    return OnSite(visits=visits, booked=booked, is_due=True, days=days, new_id=uuid4())


def _by_day(slots: Sequence[Slot], visiting: VisitService) -> list[tuple[date, list[SlotOut]]]:
    """In the region's days."""

    def day(slot: Slot) -> date:
        return slot.starts_at.astimezone(visiting.zone).date()

    return [(on, [SlotOut.of(one) for one in found]) for on, found in groupby(slots, key=day)]
