"""A case: one customer's application, claim or enquiry, from the first word to the last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from domain.cases.effects import Performed
from domain.cases.forms import Form, Grant, GrantedLine
from domain.cases.states import CaseState
from domain.cases.steps import Step, StepBy
from domain.kernel.access import Access
from domain.kernel.errors import Conflict, NotFound
from domain.kernel.ids import AccountId, CaseId, StaffId
from domain.kernel.jobs import AccountJob


class CaseNotFound(NotFound):
    code = "case-not-found"
    text = "There is no such application or claim of this account"


class CaseIdTaken(Conflict):
    code = "case-id-taken"
    text = "This id belongs to an application with another content"
    remedy = "Make a new id for a new application"


class Channel(StrEnum):
    """Where it came from; the figures of service quality are counted by it."""

    CABINET = "cabinet"
    APP = "app"
    EMAIL = "email"
    PHONE = "phone"
    OFFICE = "office"
    CHAT = "chat"
    MAX = "max"
    TERMINAL = "terminal"


class Family(StrEnum):
    """The table of contents a form stands in, and the word in its address."""

    APPLICATION = "applications"
    CLAIM = "claims"
    ENQUIRY = "enquiries"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """`answer` are the words to the applicant, `rule` the law or rule applied, `no` counts decisions of the
    case from 1. `outcome` is one of states.DECIDED. `grant` only where something is granted; `lines` are what
    it changed, before and after, as the account stood when it was decided."""

    no: int
    outcome: CaseState
    answer: str
    rule: str = ""
    grant: Grant | None = None
    at: datetime
    by: StepBy
    answered_by: Channel = Channel.CABINET
    lines: tuple[GrantedLine, ...] = ()


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """`received_at` never changes: it has effects in law and money. `number` is for people ("К-2026-000123").

    `decision` is the one that stands: with its effects, also while an appeal is looked at; None when there
    was none yet or it was annulled. `decisions_count` counts all there were.

    `due_on`, `is_paused` and `holder` repeat what the clock says, so that queues can be sorted; `agree_on` is
    until when hours for a visit are to be named, None when they are or nobody comes.
    """

    id: CaseId
    account_id: AccountId
    number: str
    family: Family
    kind: str
    form: Form
    channel: Channel
    by: StepBy
    received_at: datetime
    state: CaseState
    due_on: date
    is_paused: bool = False
    agree_on: date | None = None
    holder: str | None = None
    holder_id: StaffId | None = None
    decision: Decision | None = None
    decisions_count: int = 0
    step_no: int = 0


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A case with its story."""

    case: Case
    steps: tuple[Step, ...]
    decisions: tuple[Decision, ...]
    """All of them, the latest last: a case that was reopened has several."""

    effects: tuple[Performed, ...]
    papers: frozenset[str] = frozenset()
    """Codes of the form's papers that were laid to it."""


class TellOfStep(AccountJob, frozen=True, kw_only=True, tag="cases.tell"):
    """Promised with each public step, in its transaction: tell whoever is to hear of it."""

    case_id: CaseId
    step_no: int


class CaseCursor(msgspec.Struct, frozen=True, kw_only=True):
    received_at: datetime
    case_id: CaseId


class CaseQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases of an account: every field that is set narrows."""

    family: Family | None = None
    kind: str | None = None
    state: CaseState | None = None
    is_open: bool | None = None


class QueueQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases of all accounts, for staff: those that are late first, then by due day, of one day the
    oldest first, after them likewise those whose clock stands still; or by when they came in, the newest
    first."""

    kind: str | None = None
    family: Family | None = None
    state: CaseState | None = None
    holder_id: StaffId | None = None
    is_free: bool | None = None
    due_before: date | None = None
    newest_first: bool = False


class QueueCursor(msgspec.Struct, frozen=True, kw_only=True):
    is_paused: bool
    due_on: date
    received_at: datetime
    case_id: CaseId

    @classmethod
    def of(cls, case: Case) -> QueueCursor:
        return cls(
            is_paused=case.is_paused, due_on=case.due_on, received_at=case.received_at, case_id=case.id
        )


class Cases(Protocol):
    async def next_number(self, on: date) -> str:
        """From a local allocator; a number may be skipped, never given twice."""

    async def add(self, case: Case, steps: Sequence[Step]) -> None:
        """Keep a new case with its number and first steps. TryAgain when its id was taken meanwhile."""

    async def found(self, account_id: AccountId, case_id: CaseId) -> Case | None: ...

    async def locked(self, account_id: AccountId, case_id: CaseId) -> Case:
        """Held until the transaction ends. CaseNotFound when there is none. Lock it before the head."""

    async def locked_for(self, access: Access, case_id: CaseId) -> Case:
        """The same for whoever may act on the account; to others there is none."""

    async def save(self, before: Case, after: Case, steps: Sequence[Step]) -> None:
        """The new state and its steps in one go."""

    async def decided(self, case: Case, effects: Sequence[Performed]) -> None:
        """Keep the case's decision beside its earlier ones, with the effects it has had."""

    async def performed(self, account_id: AccountId, effects: Sequence[Performed]) -> None:
        """Effects that are no decision's own: of filing, of taking a decision back."""

    async def effects(self, account_id: AccountId, case_id: CaseId) -> list[Performed]:
        """By decision and number."""

    async def steps(self, account_id: AccountId, case_id: CaseId) -> list[Step]:
        """All of them, the first first."""

    async def view(self, access: Access, case_id: CaseId) -> CaseView:
        """CaseNotFound when the actor may not see the account. Customers get public steps without inner
        notes."""

    async def of_account(
        self, access: Access, question: CaseQuestion, *, after: CaseCursor | None, limit: int
    ) -> list[Case]:
        """Newest first."""

    async def of_number(self, number: str) -> tuple[AccountId, CaseId] | None:
        """Whose case has this number."""

    async def queue(self, question: QueueQuestion, *, after: QueueCursor | None, limit: int) -> list[Case]:
        """For staff: the most urgent first."""
