"""What can be returned to the customer, refunds on their way, payment orders that the staff give."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Annotated, Self
from uuid import UUID

import msgspec
from litestar import Router, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation
from msgspec import Meta

from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from domain.accounts.accounts import AccountCard, Accounts
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.ids import AccountId, CaseId, PaymentId, RefundId, SupplierAccountId
from domain.kernel.money import Money, total
from domain.payments.refund_keeping import RefundCursor, Refunds, RefundStep, RefundView
from domain.payments.refundable import Refundable, RefundRail
from domain.payments.refunds import Payee, Refund, RefundState
from services.payments.refunding import RefundService
from services.people.memberships import MembershipService
from services.repeating import repeated

_REFUND = "/accounts/{account_id:uuid}/refunds/{refund_id:uuid}"
_ERRORS = responses(401, 403, 404, 409, 422, 503)


class RefundableSupplier(msgspec.Struct, frozen=True, kw_only=True):
    """Of one supplier account. `most` is `overpayment` less what the same supplier is `owed`; `under_way` is
    set aside already and in neither. Each rail alone takes its `most`."""

    supplier_account_id: SupplierAccountId
    supplier_name: str
    overpayment: Money
    owed: Money
    under_way: Money
    most: Money
    rails: tuple[RefundRail, ...]

    @classmethod
    def of(cls, one: Refundable, card: AccountCard) -> Self:
        name = card.supplier_account(one.supplier_account_id).supplier_name
        return cls(supplier_name=name, **msgspec.structs.asdict(one))


class RefundableOut(msgspec.Struct, frozen=True, kw_only=True):
    """`most` over all suppliers. What one supplier is owed is not taken from another's overpayment."""

    most: Money
    suppliers: list[RefundableSupplier]


class RefundStepOut(msgspec.Struct, frozen=True, kw_only=True):
    state: RefundState
    at: datetime

    @classmethod
    def of(cls, step: RefundStep) -> Self:
        return cls(state=step.state, at=step.at)


class RefundOut(msgspec.Struct, frozen=True, kw_only=True):
    """`rail` is “bank”, “offset” or the provider whose payment it goes through; `payee_account` are the last
    four digits of where it goes by bank. An offset counts from the day `counts_from`, towards
    `to_supplier_account_id` or the account that the application names. `ended_on` is the day it was paid out,
    counted, or failed."""

    id: RefundId
    account_id: AccountId
    case_id: CaseId
    supplier_account_id: SupplierAccountId
    amount: Money
    rail: str
    payment_id: PaymentId | None
    payee_account: str | None
    to_supplier_account_id: SupplierAccountId | None
    counts_from: date | None
    state: RefundState
    ended_on: date | None
    failure: str | None
    provider_unreachable_since: datetime | None
    steps: list[RefundStepOut]

    @classmethod
    def of(cls, view: RefundView) -> Self:
        refund = view.refund
        return cls(
            id=refund.id,
            account_id=refund.account_id,
            case_id=refund.case_id,
            supplier_account_id=refund.supplier_account_id,
            amount=refund.amount,
            rail=refund.rail,
            payment_id=refund.payment_id,
            payee_account=refund.payee.account[-4:] if refund.payee else None,
            to_supplier_account_id=refund.to_supplier_account_id,
            counts_from=refund.counts_from,
            state=refund.state,
            ended_on=refund.ended_on,
            failure=refund.failure,
            provider_unreachable_since=refund.provider_unreachable_since,
            steps=[RefundStepOut.of(step) for step in view.steps],
        )


class BankRefundOut(msgspec.Struct, frozen=True, kw_only=True):
    """A payment order to give to the bank or to confirm. `prepared_by` may not give it, `ordered_by` may not
    say what became of it."""

    id: RefundId
    account_id: AccountId
    case_id: CaseId
    amount: Money
    payee: Payee
    purpose: str
    state: RefundState
    prepared_by: UUID
    prepared_at: datetime
    order_number: str | None
    ordered_by: UUID | None
    ended_on: date | None
    failure: str | None

    @classmethod
    def of(cls, refund: Refund) -> Self:
        assert refund.payee is not None
        return cls(
            id=refund.id,
            account_id=refund.account_id,
            case_id=refund.case_id,
            amount=refund.amount,
            payee=refund.payee,
            purpose=f"Возврат переплаты за коммунальные услуги. Возврат {refund.id}. НДС не облагается",
            state=refund.state,
            prepared_by=refund.prepared_by,
            prepared_at=refund.prepared_at,
            order_number=refund.order_number,
            ordered_by=refund.ordered_by,
            ended_on=refund.ended_on,
            failure=refund.failure,
        )


class OrderIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The number of the payment order."""

    number: Annotated[str, Meta(min_length=1, max_length=40)]


class PaidOutIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The day of the bank's statement."""

    paid_on: date


class SentBackIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the bank has not paid it, in its own words."""

    reason: Annotated[str, Meta(min_length=3, max_length=300)]


@get(
    "/accounts/{account_id:uuid}/refundable",
    opt={"access": Scope.SEE},
    responses=responses(401, 403, 404, 422, 503),
)
async def get_refundable(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    refund_service: NamedDependency[RefundService],
) -> RefundableOut:
    """What can be returned from each supplier account, and by which rail: through a payment, or by the bank.

    To ask for it, file an application of the kind “refund”.
    """
    card, each = await repeated(partial(refund_service.refundable, access))
    return RefundableOut(
        most=total(one.most for one in each), suppliers=[RefundableSupplier.of(one, card) for one in each]
    )


@get(
    "/accounts/{account_id:uuid}/refunds",
    opt={"access": Scope.SEE},
    responses=responses(401, 403, 404, 422),
)
async def list_refunds(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    refunds: NamedDependency[SkipValidation[Refunds]],
) -> list[RefundOut]:
    """Refunds of the account with what became of each, the newest first: the latest hundred."""
    found: Sequence[RefundView] = await refunds.listed(access)
    if not found:
        await accounts.card(access)  # none yet, or nothing to see: that is for the account to say
    return [RefundOut.of(view) for view in found]


@get("/office/refunds", opt={"access": Scope.DECIDE}, responses=responses(401, 403, 422))
async def list_bank_refunds(
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    refunds: NamedDependency[SkipValidation[Refunds]],
    membership_service: NamedDependency[MembershipService],
    refund_state: FromQuery[RefundState] = RefundState.PREPARED,
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[BankRefundOut]:
    """Refunds by the bank of all accounts in one state, those that wait longest first: by default payment
    orders that nobody has given yet."""
    found = await refunds.by_bank(refund_state, after=end_of(cursor, RefundCursor), limit=limit)
    for account_id in {one.account_id for one in found}:
        look = Access(actor=actor, account_id=account_id, scope=Scope.DECIDE, at=now)
        await membership_service.record_view(look, "GET /api/v1/office/refunds")
    end = RefundCursor(prepared_at=found[-1].prepared_at, refund_id=found[-1].id) if found else None
    return Page(
        items=[BankRefundOut.of(one) for one in found],
        next=cursor_of(end) if len(found) == limit else None,
    )


@put(f"{_REFUND}/order", opt={"access": Scope.DECIDE}, responses=_ERRORS)
async def order_refund(
    account_id: FromPath[AccountId],
    refund_id: FromPath[RefundId],
    data: JSONBody[OrderIn],
    access: NamedDependency[Access],
    refund_service: NamedDependency[RefundService],
) -> BankRefundOut:
    """Say that a payment order was given to the bank. Not by whoever decided the refund."""
    order = partial(refund_service.ordered, access, refund_id, data.number)
    return BankRefundOut.of(await repeated(order))


@put(f"{_REFUND}/confirmation", opt={"access": Scope.DECIDE}, responses=_ERRORS)
async def confirm_refund(
    account_id: FromPath[AccountId],
    refund_id: FromPath[RefundId],
    data: JSONBody[PaidOutIn],
    access: NamedDependency[Access],
    refund_service: NamedDependency[RefundService],
) -> BankRefundOut:
    """Say that the bank has paid it out: the money leaves the books. Not by whoever decided the refund."""
    confirm = partial(refund_service.confirmed, access, refund_id, data.paid_on)
    return BankRefundOut.of(await repeated(confirm))


@put(f"{_REFUND}/failure", opt={"access": Scope.DECIDE}, responses=_ERRORS)
async def fail_refund(
    account_id: FromPath[AccountId],
    refund_id: FromPath[RefundId],
    data: JSONBody[SentBackIn],
    access: NamedDependency[Access],
    refund_service: NamedDependency[RefundService],
) -> BankRefundOut:
    """Say that the bank has sent it back: the sum is paid ahead again. Not by whoever decided the refund."""
    fail = partial(refund_service.failed, access, refund_id, data.reason)
    return BankRefundOut.of(await repeated(fail))


refunds = Router(
    "/",
    tags=["refunds"],
    route_handlers=[
        get_refundable,
        list_refunds,
        list_bank_refunds,
        order_refund,
        confirm_refund,
        fail_refund,
    ],
)
