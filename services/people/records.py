"""What is on file of a person beside the money: readings, the files they came in, letters, cases and drafts,
a page at a time."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from domain.accounts.accounts import AccountNotFound, Accounts
from domain.cases.attachments import Attachment, Attachments
from domain.cases.cases import CaseCursor, CaseQuestion, Cases, CaseView
from domain.cases.drafts import Draft, DraftCursor, Drafts
from domain.cases.visits import Visit, Visits
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.ids import AccountId, CaseId
from domain.mail.letters_in import LetterCursor
from domain.mail.own_letters import OwnLetter, OwnLetters
from domain.people.customers import Customer
from domain.people.my_data import OwnMembership
from domain.readings.copies import ReadingCopies
from domain.readings.files import FileKey, ReadingFile, ReadingFiles
from domain.readings.keeping import ReadingCursor, ReadingView
from domain.readings.meters import Meter, Meters, Zone
from domain.webhooks.endpoints import Endpoint, Webhooks

PAGE_ROWS = 200
T = TypeVar("T")
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class RecordService:
    """Everything of an account is for whoever may see it; letters of others are for whoever manages it."""

    accounts: Accounts
    meters: Meters
    reading_copies: ReadingCopies
    reading_files: ReadingFiles
    letters: OwnLetters
    cases: Cases
    drafts: Drafts
    attachments: Attachments
    visits: Visits
    webhooks: Webhooks
    now: Callable[[], datetime]

    async def zones(self) -> Mapping[str, Zone]:
        return await self.meters.zones()

    async def readings(self, actor: Actor, account_id: AccountId) -> AsyncIterator[tuple[Meter, ReadingView]]:
        """Meter by meter, removed ones too."""
        access = self._access(actor, account_id)
        for meter in await self.meters.of_account(access):

            async def page(end: ReadingCursor | None, meter: Meter = meter) -> Sequence[ReadingView]:
                return await self.reading_copies.of_meter(access, meter.id, before=end, limit=PAGE_ROWS)

            def key(view: ReadingView) -> ReadingCursor:
                return ReadingCursor(received_at=view.reading.received_at, reading_id=view.reading.id)

            async for view in _paged(page, key):
                yield meter, view

    def files(self, actor: Actor, account_id: AccountId) -> AsyncIterator[ReadingFile]:
        access = self._access(actor, account_id)

        async def page(end: FileKey | None) -> Sequence[ReadingFile]:
            return await self.reading_files.listed(access, before=end, limit=PAGE_ROWS)

        return _paged(page, lambda file: FileKey(received_at=file.received_at, file_id=file.id))

    async def letters_of(
        self, actor: Actor, person: Customer, memberships: Sequence[OwnMembership]
    ) -> AsyncIterator[OwnLetter]:
        """From the person's address, and for the accounts they manage."""
        email = person.email.lower() if person.email else None
        managed = [one for one in memberships if await self._manages(actor, one)]
        account_ids = [one.account_id for one in managed]

        async def page(end: LetterCursor | None) -> Sequence[OwnLetter]:
            return await self.letters.listed(email, account_ids, before=end, limit=PAGE_ROWS)

        async for letter in _paged(
            page, lambda letter: LetterCursor(received_at=letter.received_at, letter_id=letter.id)
        ):
            yield letter

    async def case_views(self, actor: Actor, account_id: AccountId) -> AsyncIterator[CaseView]:
        """As customers see them: public steps, no inner notes."""
        access = self._access(actor, account_id)
        end: CaseCursor | None = None
        while True:
            found = await self.cases.of_account(access, CaseQuestion(), after=end, limit=PAGE_ROWS)
            for case in found:
                yield await self.cases.view(access, case.id)
            if len(found) < PAGE_ROWS:
                return
            end = CaseCursor(received_at=found[-1].received_at, case_id=found[-1].id)

    async def case_files(self, actor: Actor, account_id: AccountId, case_id: CaseId) -> list[Attachment]:
        """Of a case, or of the person's own draft."""
        return await self.attachments.listed(self._access(actor, account_id), case_id)

    async def case_visits(self, account_id: AccountId, case_id: CaseId) -> list[Visit]:
        """Of a case that case_views has given."""
        return await self.visits.of_case(account_id, case_id)

    async def webhooks_of(self, actor: Actor, membership: OwnMembership) -> list[Endpoint]:
        """For whoever manages the account."""
        if not await self._manages(actor, membership):
            return []
        return await self.webhooks.of_account(self._access(actor, membership.account_id, Scope.MANAGE))

    def drafts_of(self, actor: Actor, account_id: AccountId) -> AsyncIterator[Draft]:
        """The person's own."""
        access = self._access(actor, account_id)

        async def page(end: DraftCursor | None) -> Sequence[Draft]:
            return await self.drafts.listed(access, before=end, limit=PAGE_ROWS)

        return _paged(page, lambda draft: DraftCursor(changed_at=draft.changed_at, case_id=draft.case_id))

    async def _manages(self, actor: Actor, membership: OwnMembership) -> bool:
        if Scope.MANAGE not in membership.scopes:
            return False
        with suppress(AccountNotFound):
            await self.accounts.card(self._access(actor, membership.account_id, Scope.MANAGE))
            return True
        return False

    def _access(self, actor: Actor, account_id: AccountId, scope: Scope = Scope.SEE) -> Access:
        return Access(actor=actor, account_id=account_id, scope=scope, at=self.now())


async def _paged(
    page: Callable[[K | None], Awaitable[Sequence[T]]], key: Callable[[T], K]
) -> AsyncIterator[T]:
    end: K | None = None
    while True:
        found = await page(end)
        for one in found:
            yield one
        if len(found) < PAGE_ROWS:
            return
        end = key(found[-1])
