"""What became of payments: one with its way, its parts and its fiscal receipts, and all that went before."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation
from litestar.response import Stream

from api.explanations import Names, Reasons
from api.pages.home import card_for
from api.pages.language import language_for
from api.pages.rendering import page
from api.pages.ways_to_pay import WayToPay, way_to_pay
from api.paging import cursor_of, end_of
from api.payment_methods import METHOD_NAMES
from api.payments import PaymentOut
from api.receipts import ReceiptOut, shown_receipts
from api.texts import translated
from domain.accounts.accounts import AccountCard, AccountNotFound, Accounts, PaymentCard
from domain.accounts.suppliers import Suppliers
from domain.kernel.access import Access, Scope
from domain.kernel.ids import AccountId, PaymentId
from domain.kernel.terms import Terms
from domain.payments.keeping import PaymentCursor, Payments
from domain.payments.paycodes import CodeImages
from domain.payments.payments import Payment
from domain.payments.provider import Method
from domain.payments.receipts.keeping import Receipts
from domain.payments.receipts.receipts import ReceiptId, ReceiptState
from services.payments.following import PaymentFollowing
from services.payments.plates import PlateDesk

EVENTS = "text/event-stream"
_PAYMENTS = "/accounts/{account_id:uuid}/payments"
_PAYMENT = f"{_PAYMENTS}/{{payment_id:uuid}}"
_SEE = {"access": Scope.SEE}
_RETRY_MS = 2000
_PAGE = 20
_COMING = frozenset({ReceiptState.WANTED, ReceiptState.SENT})
_RECEIPTS_COME_WITHIN = timedelta(minutes=10)
"""So long the page looks for receipts by itself; later whoever wants to know opens it again."""


@dataclass(frozen=True, slots=True)
class PaymentRoom:
    """What pages of payments are made of."""

    accounts: Accounts
    payments: Payments
    suppliers: Suppliers
    receipts: Receipts
    terms: Terms
    images: CodeImages
    plate_desk: PlateDesk

    async def card(self, access: Access) -> AccountCard | PaymentCard:
        """Also for those who may only look, and those who may only pay. AccountNotFound."""
        card = await card_for(self.accounts, access.actor, access.account_id, access.at)
        if card is None:
            raise AccountNotFound
        return card

    async def receipts_of(self, access: Access, *payment_ids: PaymentId) -> list[ReceiptOut]:
        return await shown_receipts(access, self.receipts, self.terms, *payment_ids)

    async def way(self, request: Request[Any, Any, Any], payment: Payment) -> WayToPay:
        return way_to_pay(request, payment, await self.plate_desk.plate_of(payment), self.images)

    async def codes(self, receipts: Sequence[ReceiptOut]) -> dict[ReceiptId, str]:
        """By which an application of the tax service checks each receipt."""

        def drawn() -> dict[ReceiptId, str]:
            return {
                one.id: self.images.svg(one.fiscal.qr, f"№ {one.fiscal.document_number}").decode()
                for one in receipts
                if one.fiscal
            }

        return await asyncio.to_thread(drawn)


def payment_room(
    accounts: NamedDependency[SkipValidation[Accounts]],
    payments: NamedDependency[SkipValidation[Payments]],
    suppliers: NamedDependency[SkipValidation[Suppliers]],
    receipts: NamedDependency[SkipValidation[Receipts]],
    terms: NamedDependency[SkipValidation[Terms]],
    code_images: NamedDependency[SkipValidation[CodeImages]],
    plate_desk: NamedDependency[PlateDesk],
) -> PaymentRoom:
    return PaymentRoom(accounts, payments, suppliers, receipts, terms, code_images, plate_desk)


@get(_PAYMENTS, opt=_SEE)
async def show_payments(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    payment_room: NamedDependency[PaymentRoom],
) -> Response[str]:
    """The newest first. Those who may only pay find their own."""
    await payment_room.card(access)
    before = end_of(request.query_params.get("cursor"), PaymentCursor)
    found = await payment_room.payments.listed(access, before=before, limit=_PAGE)
    end = PaymentCursor(created_at=found[-1].created_at, payment_id=found[-1].id) if found else None
    return page(
        request,
        "payments.html",
        account_id=account_id,
        section="pay",
        payments=found,
        methods=_method_names(request),
        receipts=await payment_room.receipts_of(access, *[one.id for one in found]),
        next=cursor_of(end) if len(found) == _PAGE else None,
    )


@get(_PAYMENT, opt=_SEE)
async def show_payment(
    account_id: FromPath[AccountId],
    payment_id: FromPath[PaymentId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    payment_room: NamedDependency[PaymentRoom],
) -> Response[str]:
    """How to pay, then what became of it, where each kopeck went and which receipts there are."""
    view = await payment_room.payments.view(access, payment_id)
    language = language_for(request)
    services = await payment_room.suppliers.services()
    card = await payment_room.card(access)
    names = {one.id: one.supplier_name for one in card.supplier_accounts}
    payment = PaymentOut.of(view, Names(services, names), language)
    receipts = await payment_room.receipts_of(access, payment_id)
    return page(
        request,
        "payment.html",
        account_id=account_id,
        section="pay",
        payment=payment,
        names=names,
        reasons=Reasons.of(view.explanation, services, language) if view.is_seen else None,
        way=await payment_room.way(request, view.payment),
        is_open=payment.awaited is not None,
        step_count=len(view.steps),
        is_saved=view.payment.wish.save_method,
        receipts=receipts,
        receipt_codes=await payment_room.codes(receipts),
        issuers=_issuers(card),
        receipts_come=_receipts_come(payment, receipts, access),
    )


@get(f"{_PAYMENT}/events", opt=_SEE, media_type=EVENTS)
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


def _method_names(request: Request[Any, Any, Any]) -> dict[Method, str]:
    return {method: translated(language_for(request), name) for method, name in METHOD_NAMES.items()}


def _issuers(card: AccountCard | PaymentCard) -> dict[Any, str]:
    """Suppliers who issue receipts of their own, as far as the visitor may know them."""
    owners = card.supplier_accounts if isinstance(card, AccountCard) else ()
    return {one.supplier_id: one.supplier_name for one in owners}


def _receipts_come(payment: PaymentOut, receipts: Sequence[ReceiptOut], access: Access) -> bool:
    """Whether more of them will be known in a moment."""
    if payment.paid_at is None or payment.method is Method.REGISTRY:
        return False
    are_expected = not receipts or any(one.state in _COMING for one in receipts)
    return are_expected and access.at < payment.paid_at + _RECEIPTS_COME_WITHIN


DEPENDENCIES = {"payment_room": Provide(payment_room, sync_to_thread=False)}
HANDLERS = [show_payments, show_payment, follow_payment]
