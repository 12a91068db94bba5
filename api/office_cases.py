"""The operators' queue of cases, and what they do before the answer."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, SkipValidation
from msgspec import Meta

from api.at_case import AT_CASE, OF_OFFICE, AtCase, Words, language
from api.case_shapes import CaseOut, CaseSummary
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from domain.cases.cases import Cases, Family, QueueCursor, QueueQuestion
from domain.cases.overview import CaseOverview, CasesOverview
from domain.cases.states import CaseState
from domain.kernel.access import Actor, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import StaffId
from services.cases.desk import CaseDesk
from services.cases.reading import CaseReading

DESK = {"access": Scope.DECIDE}
ERRORS = responses(401, 403, 404, 409, 422, 503)
act_on = partial(post, status_code=200, opt=DESK, responses=ERRORS)
Moment = Annotated[datetime, Meta(tz=True)]
Note = Annotated[str, Meta(max_length=8000)]
SeenStep = Annotated[int, Meta(ge=1)]


class TakeIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`seen_step` is the number of the last step you have seen: the act is refused when another followed."""

    seen_step: SeenStep | None = None


class HandOverIn(TakeIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    staff_id: StaffId
    inner_note: Note = ""


class QuestionIn(TakeIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The clock stands still until the applicant replies, where the rule allows it."""

    question: Words
    until: Moment | None = None


class PromiseIn(TakeIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    until: Moment
    why: Words


class SendingOnIn(TakeIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`to` is a supplier's name or “grid-company”. `why` is shown to the applicant."""

    to: Annotated[str, Meta(min_length=2, max_length=200)]
    why: Words
    inner_note: Note = ""


@get("/office/cases", opt=DESK, responses=responses(401, 403, 422))
async def get_queue(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    cases: NamedDependency[SkipValidation[Cases]],
    case_reading: NamedDependency[CaseReading],
    kind: FromQuery[Annotated[str, Meta(max_length=50)] | None] = None,
    family: FromQuery[Family | None] = None,
    case_state: FromQuery[CaseState | None] = None,
    mine: FromQuery[bool | None] = None,
    holder_id: FromQuery[StaffId | None] = None,
    is_free: FromQuery[bool | None] = None,
    due_before: FromQuery[date | None] = None,
    newest_first: FromQuery[bool | None] = None,
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[CaseSummary]:
    """Cases that still want an answer (or those of one state): those that are late first, then by due day,
    of one day the oldest first, then those that wait for their applicant; with `newest_first` by when they
    came in.

    `mine`: those I hold; `is_free`: those nobody of the staff holds.
    """
    question = QueueQuestion(
        kind=kind,
        family=family,
        state=case_state,
        holder_id=StaffId(actor.id) if mine else holder_id,
        is_free=is_free,
        due_before=due_before,
        newest_first=bool(newest_first),
    )
    found = await cases.queue(question, after=end_of(cursor, QueueCursor), limit=limit)
    end = QueueCursor.of(found[-1]) if found else None
    today = business_day(now, case_reading.zone)
    return Page(
        items=[CaseSummary.of(case, today, language(request), is_staff=True) for case in found],
        next=cursor_of(end) if len(found) == limit else None,
    )


@get("/office/cases/summary", opt=DESK, responses=responses(401, 403))
async def get_summary(
    now: NamedDependency[datetime],
    case_overview: NamedDependency[SkipValidation[CaseOverview]],
    case_reading: NamedDependency[CaseReading],
) -> CasesOverview:
    """How many cases are open, late, due within two days and paused, by kind."""
    return await case_overview.overview(business_day(now, case_reading.zone))


@act_on(f"{OF_OFFICE}/take")
async def take_case(
    at_case: NamedDependency[AtCase],
    data: JSONBody[TakeIn],
    case_desk: NamedDependency[CaseDesk],
) -> CaseOut:
    """Take it into work, also from a colleague."""
    return await at_case.after(
        partial(case_desk.take, at_case.access, at_case.case_id, seen_step=data.seen_step)
    )


@act_on(f"{OF_OFFICE}/hand-over")
async def hand_case_over(
    at_case: NamedDependency[AtCase],
    data: JSONBody[HandOverIn],
    case_desk: NamedDependency[CaseDesk],
) -> CaseOut:
    """Give it to a colleague."""
    act = partial(case_desk.hand_over, at_case.access, at_case.case_id, data.staff_id, data.inner_note)
    return await at_case.after(partial(act, seen_step=data.seen_step))


@act_on(f"{OF_OFFICE}/question")
async def ask_applicant(
    at_case: NamedDependency[AtCase],
    data: JSONBody[QuestionIn],
    case_desk: NamedDependency[CaseDesk],
) -> CaseOut:
    """Ask the applicant for something that is missing."""
    act = partial(case_desk.ask, at_case.access, at_case.case_id, data.question, data.until)
    return await at_case.after(partial(act, seen_step=data.seen_step))


@act_on(f"{OF_OFFICE}/promise")
async def promise_later_day(
    at_case: NamedDependency[AtCase],
    data: JSONBody[PromiseIn],
    case_desk: NamedDependency[CaseDesk],
) -> CaseOut:
    """Promise a later day and say why. Earlier promises stay in sight."""
    act = partial(case_desk.promise, at_case.access, at_case.case_id, data.until, data.why)
    return await at_case.after(partial(act, seen_step=data.seen_step))


@act_on(f"{OF_OFFICE}/sending-on")
async def send_case_on(
    at_case: NamedDependency[AtCase],
    data: JSONBody[SendingOnIn],
    case_desk: NamedDependency[CaseDesk],
) -> CaseOut:
    """Send it on to whoever decides instead of us; their own clock runs."""
    act = partial(case_desk.send_on, at_case.access, at_case.case_id, data.to, data.why, data.inner_note)
    return await at_case.after(partial(act, seen_step=data.seen_step))


office_cases = Router(
    "/",
    tags=["office"],
    dependencies=AT_CASE,
    route_handlers=[
        get_queue,
        get_summary,
        take_case,
        hand_case_over,
        ask_applicant,
        promise_later_day,
        send_case_on,
    ],
)
