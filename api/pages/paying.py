"""Paying: the sum, the way, where each kopeck will go, and what became of it."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath, SkipValidation
from litestar.response import Stream

from api.browser import wants_fragment
from api.pages.forms import Typed, money_of, typed
from api.pages.home import card_for
from api.pages.language import language_for
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.payment_methods import MethodOut, offered
from api.payments import PaymentOut, explained
from api.problems import status_of
from domain.accounts.accounts import Accounts, PaymentCard
from domain.accounts.suppliers import Suppliers
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, PaymentId, SupplierAccountId
from domain.kernel.money import ZERO, Money
from domain.kernel.terms import Terms
from domain.payments.explanation import Part
from domain.payments.methods import Health
from domain.payments.paycodes import CodeImages
from domain.payments.payments import BillBeingPaid, Payments, PaymentState, Wish, WishedPart
from domain.payments.provider import Method
from services.payments.following import PaymentFollowing
from services.payments.starting import PaymentStart
from services.repeating import repeated

EVENTS = "text/event-stream"
_PAYMENT = "/accounts/{account_id:uuid}/payments/{payment_id:uuid}"
_RETRY_MS = 2000
_SBP_LINK = re.compile(r"https://qr\.nspk\.ru/(\w+)")


class PayForm(msgspec.Struct, frozen=True):
    """`supplier` is one supplier's account to pay alone; empty: everything at once."""

    amount: Typed
    method: Method = Method.SBP
    supplier: Typed = ""
    again: Typed = ""


class Spread(msgspec.Struct, frozen=True):
    """Where the sum would go, or why it would not."""

    parts: tuple[Part, ...] = ()
    words: list[str] = []
    refusal: Any = None


@dataclass(frozen=True, slots=True)
class PayDesk:
    """What the form of a payment is made of."""

    accounts: Accounts
    suppliers: Suppliers
    payment_start: PaymentStart
    terms: Terms
    health: Health
    zone: ZoneInfo

    async def card(self, access: Access) -> PaymentCard:
        return (await self.accounts.card(access)).to_pay_only

    async def methods(self, access: Access, language: str) -> list[MethodOut]:
        return await offered(self.terms, self.health, business_day(access.at, self.zone), language)

    async def spread(
        self,
        request: Request[Any, Any, Any],
        access: Access,
        amount: str,
        supplier: SupplierAccountId | None,
    ) -> Spread:
        try:
            wish = _wish(money_of(amount), supplier, Method.SBP, "")
            parts, explanation = await self.payment_start.preview(access, wish)
        except Refusal as refusal:
            return Spread(refusal=in_words(request, refusal))
        if not await self.accounts.is_seen(access):
            return Spread(parts=parts)  # the words name the charges
        services = await self.suppliers.services()
        return Spread(parts=parts, words=explained(explanation, services, language_for(request)).words)

    async def form(
        self,
        request: Request[Any, Any, Any],
        access: Access,
        amount: str,
        supplier: SupplierAccountId | None,
        refusal: Refusal | None = None,
    ) -> Response[str]:
        return page(
            request,
            "pay.html",
            status=status_of(refusal) if refusal else 200,
            section="pay",
            account_id=access.account_id,
            card=await self.card(access),
            supplier=supplier,
            amount=amount,
            methods=await self.methods(access, language_for(request)),
            payment_id=uuid4(),
            spread=await self.spread(request, access, amount, supplier),
            refusal=in_words(request, refusal) if refusal else None,
            duplicate=isinstance(refusal, BillBeingPaid),
        )


