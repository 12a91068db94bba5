"""What one of the staff asked for and another must approve."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath, SkipValidation
from msgspec import Meta

from api.approvals import ApprovalOut, Decision
from api.form_schema import schema
from api.identity import Entry
from api.pages import office_words as words
from api.pages.account_options import AccountOptions
from api.pages.cases import WordsMissing
from api.pages.drawing import Drawing
from api.pages.language import language_for
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.pages.told_forms import Line, told_lines
from api.problems import status_of
from api.suspense import SuspenseOut, looked
from domain.accounts.accounts import Account, Accounts
from domain.cases.two_people import DecideCase, DecisionTerms
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Refusal
from domain.kernel.money import Money
from domain.kernel.terms import Terms
from domain.kinds import KINDS, AnyGrant
from domain.payments.registries.suggestions import SuspenseTerms
from domain.payments.registries.suspense import ResolveSuspense, ReturnSuspense
from domain.people.four_eyes import Approval, ApprovalState
from domain.people.staff import Role
from services.payments.suspense import SuspenseService
from services.people.approvals import ApprovalService
from services.people.memberships import MembershipService
from services.people.staff import StaffAdministration

_MOST = 50
_LOOKED = "office/approvals"


class ReasonForm(msgspec.Struct, frozen=True):
    reason: Annotated[str, Meta(max_length=500)] = ""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A request with what it would grant, in words, whose it is, and the page of its case where it is about
    one; `row` is the payment of a registry where it is about that. `money` is the sum of it all; one person
    alone decides up to `alone_up_to`, null: nothing of it."""

    approval: ApprovalOut
    granted: list[Line] = []
    case: str | None = None
    account: Account | None = None
    row: SuspenseOut | None = None
    money: Money | None = None
    alone_up_to: Money | None = None


@dataclass(frozen=True, slots=True)
class ApprovalDesk:
    """What the page of approvals is made of."""

    approvals: ApprovalService
    accounts: Accounts
    options: AccountOptions
    memberships: MembershipService
    staff: StaffAdministration
    suspense: SuspenseService
    terms: Terms
    zone: ZoneInfo

    async def shown(
        self, request: Request[Any, Any, Any], actor: Actor, now: datetime, refusal: Refusal | None = None
    ) -> Response[str]:
        found = await self.approvals.newest(actor, _MOST)
        waiting = [one for one in found if one.state(now) is ApprovalState.ASKED]
        return page(
            request,
            "office_approvals.html",
            status=status_of(refusal) if refusal else 200,
            place="approvals",
            waiting=[await self._waiting(one, actor, now, language_for(request)) for one in waiting],
            decided=[ApprovalOut.of(one, now) for one in found if one not in waiting],
            names={str(one.member.id): one.member.name for one in await self.staff.members()},
            roles={one: words.role(one, language_for(request)) for one in Role},
            just_asked="asked" in request.query_params,
            refusal=in_words(request, refusal) if refusal else None,
        )

    async def _waiting(self, approval: Approval, actor: Actor, now: datetime, language: str) -> Waiting:
        told, action = ApprovalOut.of(approval, now), approval.action
        if isinstance(action, DecideCase):
            return await self._case(told, action, actor, now, language)
        if isinstance(action, ResolveSuspense | ReturnSuspense):
            return await self._payment(told, action, actor, now)
        return Waiting(approval=told)

    async def _payment(
        self, told: ApprovalOut, action: ResolveSuspense | ReturnSuspense, actor: Actor, now: datetime
    ) -> Waiting:
        """Whose money it is and where it would go: each look is recorded."""
        to = action.to_account_id if isinstance(action, ResolveSuspense) else None
        await looked(self.memberships, actor, {action.account_id, *([to] if to else [])}, now)
        row, _ = await self.suspense.told(action.account_id, action.row_no)
        account = None
        if to:
            access = Access(actor=actor, account_id=to, scope=Scope.DECIDE, at=now)
            account = (await self.accounts.card(access)).account
        terms = await self.terms.at(SuspenseTerms, business_day(now, self.zone))
        return Waiting(
            approval=told,
            row=SuspenseOut.of(row, now),
            account=account,
            money=row.amount,
            alone_up_to=terms.alone_up_to,
        )

    async def _case(
        self, told: ApprovalOut, action: DecideCase, actor: Actor, now: datetime, language: str
    ) -> Waiting:
        """A decision tells of a customer: the look is recorded."""
        access = Access(actor=actor, account_id=action.account_id, scope=Scope.DECIDE, at=now)
        await self.memberships.record_view(access, _LOOKED)
        options = await self.options.of(access, language)
        drawing = Drawing(schema(KINDS[action.grant["kind"]].grant, language), options, self.zone)
        grant = msgspec.convert(action.grant, AnyGrant)
        terms = await self.terms.at(DecisionTerms, business_day(now, self.zone))
        return Waiting(
            approval=told,
            granted=told_lines(drawing, action.grant, language),
            case=f"/office/accounts/{action.account_id}/cases/{action.case_id}",
            account=(await self.accounts.card(access)).account,
            money=grant.money,
            alone_up_to=None if grant.always_by_two else terms.alone_up_to,
        )


def approval_desk(
    approval_service: NamedDependency[ApprovalService],
    accounts: NamedDependency[SkipValidation[Accounts]],
    account_options: NamedDependency[AccountOptions],
    membership_service: NamedDependency[MembershipService],
    staff_administration: NamedDependency[StaffAdministration],
    suspense_service: NamedDependency[SuspenseService],
    terms: NamedDependency[SkipValidation[Terms]],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> ApprovalDesk:
    return ApprovalDesk(
        approval_service,
        accounts,
        account_options,
        membership_service,
        staff_administration,
        suspense_service,
        terms,
        zone,
    )


@get("/office/approvals", opt={"access": Entry.STAFF})
async def show_approvals(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    approval_desk: NamedDependency[ApprovalDesk],
) -> Response[str]:
    return await approval_desk.shown(request, actor, now)


@post("/office/approvals/{approval_id:uuid}/{word:str}", opt={"access": Entry.STAFF})
async def decide_approval(
    approval_id: FromPath[UUID],
    word: FromPath[Annotated[str, Meta(pattern="^(approve|refuse)$")]],
    request: Request[Any, Any, Any],
    data: Annotated[ReasonForm, Body(media_type=URL_ENCODED)],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    approval_desk: NamedDependency[ApprovalDesk],
) -> Response[Any]:
    """Approved: it is done at once. Refused, or taken back by who asked: nothing is done."""
    service = approval_desk.approvals
    try:
        reason = _reason(data)
        if word == "approve":
            await service.approve(actor, approval_id, reason)
        else:
            await service.refuse(actor, approval_id, reason)
    except Refusal as refusal:
        return await approval_desk.shown(request, actor, now, refusal)
    return see_other("/office/approvals")


def _reason(form: ReasonForm) -> str:
    try:
        return msgspec.convert({"reason": form.reason.strip()}, Decision).reason
    except msgspec.ValidationError as error:
        raise WordsMissing(field="reason") from error


DEPENDENCIES = {"approval_desk": Provide(approval_desk, sync_to_thread=False)}
HANDLERS = [show_approvals, decide_approval]
