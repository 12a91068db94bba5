"""Fiscal receipts: what became of a payment's, for its payer; what waits or has failed, for staff."""

from datetime import datetime
from functools import partial
from typing import Self
from zoneinfo import ZoneInfo

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from api.approvals import Decision
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.ids import AccountId, PaymentId, RefundId, SupplierId
from domain.kernel.money import Money
from domain.kernel.terms import Terms
from domain.payments.keeping import Payments
from domain.payments.receipts.items import Item
from domain.payments.receipts.keeping import (
    ReceiptCursor,
    Receipts,
    ReceiptStep,
    ReceiptView,
)
from domain.payments.receipts.receipts import Receipt, ReceiptId, ReceiptState
from domain.payments.receipts.register import ReceiptType
from domain.payments.receipts.rules import IssuedBy, ReceiptTerms, Vat
from services.payments.receipt_making import ReceiptMaking
from services.payments.receipt_sending import ReceiptSending
from services.people.memberships import MembershipService
from services.repeating import repeated

_ERRORS = responses(401, 403, 404, 409, 422, 503)
_DECIDE = {"access": Scope.DECIDE}


class ReceiptItemOut(msgspec.Struct, frozen=True, kw_only=True):
    """`vat` in per cent or “none”; of an advance it is the calculated rate. `supplier` is named where another
    than the issuer supplies."""

    description: str
    amount: Money
    vat: Vat
    is_advance: bool
    supplier: str | None
    supplier_inn: str | None

    @classmethod
    def of(cls, item: Item) -> Self:
        return cls(
            description=item.description,
            amount=item.amount,
            vat=item.vat,
            is_advance=item.is_advance,
            supplier=item.principal.name if item.principal else None,
            supplier_inn=item.principal.inn if item.principal else None,
        )


class FiscalOut(msgspec.Struct, frozen=True, kw_only=True):
    """By these anybody can check it. `qr` is the text of its code, `link` where it is checked."""

    document_number: str
    storage_number: str
    attribute: str
    registered_at: datetime
    qr: str
    link: str


class ReceiptSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`type` “refund” is money back; `reverses` names the wrong receipt it takes back. `issued_by`
    “elsewhere”: by a register of the supplier's own, so that its numbers are not known here."""

    id: ReceiptId
    account_id: AccountId
    payment_id: PaymentId | None
    refund_id: RefundId | None
    reverses: ReceiptId | None
    type: ReceiptType
    issued_by: IssuedBy
    issuer_id: SupplierId | None
    state: ReceiptState
    amount: Money
    attempt: int
    failure: str | None
    wanted_at: datetime
    next_try_at: datetime | None
    register_silent_since: datetime | None

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        return cls(**{name: getattr(receipt, name) for name in cls.__struct_fields__})


class ReceiptOut(ReceiptSummary, frozen=True, kw_only=True):
    items: list[ReceiptItemOut]
    fiscal: FiscalOut | None
    steps: tuple[ReceiptStep, ...]

    @classmethod
    def shown(cls, view: ReceiptView, terms: ReceiptTerms) -> Self:
        summary = msgspec.structs.asdict(ReceiptSummary.of(view.receipt))
        return cls(
            **summary,
            items=[ReceiptItemOut.of(item) for item in view.receipt.items],
            fiscal=_fiscal(view.receipt, terms),
            steps=view.steps,
        )


@get(
    "/accounts/{account_id:uuid}/payments/{payment_id:uuid}/receipts",
    opt={"access": Scope.SEE},
    responses=responses(401, 403, 404, 422),
)
async def list_receipts(
    account_id: FromPath[AccountId],
    payment_id: FromPath[PaymentId],
    access: NamedDependency[Access],
    payments: NamedDependency[SkipValidation[Payments]],
    receipts: NamedDependency[SkipValidation[Receipts]],
    terms: NamedDependency[SkipValidation[Terms]],
) -> list[ReceiptOut]:
    """The fiscal receipts of a payment and of refunds through it, the first first.

    They are sent to the payer's e-mail or phone by the register itself. Those who may only pay find those of
    their own payments.
    """
    await payments.view(access, payment_id)
    return await shown_receipts(access, receipts, terms, payment_id)


