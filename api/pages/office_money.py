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

from api.pages.agent_names import AgentNames
from api.pages.office_forms import OrderMissing, day_of, reason_of
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.paging import cursor_of, end_of
from api.problems import status_of
from api.suspense import SuspenseOut, looked
from domain.accounts.accounts import AccountNotFound
from domain.accounts.searching import FoundAccount, FoundBy
from domain.kernel.access import OURSELVES, Actor, Scope
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId
from domain.payments.registries.rows import RegistryRow, RowState
from domain.payments.registries.suspense import Suspense, SuspenseCursor
from domain.payments.registries.targets import Target
from domain.people.four_eyes import Approval
from services.accounts.searching import AccountSearching
from services.payments.suspense import SuspenseService
from services.people.memberships import MembershipService
from services.repeating import repeated

_ROW = "/office/suspense/{registry_id:uuid}/{row_no:int}"
_PAGE = 30


class SuspenseForm(msgspec.Struct, frozen=True):
    """`account`: the number of the account that the money belongs to. Or the payment order `order_number`
    by which it went back on the day `returned_on`."""

    account: Annotated[str, Meta(max_length=40)] = ""
    order_number: Annotated[str, Meta(max_length=40)] = ""
    returned_on: Annotated[str, Meta(max_length=20)] = ""
    reason: Annotated[str, Meta(max_length=300)] = ""


@dataclass(frozen=True, slots=True)
class SuspenseDesk:
    """What pages of unidentified money are made of."""

    suspense: Suspense
    service: SuspenseService
    searching: AccountSearching
    memberships: MembershipService
    agents: AgentNames

    async def shown(
        self,
        request: Request[Any, Any, Any],
        actor: Actor,
        now: datetime,
        registry_id: AccountId,
        row_no: int,
        refusal: Refusal | None = None,
        typed: SuspenseForm | None = None,
        word: str = "",
    ) -> Response[str]:
        """With whose it may be; each account that is named gets a record of the look."""
        key = registry_id, row_no
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
            names=await self.agents.by_code(),
            suggested=suggested,
            asked=(await self.service.asked([key])).get(key),
            ourselves=OURSELVES.name,
            waits=row.state is RowState.SUSPENSE,
            typed=typed or SuspenseForm(),
            word=word,
            refusal=in_words(request, refusal) if refusal else None,
        )

    async def send(
        self, actor: Actor, now: datetime, registry_id: AccountId, row_no: int, form: SuspenseForm
    ) -> RegistryRow | Approval:
        """WordsMissing; AccountNotFound where the number is nobody's."""
        reason = reason_of(form.reason)
        found = of_number(await self.searching.find(actor, form.account))
        await looked(self.memberships, actor, {registry_id, found.id}, now)
        target = Target(account_id=found.id, supplier_account_id=None)
        return await repeated(partial(self.service.resolve, actor, registry_id, row_no, target, reason))

    async def give_back(
        self, actor: Actor, registry_id: AccountId, row_no: int, form: SuspenseForm
    ) -> RegistryRow | Approval:
        """OrderMissing, DayMissing, WordsMissing, and what SuspenseService refuses."""
        if not (order := form.order_number.strip()):
            raise OrderMissing(field="order_number")
        day, reason = day_of(form.returned_on, field="returned_on"), reason_of(form.reason)
        act = partial(self.service.give_back, actor, registry_id, row_no, day, order, reason)
        return await repeated(act)


def suspense_desk(
    suspense: NamedDependency[SkipValidation[Suspense]],
    suspense_service: NamedDependency[SuspenseService],
    account_searching: NamedDependency[AccountSearching],
    membership_service: NamedDependency[MembershipService],
    agent_names: NamedDependency[AgentNames],
) -> SuspenseDesk:
    return SuspenseDesk(suspense, suspense_service, account_searching, membership_service, agent_names)


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
        done=request.query_params.get("done"),
        rows=[SuspenseOut.of(row, now) for row in rows],
        asked=await suspense_desk.service.asked([(row.account_id, row.row_no) for row in rows]),
        names=await suspense_desk.agents.by_code(),
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


@post(f"{_ROW}/{{word:str}}", opt={"access": Scope.DECIDE})
async def end_suspense(
    registry_id: FromPath[AccountId],
    row_no: FromPath[int],
    word: FromPath[Annotated[str, Meta(pattern="^(account|return)$")]],
    request: Request[Any, Any, Any],
    data: Annotated[SuspenseForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    suspense_desk: NamedDependency[SuspenseDesk],
) -> Response[Any]:
    """To the account it belongs to, counted from the day it was paid, or back to its sender; above the limit
    a second person is asked."""
    desk = suspense_desk
    try:
        if word == "account":
            done = await desk.send(actor, now, registry_id, row_no, data)
        else:
            done = await desk.give_back(actor, registry_id, row_no, data)
    except Refusal as refusal:
        return await desk.shown(request, actor, now, registry_id, row_no, refusal, data, word)
    if not isinstance(done, Approval):
        return see_other(f"/office/suspense?done={word}")
    is_kept = (done.asked_by, done.reason) == (actor.id, data.reason.strip())
    # Another request waits already: its page tells whose, and nothing of this one was kept.
    return see_other("/office/approvals?asked=yes" if is_kept else f"/office/suspense/{registry_id}/{row_no}")


def of_number(found: Sequence[FoundAccount]) -> FoundAccount:
    """The one whose own number was typed. AccountNotFound."""
    for account in found:
        if account.found_by is FoundBy.NUMBER:
            return account
    raise AccountNotFound(field="account")


DEPENDENCIES = {"suspense_desk": Provide(suspense_desk, sync_to_thread=False)}
HANDLERS = [show_suspense, show_suspense_row, end_suspense]
