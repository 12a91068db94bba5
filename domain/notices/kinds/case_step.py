"""Something was done with an application."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from domain.kernel.ids import AccountId
from domain.notices.words import Basis, Words


class CaseStep(Words, frozen=True, kw_only=True, tag="case-step"):
    """`verb` and `state` are the engine's words of the step and of where the case stands after it; `note` is
    what everybody may read. `due_on` is None when the answer was given; `until` is the day that was promised
    or by which the reader's answer is awaited. The letter leads to the case by its ids."""

    title: ClassVar[str] = "News of an application"
    basis: ClassVar[Basis] = Basis.CONTRACT

    case_number: str
    account_number: str
    account_id: AccountId | None = None
    case_id: UUID | None = None
    verb: str
    state: str
    note: str = ""
    holder: str | None = None
    due_on: date | None = None
    until: date | None = None

    @classmethod
    def sample(cls) -> CaseStep:
        return cls(
            case_number="К-2026-000123",
            account_number="6600000001",
            account_id=AccountId(UUID(int=1)),
            case_id=UUID(int=2),
            verb="ask",
            state="waiting_for_applicant",
            note="Пришлите, пожалуйста, фото прибора учёта.",
            due_on=date(2026, 11, 25),
            until=date(2026, 11, 23),
        )
