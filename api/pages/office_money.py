"""Unidentified money on the desk: what waits, whose it may be and why, where it goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath, SkipValidation
from msgspec import Meta

from api.pages.cases import WordsMissing
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.paging import cursor_of, end_of
from api.problems import status_of
from api.suspense import SuspenseOut, looked
from domain.accounts.accounts import AccountNotFound
from domain.accounts.searching import FoundAccount, FoundBy
from domain.kernel.access import Actor, Scope
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId
from domain.payments.registries.suspense import Suspense, SuspenseCursor
from domain.payments.registries.targets import Target
from domain.people.four_eyes import Approval
from services.accounts.searching import AccountSearching
from services.payments.suspense import SuspenseService
from services.people.memberships import MembershipService
from services.repeating import repeated

_ROW = "/office/suspense/{registry_id:uuid}/{row_no:int}"
_PAGE = 30
_LEAST_REASON = 3


class SendForm(msgspec.Struct, frozen=True):
    """`account`: the number of the account that the money belongs to."""

    account: Annotated[str, Meta(max_length=40)] = ""
    reason: Annotated[str, Meta(max_length=300)] = ""


@dataclass(frozen=True, slots=True)
class SuspenseDesk:
    """What pages of unidentified money are made of."""

    suspense: Suspense
    service: SuspenseService
    searching: AccountSearching
    memberships: MembershipService

    async def shown(
        self,
        request: Request[Any, Any, Any],
        actor: Actor,
        now: datetime,
        registry_id: AccountId,
        row_no: int,
        refusal: Refusal | None = None,
        typed: SendForm | None = None,
    ) -> Response[str]:
        """With whose it may be; each account that is named gets a record of the look."""
        row, steps = await self.service.told(registry_id, row_no)
        told = SuspenseOut.of(row, now, steps)
        suggested = await self.service.suggested(registry_id, row_no) if told.account_id is None else []
        await looked(self.memberships, actor, {registry_id, *(one.account_id for one in suggested)}, now)
        return page(
            request,
            "office_suspense_row.html",
            status=status_of(refusal) if refusal else 200,
            place="suspense",
            row=told,
            suggested=suggested,
            typed=typed or SendForm(),
            refusal=in_words(request, refusal) if refusal else None,
        )

    async def send(
        self, actor: Actor, now: datetime, registry_id: AccountId, row_no: int, form: SendForm
    ) -> object:
        """WordsMissing; AccountNotFound where the number is nobody's."""
        if len(reason := form.reason.strip()) < _LEAST_REASON:
            raise WordsMissing(field="reason")
        found = _one(await self.searching.find(actor, form.account))
        await looked(self.memberships, actor, {registry_id, found.id}, now)
        target = Target(account_id=found.id, supplier_account_id=None)
        return await repeated(partial(self.service.resolve, actor, registry_id, row_no, target, reason))


def suspense_desk(
    suspense: NamedDependency[SkipValidation[Suspense]],
    suspense_service: NamedDependency[SuspenseService],
    account_searching: NamedDependency[AccountSearching],
    membership_service: NamedDependency[MembershipService],
) -> SuspenseDesk:
    return SuspenseDesk(suspense, suspense_service, account_searching, membership_service)


@get("/office/suspense", opt={"access": Scope.DECIDE})
async def show_suspense(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    suspense_desk: NamedDependency[SuspenseDesk],
) -> Response[str]:
    """Of all registries, the longest waiting first."""
    after = end_of(request.query_params.get("cursor"), SuspenseCursor)
    rows = await suspense_desk.suspense.page(after=after, limit=_PAGE)
    await looked(suspense_desk.memberships, actor, {row.account_id for row in rows}, now)
    last = rows[-1] if len(rows) == _PAGE else None
    end = last and SuspenseCursor(paid_at=last.paid_at, account_id=last.account_id, row_no=last.row_no)
    return page(
        request,
        "office_suspense.html",
        place="suspense",
        rows=[SuspenseOut.of(row, now) for row in rows],
        next=cursor_of(end) if end else None,
    )


@get(_ROW, opt={"access": Scope.DECIDE})
async def show_suspense_row(
    registry_id: FromPath[AccountId],
    row_no: FromPath[int],
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    suspense_desk: NamedDependency[SuspenseDesk],
) -> Response[str]:
    return await suspense_desk.shown(request, actor, now, registry_id, row_no)


@post(_ROW, opt={"access": Scope.DECIDE})
async def send_suspense(
    registry_id: FromPath[AccountId],
    row_no: FromPath[int],
    request: Request[Any, Any, Any],
    data: Annotated[SendForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    suspense_desk: NamedDependency[SuspenseDesk],
) -> Response[Any]:
    """To the account it belongs to, counted from the day it was paid; above the limit a second person is
    asked."""
    try:
        done = await suspense_desk.send(actor, now, registry_id, row_no, data)
    except Refusal as refusal:
        return await suspense_desk.shown(request, actor, now, registry_id, row_no, refusal, data)
    return see_other("/office/approvals?asked=yes" if isinstance(done, Approval) else "/office/suspense")


def _one(found: Sequence[FoundAccount]) -> FoundAccount:
    for account in found:
        if account.found_by is FoundBy.NUMBER:
            return account
    raise AccountNotFound(field="account")


DEPENDENCIES = {"suspense_desk": Provide(suspense_desk, sync_to_thread=False)}
HANDLERS = [show_suspense, show_suspense_row, send_suspense]
