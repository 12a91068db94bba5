"""Visits to a meter that a decision promised: hours on offer, booked, moved, called off, carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.cases.cases import Case
from domain.cases.on_site import VisitOrder, VisitPurpose
from domain.cases.refused_access import MissedVisit, RefusedAccess
from domain.cases.slots import Slot
from domain.cases.states import CaseState
from domain.cases.steps import StepBy
from domain.kernel.access import Access
from domain.kernel.calendar import business_day
from domain.kernel.errors import Conflict, Invalid, NotFound
from domain.kernel.ids import AccountId, CaseId, MeterId, VisitId
from domain.kernel.jobs import AccountJob
from domain.kernel.lifecycle import Lifecycle
from domain.readings.acts import ActOutcome, VisitAct


class VisitNotFound(NotFound):
    code = "visit-not-found"
    text = "There is no such visit"


class VisitNotDue(Conflict):
    code = "visit-not-due"
    text = "No visit is due in this application"
    remedy = "A time is chosen once we have decided to come"


class VisitIdTaken(Conflict):
    code = "visit-id-taken"
    text = "This id belongs to another booking"
    remedy = "Make a new id for a new booking"


class VisitBegun(Conflict):
    code = "visit-begun"
    text = "The visit has begun or is over"
    remedy = "Call us if nobody came"


class VisitNotBegun(Conflict):
    code = "visit-not-begun"
    text = "The day of the visit has not come yet"
    remedy = "Draw up the act on the spot"


class VisitEnded(Conflict):
    code = "visit-ended"
    text = "The visit was moved, called off or carried out"
    remedy = "Look at the visits of the application anew"


class ActKept(Conflict):
    code = "visit-act-kept"
    text = "Another act of this visit is kept already"
    remedy = "Correct it by another visit"


class MeterNotOrdered(Invalid):
    code = "visit-meter-not-ordered"
    text = "The visit is not about this meter or delivery point"
    remedy = "Name what the application is about"


class VisitState(StrEnum):
    BOOKED = "booked"
    MOVED = "moved"
    """Another visit stands instead of it."""

    CANCELLED = "cancelled"
    MISSED = "missed"
    """They came, and nobody let them in."""

    DONE = "done"


LIFECYCLE = Lifecycle(
    {
        VisitState.BOOKED: frozenset(
            {VisitState.MOVED, VisitState.CANCELLED, VisitState.MISSED, VisitState.DONE}
        )
    }
)


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """`decision_no` is the decision that promised it; `note` what the crew should know; `why` the reason it
    was called off. `act` once it was carried out, or nobody was there."""

    id: VisitId
    account_id: AccountId
    case_id: CaseId
    decision_no: int
    purpose: VisitPurpose
    slot_id: UUID
    starts_at: datetime
    ends_at: datetime
    state: VisitState
    by: StepBy
    booked_at: datetime
    note: str = ""
    meter_ids: tuple[MeterId, ...] = ()
    ended_at: datetime | None = None
    why: str = ""
    act: VisitAct | None = None
    acted_by: StepBy | None = None

    def same_as(self, case_id: CaseId, slot_id: UUID, note: str) -> Visit:
        """An earlier request's, if that said the same. VisitIdTaken."""
        if (self.case_id, self.slot_id, self.note) != (case_id, slot_id, note):
            raise VisitIdTaken
        return self

    def moved(self, at: datetime) -> Visit:
        """Another is booked instead."""
        return self._ended(VisitState.MOVED, self._before_it(at))

    def cancelled(self, at: datetime, why: str) -> Visit:
        return replace(self._ended(VisitState.CANCELLED, self._before_it(at)), why=why)

    def called_off(self, at: datetime) -> Visit:
        """By us, at any time: the decision it rests on was taken back."""
        return self._ended(VisitState.CANCELLED, at)

    def carried_out(self, act: VisitAct, by: StepBy, order: VisitOrder, at: datetime, zone: tzinfo) -> Visit:
        """VisitEnded, VisitNotBegun, MeterNotOrdered. The act's meters become the visit's."""
        today = business_day(at, zone)
        if not business_day(self.starts_at, zone) <= act.drawn_on <= today:
            raise VisitNotBegun(field="drawn_on")
        _check_ordered(act, order)
        to = VisitState.MISSED if act.outcome is ActOutcome.NO_ACCESS else VisitState.DONE
        done = replace(self._ended(to, at), act=act, acted_by=by)
        touched = (*self.meter_ids, *act.meter_ids)
        return replace(done, meter_ids=tuple(dict.fromkeys(touched)))

    def _before_it(self, at: datetime) -> datetime:
        if self.state is VisitState.BOOKED and at >= self.starts_at:
            raise VisitBegun
        return at

    def _ended(self, to: VisitState, at: datetime) -> Visit:
        if self.state is not VisitState.BOOKED:
            raise VisitEnded
        return replace(self, state=LIFECYCLE.check(self.state, to), ended_at=at)


