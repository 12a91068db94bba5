"""What the copy of one's data says beside the money: readings, their files, letters, applications, drafts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from api import case_words
from api.case_drafts import DraftOut
from api.case_shapes import ByOut, CaseDecisionOut, CaseStepOut
from api.reading_files import ReadingFileSummary
from api.reading_shapes import ReadingOut, StepOut
from api.texts import translated
from api.visits import VisitOut
from domain.accounts.accounts import AccountCard
from domain.cases.attachments import Attachment, AttachmentState
from domain.cases.cases import CaseView, Channel, Family
from domain.cases.states import CaseState
from domain.kernel.access import Actor
from domain.kernel.ids import CaseId
from domain.kinds import AnyForm
from domain.mail.letters_in import TEXTS, LetterId, LetterState
from services.people.export import Person
from services.people.records import RecordService


class ReadingItem(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on every figure, what was written beside it, and every step of its story."""

    account_number: str
    meter_serial: str
    reading: ReadingOut
    steps: list[StepOut]


class ReadingFileItem(msgspec.Struct, frozen=True, kw_only=True):
    account_number: str
    file: ReadingFileSummary


class LetterItem(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that came from my address, or with a workbook for an account that I manage. `why` says where
    it is and why, `files` are the names of its workbooks."""

    id: LetterId
    received_at: datetime
    sender: str
    subject: str
    size_bytes: int
    state: LetterState
    why: str
    files: tuple[str, ...]


class CaseItem(msgspec.Struct, frozen=True, kw_only=True):
    """An application, claim or enquiry: the form as it was filed, public steps, all decisions."""

    account_number: str
    id: CaseId
    number: str
    family: Family
    kind: str
    title: str
    state: CaseState
    state_words: str
    channel: Channel
    received_at: datetime
    due_on: date
    by: ByOut
    form: AnyForm
    steps: list[CaseStepOut]
    decisions: list[CaseDecisionOut]
    files: list[CaseFileItem]
    visits: list[VisitOut]


class CaseDraftItem(msgspec.Struct, frozen=True, kw_only=True):
    account_number: str
    draft: DraftOut
    files: list[CaseFileItem]


class CaseFileItem(msgspec.Struct, frozen=True, kw_only=True):
    """A file laid to an application or to my draft of one. Its bytes: at its own address."""

    name: str
    paper: str | None
    size_bytes: int
    sha256: str
    by: str
    announced_at: datetime
    state: AttachmentState

    @classmethod
    def of(cls, file: Attachment) -> CaseFileItem:
        said = file.announced
        return cls(
            name=said.name,
            paper=said.paper,
            size_bytes=said.size_bytes,
            sha256=said.sha256,
            by=file.by.name,
            announced_at=file.announced_at,
            state=file.state,
        )


class WebhookItem(msgspec.Struct, frozen=True, kw_only=True):
    """Where the system of an account that I manage is told of its applications."""

    account_number: str
    url: str
    made_at: datetime
    made_by: str


class GatheredRecords(msgspec.Struct, frozen=True, kw_only=True):
    """The sections of this module at once."""

    readings: list[ReadingItem]
    reading_files: list[ReadingFileItem]
    letters: list[LetterItem]
    cases: list[CaseItem]
    case_drafts: list[CaseDraftItem]
    webhooks: list[WebhookItem]


@dataclass(frozen=True, slots=True)
class Records:
    """A person's records on their way into a copy; `cards` are the accounts the person may see."""

    service: RecordService
    actor: Actor
    person: Person
    cards: Sequence[AccountCard]
    language: str

    def sections(self) -> list[tuple[str, AsyncIterator[Any]]]:
        """Name and items of each, in order."""
        return [
            ("readings", self._readings()),
            ("reading_files", self._reading_files()),
            ("letters", self._letters()),
            ("cases", self._cases()),
            ("case_drafts", self._case_drafts()),
            ("webhooks", self._webhooks()),
        ]

    async def _readings(self) -> AsyncIterator[ReadingItem]:
        zones = dict(await self.service.zones())
        for card in self.cards:
            async for meter, view in self.service.readings(self.actor, card.account.id):
                yield ReadingItem(
                    account_number=card.account.number,
                    meter_serial=meter.serial,
                    reading=ReadingOut.of(view.reading, zones, self.language),
                    steps=[StepOut.of(step, self.language) for step in view.steps],
                )

    async def _reading_files(self) -> AsyncIterator[ReadingFileItem]:
        for card in self.cards:
            async for file in self.service.files(self.actor, card.account.id):
                summary = ReadingFileSummary.of(file, self.language)
                yield ReadingFileItem(account_number=card.account.number, file=summary)

    async def _letters(self) -> AsyncIterator[LetterItem]:
        letters = self.service.letters_of(self.actor, self.person.customer, self.person.memberships)
        async for letter in letters:
            yield LetterItem(
                id=letter.id,
                received_at=letter.received_at,
                sender=letter.sender,
                subject=letter.subject,
                size_bytes=letter.size_bytes,
                state=letter.state,
                why=translated(self.language, TEXTS[letter.reason]),
                files=letter.files,
            )

    async def _cases(self) -> AsyncIterator[CaseItem]:
        for card in self.cards:
            async for view in self.service.case_views(self.actor, card.account.id):
                yield await self._case(card, view)

    async def _case(self, card: AccountCard, view: CaseView) -> CaseItem:
        case, language = view.case, self.language
        stands = case.decision.no if case.decision else None
        return CaseItem(
            account_number=card.account.number,
            id=case.id,
            number=case.number,
            family=case.family,
            kind=case.kind,
            title=translated(language, case.form.title),
            state=case.state,
            state_words=case_words.state(case.state, language),
            channel=case.channel,
            received_at=case.received_at,
            due_on=case.due_on,
            by=ByOut.of(case.by, self.actor, language),
            form=case.form,
            steps=[CaseStepOut.of(step, self.actor, language) for step in view.steps],
            decisions=[
                CaseDecisionOut.of(one, view.steps, self.actor, language, stands=one.no == stands)
                for one in view.decisions
            ],
            files=await self._files(card, case.id),
            visits=[
                VisitOut.of(visit, language)
                for visit in await self.service.case_visits(card.account.id, case.id)
            ],
        )

    async def _files(self, card: AccountCard, case_id: CaseId) -> list[CaseFileItem]:
        files = await self.service.case_files(self.actor, card.account.id, case_id)
        return [CaseFileItem.of(file) for file in files]

    async def _case_drafts(self) -> AsyncIterator[CaseDraftItem]:
        for card in self.cards:
            async for draft in self.service.drafts_of(self.actor, card.account.id):
                yield CaseDraftItem(
                    account_number=card.account.number,
                    draft=DraftOut.of(draft),
                    files=await self._files(card, draft.case_id),
                )

    async def _webhooks(self) -> AsyncIterator[WebhookItem]:
        numbers = {card.account.id: card.account.number for card in self.cards}
        for membership in self.person.memberships:
            for endpoint in await self.service.webhooks_of(self.actor, membership):
                yield WebhookItem(
                    account_number=numbers.get(membership.account_id, ""),
                    url=endpoint.url,
                    made_at=endpoint.made_at,
                    made_by=endpoint.made_by,
                )
