"""Letters that came in, for operators: looked at on record, released, refused, read once more."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Self

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from api.approvals import Reason as Why
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from api.texts import language_of, translated
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.ids import AccountId, ReadingFileId
from domain.mail.answers import AnswerKind, AnswerState
from domain.mail.letters_in import (
    TEXTS,
    LetterCursor,
    LetterId,
    LetterIn,
    LettersForOperators,
    LetterState,
    Reason,
)
from services.mail.office import LetterOffice, ShownLetter
from services.mail.senders import SenderService
from services.people.memberships import MembershipService
from services.repeating import repeated

Number = Annotated[str, Meta(min_length=1, max_length=40)]
_READINGS = {"access": Scope.READINGS}
_MOVED = responses(401, 403, 404, 409, 422)
_LIST, _ONE = "GET /api/v1/letters", "GET /api/v1/letters/{letter_id}"


class ReleaseIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`remember`: letters from this sender are taken for the account from now on."""

    account_number: Annotated[Number, Meta(examples=["Д-7200000003"])]
    reason: Why
    remember: bool = False


class RejectionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Why


class LetterOut(msgspec.Struct, frozen=True, kw_only=True):
    """A letter and its fate; `why` says the reason in words."""

    id: LetterId
    received_at: datetime
    sender: str
    subject: str
    size_bytes: int
    state: LetterState
    reason: Reason
    why: str

    @classmethod
    def of(cls, letter: LetterIn, language: str) -> Self:
        return cls(**_letter(letter, language))


class LetterStepOut(msgspec.Struct, frozen=True, kw_only=True):
    state: LetterState
    reason: Reason
    why: str
    at: datetime
    who: str | None
    note: str | None


