"""Paying: methods on offer, a preview of the spread, the payment itself and its story."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

import msgspec
from litestar import Request, Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation
from msgspec import Meta

from api.explanations import Names, names_for, words
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from api.texts import language_of, translated
from domain.accounts.accounts import AccountNotFound, Accounts
from domain.accounts.suppliers import Suppliers
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money
from domain.payments.explanation import Explanation, Part
from domain.payments.keeping import PaymentCursor, Payments, PaymentStep, PaymentView
from domain.payments.payments import Payment, PaymentState, Wish, WishedPart
from domain.payments.provider import Confirmation, Method
from services.payments.starting import PaymentStart
from services.repeating import repeated

_FIVE = {"kopecks": 451100}
_AWAITED = {
    PaymentState.CREATED: "We are asking the payment provider for a way to pay",
    PaymentState.AWAITING_PAYER: "We are waiting for you to pay",
    PaymentState.EXPIRED: "The time to pay is over; if you have paid, the money will still be found",
}


class WishIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either `amount` for everything at once or `parts` for chosen suppliers. Sums in kopecks.

    `period` is the bill in the payer's hand; without it the latest one is meant. `confirmation` asks
    for a page to go to ("redirect") or, for SBP, for a link to show as a QR ("qr"). `save_method`: the payer
    agrees that the way of paying is saved for autopay.
    """

    amount: Annotated[Money, Meta(examples=[_FIVE])] | None = None
    parts: Annotated[tuple[WishedPart, ...], Meta(min_length=1, max_length=100)] | None = None
    method: Method = Method.SBP
    confirmation: Literal["redirect", "qr"] = "redirect"
    period: Period | None = None
    return_url: Annotated[str, Meta(max_length=2048, pattern="^https?://")] | None = None
    confirm_duplicate: bool = False
    save_method: bool = False

    def wish(self) -> Wish:
        return Wish(
            amount=self.amount,
            parts=self.parts,
            method=self.method,
            confirmation=self.confirmation,
            period=self.period,
            return_url=self.return_url,
            save_method=self.save_method,
        )


class ExplanationOut(msgspec.Struct, frozen=True, kw_only=True):
    """`words` for people; the rest lets anybody compute the spread anew."""

    words: list[str]
    details: Explanation


class PreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """To those who may only pay: `parts` without their lines and no `explanation`, for both name the
    charges."""

    amount: Money
    parts: tuple[Part, ...]
    explanation: ExplanationOut | None


class PaymentSummary(msgspec.Struct, frozen=True, kw_only=True):
    id: PaymentId
    state: PaymentState
    late: bool
    amount: Money
    method: Method
    created_at: datetime
    paid_at: datetime | None

    @classmethod
    def of(cls, payment: Payment) -> Self:
        return cls(
            id=payment.id,
            state=payment.state,
            late=payment.late,
            amount=payment.amount,
            method=payment.wish.method,
            created_at=payment.created_at,
            paid_at=payment.paid_at,
        )


class PaymentOut(msgspec.Struct, frozen=True, kw_only=True):
    """A payment with its story. `awaited` says what happens next; null when nothing more can.

    `provider_unreachable_since` is set while the provider does not answer us. `late` is money that
    came after `expires_at`: it is posted all the same. To those who may only pay: `parts` without their
    lines and no `explanation`, for both name the charges.
    """

    id: PaymentId
    account_id: AccountId
    state: PaymentState
    late: bool
    amount: Money
    method: Method
    period: Period | None
    confirmation: Confirmation | None
    parts: tuple[Part, ...]
    explanation: ExplanationOut | None
    steps: tuple[PaymentStep, ...]
    awaited: str | None
    failure: str | None
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    provider_unreachable_since: datetime | None

    @classmethod
    def of(cls, view: PaymentView, names: Names, language: str) -> Self:
        payment = view.payment
        awaited = _AWAITED.get(payment.state) if payment.next_check_at else None
        return cls(
            id=payment.id,
            account_id=payment.account_id,
            state=payment.state,
            late=payment.late,
            amount=payment.amount,
            method=payment.wish.method,
            period=payment.wish.period,
            confirmation=payment.confirmation,
            parts=payment.parts if view.is_seen else _sums(payment.parts),
            explanation=explained(view.explanation, names, language) if view.is_seen else None,
            steps=view.steps,
            awaited=translated(language, awaited) if awaited else None,
            failure=payment.failure,
            created_at=payment.created_at,
            expires_at=payment.expires_at,
            paid_at=payment.paid_at,
            provider_unreachable_since=payment.provider_unreachable_since,
        )


def explained(explanation: Explanation, names: Names, language: str) -> ExplanationOut:
    return ExplanationOut(words=words(explanation, names, language), details=explanation)


async def _payment_out(
    view: PaymentView, suppliers: Suppliers, accounts: Accounts, access: Access, language: str
) -> PaymentOut:
    names = await names_for(suppliers, accounts, access, view.explanation) if view.is_seen else Names({})
    return PaymentOut.of(view, names, language)