def order_of(case: Case) -> VisitOrder:
    """What is to be done on the spot. VisitNotDue while nothing is decided, or nothing to do."""
    stands = case.state in (CaseState.SATISFIED, CaseState.PARTLY_SATISFIED)
    if not stands or case.decision is None or case.decision.grant is None:
        raise VisitNotDue
    order = case.form.visit(case.decision.grant)
    if order is None:
        raise VisitNotDue
    return order


def is_whole(order: VisitOrder, visits: Sequence[Visit]) -> bool:
    """Whether the acts leave nothing to do of what was ordered."""
    done = [visit.act for visit in visits if visit.state is VisitState.DONE and visit.act]
    meters = {meter_id for act in done for meter_id in act.meter_ids}
    points = {entry.point_id for act in done for entry in act.entries}
    return bool(done) and meters.issuperset(order.meter_ids) and points.issuperset(order.point_ids)


def missed(visits: Sequence[Visit]) -> list[MissedVisit]:
    """Of visits that are over: to which nobody let us in, and when the same was done after all."""
    return [
        MissedVisit(
            refused=RefusedAccess(
                refused_on=visit.act.drawn_on, act_number=visit.act.number, given_on=_made_up(visit, visits)
            ),
            meter_ids=frozenset(visit.meter_ids),
            purpose=visit.purpose,
        )
        for visit in visits
        if visit.state is VisitState.MISSED and visit.act
    ]


def _made_up(before: Visit, visits: Sequence[Visit]) -> date | None:
    """The day of the first visit after it that was made: to the same meters, or in the same case."""
    return min(
        (
            visit.act.drawn_on
            for visit in visits
            if visit.state is VisitState.DONE
            and visit.act
            and before.act
            and visit.act.drawn_on >= before.act.drawn_on
            and (visit.case_id == before.case_id or set(visit.meter_ids) & set(before.meter_ids))
        ),
        default=None,
    )


def _check_ordered(act: VisitAct, order: VisitOrder) -> None:
    for no, entry in enumerate(act.entries):
        field = f"entries[{no}]"
        if entry.meter_id is None and entry.new_meter is None:
            raise MeterNotOrdered(field=field)
        if entry.meter_id is not None and entry.meter_id not in order.meter_ids:
            raise MeterNotOrdered(field=f"{field}.meter_id")
        if entry.point_id is not None and entry.point_id not in order.point_ids:
            raise MeterNotOrdered(field=f"{field}.point_id")
        if entry.meter_id is None and order.point_ids and entry.point_id is None:
            raise MeterNotOrdered(field=f"{field}.point_id")


class OfferVisit(AccountJob, frozen=True, kw_only=True, tag="visits.offer"):
    """A decision promised a visit: tell the applicant that a time can be chosen."""

    case_id: CaseId
    decision_no: int


class CallOffVisit(AccountJob, frozen=True, kw_only=True, tag="visits.call-off"):
    """The decision was taken back: nobody comes by it."""

    case_id: CaseId
    decision_no: int


class Visits(Protocol):
    """Changes are made under the lock of their case; slots are locked after it, by id."""

    async def slots(
        self, area: str, since: datetime, until: datetime, *, is_free: bool, limit: int
    ) -> list[Slot]:
        """Those of the area that begin between the two, the first first."""

    async def slots_locked(self, slot_ids: Sequence[UUID]) -> Mapping[UUID, Slot]: ...

    async def save_slots(self, slots: Sequence[Slot]) -> None:
        """Also new ones."""

    async def found(self, account_id: AccountId, visit_id: VisitId) -> Visit | None: ...

    async def of_case(self, account_id: AccountId, case_id: CaseId) -> list[Visit]:
        """The first booked first."""

    async def add(self, visit: Visit) -> None: ...

    async def save(self, visit: Visit) -> None: ...

    async def of_meter(self, access: Access, meter_id: MeterId) -> list[Visit]:
        """The first booked first; none without the right."""

    async def ended(self, account_id: AccountId) -> list[Visit]:
        """Those that were made, or to which nobody let us in."""

    async def on_day(self, since: datetime, until: datetime, *, limit: int) -> list[Visit]:
        """Booked for the hours between, over all accounts."""


def day_bounds(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """Its first moment and the next day's."""
    first = datetime(day.year, day.month, day.day, tzinfo=zone)
    following = date.fromordinal(day.toordinal() + 1)
    return first, datetime(following.year, following.month, following.day, tzinfo=zone)
