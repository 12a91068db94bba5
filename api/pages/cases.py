"""Cases of an account: the list, and each with its clock, its story, its papers and its answer."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath, SkipValidation
from litestar.response import Stream
from msgspec import Meta

from api.attachment_shapes import LimitsOut
from api.attachments import download_headers
from api.case_events import answer_letter
from api.case_shapes import CaseSummary
from api.case_words import state
from api.pages.account_options import AccountOptions
from api.pages.case_files import question_of
from api.pages.language import language_for
from api.pages.on_site import on_site
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.pages.told_cases import filed_lines, told_case
from api.pages.uploads import lay
from api.paging import cursor_of, end_of
from api.problems import status_of
from api.texts import translated
from domain.accounts.accounts import AccountKind, Accounts
from domain.cases.attachments import Attachments
from domain.cases.cases import CaseCursor, Cases
from domain.cases.moves import is_open
from domain.cases.states import CaseState
from domain.kernel.access import Access, ActorKind, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Forbidden, Invalid, Refusal
from domain.kernel.files import LongFiles
from domain.kernel.ids import AccountId, AttachmentId, CaseId
from domain.kinds import KINDS
from services.cases.answering import CaseAnswers
from services.cases.attaching import AttachmentService
from services.cases.filing import CaseFiling
from services.cases.following import CaseFollowing, Ending, Follower
from services.cases.reading import CaseReading
from services.cases.visiting import VisitService
from services.repeating import repeated

_CASE = "/accounts/{account_id:uuid}/cases/{case_id:uuid}"
_BODY_MAX_BYTES = 110 * 1024 * 1024
_PAGE = 30
_FILTERS = ("open", "state", "kind")
_EVENTS = "text/event-stream"


class ApplicantsOwn(Forbidden):
    code = "applicants-own"
    text = "Only the applicant answers, takes back or disagrees here"
    remedy = "Answer at the desk, where your words stand as yours"


class WordsMissing(Invalid):
    code = "words-missing"
    text = "Nothing is written"
    remedy = "Write what you want to say"


class WordsForm(msgspec.Struct, frozen=True):
    words: Annotated[str, Meta(max_length=8000)] = ""
    seen_step: int | None = None


@dataclass(frozen=True, slots=True)
class CaseRoom:
    """What the page of a case is made of."""

    reading: CaseReading
    options: AccountOptions
    attachments: Attachments
    laying: AttachmentService
    visiting: VisitService

    async def shown(
        self,
        request: Request[Any, Any, Any],
        access: Access,
        case_id: CaseId,
        refusal: Refusal | None = None,
    ) -> Response[str]:
        language = language_for(request)
        told = await told_case(self.reading, self.attachments, access, case_id, language)
        return page(
            request,
            "case.html",
            status=status_of(refusal) if refusal else 200,
            account_id=access.account_id,
            section="cases",
            case=told.case,
            is_open=is_open(told.kept),
            filed=await filed_lines(self.options, access, told.kept, language),
            files=told.files,
            on_site=await on_site(self.visiting, access, told.kept, language),
            limits=LimitsOut.of(await self.laying.room(access, case_id)),
            refusal=in_words(request, refusal) if refusal else None,
        )


def case_room(
    case_reading: NamedDependency[CaseReading],
    account_options: NamedDependency[AccountOptions],
    attachments: NamedDependency[SkipValidation[Attachments]],
    attachment_service: NamedDependency[AttachmentService],
    visit_service: NamedDependency[VisitService],
) -> CaseRoom:
    return CaseRoom(case_reading, account_options, attachments, attachment_service, visit_service)


@get("/accounts/{account_id:uuid}/cases", opt={"access": Scope.SEE})
async def show_cases(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    cases: NamedDependency[SkipValidation[Cases]],
    case_reading: NamedDependency[CaseReading],
) -> Response[str]:
    """All in one list, the newest first, narrowed as `question_of` reads it."""
    asked, language = request.query_params, language_for(request)
    after = end_of(asked.get("cursor"), CaseCursor)
    question = question_of(request)
    found = await cases.of_account(access, question, after=after, limit=_PAGE)
    account = (await accounts.card(access)).account
    end = CaseCursor(received_at=found[-1].received_at, case_id=found[-1].id) if len(found) == _PAGE else None
    today = business_day(access.at, case_reading.zone)
    return page(
        request,
        "cases.html",
        account_id=account_id,
        section="cases",
        cases=[CaseSummary.of(case, today, language) for case in found],
        is_contract=account.kind is AccountKind.CONTRACT,
        asked=question,
        narrowed=urlencode({name: value for name, value in asked.items() if name in _FILTERS and value}),
        states={one: state(one, language) for one in CaseState},
        kinds={
            kind: translated(language, form.title)
            for kind, form in KINDS.items()
            if account.kind in form.for_whom or kind == question.kind
        },
        next=cursor_of(end) if end else None,
    )


@get(_CASE, opt={"access": Scope.SEE})
async def show_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    case_room: NamedDependency[CaseRoom],
) -> Response[str]:
    return await case_room.shown(request, access, case_id)


@post(f"{_CASE}/{{move:str}}", opt={"access": Scope.APPLICATIONS})
async def move_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    move: FromPath[Annotated[str, Meta(pattern="^(replies|withdrawal|appeal)$")]],
    request: Request[Any, Any, Any],
    data: Annotated[WordsForm, Body(media_type=URL_ENCODED)],
    access: NamedDependency[Access],
    case_filing: NamedDependency[CaseFiling],
    case_room: NamedDependency[CaseRoom],
) -> Response[Any]:
    """Reply, take back, or disagree with the answer. ApplicantsOwn for staff, whose words these are not."""
    if access.actor.kind is ActorKind.STAFF:
        raise ApplicantsOwn
    words = data.words.strip()
    try:
        if not words and move != "withdrawal":
            raise WordsMissing(field="words")
        if move == "replies":
            await repeated(partial(case_filing.reply, access, case_id, words, seen_step=data.seen_step))
        elif move == "withdrawal":
            await repeated(partial(case_filing.withdraw, access, case_id, words))
        else:
            await repeated(partial(case_filing.appeal, access, case_id, words))
    except Refusal as refusal:
        return await case_room.shown(request, access, case_id, refusal)
    return see_other(f"/accounts/{account_id}/cases/{case_id}")


@post(f"{_CASE}/papers", opt={"access": Scope.APPLICATIONS}, request_max_body_size=_BODY_MAX_BYTES)
async def lay_papers(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    case_room: NamedDependency[CaseRoom],
) -> Response[Any]:
    """Files named `paper.<code>`, or `paper.` for one that was not asked for."""
    await case_room.reading.told(access, case_id)
    try:
        for name, file in (await request.form()).multi_items():
            if isinstance(file, UploadFile):
                paper = name.removeprefix("paper.") or None
                await lay(case_room.laying, access, case_id, file, paper)
    except Refusal as refusal:
        return await case_room.shown(request, access, case_id, refusal)
    return see_other(f"/accounts/{account_id}/cases/{case_id}")


@get(f"{_CASE}/files/{{attachment_id:uuid}}", opt={"access": Scope.SEE})
async def download_file(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    attachment_id: FromPath[UUID],
    access: NamedDependency[Access],
    attachments: NamedDependency[SkipValidation[Attachments]],
    long_files: NamedDependency[SkipValidation[LongFiles]],
) -> Stream:
    found = await attachments.of(access, case_id, AttachmentId(attachment_id))
    headers = await download_headers(found, long_files)
    return Stream(long_files.stream(account_id, found.announced.sha256), headers=headers)


@get(f"{_CASE}/answer.pdf", opt={"access": Scope.SEE}, media_type="application/pdf")
async def download_answer(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    access: NamedDependency[Access],
    case_answers: NamedDependency[CaseAnswers],
) -> Response[bytes]:
    return await answer_letter(access, case_id, case_answers)


@get(f"{_CASE}/events", opt={"access": Scope.SEE}, media_type=_EVENTS)
async def follow_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    case_reading: NamedDependency[CaseReading],
    case_following: NamedDependency[CaseFollowing],
) -> Stream:
    """An event `change` for each new step after number `after`."""
    view = await case_reading.cases.view(access, case_id)
    after = request.query_params.get("after", "")
    seen = int(after) if after.isdecimal() and len(after) < 8 else view.case.step_no
    events = _events(case_following, case_following.follower(access, case_id, seen))
    return Stream(
        events, media_type=_EVENTS, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


async def _events(following: CaseFollowing, follower: Follower) -> AsyncIterator[bytes]:
    yield b"retry: 3000\n\n"
    async for told in following.follow(follower):
        if isinstance(told, Ending):
            yield b"event: end\ndata: {}\n\n"
            return
        yield b"event: change\ndata: %d\n\n" % told[-1].no if told else b": still here\n\n"


DEPENDENCIES = {"case_room": Provide(case_room, sync_to_thread=False)}
HANDLERS = [
    show_cases,
    show_case,
    move_case,
    lay_papers,
    download_file,
    download_answer,
    follow_case,
]
