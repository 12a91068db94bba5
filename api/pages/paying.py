"""Paying: the sum, the way, where each kopeck will go, and what became of it."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath, SkipValidation
from msgspec.structs import replace

from api.explanations import Reasons
from api.pages.chosen_suppliers import Chosen, ChosenIds, NobodyChosen, WhomChanged
from api.pages.forms import Typed, money_of, typed
from api.pages.language import language_for
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.pages.unfinished import waiting_payments
from api.payment_methods import MethodOut, offered
from api.problems import status_of
from domain.accounts.accounts import Accounts, PaymentCard
from domain.accounts.suppliers import Suppliers
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.money import Money, total
from domain.kernel.terms import Terms
from domain.payments.explanation import Part
from domain.payments.keeping import Payments
from domain.payments.methods import Health
from domain.payments.payments import BillBeingPaid, Wish
from domain.payments.provider import Method
from services.payments.starting import PaymentStart
from services.repeating import repeated

_PAYMENT = "/accounts/{account_id:uuid}/payments/{payment_id:uuid}"


class PayForm(msgspec.Struct, frozen=True):
    """`supplier` is whom to pay; empty: everything at once. `save`: the payer agrees
    that the way of paying is saved for autopay."""

    amount: Typed
    method: Method = Method.SBP
    supplier: ChosenIds = ""
    again: Typed = ""
    save: Typed = ""


class Spread(msgspec.Struct, frozen=True):
    """Where the sum would go, or why it would not."""

    parts: tuple[Part, ...] = ()
    reasons: Reasons | None = None
    refusal: Any = None

    @property
    def amount(self) -> Money:
        """What the button says."""
        return total(part.amount for part in self.parts)


@dataclass(frozen=True, slots=True)
class PayDesk:
    """What the form of a payment is made of."""

    accounts: Accounts
    payments: Payments
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
        chosen: Chosen,
    ) -> Spread:
        if not amount:
            return Spread()
        try:
            wish = _wish(PayForm(amount), chosen, "")
            parts, explanation = await self.payment_start.preview(access, wish)
        except Refusal as refusal:
            return Spread(refusal=in_words(request, refusal))
        if not await self.accounts.is_seen(access):
            return Spread(parts=parts)  # the reasons name the charges
        reasons = Reasons.of(explanation, await self.suppliers.services(), language_for(request))
        return Spread(parts=parts, reasons=reasons)

    async def form(
        self,
        request: Request[Any, Any, Any],
        access: Access,
        data: PayForm,
        chosen: Chosen,
        refusal: Refusal | None = None,
        *,
        method: Method | None,
    ) -> Response[str]:
        """What is wrong with the sum stands beside it, all else above the form. `method`: what was
        picked."""
        if chosen.are_several:
            data = replace(data, amount=typed(chosen.owed))
        told = in_words(request, refusal) if refusal else None
        is_of_the_sum = told is not None and told.field == "amount"
        spread = Spread(refusal=told)
        if not is_of_the_sum:
            spread = await self.spread(request, access, data.amount, chosen)
        return page(
            request,
            "pay.html",
            status=status_of(refusal) if refusal else 200,
            section="pay",
            account_id=access.account_id,
            card=chosen.card,
            nothing_owed=not chosen.owed,
            waiting=await waiting_payments(self.payments, access),
            is_swapped=False,
            chosen=chosen,
            typed=data,
            picked=method,
            methods=await self.methods(access, language_for(request)),
            payment_id=uuid4(),
            spread=spread,
            refusal=None if is_of_the_sum else told,
            duplicate=isinstance(refusal, BillBeingPaid),
        )


def pay_desk(
    accounts: NamedDependency[SkipValidation[Accounts]],
    payments: NamedDependency[SkipValidation[Payments]],
    suppliers: NamedDependency[SkipValidation[Suppliers]],
    payment_start: NamedDependency[PaymentStart],
    terms: NamedDependency[SkipValidation[Terms]],
    method_health: NamedDependency[SkipValidation[Health]],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> PayDesk:
    return PayDesk(accounts, payments, suppliers, payment_start, terms, method_health, zone)


@get("/accounts/{account_id:uuid}/pay", opt={"access": Scope.PAY})
async def show_form(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    pay_desk: NamedDependency[PayDesk],
) -> Response[str]:
    """The sum to pay stands in the form already. Asked by htmx for a typed sum, only the spread is made anew;
    whoever ticks other suppliers gets the sum of those."""
    asked = request.query_params
    shown = chosen = Chosen.of(await pay_desk.card(access), asked.getall("supplier", []))
    refusal = None
    try:
        chosen = shown.ticked(asked)
    except NobodyChosen as nobody:
        refusal = nobody
    owed = typed(chosen.owed) if chosen.owed else ""
    amount = asked.get("amount", owed) if chosen == shown else owed
    if request.headers.get("HX-Target") == "spread":
        spread = await pay_desk.spread(request, access, amount, chosen)
        return page(request, "spread.html", card=chosen.card, spread=spread, is_swapped=True)
    method = next((one for one in Method if one == asked.get("method")), None)
    asks = PayForm(amount, save=asked.get("save", ""))
    return await pay_desk.form(request, access, asks, chosen, refusal, method=method)


@post(_PAYMENT, opt={"access": Scope.PAY})
async def start(
    account_id: FromPath[AccountId],
    payment_id: FromPath[PaymentId],
    request: Request[Any, Any, Any],
    data: Annotated[PayForm, Body(media_type=URL_ENCODED)],
    access: NamedDependency[Access],
    pay_desk: NamedDependency[PayDesk],
) -> Response[Any]:
    """The id came with the form, so that a second press pays nothing twice. Nothing is paid to others, or to
    more, than was shown: whoever ticked others after that looks at their sum first."""
    shown = chosen = Chosen.of(await pay_desk.card(access), [data.supplier])
    here = str(request.url.with_replacements(query=""))
    try:
        chosen = shown.ticked(await request.form())
        if chosen != shown:
            data = replace(data, amount=typed(chosen.owed), again="")
            raise WhomChanged(amount=chosen.owed)
        wish = _wish(data, chosen, here)
        begin, again = pay_desk.payment_start.start, data.again == "yes"
        await repeated(lambda: begin(access, payment_id, wish, confirm_duplicate=again))
    except Refusal as refusal:
        return await pay_desk.form(request, access, data, chosen, refusal, method=data.method)
    return see_other(f"/accounts/{account_id}/payments/{payment_id}")


def _wish(data: PayForm, chosen: Chosen, back: str) -> Wish:
    """AmountUnreadable, SumOfChosenChanged."""
    amount = money_of(data.amount)
    parts = chosen.parts(amount)
    return Wish(
        amount=None if parts else amount,
        parts=parts,
        method=data.method,
        confirmation="qr" if data.method is Method.SBP else "redirect",
        return_url=back,
        save_method=data.save == "yes",
    )


DEPENDENCIES = {"pay_desk": Provide(pay_desk, sync_to_thread=False)}
HANDLERS = [show_form, start]
