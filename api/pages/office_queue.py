"""The queue of cases over all accounts, the most urgent or the newest first."""

from datetime import date, datetime, timedelta
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from api import case_words
from api.pages.drawing import Option
from api.pages.language import language_for
from api.pages.office_cases_list import CasesList
from api.pages.rendering import page
from api.paging import cursor_of, end_of
from api.texts import translated
from domain.cases.cases import Cases, QueueCursor, QueueQuestion
from domain.cases.states import ANSWERED, CaseState
from domain.kernel.access import Actor, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import StaffId
from domain.kinds import KINDS
from services.cases.reading import CaseReading

_PAGE = 30
_LOOKED = "office/cases"
_SOON = timedelta(days=3)


@get("/office/cases", opt={"access": Scope.DECIDE})
async def show_queue(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    cases: NamedDependency[SkipValidation[Cases]],
    case_reading: NamedDependency[CaseReading],
    cases_list: NamedDependency[CasesList],
) -> Response[str]:
    """`kind`, `due` (late, soon), `holder` (mine, free), `state`, `sort` (newest); what is not known does
    nothing."""
    asked, language = dict(request.query_params), language_for(request)
    today = business_day(now, case_reading.zone)
    question = _question(asked, actor, today)
    found = await cases.queue(question, after=end_of(asked.get("cursor"), QueueCursor), limit=_PAGE)
    end = QueueCursor.of(found[-1]) if len(found) == _PAGE else None
    kinds = sorted(
        (Option(kind, translated(language, form.title)) for kind, form in KINDS.items()),
        key=lambda option: option.title,
    )
    return page(
        request,
        "office_queue.html",
        place="queue",
        cases=await cases_list.of(found, _LOOKED, language),
        asked=asked,
        kinds=kinds,
        states=[
            Option(one, case_words.state(one, language, is_staff=True))
            for one in CaseState
            if one not in ANSWERED
        ],
        next=cursor_of(end) if end else None,
    )


def _question(asked: dict[str, str], actor: Actor, today: date) -> QueueQuestion:
    before = {"late": today, "soon": today + _SOON}
    return QueueQuestion(
        kind=asked["kind"] if asked.get("kind") in KINDS else None,
        state=CaseState(asked["state"]) if asked.get("state") in set(CaseState) else None,
        holder_id=StaffId(actor.id) if asked.get("holder") == "mine" else None,
        is_free=True if asked.get("holder") == "free" else None,
        due_before=before.get(asked.get("due", "")),
        newest_first=asked.get("sort") == "newest",
    )


HANDLERS = [show_queue]