def pay_desk(
    accounts: NamedDependency[SkipValidation[Accounts]],
    suppliers: NamedDependency[SkipValidation[Suppliers]],
    payment_start: NamedDependency[PaymentStart],
    terms: NamedDependency[SkipValidation[Terms]],
    method_health: NamedDependency[SkipValidation[Health]],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> PayDesk:
    return PayDesk(accounts, suppliers, payment_start, terms, method_health, zone)


@get("/accounts/{account_id:uuid}/pay", opt={"access": Scope.PAY})
async def show_form(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    pay_desk: NamedDependency[PayDesk],
) -> Response[str]:
    """The sum to pay stands in the form already. Asked by htmx, only the spread is made anew."""
    asked = request.query_params
    card = await pay_desk.card(access)
    supplier = _supplier(card, asked.get("supplier", ""))
    amount = asked.get("amount") or typed(_owed(card, supplier))
    if wants_fragment(request):
        spread = await pay_desk.spread(request, access, amount, supplier)
        return page(request, "spread.html", card=card, spread=spread)
    return await pay_desk.form(request, access, amount, supplier)


@post(_PAYMENT, opt={"access": Scope.PAY})
async def start(
    account_id: FromPath[AccountId],
    payment_id: FromPath[PaymentId],
    request: Request[Any, Any, Any],
    data: Annotated[PayForm, Body(media_type=URL_ENCODED)],
    access: NamedDependency[Access],
    pay_desk: NamedDependency[PayDesk],
) -> Response[Any]:
    """The id came with the form, so that a second press pays nothing twice."""
    supplier = _supplier(await pay_desk.card(access), data.supplier)
    here = str(request.url.with_replacements(query=""))
    try:
        wish = _wish(money_of(data.amount), supplier, data.method, here)
        begin, again = pay_desk.payment_start.start, data.again == "yes"
        await repeated(lambda: begin(access, payment_id, wish, confirm_duplicate=again))
    except Refusal as refusal:
        return await pay_desk.form(request, access, data.amount, supplier, refusal)
    return see_other(f"/accounts/{account_id}/payments/{payment_id}")


@get(_PAYMENT, opt={"access": Scope.SEE})
async def show_payment(
    account_id: FromPath[AccountId],
    payment_id: FromPath[PaymentId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    payments: NamedDependency[SkipValidation[Payments]],
    suppliers: NamedDependency[SkipValidation[Suppliers]],
    code_images: NamedDependency[SkipValidation[CodeImages]],
) -> Response[str]:
    """How to pay, then what became of it and where each kopeck went."""
    view = await payments.view(access, payment_id)
    payment = PaymentOut.of(view, await suppliers.services(), language_for(request))
    names = await _supplier_names(accounts, access)
    waits = payment.state is PaymentState.AWAITING_PAYER and payment.confirmation is not None
    link = (payment.confirmation.data or payment.confirmation.url) if waits and payment.confirmation else None
    return page(
        request,
        "payment.html",
        account_id=account_id,
        section="pay",
        payment=payment,
        names=names,
        link=link,
        sandbox=_sandbox(request, link),
        code=code_images.svg(link, "SBP").decode() if link and payment.method is Method.SBP else None,
        is_open=payment.awaited is not None,
        step_count=len(view.steps),
    )


@get(f"{_PAYMENT}/events", opt={"access": Scope.SEE}, media_type=EVENTS)
async def follow_payment(
    account_id: FromPath[AccountId],
    payment_id: FromPath[PaymentId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    payments: NamedDependency[SkipValidation[Payments]],
    payment_following: NamedDependency[PaymentFollowing],
) -> Stream:
    """An event `change` when the payment has taken a step since `after` of them."""
    view = await payments.view(access, payment_id)
    seen = int(after) if (after := request.query_params.get("after", "")).isdecimal() else len(view.steps)
    events = _events(payment_following, account_id, payment_id, seen)
    return Stream(events, media_type=EVENTS, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


async def _events(
    following: PaymentFollowing, account_id: AccountId, payment_id: PaymentId, seen: int
) -> AsyncIterator[bytes]:
    yield f"retry: {_RETRY_MS}\n\n".encode()
    async for count in following.follow(account_id, payment_id, seen):
        yield b": still here\n\n" if count is None else f"event: change\ndata: {count}\n\n".encode()


async def _supplier_names(accounts: Accounts, access: Access) -> dict[SupplierAccountId, str]:
    """Also for those who may only look, and those who may only pay."""
    card = await card_for(accounts, access.actor, access.account_id, access.at)
    return {one.id: one.supplier_name for one in card.supplier_accounts} if card else {}


def _supplier(card: PaymentCard, asked: str) -> SupplierAccountId | None:
    try:
        wanted = UUID(asked)
    except ValueError:
        return None
    return next((one.id for one in card.supplier_accounts if one.id == wanted), None)


def _sandbox(request: Request[Any, Any, Any], link: str | None) -> str | None:
    """In the demo: the page of the provider's stand-in where the payer's bank is played."""
    place: str | None = request.app.state.sandbox_page
    found = _SBP_LINK.match(link or "")
    return f"{place}/qr/{found[1]}" if place and found else None


def _owed(card: PaymentCard, supplier: SupplierAccountId | None) -> Money:
    if supplier is None:
        return card.to_pay
    return next((one.to_pay for one in card.supplier_accounts if one.id == supplier), ZERO)


def _wish(amount: Money, supplier: SupplierAccountId | None, method: Method, back: str) -> Wish:
    return Wish(
        amount=None if supplier else amount,
        parts=(WishedPart(supplier_account_id=supplier, amount=amount),) if supplier else None,
        method=method,
        confirmation="qr" if method is Method.SBP else "redirect",
        return_url=back,
    )


DEPENDENCIES = {"pay_desk": Provide(pay_desk, sync_to_thread=False)}
HANDLERS = [show_form, start, show_payment, follow_payment]
