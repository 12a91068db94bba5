"""Unidentified money for the office: what waits, whose it may be, where it goes. Every look is kept."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated, Any, Self

import msgspec
from litestar import Response, Router, get, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation
from msgspec import Meta

from api.office_decisions import ApprovalWanted
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.ids import AccountId, SupplierAccountId
from domain.kernel.money import Money
from domain.payments.registries.entries import Payer
from domain.payments.registries.rows import RegistryRow, RowCode, RowState
from domain.payments.registries.suggestions import Suggestion
from domain.payments.registries.suspense import (
    AGES_DAYS,
    Reason,
    RowStep,
    Suspense,
    SuspenseAge,
    SuspenseCursor,
)
from domain.payments.registries.targets import Target
from domain.people.four_eyes import Approval
from services.payments.suspense import SuspenseService
from services.people.memberships import MembershipService
from services.repeating import repeated

_ROW = "/office/suspense/{registry_id:uuid}/{row_no:int}"
_ERRORS = responses(401, 403, 404, 409, 422, 503) | {
    202: ResponseSpec(ApprovalWanted, description="Waits for a second person to approve it")
}
_LOOKED = "office/suspense"


class SuspenseOut(msgspec.Struct, frozen=True, kw_only=True):
    """Money whose account is not known, with what the file tells of its payer, and its story."""

    registry_id: AccountId
    row: int
    agent: str
    operation_id: str
    paid_at: datetime
    age_days: int
    amount: Money
    account_text: str
    purpose: str
    payer: Payer | None
    state: RowState
    code: RowCode | None
    account_id: AccountId | None
    steps: list[RowStep] = []

    @classmethod
    def of(cls, row: RegistryRow, now: datetime, steps: Sequence[RowStep] = ()) -> Self:
        return cls(
            registry_id=row.account_id,
            row=row.row_no,
            agent=row.agent_code,
            operation_id=row.operation_id,
            paid_at=row.paid_at,
            age_days=max(0, (now - row.paid_at).days),
            amount=row.amount,
            account_text=row.account_text,
            purpose=row.purpose,
            payer=row.payer,
            state=row.state,
            code=row.code,
            account_id=row.to_account_id,
            steps=list(steps),
        )


class ResolutionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the money belongs; with `supplier_account_id` it goes to that supplier alone."""

    account_id: AccountId
    supplier_account_id: SupplierAccountId | None = None
    reason: Reason


class ReturnIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The payment order by which the money went back to its sender."""

    order_number: Annotated[str, Meta(min_length=1, max_length=40)]
    returned_on: date
    reason: Reason


@get("/office/suspense", opt={"access": Scope.DECIDE}, responses=responses(401, 403, 422))
async def list_suspense(
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    suspense: NamedDependency[SkipValidation[Suspense]],
    membership_service: NamedDependency[MembershipService],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[SuspenseOut]:
    """Unidentified money of all registries, the longest waiting first."""
    rows = await suspense.page(after=end_of(cursor, SuspenseCursor), limit=limit)
    await looked(membership_service, actor, {row.account_id for row in rows}, now)
    last = rows[-1] if rows else None
    end = last and SuspenseCursor(paid_at=last.paid_at, account_id=last.account_id, row_no=last.row_no)
    return Page(
        items=[SuspenseOut.of(row, now) for row in rows],
        next=cursor_of(end) if len(rows) == limit else None,
    )


@get("/office/suspense/ageing", opt={"access": Scope.DECIDE}, responses=responses(401, 403))
async def get_suspense_ageing(
    now: NamedDependency[datetime], suspense: NamedDependency[SkipValidation[Suspense]]
) -> list[SuspenseAge]:
    """How much unidentified money waits, and for how long."""
    return await ageing(suspense, now)


async def ageing(suspense: Suspense, now: datetime) -> list[SuspenseAge]:
    """Each age with what waits so long, none left out."""
    found = await suspense.ageing([now - timedelta(days=days) for days in AGES_DAYS])
    return [
        SuspenseAge(days=days, rows=rows, sum=kopecks)
        for place, days in enumerate((*AGES_DAYS, None))
        for rows, kopecks in [found.get(place, (0, Money(0)))]
    ]


@get(_ROW, opt={"access": Scope.DECIDE}, responses=responses(401, 403, 404))
async def get_suspense(
    registry_id: FromPath[AccountId],
    row_no: FromPath[int],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    suspense_service: NamedDependency[SuspenseService],
    membership_service: NamedDependency[MembershipService],
) -> SuspenseOut:
    """One row with its story."""
    await looked(membership_service, actor, {registry_id}, now)
    row, steps = await suspense_service.told(registry_id, row_no)
    return SuspenseOut.of(row, now, steps)


@get(f"{_ROW}/suggestions", opt={"access": Scope.DECIDE}, responses=responses(401, 403, 404))
async def list_suggestions(
    registry_id: FromPath[AccountId],
    row_no: FromPath[int],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    suspense_service: NamedDependency[SuspenseService],
    membership_service: NamedDependency[MembershipService],
) -> list[Suggestion]:
    """Whose it may be, the best first, each with what speaks for it. Each account named here gets a record of
    the look."""
    found = await suspense_service.suggested(registry_id, row_no)
    await looked(membership_service, actor, {registry_id, *(one.account_id for one in found)}, now)
    return found


@put(f"{_ROW}/resolution", opt={"access": Scope.DECIDE}, responses=_ERRORS)
async def resolve_suspense(
    registry_id: FromPath[AccountId],
    row_no: FromPath[int],
    data: JSONBody[ResolutionIn],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    suspense_service: NamedDependency[SuspenseService],
    membership_service: NamedDependency[MembershipService],
) -> Response[SuspenseOut | ApprovalWanted]:
    """Send the money to its account, counted from the day it was paid. 202 above the limit: a second person
    must approve it."""
    await looked(membership_service, actor, {registry_id, data.account_id}, now)
    target = Target(account_id=data.account_id, supplier_account_id=data.supplier_account_id)
    act = partial(suspense_service.resolve, actor, registry_id, row_no, target, data.reason)
    return _answer(await repeated(act), now)


@put(f"{_ROW}/return", opt={"access": Scope.DECIDE}, responses=_ERRORS)
async def return_suspense(
    registry_id: FromPath[AccountId],
    row_no: FromPath[int],
    data: JSONBody[ReturnIn],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    suspense_service: NamedDependency[SuspenseService],
) -> Response[SuspenseOut | ApprovalWanted]:
    """Say that the money went back to its sender. 202 above the limit: a second person must approve it."""
    act = partial(
        suspense_service.give_back,
        actor,
        registry_id,
        row_no,
        returned_on=data.returned_on,
        order=data.order_number,
        reason=data.reason,
    )
    return _answer(await repeated(act), now)


def _answer(done: RegistryRow | Approval, now: datetime) -> Response[Any]:
    if isinstance(done, Approval):
        return Response(ApprovalWanted(approval_id=done.id, words=done.reason), status_code=202)
    return Response(SuspenseOut.of(done, now))


async def looked(
    memberships: MembershipService, actor: Actor, account_ids: set[AccountId], now: datetime
) -> None:
    for account_id in sorted(account_ids):
        look = Access(actor=actor, account_id=account_id, scope=Scope.DECIDE, at=now)
        await memberships.record_view(look, _LOOKED)


suspense = Router(
    "/",
    tags=["office"],
    route_handlers=[
        list_suspense,
        get_suspense_ageing,
        get_suspense,
        list_suggestions,
        resolve_suspense,
        return_suspense,
    ],
)
