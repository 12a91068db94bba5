"""What we answer to a letter: of each kind once."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol

import msgspec

from domain.kernel.jobs import Job
from domain.mail.letters_in import LetterId

CLAIM = timedelta(minutes=3)
"""How long one run may be at sending an answer; longer than the run itself may last."""


class AnswerKind(StrEnum):
    """verdicts: the workbooks come back marked. quarantine: it was received, and nothing more is said."""

    VERDICTS = "verdicts"
    QUARANTINE = "quarantine"
    INSTRUCTIONS = "instructions"
    UNUSABLE = "unusable"
    WHICH_ACCOUNT = "which-account"
    TOO_LARGE = "too-large"


class AnswerState(StrEnum):
    """refused: the recipient's mail server will never take it. withheld: so many answers went to that
    address that one more might go round in circles."""

    DUE = "due"
    SENT = "sent"
    REFUSED = "refused"
    BOUNCED = "bounced"
    WITHHELD = "withheld"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`message_id` is drawn from letter and kind: every copy of one answer bears the same."""

    letter_id: LetterId
    kind: AnswerKind
    recipient: str
    message_id: str
    state: AnswerState
    promised_at: datetime
    tries: int = 0
    sending_until: datetime | None = None
    ended_at: datetime | None = None
    note: str = ""


def answer_key(letter_id: LetterId, kind: AnswerKind) -> str:
    return f"answer.{letter_id}.{kind}"


class AnswerLetter(Job, frozen=True, kw_only=True, tag="mail.answer"):
    """Write the answer and send it."""

    max_seconds: ClassVar[int] = 120

    letter_id: LetterId
    answer: AnswerKind


class SettleLetter(Job, frozen=True, kw_only=True, tag="mail.settle"):
    """Once every workbook of the letter is judged: settle it and promise its answer."""

    letter_id: LetterId


class Answers(Protocol):
    async def promise(self, answer: Answer) -> bool:
        """False when that answer was promised before."""

    async def of(self, letter_id: LetterId) -> list[Answer]: ...

    async def claim(
        self, letter_id: LetterId, kind: AnswerKind, at: datetime, until: datetime
    ) -> Answer | None:
        """The answer, for this run alone to send. None when it is no longer due, or another run is at it."""

    async def ended(
        self, letter_id: LetterId, kind: AnswerKind, state: AnswerState, at: datetime, note: str = ""
    ) -> None: ...

    async def unclaim(self, letter_id: LetterId, kind: AnswerKind) -> None:
        """It was certainly not sent: the next run need not wait."""

    async def bounced(self, message_id: str, note: str) -> None:
        """A report came back about it; nothing where it is no answer of ours."""

    async def count_reply(self, email: str, window_started_at: datetime, window_seconds: int) -> int:
        """Count one answer to that address; how many it makes in the window."""

    async def prune(self, before: datetime) -> None:
        """Forget counters of windows that began before that."""
