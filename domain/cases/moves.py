"""What may be done with a case: one verb, one function, one step. Pure; nothing here knows a kind.

Each gives the case as it is afterwards and the step to be kept with it.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from msgspec.structs import replace

from domain.cases.cases import Case, Decision
from domain.cases.states import ANSWERED, DECIDED, CaseState
from domain.cases.steps import Step, StepBy, StepVerb
from domain.kernel.errors import Conflict
from domain.kernel.ids import StaffId


class CaseAnswered(Conflict):
    code = "case-answered"
    text = "The answer to this application was given already"
    remedy = "Appeal against the answer, or file a new application"


class CaseNotAnswered(Conflict):
    code = "case-not-answered"
    text = "No answer was given to this application yet"
    remedy = "Wait for the answer; until then you may reply or withdraw"


class AppealToAnother(Conflict):
    code = "case-appeal-to-another"
    text = "The applicant does not agree with your answer: somebody else decides about the appeal"
    remedy = "Hand the application over to a colleague"


class CaseMoved(Conflict):
    code = "case-moved"
    text = "Somebody else has done something with this application meanwhile"
    remedy = "Look at it anew and decide again"


class Moved(NamedTuple):
    case: Case
    step: Step


def submitted(case: Case) -> Moved:
    """The first step of a new case, as the applicant's act."""
    assert case.state is CaseState.SUBMITTED and case.step_no == 0
    return _step(case, case.by, case.received_at, StepVerb.SUBMIT, public_note="")


def registered(case: Case, by: StepBy, at: datetime, public_note: str = "") -> Moved:
    """A number and a deadline are given."""
    return _moved(case, by, at, StepVerb.REGISTER, CaseState.REGISTERED, public_note=public_note)


def taken(case: Case, by: StepBy, at: datetime, holder_id: StaffId) -> Moved:
    """Somebody of the staff has it in hand, also instead of another."""
    return handed_over(case, by, at, holder_id=holder_id, holder=by.name, verb=StepVerb.TAKE)


def handed_over(
    case: Case,
    by: StepBy,
    at: datetime,
    *,
    holder_id: StaffId,
    holder: str,
    inner_note: str = "",
    verb: StepVerb = StepVerb.HAND_OVER,
) -> Moved:
    """A question to the applicant stays open; whatever was sent on is with us again."""
    _check_open(case)
    state = case.state if case.state is CaseState.WAITING_FOR_APPLICANT else CaseState.IN_REVIEW
    case = replace(case, holder=holder, holder_id=holder_id)
    return _moved(case, by, at, verb, state, inner_note=inner_note, holder=holder)


def asked(
    case: Case, by: StepBy, at: datetime, *, question: str, until: datetime | None, inner_note: str = ""
) -> Moved:
    """Something is asked of the applicant. `until` is the day their answer is expected by."""
    _check_open(case)
    waiting = CaseState.WAITING_FOR_APPLICANT
    return _moved(
        case, by, at, StepVerb.ASK, waiting, public_note=question, inner_note=inner_note, until=until
    )


def replied(case: Case, by: StepBy, at: datetime, words: str) -> Moved:
    """The applicant's words. They end the waiting for them; a case that was sent on stays where it is."""
    _check_open(case)
    if case.state is CaseState.WAITING_FOR_APPLICANT:
        return _moved(case, by, at, StepVerb.REPLY, CaseState.IN_REVIEW, public_note=words)
    return _step(case, by, at, StepVerb.REPLY, public_note=words)


def sent_on(case: Case, by: StepBy, at: datetime, *, to: str, why: str = "", inner_note: str = "") -> Moved:
    """Another is to decide: a supplier, the grid company. Nobody of us holds it meanwhile."""
    _check_open(case)
    case = replace(case, holder=to, holder_id=None)
    return _moved(
        case, by, at, StepVerb.SEND_ON, CaseState.SENT_ON, public_note=why, inner_note=inner_note, holder=to
    )


def promised(case: Case, by: StepBy, at: datetime, *, until: datetime, why: str) -> Moved:
    """A later day, with the reason. Earlier promises stay in sight."""
    _check_open(case)
    return _step(case, by, at, StepVerb.PROMISE, public_note=why, until=until)


def decided(case: Case, decision: Decision, inner_note: str = "", granted: str = "") -> Moved:
    """The answer is given, and told with it what money it moves. Whoever decides is the one who holds it.

    AppealToAnother: while an answer stands its appeal is looked at, and not by whose answer it is.
    """
    _check_open(case)
    if case.decision is not None and case.decision.by.id == decision.by.id:
        raise AppealToAnother
    assert decision.outcome in DECIDED
    return _moved(
        replace(case, decision=decision, decisions_count=max(case.decisions_count, decision.no)),
        decision.by,
        decision.at,
        StepVerb.DECIDE,
        decision.outcome,
        public_note=f"{decision.answer}\n\n{granted}".strip(),
        inner_note=inner_note,
    )


