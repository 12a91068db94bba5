"""A case on an operator's desk: who asks for what, the clock, the story, and every move there is."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath, SkipValidation
from msgspec import Meta

from api.pages.account_options import AccountOptions
from api.pages.cases import WordsMissing
from api.pages.language import language_for
from api.pages.office_forms import DayMissing, day_of
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.pages.told_cases import filed_lines, told_case
from api.pages.told_forms import Line
from api.problems import status_of
from domain.accounts.accounts import Accounts
from domain.cases.attachments import Attachments
from domain.cases.cases import Case
from domain.cases.moves import is_open
from domain.cases.states import CaseState
from domain.kernel.access import Access, Scope
from domain.kernel.errors import Invalid, Refusal
from domain.kernel.ids import AccountId, CaseId, StaffId
from domain.kernel.lifecycle import ForbiddenMove
from domain.people.staff import SCOPES
from services.cases.deciding import CaseDeciding
from services.cases.desk import CaseDesk
from services.cases.reading import CaseReading
from services.people.staff import StaffAdministration
from services.repeating import repeated

OFFICE_CASE = "/office/accounts/{account_id:uuid}/cases/{case_id:uuid}"
_WORDLESS = frozenset({"take", "close", "hand-over"})
_Words = Annotated[str, Meta(max_length=8000)]


class ColleagueMissing(Invalid):
    code = "colleague-missing"
    text = "Nobody is chosen"
    remedy = "Choose a colleague"


class MoveForm(msgspec.Struct, frozen=True):
    """`until`: a day, to its end. `seen_step`: the last step that stood on the page."""

    words: _Words = ""
    inner_note: _Words = ""
    until: Annotated[str, Meta(max_length=20)] = ""
    to: Annotated[str, Meta(max_length=200)] = ""
    seen_step: int | None = None


class Tried(msgspec.Struct, frozen=True):
    """A move that was refused: it comes back with what was typed."""

    move: str = ""
    typed: MoveForm = MoveForm()
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class CaseOffice:
    """What the office's page of a case is made of."""

    reading: CaseReading
    accounts: Accounts
    options: AccountOptions
    attachments: Attachments
    staff: StaffAdministration
    desk: CaseDesk
    deciding: CaseDeciding
    zone: ZoneInfo

    async def shown(
        self,
        request: Request[Any, Any, Any],
        access: Access,
        case_id: CaseId,
        tried: Tried = Tried(),  # noqa: B008 - frozen
    ) -> Response[str]:
        language = language_for(request)
        told = await told_case(self.reading, self.attachments, access, case_id, language)
        return page(
            request,
            "office_case.html",
            status=status_of(tried.refusal) if tried.refusal else 200,
            place="queue",
            account_id=access.account_id,
            account=(await self.accounts.card(access)).account,
            case=told.case,
            is_mine=told.kept.holder_id == access.actor.id,
            asked=await self.asked(access, told.kept, language),
            moves=_open_moves(told.kept),
            colleagues=await self._colleagues(access),
            files=told.files,
            refusal=in_words(request, tried.refusal) if tried.refusal else None,
            typed=tried.typed,
            moved=tried.move,
        )

    async def asked(self, access: Access, case: Case, language: str) -> list[Line]:
        """What the applicant has filled in, in words."""
        return await filed_lines(self.options, access, case, language)

    async def _colleagues(self, access: Access) -> list[tuple[StaffId, str]]:
        return [
            (one.member.id, one.member.name)
            for one in await self.staff.members()
            if one.member.disabled_at is None
            and Scope.DECIDE in SCOPES[one.member.role]
            and one.member.id != access.actor.id
        ]

    def until(self, form: MoveForm) -> datetime | None:
        """The end of the day that was chosen. DayMissing."""
        if not form.until:
            return None
        return datetime.combine(day_of(form.until, field="until"), time(23, 59), self.reading.zone)

    def act(
        self, move: str, access: Access, case_id: CaseId, form: MoveForm
    ) -> Callable[[], Awaitable[Case]]:
        """WordsMissing, DayMissing, ColleagueMissing."""
        words, note, seen = form.words.strip(), form.inner_note.strip(), form.seen_step
        if not words and move not in _WORDLESS:
            raise WordsMissing(field="words")
        desk, deciding, at = self.desk, self.deciding, (access, case_id)
        acts: Mapping[str, Callable[[], Callable[[], Awaitable[Case]]]] = {
            "take": lambda: partial(desk.take, *at, seen_step=seen),
            "hand-over": lambda: partial(desk.hand_over, *at, _colleague(form), note, seen_step=seen),
            "question": lambda: partial(desk.ask, *at, words, self.until(form), seen_step=seen),
            "promise": lambda: partial(desk.promise, *at, self._promised(form), words, seen_step=seen),
            "sending-on": lambda: partial(desk.send_on, *at, form.to.strip(), words, note, seen_step=seen),
            "note": lambda: partial(deciding.note, *at, words),
            "phone-answer": lambda: partial(deciding.phone_answer, *at, words, note),
            "execution": lambda: partial(deciding.execute, *at, words),
            "close": lambda: partial(deciding.close, *at, note),
            "reopening": lambda: partial(deciding.reopen, *at, words),
        }
        return acts[move]()

    def _promised(self, form: MoveForm) -> datetime:
        until = self.until(form)
        if until is None:
            raise DayMissing(field="until")
        return until


