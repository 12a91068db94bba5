"""What the copy of one's data says beside the money: readings, their files, letters, applications, drafts."""

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
from domain.accounts.accounts import AccountCard
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


class CaseDraftItem(msgspec.Struct, frozen=True, kw_only=True):
    account_number: str
    draft: DraftOut


class GatheredRecords(msgspec.Struct, frozen=True, kw_only=True):
    """The sections of this module at once."""

    readings: list[ReadingItem]
    reading_files: list[ReadingFileItem]
    letters: list[LetterItem]
    cases: list[CaseItem]
    case_drafts: list[CaseDraftItem]


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
                yield self._case(card, view)

    def _case(self, card: AccountCard, view: CaseView) -> CaseItem:
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
            by=ByOut.of(case.by, self.actor),
            form=case.form,
            steps=[CaseStepOut.of(step, self.actor, language) for step in view.steps],
            decisions=[
                CaseDecisionOut.of(one, self.actor, stands=one.no == stands) for one in view.decisions
            ],
        )

    async def _case_drafts(self) -> AsyncIterator[CaseDraftItem]:
        for card in self.cards:
            async for draft in self.service.drafts_of(self.actor, card.account.id):
                yield CaseDraftItem(account_number=card.account.number, draft=DraftOut.of(draft))