async def _check_known(accounts: Accounts, access: Access) -> None:
    """AccountNotFound for those who may neither see the account nor pay for it."""
    try:
        await accounts.card(access)
    except AccountNotFound:
        if access.actor.user_id is None:
            raise
        await accounts.card(msgspec.structs.replace(access, scope=Scope.PAY))


def _sums(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """What each supplier gets, without the lines of the bill."""
    return tuple(msgspec.structs.replace(part, lines=()) for part in parts)


def _language(request: Request[Any, Any, Any]) -> str:
    return language_of(request.headers.get("accept-language"))


@post(
    "/accounts/{account_id:uuid}/payment-previews",
    status_code=200,
    opt={"access": Scope.PAY},
    responses=responses(401, 403, 404, 422),
)
async def preview_payment(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    data: JSONBody[WishIn],
    access: NamedDependency[Access],
    payment_start: NamedDependency[PaymentStart],
    accounts: NamedDependency[SkipValidation[Accounts]],
    suppliers: NamedDependency[SkipValidation[Suppliers]],
) -> PreviewOut:
    """Where the money would go: per supplier, period and service, with the rule in words."""
    parts, explanation = await payment_start.preview(access, data.wish())
    amount = Money(sum(part.amount.kopecks for part in parts))
    if not await accounts.is_seen(access):
        return PreviewOut(amount=amount, parts=_sums(parts), explanation=None)
    names = await names_for(suppliers, accounts, access, explanation)
    told = explained(explanation, names, _language(request))
    return PreviewOut(amount=amount, parts=parts, explanation=told)


@put(
    "/accounts/{account_id:uuid}/payments/{payment_id:uuid}",
    status_code=201,
    opt={"access": Scope.PAY},
    responses=responses(401, 403, 404, 409, 422, 503)
    | {
        200: ResponseSpec(PaymentOut, description="Made before by the same request"),
        202: ResponseSpec(PaymentOut, description="Kept; the provider has not answered yet"),
    },
)
async def start_payment(
    account_id: FromPath[AccountId],
    payment_id: FromPath[PaymentId],
    request: Request[Any, Any, Any],
    data: JSONBody[WishIn],
    access: NamedDependency[Access],
    payment_start: NamedDependency[PaymentStart],
    payments: NamedDependency[SkipValidation[Payments]],
    accounts: NamedDependency[SkipValidation[Accounts]],
    suppliers: NamedDependency[SkipValidation[Suppliers]],
) -> Response[PaymentOut]:
    """Start a payment. You make the id (a UUID): repeat the same request with it after any doubt.

    201 made by this request; 200 it was made before; 202 the provider has not answered yet: ask
    again, we go on by ourselves. 409 `payment-id-taken` for other content under the id, 409
    `bill-being-paid` when another payment of the same bill is under way.
    """
    payment, is_new = await repeated(
        lambda: payment_start.start(access, payment_id, data.wish(), confirm_duplicate=data.confirm_duplicate)
    )
    view = await payments.view(access, payment_id)
    out = await _payment_out(view, suppliers, accounts, access, _language(request))
    unsure = payment.state is PaymentState.CREATED
    return Response(out, status_code=202 if unsure else 201 if is_new else 200)


@get(
    "/accounts/{account_id:uuid}/payments", opt={"access": Scope.SEE}, responses=responses(401, 403, 404, 422)
)
async def list_payments(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    payments: NamedDependency[SkipValidation[Payments]],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[PaymentSummary]:
    """The payments of the account, the newest first. Those who may only pay find their own."""
    found = await payments.listed(access, before=end_of(cursor, PaymentCursor), limit=limit)
    if not found:
        await _check_known(accounts, access)  # no payments yet, or nothing to see
    end = PaymentCursor(created_at=found[-1].created_at, payment_id=found[-1].id) if found else None
    return Page(
        items=[PaymentSummary.of(payment) for payment in found],
        next=cursor_of(end) if len(found) == limit else None,
    )


@get(
    "/accounts/{account_id:uuid}/payments/{payment_id:uuid}",
    opt={"access": Scope.SEE},
    responses=responses(401, 403, 404, 422),
)
async def get_payment(
    account_id: FromPath[AccountId],
    payment_id: FromPath[PaymentId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    payments: NamedDependency[SkipValidation[Payments]],
    accounts: NamedDependency[SkipValidation[Accounts]],
    suppliers: NamedDependency[SkipValidation[Suppliers]],
) -> PaymentOut:
    """The payment's story: state, timeline, parts and why each kopeck went where it went.

    Those who may only pay find their own.
    """
    view = await payments.view(access, payment_id)
    return await _payment_out(view, suppliers, accounts, access, _language(request))


payments = Router(
    "/",
    tags=["payments"],
    route_handlers=[
        preview_payment,
        start_payment,
        list_payments,
        get_payment,
    ],
)
