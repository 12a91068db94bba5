"""The sections of the copy of one's data: what stands in each, item by item."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from api.explanations import Names, words
from api.my_data_person import (
    ConsentItem,
    IdentityItem,
    PasskeyItem,
    Profile,
    consents,
    identities,
    passkeys,
)
from api.my_data_records import GatheredRecords, Records
from api.notices import NoticeOut
from api.powers import PowerOut
from api.views import seen
from domain.accounts.accounts import AccountCard, Balance
from domain.accounts.charges import Charge
from domain.accounts.statements import StatementLine
from domain.accounts.suppliers import Service
from domain.kernel.access import Actor
from domain.kernel.calendar import Period
from domain.kernel.ids import AccountId, PaymentId, SupplierAccountId
from domain.kernel.money import Money
from domain.notices.preferences import Preferences
from domain.payments.explanation import Explanation, Part
from domain.payments.keeping import PaymentStep, PaymentView
from domain.payments.payments import PaymentState
from domain.payments.provider import Method
from domain.people.my_data import OwnMembership, OwnSession
from services.people.export import MOST_ROWS, ExportService, Person
from services.people.records import RecordService

T = TypeVar("T")


class SupplierItem(msgspec.Struct, frozen=True, kw_only=True):
    supplier_account_id: SupplierAccountId
    supplier: str
    number: str
    balance: Balance


class AccountItem(msgspec.Struct, frozen=True, kw_only=True):
    account_id: AccountId
    number: str
    kind: str
    address: str
    holder_name: str
    holder_inn: str | None
    balance: Balance
    supplier_accounts: list[SupplierItem]


class ChargeItem(msgspec.Struct, frozen=True, kw_only=True):
    account_number: str
    supplier: str
    service: str
    charge: Charge


class PaymentItem(msgspec.Struct, frozen=True, kw_only=True):
    """`words` say why each kopeck went where it went; `explanation` lets anybody compute it anew."""

    account_number: str
    id: PaymentId
    state: PaymentState
    amount: Money
    method: Method
    period: Period | None
    created_at: datetime
    paid_at: datetime | None
    parts: tuple[Part, ...]
    words: list[str]
    explanation: Explanation
    steps: tuple[PaymentStep, ...]


class StatementItem(msgspec.Struct, frozen=True, kw_only=True):
    account_number: str
    supplier: str | None
    line: StatementLine


class ViewItem(msgspec.Struct, frozen=True, kw_only=True):
    account_number: str
    at: datetime
    staff_id: UUID
    staff_name: str
    what: str


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy on its way. `incomplete` gathers the sections that were cut."""

    actor: Actor
    service: ExportService
    records: RecordService
    person: Person
    cards: Sequence[AccountCard]
    services: Mapping[str, Service]
    language: str
    at: datetime
    incomplete: set[str] = field(default_factory=set)

    def service_name(self, code: str) -> str:
        return self.services[code].name if code in self.services else code


def sections(copy: Copy) -> list[tuple[str, AsyncIterator[Any]]]:
    """Name and items of each section but the profile, in order."""
    found: list[tuple[str, AsyncIterator[Any]]] = [
        ("sessions", _each(copy.person.sessions)),
        ("passkeys", _each(passkeys(copy.person))),
        ("identities", _each(identities(copy.person))),
        ("memberships", _each(copy.person.memberships)),
        ("powers", _each([PowerOut.of(power) for power in copy.person.powers])),
        ("consents", _each(consents(copy.person))),
        ("accounts", _each([_account(card) for card in copy.cards])),
        ("charges", _charges(copy)),
        ("payments", _payments(copy)),
        ("statement", _statement(copy)),
        *Records(copy.records, copy.actor, copy.person, copy.cards, copy.language).sections(),
        ("views", _views(copy)),
        ("notices", _notices(copy)),
        ("notice_preferences", _each([copy.person.preferences])),
    ]
    return [(name, _cut(copy, name, items)) for name, items in found]


