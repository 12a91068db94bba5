"""An application was taken in: its number, and until when it is answered."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from domain.kernel.ids import AccountId
from domain.notices.words import Basis, Words


class CaseRegistered(Words, frozen=True, kw_only=True, tag="case-registered"):
    """`rule` is the law or promise the deadline comes from. `note`: what is said
    besides, such as which papers are not there."""

    title: ClassVar[str] = "An application was registered"
    basis: ClassVar[Basis] = Basis.CONTRACT
    is_prompt: ClassVar[bool] = True

    case_number: str
    account_number: str
    account_id: AccountId | None = None
    case_id: UUID | None = None
    received_on: date
    due_on: date
    rule: str
    note: str = ""

    @classmethod
    def sample(cls) -> CaseRegistered:
        return cls(
            case_number="К-2026-000123",
            account_number="6600000001",
            account_id=AccountId(UUID(int=1)),
            case_id=UUID(int=2),
            received_on=date(2026, 11, 20),
            due_on=date(2026, 11, 25),
            rule="ПП РФ 354, п. 31 (к)",
        )
