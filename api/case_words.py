"""Cases in words: states, steps, deadlines, what a rule would give."""

from collections.abc import Sequence

from api.texts import translated
from domain.applications.recalculation import PROVED_LATER
from domain.cases.clock import DayUnit, DeadlineRule
from domain.cases.forms import ProposalWords
from domain.cases.on_site import GRID_COMPANY
from domain.cases.states import CaseState
from domain.cases.steps import StepVerb
from domain.claims.meter_replacement import ACT

STATES = {
    CaseState.SUBMITTED: "Submitted",
    CaseState.REGISTERED: "Registered",
    CaseState.IN_REVIEW: "In review",
    CaseState.WAITING_FOR_APPLICANT: "Waiting for your answer",
    CaseState.SENT_ON: "Sent on",
    CaseState.SATISFIED: "Granted",
    CaseState.PARTLY_SATISFIED: "Granted in part",
    CaseState.REFUSED: "Not satisfied",
    CaseState.LEFT_WITHOUT_CONSIDERATION: "Left without consideration",
    CaseState.EXECUTED: "Carried out",
    CaseState.CLOSED: "Closed",
    CaseState.WITHDRAWN: "Withdrawn",
    CaseState.APPEALED: "Appealed against",
}
VERBS = {
    StepVerb.SUBMIT: "The application came in",
    StepVerb.REGISTER: "It was given a number and a deadline",
    StepVerb.TAKE: "It was taken into work",
    StepVerb.HAND_OVER: "It was handed over",
    StepVerb.ASK: "Something is asked of the applicant",
    StepVerb.REPLY: "The applicant has replied",
    StepVerb.SEND_ON: "It was sent on to whoever decides",
    StepVerb.PROMISE: "A later day is promised",
    StepVerb.ESCALATE: "Its deadline is near",
    StepVerb.DECIDE: "The answer was given",
    StepVerb.EXECUTE: "What was decided is done",
    StepVerb.CLOSE: "It was closed",
    StepVerb.WITHDRAW: "The applicant has withdrawn it",
    StepVerb.REOPEN: "It is looked at anew",
    StepVerb.APPEAL: "The applicant does not agree with the answer",
    StepVerb.NOTE: "A note",
    StepVerb.PHONE_ANSWER: "The answer was given by phone",
    StepVerb.ATTACH: "Files were attached",
    StepVerb.EFFECT: "How the decision is carried out",
}
_TO_STAFF = {
    "Waiting for your answer": "Waiting for the applicant's answer",
    "You ask for {amount} in all": "The applicant asks for {amount} in all",
    "{amount} goes to your bank": "{amount} goes to the applicant's bank",
    "{amount} more can be returned to your bank: give its details": "{amount} more can be returned to the "
    "applicant's bank, if they give its details",
    "The act on the damage, or the number of your call to the dispatcher": "The act on the damage, or the "
    "number of the applicant's call to the dispatcher",
    ACT: "The act on the failure or the loss, or the applicant's first application "
    "(if the meter has failed or is lost)",
    PROVED_LATER: "The applicant comes back on {back_on}: the papers are to be laid within {days} days after "
    "it, or what was taken off is charged again",
}
"""What is said to the applicant as “you” is said of them to staff."""
_TERMS = {
    DayUnit.CALENDAR: "Within {days} calendar days",
    DayUnit.WORKING: "Within {days} working days",
}


def state(one: CaseState, language: str, *, is_staff: bool = False) -> str:
    text = STATES[one]
    return translated(language, _TO_STAFF.get(text, text) if is_staff else text)


def paper(text: str, language: str, *, is_staff: bool = False) -> str:
    """The name of a paper."""
    return translated(language, _TO_STAFF.get(text, text) if is_staff else text)


def holder(name: str | None, language: str) -> str:
    """Who has the case, as people call them; empty: nobody."""
    return translated(language, "The grid company") if name == GRID_COMPANY else name or ""


def verb(one: StepVerb, language: str) -> str:
    return translated(language, VERBS[one])


def term(rule: DeadlineRule, language: str) -> str:
    """How long the answer may take."""
    return translated(language, _TERMS[rule.unit], days=rule.days)


def sentences(words: Sequence[ProposalWords], language: str, *, is_staff: bool = False) -> list[str]:
    texts = [_TO_STAFF.get(one.text, one.text) if is_staff else one.text for one in words]
    return [translated(language, text, **one.fields) for text, one in zip(texts, words, strict=True)]
