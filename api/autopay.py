"""Autopay: rules by saved ways to pay, their story, and the link of a letter that stops one."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Protocol, Self

import msgspec
from litestar import MediaType, Request, Response, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, SkipValidation
from msgspec import Meta

from api.identity import Entry
from api.problems import responses
from api.texts import language_of
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.ids import AccountId, AutopayId, PaymentId, SavedMethodId, SupplierAccountId, UserId
from domain.kernel.money import Money
from domain.notices.writing import Templates, language_named
from domain.payments.autopay.rules import LATEST_DAY, MOST_DAYS_BEFORE, Autopay, AutopayState, Plan, Reason
from domain.payments.autopay.runs import AutopayStep, AutopayView, Run, RunState
from domain.payments.autopay.saved import SavedMethod
from domain.payments.autopay.stopping import AutopayStop
from domain.payments.provider import Method
from services.payments.autopay import AutopayService
from services.payments.saving import MethodSaving
from services.repeating import repeated

Token = Annotated[str, Meta(max_length=100)]
_RULE = "/accounts/{account_id:uuid}/autopay/{autopay_id:uuid}"
_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


class Links(Protocol):
    def read(self, token: str) -> AutopayStop: ...


class AutopayIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either `day_of_month` or `days_before_due`, counted from the day the month's bill is due. Never more
    than `limit` at once. Without `supplier_account_id` the whole account is paid."""

    saved_method_id: SavedMethodId
    limit: Money
    supplier_account_id: SupplierAccountId | None = None
    day_of_month: Annotated[int, Meta(ge=1, le=LATEST_DAY)] | None = None
    days_before_due: Annotated[int, Meta(ge=0, le=MOST_DAYS_BEFORE)] | None = None

    def plan(self) -> Plan:
        return Plan(**{name: getattr(self, name) for name in self.__struct_fields__})


class SavedMethodOut(msgspec.Struct, frozen=True, kw_only=True):
    """`payment_id` is the payment it was saved with."""

    id: SavedMethodId
    method: Method
    title: str
    saved_at: datetime
    payment_id: PaymentId

    @classmethod
    def of(cls, saved: SavedMethod) -> Self:
        return cls(**{name: getattr(saved, name) for name in cls.__struct_fields__})


class RunOut(msgspec.Struct, frozen=True, kw_only=True):
    """One payment day. `amount` is what was announced at most; `note` why it ended as it did."""

    occasion: date
    pay_on: date
    amount: Money
    state: RunState
    attempt: int
    payment_id: PaymentId | None
    note: str | None
    announced_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, run: Run) -> Self:
        return cls(**{name: getattr(run, name) for name in cls.__struct_fields__})


class AutopayOut(msgspec.Struct, frozen=True, kw_only=True):
    """`next_pay_on` is the next payment day of an active one. A paused one waits for its owner: PUT it again,
    with a higher limit or another method."""

    id: AutopayId
    account_id: AccountId
    state: AutopayState
    reason: Reason | None
    saved_method_id: SavedMethodId
    supplier_account_id: SupplierAccountId | None
    limit: Money
    day_of_month: int | None
    days_before_due: int | None
    next_pay_on: date | None
    steps: list[AutopayStep]
    runs: list[RunOut]

    @classmethod
    def of(cls, view: AutopayView) -> Self:
        one: Autopay = view.autopay
        going = next((run for run in view.runs if run.is_open), None)
        is_active = one.state is AutopayState.ACTIVE
        return cls(
            id=one.id,
            account_id=one.account_id,
            state=one.state,
            reason=one.reason,
            saved_method_id=one.method_id,
            supplier_account_id=one.supplier_account_id,
            limit=one.limit,
            day_of_month=one.day_of_month,
            days_before_due=one.days_before_due,
            next_pay_on=(going.pay_on if going else one.occasion) if is_active else None,
            steps=list(view.steps),
            runs=[RunOut.of(run) for run in view.runs],
        )


@get("/payment-methods/saved", opt={"access": Entry.CUSTOMER}, responses=responses(401, 403))
async def list_saved_methods(
    actor: NamedDependency[Actor], method_saving: NamedDependency[MethodSaving]
) -> list[SavedMethodOut]:
    """Ways to pay that I have saved: pay once with `save_method` to add one."""
    return [SavedMethodOut.of(one) for one in await method_saving.mine(UserId(actor.id))]


@delete(
    "/payment-methods/saved/{saved_method_id:uuid}",
    opt={"access": Entry.CUSTOMER},
    responses=responses(401, 403, 404),
)
async def delete_saved_method(
    saved_method_id: FromPath[SavedMethodId],
    actor: NamedDependency[Actor],
    method_saving: NamedDependency[MethodSaving],
) -> None:
    """Forget a saved way to pay. Autopays by it take nothing any more."""
    await repeated(partial(method_saving.delete, UserId(actor.id), saved_method_id))


