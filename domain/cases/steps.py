"""What happened to a case: who, when, what everybody may read and what only staff may."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.cases.states import CaseState
from domain.kernel.access import Actor, ActorKind
from domain.kernel.ids import CaseId


class StepVerb(StrEnum):
    SUBMIT = "submit"
    REGISTER = "register"
    TAKE = "take"
    HAND_OVER = "hand_over"
    ASK = "ask"
    """Something is asked of the applicant: the clock may pause until they answer."""

    REPLY = "reply"
    SEND_ON = "send_on"
    PROMISE = "promise"
    """A later day is promised, with the reason. Earlier promises stay in sight."""

    DECIDE = "decide"
    EXECUTE = "execute"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    APPEAL = "appeal"
    NOTE = "note"
    PHONE_ANSWER = "phone_answer"
    """The answer was given by phone; `public_note` holds the words that were said."""

    ATTACH = "attach"
    ESCALATE = "escalate"
    """The due day is near: for staff only. `inner_note` holds that day."""

    EFFECT = "effect"
    """Something the decision promised was done, or failed: a posting, a refund, a visit."""


class StepBy(msgspec.Struct, frozen=True, kw_only=True):
    """Customers see staff by name as the law wants the executor named; `id` is for staff only."""

    kind: ActorKind
    id: UUID
    name: str

    @classmethod
    def of(cls, actor: Actor) -> "StepBy":
        return cls(kind=actor.kind, id=actor.id, name=actor.name)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """`no` counts from 1 within the case. `state` is the state after it.

    `holder` is who holds the case from then on: a staff member's name, a supplier, the grid company;
    None leaves it as it was. `until` is the day a promise or a question sets.
    """

    case_id: CaseId
    no: int
    at: datetime
    by: StepBy
    verb: StepVerb
    state: CaseState
    public_note: str = ""
    inner_note: str = ""
    holder: str | None = None
    until: datetime | None = None

    @property
    def is_public(self) -> bool:
        """Whether the customer sees it: a mere inner note is not theirs."""
        return self.verb not in _FOR_STAFF or bool(self.public_note)


_FOR_STAFF = frozenset({StepVerb.NOTE, StepVerb.ESCALATE})
