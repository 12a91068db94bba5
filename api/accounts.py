"""Accounts, what is owed on each, and how it came about."""

from contextlib import suppress
from datetime import date, datetime
from typing import Self

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, SkipValidation

from api.identity import Entry
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from domain.accounts.accounts import (
    AccountCard,
    AccountKind,
    AccountNotFound,
    Accounts,
    Balance,
    ChargeKey,
    PaymentCard,
    SupplierAccountCard,
)
from domain.accounts.charges import Charge
from domain.accounts.statements import StatementLine
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, SupplierAccountId, SupplierId, UserId


class SupplierAccountOut(msgspec.Struct, frozen=True, kw_only=True):
    id: SupplierAccountId
    supplier_id: SupplierId
    supplier_name: str
    number: str
    gis_service_id: str | None
    services: tuple[str, ...]
    balance: Balance

    @classmethod
    def of(cls, card: SupplierAccountCard) -> Self:
        return cls(**msgspec.structs.asdict(card))


class AccountOut(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` is "unified" for a resident's account, "contract" for a legal entity's.

    The balance of the whole: `to_pay` is the sum over suppliers of what each still asks for, so one
    supplier's overpayment never lowers what is due to another. `due_on` is the last day to pay the latest
    bill; null before the first, and with `at`.
    """

    id: AccountId
    number: str
    kind: AccountKind
    gis_number: str | None
    address: str
    holder_name: str
    balance: Balance
    supplier_accounts: list[SupplierAccountOut]
    closed_at: datetime | None = None
    due_on: date | None = None

    @classmethod
    def of(cls, card: AccountCard) -> Self:
        account = card.account
        return cls(
            id=account.id,
            number=account.number,
            kind=account.kind,
            gis_number=account.gis_number,
            address=account.address,
            holder_name=account.holder_name,
            balance=card.balance,
            supplier_accounts=[SupplierAccountOut.of(one) for one in card.supplier_accounts],
            closed_at=account.closed_at,
            due_on=card.due_on,
        )


@get("/accounts", opt={"access": Entry.CUSTOMER}, responses=responses(401, 403, 422))
async def list_accounts(
    actor: NamedDependency[Actor],
    accounts: NamedDependency[SkipValidation[Accounts]],
    now: NamedDependency[SkipValidation[datetime]],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = 20,
) -> Page[AccountOut | PaymentCard]:
    """The accounts I may act on, with their balances. Of those I may only pay for, what paying takes."""
    numbers = await accounts.numbers_of(UserId(actor.id), after=end_of(cursor, AccountId), limit=limit)
    items: list[AccountOut | PaymentCard] = []
    for account_id in numbers:
        with suppress(AccountNotFound):  # the right may have ended
            items.append(await _item(accounts, actor, account_id, now))
    return Page(items=items, next=cursor_of(numbers[-1]) if len(numbers) == limit else None)


async def _item(
    accounts: Accounts, actor: Actor, account_id: AccountId, at: datetime
) -> AccountOut | PaymentCard:
    try:
        access = Access(actor=actor, account_id=account_id, scope=Scope.SEE, at=at)
        return AccountOut.of(await accounts.card(access))
    except AccountNotFound:
        access = Access(actor=actor, account_id=account_id, scope=Scope.PAY, at=at)
        return (await accounts.card(access)).to_pay_only


@get("/accounts/{account_id:uuid}", opt={"access": Scope.SEE}, responses=responses(401, 403, 404, 422))
async def get_account(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    at: FromQuery[datetime | None] = None,
) -> AccountOut:
    """The account with an account per supplier; `at` gives the balances at a past moment."""
    card = await accounts.card_as_of(access, at) if at else await accounts.card(access)
    return AccountOut.of(card)


@get(
    "/accounts/{account_id:uuid}/payment-card",
    opt={"access": Scope.PAY},
    responses=responses(401, 403, 404, 422),
)
async def get_payment_card(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
) -> PaymentCard:
    """As much of the account as paying it takes, also for those who may do nothing else."""
    return (await accounts.card(access)).to_pay_only


@get(
    "/accounts/{account_id:uuid}/charges", opt={"access": Scope.SEE}, responses=responses(401, 403, 404, 422)
)
async def list_charges(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    period: FromQuery[Period | None] = None,
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[Charge]:
    """The lines of the bills, the newest period first, each with what is paid of it."""
    after = end_of(cursor, ChargeKey)
    items = await accounts.charges(access, period=period, after=after, limit=limit)
    if not items:
        await accounts.card(access)  # nothing yet, or nothing to see: that is for the account to say
    end = ChargeKey(period=items[-1].period, charge_id=items[-1].id) if len(items) == limit else None
    return Page(items=items, next=cursor_of(end) if end else None)


@get(
    "/accounts/{account_id:uuid}/statement",
    opt={"access": Scope.SEE},
    responses=responses(401, 403, 404, 422),
)
async def get_statement(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    accounts: NamedDependency[SkipValidation[Accounts]],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Page[StatementLine]:
    """Every movement of what is owed, the newest first, with its cause, value date and posting date."""
    items = await accounts.statement(access, before=end_of(cursor, int), limit=limit)
    if not items:
        await accounts.card(access)
    return Page(items=items, next=cursor_of(items[-1].entry_no) if len(items) == limit else None)


accounts = Router(
    "/",
    tags=["accounts"],
    route_handlers=[list_accounts, get_account, get_payment_card, list_charges, get_statement],
)
