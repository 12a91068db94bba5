"""Where a case stands, and what may follow."""

from enum import StrEnum

from domain.kernel.lifecycle import Lifecycle


class CaseState(StrEnum):
    SUBMITTED = "submitted"
    REGISTERED = "registered"
    IN_REVIEW = "in_review"
    WAITING_FOR_APPLICANT = "waiting_for_applicant"
    SENT_ON = "sent_on"
    """Another supplier or the grid company holds it; its own clock runs."""

    SATISFIED = "satisfied"
    PARTLY_SATISFIED = "partly_satisfied"
    REFUSED = "refused"
    LEFT_WITHOUT_CONSIDERATION = "left_without_consideration"
    EXECUTED = "executed"
    """What the decision promised is done: the money is returned, the visit made."""

    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    APPEALED = "appealed"


DECIDED = frozenset(
    {
        CaseState.SATISFIED,
        CaseState.PARTLY_SATISFIED,
        CaseState.REFUSED,
        CaseState.LEFT_WITHOUT_CONSIDERATION,
    }
)
"""An answer was given. A refusal may be appealed, anything decided may be reopened by staff."""

ANSWERED = DECIDED | {CaseState.EXECUTED, CaseState.CLOSED, CaseState.WITHDRAWN}
"""The clock stands still for good."""

_UNDER_WAY = frozenset({CaseState.IN_REVIEW, CaseState.WAITING_FOR_APPLICANT, CaseState.SENT_ON})
_LEAVING = DECIDED | {CaseState.WITHDRAWN}
_AGAIN = frozenset({CaseState.CLOSED, CaseState.IN_REVIEW, CaseState.APPEALED})

LIFECYCLE: Lifecycle[CaseState] = Lifecycle(
    {
        CaseState.SUBMITTED: frozenset({CaseState.REGISTERED, CaseState.WITHDRAWN}),
        CaseState.REGISTERED: _UNDER_WAY | _LEAVING,
        CaseState.IN_REVIEW: _UNDER_WAY | _LEAVING,
        CaseState.WAITING_FOR_APPLICANT: _UNDER_WAY | _LEAVING,
        CaseState.SENT_ON: _UNDER_WAY | _LEAVING,
        CaseState.SATISFIED: _AGAIN | {CaseState.EXECUTED},
        CaseState.PARTLY_SATISFIED: _AGAIN | {CaseState.EXECUTED},
        CaseState.REFUSED: _AGAIN,
        CaseState.LEFT_WITHOUT_CONSIDERATION: _AGAIN,
        CaseState.EXECUTED: _AGAIN,
        CaseState.CLOSED: frozenset({CaseState.IN_REVIEW, CaseState.APPEALED}),
        CaseState.APPEALED: _UNDER_WAY | _LEAVING,
        CaseState.WITHDRAWN: frozenset(),
    }
)
"""One table for all kinds. A kind that needs another declares it on its Form. Taking, handing over and
asking again stay in review: a state may follow itself there. To reopen what moved money, staff annul the
effects first."""