def case_office(
    case_reading: NamedDependency[CaseReading],
    accounts: NamedDependency[SkipValidation[Accounts]],
    account_options: NamedDependency[AccountOptions],
    attachments: NamedDependency[SkipValidation[Attachments]],
    staff_administration: NamedDependency[StaffAdministration],
    case_desk: NamedDependency[CaseDesk],
    case_deciding: NamedDependency[CaseDeciding],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> CaseOffice:
    return CaseOffice(
        case_reading,
        accounts,
        account_options,
        attachments,
        staff_administration,
        case_desk,
        case_deciding,
        zone,
    )


@get(OFFICE_CASE, opt={"access": Scope.DECIDE})
async def show_office_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    case_office: NamedDependency[CaseOffice],
) -> Response[str]:
    return await case_office.shown(request, access, case_id)


@post(f"{OFFICE_CASE}/moves/{{move:str}}", opt={"access": Scope.DECIDE})
async def move_office_case(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    move: FromPath[
        Annotated[
            str,
            Meta(
                pattern="^(take|hand-over|question|promise|sending-on|note|phone-answer|execution|close|reopening)$"
            ),
        ]
    ],
    request: Request[Any, Any, Any],
    data: Annotated[MoveForm, Body(media_type=URL_ENCODED)],
    access: NamedDependency[Access],
    case_office: NamedDependency[CaseOffice],
) -> Response[Any]:
    """One move. Refused: the page again, with what was typed and what is wrong."""
    try:
        await repeated(case_office.act(move, access, case_id, data))
    except Refusal as refusal:
        return await case_office.shown(request, access, case_id, Tried(move, data, refusal))
    return see_other(f"/office/accounts/{account_id}/cases/{case_id}")


def _colleague(form: MoveForm) -> StaffId:
    try:
        return StaffId(UUID(form.to))
    except ValueError as error:
        raise ColleagueMissing(field="to") from error


def _open_moves(case: Case) -> frozenset[str]:
    """What the case's lifecycle lets be done now: the page offers nothing that would be refused."""
    after = {"execution": CaseState.EXECUTED, "close": CaseState.CLOSED, "reopening": CaseState.IN_REVIEW}
    if is_open(case):
        return frozenset(
            {"take", "hand-over", "question", "promise", "sending-on", "decision", "phone-answer"}
        )
    found = {move for move, state in after.items() if _may(case, state)}
    return frozenset({*found, "visit"} if _has_visit(case) else found)


def _may(case: Case, state: CaseState) -> bool:
    try:
        case.form.lifecycle.check(case.state, state)
    except ForbiddenMove:
        return False
    return True


def _has_visit(case: Case) -> bool:
    """Whether what was decided is done on the spot."""
    if case.decision is None or case.decision.grant is None:
        return False
    return case.form.visit(case.decision.grant) is not None


DEPENDENCIES = {"case_office": Provide(case_office, sync_to_thread=False)}
HANDLERS = [show_office_case, move_office_case]