class HeaderOut(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    value: str


class PartOut(msgspec.Struct, frozen=True, kw_only=True):
    depth: int
    media_type: str
    name: str
    size_bytes: int


class LetterFileOut(msgspec.Struct, frozen=True, kw_only=True):
    """A workbook of the letter; `file_id` is the file of readings of the account that it became."""

    name: str
    size_bytes: int
    account_id: AccountId | None
    file_id: ReadingFileId | None
    trouble: str


class AnswerOut(msgspec.Struct, frozen=True, kw_only=True):
    kind: AnswerKind
    recipient: str
    state: AnswerState
    promised_at: datetime
    ended_at: datetime | None
    note: str


class LetterShown(LetterOut, frozen=True, kw_only=True):
    """Headers and names of parts; never the text."""

    source: str
    remote_ip: str
    mail_from: str
    deliveries: int
    steps: list[LetterStepOut]
    headers: list[HeaderOut]
    parts: list[PartOut]
    unreadable: str
    files: list[LetterFileOut]
    answers: list[AnswerOut]

    @classmethod
    def shown(cls, found: ShownLetter, language: str) -> Self:
        letter, content = found.letter, found.content
        return cls(
            **_letter(letter, language),
            source=letter.source,
            remote_ip=letter.remote_ip,
            mail_from=letter.mail_from,
            deliveries=letter.deliveries,
            steps=[
                LetterStepOut(**_asdict(step), why=translated(language, TEXTS[step.reason]))
                for step in letter.steps
            ],
            headers=[HeaderOut(name=name, value=value) for name, value in content.headers],
            parts=[PartOut(**_asdict(part)) for part in content.parts],
            unreadable=content.unreadable,
            files=[LetterFileOut(**_picked(file, LetterFileOut)) for file in found.files],
            answers=[AnswerOut(**_picked(answer, AnswerOut)) for answer in found.answers],
        )


@get("/letters", opt=_READINGS, responses=responses(401, 403, 422))
async def list_letters(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    letter_office: NamedDependency[LetterOffice],
    states: FromQuery[list[LetterState] | None] = None,
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[LetterOut]:
    """Letters that came in, the newest first; `states=quarantined` are those that wait for an operator."""
    _operators(actor)
    before = end_of(cursor, LetterCursor)
    found = await letter_office.listed(actor, states or [], before=before, limit=limit, what=_LIST)
    full = len(found) == limit
    end = LetterCursor(received_at=found[-1].received_at, letter_id=found[-1].id) if full else None
    language = language_of(request.headers.get("accept-language"))
    return Page(items=[LetterOut.of(one, language) for one in found], next=cursor_of(end) if end else None)


@get("/letters/{letter_id:uuid}", opt=_READINGS, responses=responses(401, 403, 404, 409, 422))
async def get_letter(
    letter_id: FromPath[LetterId],
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    letter_office: NamedDependency[LetterOffice],
    membership_service: NamedDependency[MembershipService],
) -> LetterShown:
    """One letter: its story, headers, names of parts, what its workbooks became, what was answered."""
    _operators(actor)
    found = await letter_office.shown(actor, letter_id, _ONE)
    for account_id in {file.account_id for file in found.files if file.account_id}:
        look = Access(actor=actor, account_id=account_id, scope=Scope.READINGS, at=now)
        await membership_service.record_view(look, _ONE)
    return LetterShown.shown(found, language_of(request.headers.get("accept-language")))


@post("/letters/{letter_id:uuid}/release", status_code=200, opt=_READINGS, responses=_MOVED)
async def release_letter(
    letter_id: FromPath[LetterId],
    data: JSONBody[ReleaseIn],
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    letter_office: NamedDependency[LetterOffice],
    sender_service: NamedDependency[SenderService],
    membership_service: NamedDependency[MembershipService],
) -> LetterOut:
    """Take the letter for that account, whoever sent it: it is read once more, and answered."""
    _operators(actor)
    account_id = await letter_office.account_of(data.account_number)
    look = Access(actor=actor, account_id=account_id, scope=Scope.READINGS, at=now)
    await membership_service.record_view(look, "POST /api/v1/letters/{letter_id}/release")
    release = partial(letter_office.release, actor, letter_id, account_id, data.reason)
    letter = await repeated(release)
    if data.remember and letter.sender:
        await sender_service.add_by_staff(actor, account_id, letter.sender)
    return LetterOut.of(letter, language_of(request.headers.get("accept-language")))


@post("/letters/{letter_id:uuid}/rejection", status_code=200, opt=_READINGS, responses=_MOVED)
async def reject_letter(
    letter_id: FromPath[LetterId],
    data: JSONBody[RejectionIn],
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    letter_office: NamedDependency[LetterOffice],
) -> LetterOut:
    """Refuse a letter that waits: nothing of it is taken, and nothing more is answered."""
    _operators(actor)
    letter = await repeated(partial(letter_office.reject, actor, letter_id, data.reason))
    return LetterOut.of(letter, language_of(request.headers.get("accept-language")))


@post("/letters/{letter_id:uuid}/reading", status_code=200, opt=_READINGS, responses=_MOVED)
async def read_letter_again(
    letter_id: FromPath[LetterId],
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    letter_office: NamedDependency[LetterOffice],
) -> LetterOut:
    """Read a letter once more, as if it had just come: its sender has been registered meanwhile."""
    _operators(actor)
    letter = await repeated(partial(letter_office.retry, actor.name, letter_id))
    return LetterOut.of(letter, language_of(request.headers.get("accept-language")))


def _operators(actor: Actor) -> None:
    if actor.kind is not ActorKind.STAFF:
        raise LettersForOperators


def _letter(letter: LetterIn, language: str) -> dict[str, Any]:
    return _picked(letter, LetterOut) | {"why": translated(language, TEXTS[letter.reason])}


def _asdict(one: msgspec.Struct) -> dict[str, Any]:
    return msgspec.structs.asdict(one)


def _picked(one: msgspec.Struct, kind: type[msgspec.Struct]) -> dict[str, Any]:
    """As much of it as `kind` shows."""
    return {name: getattr(one, name) for name in kind.__struct_fields__ if hasattr(one, name)}


mail = Router(
    "/",
    tags=["letters"],
    route_handlers=[
        list_letters,
        get_letter,
        release_letter,
        reject_letter,
        read_letter_again,
    ],
)