async def shown_receipts(
    access: Access, receipts: Receipts, terms: Terms, *payment_ids: PaymentId
) -> list[ReceiptOut]:
    """Of these payments, the first first."""
    told = await terms.at(ReceiptTerms, access.at.date())
    return [ReceiptOut.shown(view, told) for view in await receipts.views(access, *payment_ids)]


@get("/office/receipts", opt=_DECIDE, responses=responses(401, 403, 422))
async def list_office_receipts(
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    receipts: NamedDependency[SkipValidation[Receipts]],
    membership_service: NamedDependency[MembershipService],
    receipt_state: FromQuery[ReceiptState] = ReceiptState.FAILED,
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[ReceiptSummary]:
    """Receipts of all accounts in one state, those that wait longest first: by default the failed ones."""
    found = await receipts.page(receipt_state, after=end_of(cursor, ReceiptCursor), limit=limit)
    for account_id in {one.account_id for one in found}:
        look = Access(actor=actor, account_id=account_id, scope=Scope.DECIDE, at=now)
        await membership_service.record_view(look, "GET /api/v1/office/receipts")
    end = ReceiptCursor(wanted_at=found[-1].wanted_at, receipt_id=found[-1].id) if found else None
    return Page(
        items=[ReceiptSummary.of(one) for one in found],
        next=cursor_of(end) if len(found) == limit else None,
    )


@post(
    "/office/accounts/{account_id:uuid}/receipts/{receipt_id:uuid}/retry",
    status_code=200,
    opt=_DECIDE,
    responses=_ERRORS,
)
async def retry_receipt(
    account_id: FromPath[AccountId],
    receipt_id: FromPath[ReceiptId],
    access: NamedDependency[Access],
    receipt_sending: NamedDependency[ReceiptSending],
) -> ReceiptSummary:
    """Ask the register for a failed receipt again, now."""
    return ReceiptSummary.of(await repeated(partial(receipt_sending.try_again, access, receipt_id)))


@post(
    "/office/accounts/{account_id:uuid}/payments/{payment_id:uuid}/receipts/correction",
    status_code=200,
    opt=_DECIDE,
    responses=_ERRORS,
)
async def correct_receipts(
    account_id: FromPath[AccountId],
    payment_id: FromPath[PaymentId],
    data: JSONBody[Decision],
    access: NamedDependency[Access],
    receipt_making: NamedDependency[ReceiptMaking],
) -> list[ReceiptSummary]:
    """Correct a payment's receipts after who issues them, or a rate, was set otherwise.

    Each wrong one is taken back by a receipt of its own and made anew. A payment without receipts gets them.
    """
    made = await repeated(partial(receipt_making.correct, access, payment_id, data.reason))
    return [ReceiptSummary.of(one) for one in made]


def _fiscal(receipt: Receipt, terms: ReceiptTerms) -> FiscalOut | None:
    """The text of the code: federal tax service, order ED-7-20/662@, annex 2, table 3."""
    data = receipt.fiscal
    if data is None:
        return None
    printed_at = data.registered_at.astimezone(ZoneInfo(terms.zone))
    kopecks = receipt.amount.kopecks
    kind = 1 if receipt.type is ReceiptType.PAYMENT else 2
    qr = (
        f"t={printed_at:%Y%m%dT%H%M}&s={kopecks // 100}.{kopecks % 100:02d}"
        f"&fn={data.storage_number}&i={data.document_number}&fp={data.attribute}&n={kind}"
    )
    return FiscalOut(
        document_number=data.document_number,
        storage_number=data.storage_number,
        attribute=data.attribute,
        registered_at=data.registered_at,
        qr=qr,
        link=terms.check_link,
    )


receipts = Router(
    "/",
    tags=["payments"],
    route_handlers=[list_receipts, list_office_receipts, retry_receipt, correct_receipts],
)
