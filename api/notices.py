"""What was said to people: their own log, what staff see of it, how each kind is written."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

import msgspec
from litestar import Request, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, SkipValidation

from api.identity import Entry
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from api.texts import language_of, translated
from domain.accounts.accounts import Accounts
from domain.kernel.access import Access, Actor, ActorKind, Scope
from domain.kernel.ids import AccountId, UserId
from domain.notices.allowing import Barred
from domain.notices.kinds import KINDS, kind_named
from domain.notices.notices import Notice, NoticeId, NoticeKey, NoticeLog, NoticeNotFound, NoticeState
from domain.notices.reminders import Verdict
from domain.notices.words import Basis, Channel
from domain.notices.writing import Language, Links, Templates, Written
from services.notices.sending import GONE

NO_LINKS = Links(cabinet="…", account="…/", stop="…")
"""In what is only looked at: nobody else's link is shown."""
WHY = {
    Barred.NO_ADDRESS: "No e-mail address is known",
    Barred.NO_CONSENT: "There is no consent to notices by e-mail",
    Barred.SWITCHED_OFF: "You turned such notices off",
    Barred.BOUNCING: "Letters to this address come back",
    Verdict.READ: "The readings had been sent by then",
    Verdict.OUTSIDE_WINDOW: "The days for readings were over",
    Verdict.NOT_YET: "The days for readings were moved",
    Verdict.CLOSED: "The account is closed",
    Verdict.NO_METERS: "The account has no meters any more",
    Verdict.AUTOMATIC: "The meters send their readings themselves",
    Verdict.NOBODY: "The right to send readings of the account has ended",
    GONE: "The person's data was erased",
}
"""Why a notice was not sent, by the note of its step; a mail server's number stands for itself."""


class NoticeStepOut(msgspec.Struct, frozen=True, kw_only=True):
    """`why` in words, where there is a reason."""

    state: NoticeState
    at: datetime
    note: str | None
    why: str | None


class NoticeOut(msgspec.Struct, frozen=True, kw_only=True):
    """`address` is where it went; staff see only a part of it. `sent` means: taken by the mail server."""

    id: NoticeId
    account_id: AccountId | None
    kind: str
    title: str
    channel: Channel
    address: str
    state: NoticeState
    made_at: datetime
    steps: list[NoticeStepOut]

    @classmethod
    def of(cls, notice: Notice, language: str, *, is_own: bool) -> Self:
        steps = [
            NoticeStepOut(state=step.state, at=step.at, note=step.note, why=_why(step.note, language))
            for step in notice.steps
        ]
        return cls(
            id=notice.id,
            account_id=notice.account_id,
            kind=notice.kind,
            title=translated(language, type(notice.words).title),
            channel=notice.channel,
            address=notice.address if is_own else masked(notice.address),
            state=notice.state,
            made_at=notice.made_at,
            steps=steps,
        )


class NoticeWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A notice with what it says, without its links."""

    notice: NoticeOut
    said: Written


class KindOut(msgspec.Struct, frozen=True, kw_only=True):
    """`is_on` is what holds for those who never chose."""

    kind: str
    title: str
    basis: Basis
    is_on: bool
    channels: list[Channel]


@get("/notices", opt={"access": Entry.CUSTOMER}, responses=responses(401, 403, 422))
async def list_notices(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    notice_log: NamedDependency[SkipValidation[NoticeLog]],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[NoticeOut]:
    """What was sent to me and what became of it, the newest first."""
    found = await notice_log.of_user(UserId(actor.id), before=end_of(cursor, NoticeKey), limit=limit)
    return _page(found, limit, request, is_own=True)


@get("/notices/{notice_id:uuid}", opt={"access": Entry.CUSTOMER}, responses=responses(401, 403, 404))
async def get_notice(
    notice_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    notice_log: NamedDependency[SkipValidation[NoticeLog]],
    notice_templates: NamedDependency[SkipValidation[Templates]],
) -> NoticeWhole:
    """One notice with what it says."""
    notice = await notice_log.one(UserId(actor.id), NoticeId(notice_id))
    if notice is None:
        raise NoticeNotFound
    language = _language(request)
    return NoticeWhole(
        notice=NoticeOut.of(notice, language, is_own=True),
        said=notice_templates.written(notice.words, Language(language), NO_LINKS),
    )


@get(
    "/accounts/{account_id:uuid}/notices", opt={"access": Scope.SEE}, responses=responses(401, 403, 404, 422)
)
async def list_account_notices(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    notice_log: NamedDependency[SkipValidation[NoticeLog]],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[NoticeOut]:
    """What was said about an account: to customers their own, to staff everybody's."""
    found = await notice_log.of_account(access, before=end_of(cursor, NoticeKey), limit=limit)
    if not found:
        await accounts.card(access)  # nothing yet, or nothing to see: that is for the account to say
    return _page(found, limit, request, is_own=access.actor.kind is ActorKind.CUSTOMER)


@get("/notice-kinds", opt={"access": Entry.STAFF}, responses=responses(401, 403))
async def list_kinds(request: Request[Any, Any, Any]) -> list[KindOut]:
    """Every kind of notice."""
    language = _language(request)
    return [
        KindOut(
            kind=name,
            title=translated(language, kind.title),
            basis=kind.basis,
            is_on=kind.is_on,
            channels=list(Channel),
        )
        for name, kind in KINDS.items()
    ]


@get("/notice-kinds/{kind:str}/preview", opt={"access": Entry.STAFF}, responses=responses(401, 403, 404, 422))
async def preview_kind(
    kind: FromPath[str],
    notice_templates: NamedDependency[SkipValidation[Templates]],
    language: FromQuery[Language] = Language.RUSSIAN,
) -> Written:
    """A kind's letter as its templates write it, with invented facts."""
    return notice_templates.written(kind_named(kind).sample(), language, NO_LINKS)


def masked(address: str) -> str:
    """An e-mail address whose owner would know it: "iv…@example.test"."""
    name, _, domain = address.partition("@")
    return f"{name[:2]}…@{domain}" if domain else ""


def _page(
    found: list[Notice], limit: int, request: Request[Any, Any, Any], *, is_own: bool
) -> Page[NoticeOut]:
    language = _language(request)
    end = NoticeKey(made_at=found[-1].made_at, notice_id=found[-1].id) if len(found) == limit else None
    return Page(
        items=[NoticeOut.of(one, language, is_own=is_own) for one in found],
        next=cursor_of(end) if end else None,
    )


def _why(note: str | None, language: str) -> str | None:
    return translated(language, WHY[note]) if note in WHY else None


def _language(request: Request[Any, Any, Any]) -> Literal["ru", "en"]:
    return "en" if language_of(request.headers.get("accept-language")) == "en" else "ru"


notices = Router(
    "/",
    tags=["notices"],
    route_handlers=[
        list_notices,
        get_notice,
        list_account_notices,
        list_kinds,
        preview_kind,
    ],
)
