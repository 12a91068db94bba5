"""Everything the cabinet knows of a person, section by section, a page at a time."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from domain.accounts.accounts import AccountCard, AccountNotFound, Accounts, ChargeKey
from domain.accounts.charges import Charge
from domain.accounts.statements import StatementLine
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.ids import AccountId, DocumentId, UserId
from domain.notices.notices import Notice, NoticeKey, NoticeLog
from domain.notices.preferences import Preferences
from domain.payments.keeping import PaymentCursor, Payments, PaymentView
from domain.people.consents import Consent, Document
from domain.people.customers import Customer
from domain.people.identities import Identity
from domain.people.my_data import MyData, OwnMembership, OwnSession
from domain.people.passkeys import Passkey
from domain.people.powers import Power
from domain.people.second_factor import Factor
from domain.people.staff import View
from domain.people.tokens import TokenRefused
from domain.people.views import ViewKey, ViewLog
from domain.store import Transaction

PAGE_ROWS = 200
MOST_ROWS = 20_000
"""Of one section. A cut section is named, never silently short; the rest is at its own address."""
MOST_ACCOUNTS = 500


@dataclass(frozen=True, slots=True)
class Person:
    """The person, with the documents their consents are to and the powers they have presented."""

    customer: Customer
    sessions: list[OwnSession]
    memberships: list[OwnMembership]
    passkeys: list[Passkey]
    identities: list[Identity]
    factor: Factor | None
    powers: list[Power]
    consents: list[Consent]
    documents: dict[DocumentId, Document]
    preferences: Preferences


@dataclass(frozen=True, slots=True)
class ExportService:
    transaction: Transaction
    my_data: MyData
    accounts: Accounts
    payments: Payments
    view_log: ViewLog
    notice_log: NoticeLog
    now: Callable[[], datetime]

    async def person(self, actor: Actor) -> Person:
        """TokenRefused when the person was erased under a token that is still remembered."""
        user_id = UserId(actor.id)
        async with self.transaction() as store:
            customer = await store.customers.by_id(user_id)
            consents = await store.consents.of_user(user_id)
            passkeys = await store.passkeys.of_user(user_id)
            identities = await store.identities.of_user(user_id)
            factor = await store.factors.of(user_id)
            powers = await store.powers.of_user(user_id)
            preferences = await store.notice_preferences.of(user_id)
            found = [await store.consents.document(one) for one in {c.document_id for c in consents}]
        if customer is None:
            raise TokenRefused  # erased a moment ago
        return Person(
            customer=customer,
            sessions=await self.my_data.sessions(user_id, MOST_ROWS),
            memberships=await self.my_data.memberships(user_id, MOST_ACCOUNTS),
            passkeys=passkeys,
            identities=identities,
            factor=factor,
            powers=powers,
            consents=consents,
            documents={document.id: document for document in found if document},
            preferences=preferences,
        )

    async def cards(self, actor: Actor, memberships: Sequence[OwnMembership]) -> list[AccountCard]:
        """The accounts the person may see. Who may only pay for an account gets nothing of it."""
        cards = []
        for membership in memberships:
            with suppress(AccountNotFound):
                cards.append(await self.accounts.card(self._access(actor, membership.account_id)))
        return cards

    async def charges(self, actor: Actor, account_id: AccountId) -> AsyncIterator[Charge]:
        access, after = self._access(actor, account_id), None
        while True:
            page = await self.accounts.charges(access, period=None, after=after, limit=PAGE_ROWS)
            for charge in page:
                yield charge
            if len(page) < PAGE_ROWS:
                return
            after = ChargeKey(period=page[-1].period, charge_id=page[-1].id)

    async def payment_views(self, actor: Actor, account_id: AccountId) -> AsyncIterator[PaymentView]:
        access, before = self._access(actor, account_id), None
        while True:
            page = await self.payments.listed(access, before=before, limit=PAGE_ROWS)
            for payment in page:
                yield await self.payments.view(access, payment.id)
            if len(page) < PAGE_ROWS:
                return
            before = PaymentCursor(created_at=page[-1].created_at, payment_id=page[-1].id)

    async def statement(self, actor: Actor, account_id: AccountId) -> AsyncIterator[StatementLine]:
        access, before = self._access(actor, account_id), None
        while True:
            page = await self.accounts.statement(access, before=before, limit=PAGE_ROWS)
            for line in page:
                yield line
            if len(page) < PAGE_ROWS:
                return
            before = page[-1].entry_no

    async def notices(self, actor: Actor) -> AsyncIterator[Notice]:
        """What was sent to the person."""
        before = None
        while True:
            page = await self.notice_log.of_user(UserId(actor.id), before=before, limit=PAGE_ROWS)
            for notice in page:
                yield notice
            if len(page) < PAGE_ROWS:
                return
            before = NoticeKey(made_at=page[-1].made_at, notice_id=page[-1].id)

    async def views(self, actor: Actor, account_id: AccountId) -> AsyncIterator[View]:
        """Looks of staff: for whom manages the account, as at its own address."""
        access, before = self._access(actor, account_id, Scope.MANAGE), None
        while True:
            page = await self.view_log.of_account(access, before=before, limit=PAGE_ROWS)
            for view in page:
                yield view
            if len(page) < PAGE_ROWS:
                return
            before = ViewKey(at=page[-1].at, view_id=page[-1].id)

    def _access(self, actor: Actor, account_id: AccountId, scope: Scope = Scope.SEE) -> Access:
        return Access(actor=actor, account_id=account_id, scope=scope, at=self.now())
