"""A case on paper, and its timeline as it goes on."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, HeaderParameter
from litestar.response import Stream
from msgspec import Meta

from api.at_case import language
from api.case_shapes import CaseStepOut
from api.problems import responses
from domain.cases.moves import is_final
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.ids import AccountId, CaseId
from services.cases.answering import CaseAnswers
from services.cases.following import CaseFollowing, Ending, Follower
from services.cases.reading import CaseReading

PDF = "application/pdf"
EVENTS = "text/event-stream"
_CASE = "/accounts/{account_id:uuid}/cases/{case_id:uuid}"
_RETRY_MS = 3000
_HEARTBEAT = b": still here\n\n"
StepNo = Annotated[int, Meta(ge=0, le=1_000_000)]


@get(
    f"{_CASE}/answer.pdf",
    opt={"access": Scope.SEE},
    media_type=PDF,
    responses=responses(401, 403, 404, 409, 422),
)
async def get_answer(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    access: NamedDependency[Access],
    case_answers: NamedDependency[CaseAnswers],
) -> Response[bytes]:
    """The answer that stands as a letter (PDF/A-2b), in Russian. 409 `case-not-answered` before it."""
    return await answer_letter(access, case_id, case_answers)


async def answer_letter(access: Access, case_id: CaseId, case_answers: CaseAnswers) -> Response[bytes]:
    case, pdf = await case_answers.letter(access, case_id)
    name = quote(f"Ответ {case.number}.pdf")
    headers = {
        "Content-Disposition": f"attachment; filename=\"answer.pdf\"; filename*=UTF-8''{name}",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(pdf, media_type=PDF, headers=headers)


@get(
    f"{_CASE}/events",
    opt={"access": Scope.SEE},
    media_type=EVENTS,
    responses=responses(401, 403, 404, 422, 429),
)
async def follow_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    case_reading: NamedDependency[CaseReading],
    case_following: NamedDependency[CaseFollowing],
    last_event_id: Annotated[StepNo | None, HeaderParameter(name="Last-Event-ID")] = None,
    after: FromQuery[StepNo] = 0,
) -> Response[None] | Stream:
    """The timeline as server-sent events: each new step within two seconds, as GET of the case shows it.

    The id of an event is the number of its step; `Last-Event-ID` (or `after`) says which was the last you
    have. An event `end` comes before we close: come again, with a fresh token if need be. 204: the case is
    over and you have all of it, do not come again. At most five streams of one person.
    """
    view = await case_reading.cases.view(access, case_id)
    seen = last_event_id if last_event_id is not None else after
    if is_final(view.case) and seen >= view.case.step_no:
        return Response(None, status_code=204)
    follower = case_following.follower(access, case_id, seen)
    last = view.case.step_no if is_final(view.case) else None
    events = _events(case_following, follower, access.actor, language(request), last)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(events, media_type=EVENTS, headers=headers)


async def _events(
    following: CaseFollowing, follower: Follower, reader: Actor, words: str, last: int | None
) -> AsyncIterator[bytes]:
    """`last` is the number of the step after which there will be no other."""
    yield f"retry: {_RETRY_MS}\n\n".encode()
    async for told in following.follow(follower):
        if isinstance(told, Ending):
            yield f'event: end\ndata: {{"reason":"{told}"}}\n\n'.encode()
            return
        for step in told:
            data = msgspec.json.encode(CaseStepOut.of(step, reader, words))
            yield b"id: %d\nevent: step\ndata: %b\n\n" % (step.no, data)
        if last is not None and follower.seen >= last:
            yield b'event: end\ndata: {"reason":"over"}\n\n'
            return
        if not told:
            yield _HEARTBEAT


case_events = Router("/", tags=["applications and claims"], route_handlers=[get_answer, follow_case])
