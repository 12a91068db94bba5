"""Letters in quarantine: who sent them, why they wait; released to an account, or rejected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath
from msgspec import Meta

from api.mail import LetterOut, LetterShown, RejectionIn, ReleaseIn
from api.pages.cases import WordsMissing
from api.pages.language import language_for
from api.pages.letter_inside import Inside, downloaded
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.paging import cursor_of, end_of
from api.problems import status_of
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.errors import Refusal
from domain.mail.letters_in import LetterCursor, LetterId, LetterState
from services.mail.office import LetterOffice
from services.mail.senders import SenderService
from services.people.memberships import MembershipService
from services.repeating import repeated

_LETTER = "/office/letters/{letter_id:uuid}"
_PAGE = 30
_T = TypeVar("_T")
_WORKBOOK = "GET /office/letters/{letter_id}/workbooks/{no}"
_LIST, _ONE = "GET /office/letters", "GET /office/letters/{letter_id}"


class LetterForm(msgspec.Struct, frozen=True):
    """`remember`: letters from this sender are taken for the account from now on."""

    reason: Annotated[str, Meta(max_length=500)] = ""
    account_number: Annotated[str, Meta(max_length=40)] = ""
    remember: Annotated[str, Meta(max_length=5)] = ""


@dataclass(frozen=True, slots=True)
class LetterRoom:
    """What pages of letters are made of."""

    office: LetterOffice
    senders: SenderService
    memberships: MembershipService

    async def shown(
        self,
        request: Request[Any, Any, Any],
        actor: Actor,
        letter_id: LetterId,
        now: datetime,
        refusal: Refusal | None = None,
        typed: LetterForm | None = None,
    ) -> Response[str]:
        found = await self.office.shown(actor, letter_id, _ONE)
        for account_id in sorted({file.account_id for file in found.files if file.account_id}):
            look = Access(actor=actor, account_id=account_id, scope=Scope.READINGS, at=now)
            await self.memberships.record_view(look, _ONE)
        return page(
            request,
            "office_letter.html",
            status=status_of(refusal) if refusal else 200,
            place="letters",
            letter=LetterShown.shown(found, language_for(request)),
            inside=Inside.of(found.content, language_for(request)),
            typed=typed or LetterForm(),
            refusal=in_words(request, refusal) if refusal else None,
        )

    async def release(self, actor: Actor, letter_id: LetterId, form: LetterForm, now: datetime) -> None:
        data = _checked(
            {"account_number": form.account_number.strip(), "reason": form.reason.strip()}, ReleaseIn
        )
        account_id = await self.office.account_of(data.account_number)
        look = Access(actor=actor, account_id=account_id, scope=Scope.READINGS, at=now)
        await self.memberships.record_view(look, "POST /office/letters/{letter_id}/release")
        letter = await repeated(partial(self.office.release, actor, letter_id, account_id, data.reason))
        if form.remember and letter.sender:
            await self.senders.add_by_staff(actor, account_id, letter.sender)

    async def reject(self, actor: Actor, letter_id: LetterId, form: LetterForm) -> None:
        data = _checked({"reason": form.reason.strip()}, RejectionIn)
        await repeated(partial(self.office.reject, actor, letter_id, data.reason))


def letter_room(
    letter_office: NamedDependency[LetterOffice],
    sender_service: NamedDependency[SenderService],
    membership_service: NamedDependency[MembershipService],
) -> LetterRoom:
    return LetterRoom(letter_office, sender_service, membership_service)


@get("/office/letters", opt={"access": Scope.DECIDE})
async def show_letters(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    letter_room: NamedDependency[LetterRoom],
) -> Response[str]:
    """Those in quarantine, the newest first; `all=yes`: whatever came."""
    everything = request.query_params.get("all") == "yes"
    states = [] if everything else [LetterState.QUARANTINED]
    before = end_of(request.query_params.get("cursor"), LetterCursor)
    found = await letter_room.office.listed(actor, states, before=before, limit=_PAGE, what=_LIST)
    end = LetterCursor(received_at=found[-1].received_at, letter_id=found[-1].id) if found else None
    return page(
        request,
        "office_letters.html",
        place="letters",
        letters=[LetterOut.of(one, language_for(request)) for one in found],
        everything=everything,
        done=request.query_params.get("done"),
        next=cursor_of(end) if end and len(found) == _PAGE else None,
    )


@get(_LETTER, opt={"access": Scope.DECIDE})
async def show_letter(
    letter_id: FromPath[LetterId],
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    letter_room: NamedDependency[LetterRoom],
) -> Response[str]:
    return await letter_room.shown(request, actor, letter_id, now)


@get(f"{_LETTER}/workbooks/{{no:int}}", opt={"access": Scope.DECIDE})
async def download_letter_workbook(
    letter_id: FromPath[LetterId],
    no: FromPath[Annotated[int, Meta(ge=0, le=1000)]],
    actor: NamedDependency[Actor],
    letter_room: NamedDependency[LetterRoom],
) -> Response[bytes]:
    """As it came, on record: whose readings they are is written in it more often than not."""
    return downloaded(await letter_room.office.workbook(actor, letter_id, no, _WORKBOOK))


@post(f"{_LETTER}/{{word:str}}", opt={"access": Scope.DECIDE})
async def decide_letter(
    letter_id: FromPath[LetterId],
    word: FromPath[Annotated[str, Meta(pattern="^(release|rejection)$")]],
    request: Request[Any, Any, Any],
    data: Annotated[LetterForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    letter_room: NamedDependency[LetterRoom],
) -> Response[Any]:
    """Released: it is read once more for that account, and answered. Rejected: nothing of it is taken."""
    try:
        if word == "release":
            await letter_room.release(actor, letter_id, data, now)
        else:
            await letter_room.reject(actor, letter_id, data)
    except Refusal as refusal:
        return await letter_room.shown(request, actor, letter_id, now, refusal, data)
    return see_other(f"/office/letters?done={word}")


def _checked(told: Mapping[str, str], kind: type[_T]) -> _T:
    try:
        return msgspec.convert(told, kind)
    except msgspec.ValidationError as error:
        raise WordsMissing from error


DEPENDENCIES = {"letter_room": Provide(letter_room, sync_to_thread=False)}
HANDLERS = [show_letters, show_letter, download_letter_workbook, decide_letter]