@get(
    "/accounts/{account_id:uuid}/autopay",
    opt={"access": Scope.SEE},
    responses=responses(401, 403, 404),
)
async def list_autopays(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    autopay_service: NamedDependency[AutopayService],
) -> list[AutopayOut]:
    """The account's autopays with their steps and payments. Those who may only pay find their own."""
    return [AutopayOut.of(view) for view in await autopay_service.views(access)]


@get(_RULE, opt={"access": Scope.SEE}, responses=responses(401, 403, 404))
async def get_autopay(
    account_id: FromPath[AccountId],
    autopay_id: FromPath[AutopayId],
    access: NamedDependency[Access],
    autopay_service: NamedDependency[AutopayService],
) -> AutopayOut:
    """One autopay with its story."""
    [view] = await autopay_service.views(access, autopay_id)
    return AutopayOut.of(view)


@put(
    _RULE,
    opt={"access": Scope.PAY},
    responses=responses(401, 403, 404, 409, 422, 503)
    | {200: ResponseSpec(AutopayOut, description="It was there; it is as asked for now")},
    status_code=201,
)
async def put_autopay(
    account_id: FromPath[AccountId],
    autopay_id: FromPath[AutopayId],
    data: JSONBody[AutopayIn],
    access: NamedDependency[Access],
    autopay_service: NamedDependency[AutopayService],
) -> Response[AutopayOut]:
    """Set up an autopay, change it, or let a paused one go on. You make the id (a UUID).

    Each payment is announced by e-mail two days before, with a link that stops it.
    """
    _, is_new = await repeated(partial(autopay_service.plan, access, autopay_id, data.plan()))
    [view] = await autopay_service.views(access, autopay_id)
    return Response(AutopayOut.of(view), status_code=201 if is_new else 200)


@delete(_RULE, opt={"access": Scope.PAY}, responses=responses(401, 403, 404, 503), status_code=200)
async def stop_autopay(
    account_id: FromPath[AccountId],
    autopay_id: FromPath[AutopayId],
    access: NamedDependency[Access],
    autopay_service: NamedDependency[AutopayService],
) -> AutopayOut:
    """Stop it for good: what is announced is not paid. A payment that is at the bank already goes on."""
    await repeated(partial(autopay_service.stop, access, autopay_id))
    [view] = await autopay_service.views(access, autopay_id)
    return AutopayOut.of(view)


@get(
    "/autopay-stops/{token:str}",
    opt={"access": Entry.OPEN},
    media_type=MediaType.HTML,
    responses=responses(404),
)
async def ask_to_stop_autopay(
    token: FromPath[Token],
    request: Request[Any, Any, Any],
    autopay_links: NamedDependency[SkipValidation[Links]],
    notice_templates: NamedDependency[SkipValidation[Templates]],
) -> Response[str]:
    """The page behind the link of a letter: it asks, and changes nothing by itself."""
    autopay_links.read(token)
    return _page(request, notice_templates, is_stopped=False)


@post(
    "/autopay-stops/{token:str}",
    status_code=200,
    opt={"access": Entry.OPEN},
    media_type=MediaType.HTML,
    responses=responses(404) | {200: ResponseSpec(str, description="Stopped", media_type="text/html")},
)
async def stop_autopay_by_link(
    token: FromPath[Token],
    request: Request[Any, Any, Any],
    autopay_links: NamedDependency[SkipValidation[Links]],
    autopay_service: NamedDependency[AutopayService],
    notice_templates: NamedDependency[SkipValidation[Templates]],
) -> Response[str]:
    """Stop an autopay by the link of a letter, without signing in."""
    stop = autopay_links.read(token)
    await repeated(partial(autopay_service.stop_by_link, stop.account_id, stop.autopay_id))
    return _page(request, notice_templates, is_stopped=True)


def _page(request: Request[Any, Any, Any], templates: Templates, *, is_stopped: bool) -> Response[str]:
    language = language_named(language_of(request.headers.get("accept-language")))
    page = templates.autopay_stop_page(language, is_stopped=is_stopped)
    return Response(page, media_type=MediaType.HTML, headers=_PAGE_HEADERS)


autopay = Router(
    "/",
    tags=["payments"],
    route_handlers=[
        list_saved_methods,
        delete_saved_method,
        list_autopays,
        get_autopay,
        put_autopay,
        stop_autopay,
        ask_to_stop_autopay,
        stop_autopay_by_link,
    ],
)