def granted_words(decision: Decision, steps: Sequence[Step]) -> str:
    """What its step tells besides the answer: the money it moves. Empty: none."""
    told = (one.public_note for one in steps if (one.verb, one.at) == (StepVerb.DECIDE, decision.at))
    return next(told, "").removeprefix(decision.answer).strip()


def effect_told(case: Case, by: StepBy, at: datetime, *, public_note: str, inner_note: str = "") -> Moved:
    """Something the decision promised was done, or failed. The state does not change by it."""
    return _step(case, by, at, StepVerb.EFFECT, public_note=public_note, inner_note=inner_note)


def executed(case: Case, by: StepBy, at: datetime, public_note: str = "") -> Moved:
    """All that the decision promised is done."""
    return _moved(case, by, at, StepVerb.EXECUTE, CaseState.EXECUTED, public_note=public_note)


def closed(case: Case, by: StepBy, at: datetime, inner_note: str = "") -> Moved:
    return _moved(case, by, at, StepVerb.CLOSE, CaseState.CLOSED, inner_note=inner_note)


def withdrawn(case: Case, by: StepBy, at: datetime, why: str = "") -> Moved:
    """The applicant takes it back before it is answered."""
    _check_open(case)
    return _moved(case, by, at, StepVerb.WITHDRAW, CaseState.WITHDRAWN, public_note=why)


def reopened(case: Case, by: StepBy, at: datetime, why: str) -> Moved:
    """Staff look at it anew. The effects of its decision are taken back in the same transaction."""
    _check_answered(case)
    case = replace(case, decision=None)
    return _moved(case, by, at, StepVerb.REOPEN, CaseState.IN_REVIEW, public_note=why)


def appealed(case: Case, by: StepBy, at: datetime, why: str) -> Moved:
    """The applicant does not agree with the answer: another person is to look at it."""
    _check_answered(case)
    case = replace(case, holder=None, holder_id=None)
    return _moved(case, by, at, StepVerb.APPEAL, CaseState.APPEALED, public_note=why)


def noted(case: Case, by: StepBy, at: datetime, *, inner_note: str) -> Moved:
    """For staff only."""
    return _step(case, by, at, StepVerb.NOTE, inner_note=inner_note)


def escalated(case: Case, by: StepBy, at: datetime, day: date) -> Moved:
    """The due day is near, or the one to name hours for a visit."""
    _check_open(case)
    return _step(case, by, at, StepVerb.ESCALATE, inner_note=day.isoformat())


def answered_by_phone(case: Case, by: StepBy, at: datetime, words: str, inner_note: str = "") -> Moved:
    """What was said to the applicant by phone; the author and the time are the step's own."""
    return _step(case, by, at, StepVerb.PHONE_ANSWER, public_note=words, inner_note=inner_note)


def attached(
    case: Case, by: StepBy, at: datetime, names: Sequence[str], *, ends_waiting: bool = False
) -> Moved:
    """Files were laid to the case. `ends_waiting`: they are all that was awaited."""
    said = ", ".join(names)
    if ends_waiting:
        return _moved(case, by, at, StepVerb.ATTACH, CaseState.IN_REVIEW, public_note=said)
    return _step(case, by, at, StepVerb.ATTACH, public_note=said)


def is_repeated(steps: Sequence[Step], by: StepBy, verb: StepVerb, words: str, seen_step: int | None) -> bool:
    """Whether the same person has done just that already, after the last step they say to have seen; without
    that the very last step tells. CaseMoved when another step came in between."""
    if seen_step is None:
        last = steps[-1]
        return (last.by.id, last.verb, last.public_note) == (by.id, verb, words)
    later = [step for step in steps if step.no > seen_step]
    if any((step.by.id, step.verb, step.public_note) == (by.id, verb, words) for step in later):
        return True
    if later:
        raise CaseMoved
    return False


def check_seen(case: Case, seen_step: int | None) -> None:
    """CaseMoved when the case is not any more as whoever acts has seen it."""
    if seen_step is not None and case.step_no != seen_step:
        raise CaseMoved


def is_open(case: Case) -> bool:
    """Whether an answer is still owed."""
    return case.state not in ANSWERED


def is_final(case: Case) -> bool:
    """Whether nothing can follow any more."""
    return case.form.lifecycle.is_final(case.state)


def _check_open(case: Case) -> None:
    if not is_open(case):
        raise CaseAnswered


def _check_answered(case: Case) -> None:
    if is_open(case):
        raise CaseNotAnswered


def _moved(case: Case, by: StepBy, at: datetime, verb: StepVerb, state: CaseState, **more: object) -> Moved:
    # Taking, handing over and asking again stay where they are; so does whatever is sent on twice.
    state = case.form.lifecycle.check(case.state, state)
    return _step(replace(case, state=state), by, at, verb, **more)


def _step(case: Case, by: StepBy, at: datetime, verb: StepVerb, **more: object) -> Moved:
    case = replace(case, step_no=case.step_no + 1)
    step = Step(case_id=case.id, no=case.step_no, at=at, by=by, verb=verb, state=case.state)
    return Moved(case, replace(step, **more))