class Gathered(GatheredRecords, frozen=True, kw_only=True):
    """All sections at once."""

    profile: Profile
    sessions: list[OwnSession]
    passkeys: list[PasskeyItem]
    identities: list[IdentityItem]
    memberships: list[OwnMembership]
    powers: list[PowerOut]
    consents: list[ConsentItem]
    accounts: list[AccountItem]
    charges: list[ChargeItem]
    payments: list[PaymentItem]
    statement: list[StatementItem]
    views: list[ViewItem]
    notices: list[NoticeOut]
    notice_preferences: list[Preferences]


async def gathered(copy: Copy) -> Gathered:
    lists = {name: [item async for item in items] for name, items in sections(copy)}
    return Gathered(profile=Profile.of(copy.person), **lists)


async def _each(items: Iterable[T]) -> AsyncIterator[T]:
    for item in items:
        yield item


async def _cut(copy: Copy, name: str, items: AsyncIterator[T]) -> AsyncIterator[T]:
    count = 0
    async for item in items:
        if count == MOST_ROWS:
            copy.incomplete.add(name)
            return
        count += 1
        yield item


def _account(card: AccountCard) -> AccountItem:
    account = card.account
    return AccountItem(
        account_id=account.id,
        number=account.number,
        kind=account.kind,
        address=account.address,
        holder_name=account.holder_name,
        holder_inn=account.holder_inn,
        balance=card.balance,
        supplier_accounts=[
            SupplierItem(
                supplier_account_id=one.id,
                supplier=one.supplier_name,
                number=one.number,
                balance=one.balance,
            )
            for one in card.supplier_accounts
        ],
    )


async def _charges(copy: Copy) -> AsyncIterator[ChargeItem]:
    for card in copy.cards:
        async for charge in copy.service.charges(copy.actor, card.account.id):
            yield ChargeItem(
                account_number=card.account.number,
                supplier=card.supplier_account(charge.supplier_account_id).supplier_name,
                service=copy.service_name(charge.service_code),
                charge=charge,
            )


async def _payments(copy: Copy) -> AsyncIterator[PaymentItem]:
    for card in copy.cards:
        async for view in copy.service.payment_views(copy.actor, card.account.id):
            yield _payment(copy, card, view)


def _payment(copy: Copy, card: AccountCard, view: PaymentView) -> PaymentItem:
    payment = view.payment
    return PaymentItem(
        account_number=card.account.number,
        id=payment.id,
        state=payment.state,
        amount=payment.amount,
        method=payment.wish.method,
        period=payment.wish.period,
        created_at=payment.created_at,
        paid_at=payment.paid_at,
        parts=payment.parts,
        words=words(view.explanation, Names(copy.services, _supplier_names(card)), copy.language),
        explanation=view.explanation,
        steps=view.steps,
    )


def _supplier_names(card: AccountCard) -> dict[SupplierAccountId, str]:
    return {one.id: one.supplier_name for one in card.supplier_accounts}


async def _statement(copy: Copy) -> AsyncIterator[StatementItem]:
    for card in copy.cards:
        names = _supplier_names(card)
        async for line in copy.service.statement(copy.actor, card.account.id):
            supplier = names.get(line.supplier_account_id) if line.supplier_account_id else None
            yield StatementItem(account_number=card.account.number, supplier=supplier, line=line)


async def _views(copy: Copy) -> AsyncIterator[ViewItem]:
    for card in copy.cards:
        async for view in copy.service.views(copy.actor, card.account.id):
            yield ViewItem(
                account_number=card.account.number,
                at=view.at,
                staff_id=view.staff_id,
                staff_name=view.staff_name,
                what=seen(view.what, copy.language),
            )


async def _notices(copy: Copy) -> AsyncIterator[NoticeOut]:
    async for notice in copy.service.notices(copy.actor):
        yield NoticeOut.of(notice, copy.language, is_own=True)
