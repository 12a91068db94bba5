"""What may be done with a case, and when; what was stored by an older version still loads."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.postgres.cases.stored import decision_of, form_of, lenient
from domain.cases import moves
from domain.cases.cases import Case, Channel, Decision, Family
from domain.cases.deciding import AnswerTooShort, GrantMissing, GrantNotWanted, RuleMissing, Verdict
from domain.cases.filing import ChannelNotYours, Filing, ReceivedAtWrong
from domain.cases.forms import GrantMismatch
from domain.cases.states import ANSWERED, DECIDED, LIFECYCLE, CaseState
from domain.cases.steps import StepBy
from domain.enquiries.complaint import Complaint, ComplaintAbout, Upheld
from domain.enquiries.consultation import Consultation, Explained
from domain.kernel.access import Actor, ActorKind
from domain.kernel.errors import Conflict
from domain.kernel.ids import AccountId, CaseId, StaffId
from domain.kernel.lifecycle import ForbiddenMove
from domain.kinds import FORMS, KINDS, tag_of
from tests.cases import operator_access

NOON = datetime(2026, 11, 20, 7, tzinfo=UTC)
ANNA = StepBy(kind=ActorKind.CUSTOMER, id=UUID(int=1), name="Анна")
OLEG = StepBy(kind=ActorKind.STAFF, id=UUID(int=2), name="Олег")
ACCOUNT = AccountId(UUID(int=9))
NEW = Case(
    id=CaseId(UUID(int=3)),
    account_id=ACCOUNT,
    number="К-2026-000001",
    family=Family.ENQUIRY,
    kind="consultation",
    form=Consultation(question="Почему?"),
    channel=Channel.CABINET,
    by=ANNA,
    received_at=NOON,
    state=CaseState.SUBMITTED,
    due_on=date(2026, 11, 25),
)
REGISTERED = moves.registered(moves.submitted(NEW).case, OLEG, NOON).case


def decision(outcome=CaseState.REFUSED, no=1):
    return Decision(no=no, outcome=outcome, answer="Нет", at=NOON, by=OLEG)


VERBS = {
    "take": partial(moves.taken, by=OLEG, at=NOON, holder_id=StaffId(OLEG.id)),
    "hand_over": partial(moves.handed_over, by=OLEG, at=NOON, holder_id=StaffId(UUID(int=4)), holder="Зоя"),
    "ask": partial(moves.asked, by=OLEG, at=NOON, question="Что?", until=None),
    "reply": partial(moves.replied, by=ANNA, at=NOON, words="Вот"),
    "send_on": partial(moves.sent_on, by=OLEG, at=NOON, to="Сети"),
    "promise": partial(moves.promised, by=OLEG, at=NOON, until=NOON, why="Ждём"),
    "decide": lambda case: moves.decided(case, decision()),
    "execute": partial(moves.executed, by=OLEG, at=NOON),
    "close": partial(moves.closed, by=OLEG, at=NOON),
    "withdraw": partial(moves.withdrawn, by=ANNA, at=NOON),
    "reopen": partial(moves.reopened, by=OLEG, at=NOON, why="Ошибка"),
    "appeal": partial(moves.appealed, by=ANNA, at=NOON, why="Не согласна"),
    "note": partial(moves.noted, by=OLEG, at=NOON, inner_note="—"),
    "phone_answer": partial(moves.answered_by_phone, by=OLEG, at=NOON, words="Да"),
}


def after(*verbs):
    case = REGISTERED
    for verb in verbs:
        case = VERBS[verb](case).case
    return case


@pytest.mark.parametrize(
    ("verbs", "state", "holder"),
    [
        (["take"], "in_review", "Олег"),
        (["take", "hand_over"], "in_review", "Зоя"),
        (["take", "ask"], "waiting_for_applicant", "Олег"),
        (["take", "ask", "take"], "waiting_for_applicant", "Олег"),
        (["take", "ask", "reply"], "in_review", "Олег"),
        (["reply"], "registered", None),
        (["take", "send_on"], "sent_on", "Сети"),
        (["send_on", "reply"], "sent_on", "Сети"),
        (["send_on", "take"], "in_review", "Олег"),
        (["take", "decide"], "refused", "Олег"),
        (["decide", "close"], "closed", None),
        (["take", "decide", "appeal"], "appealed", None),
        (["decide", "close", "appeal", "take"], "in_review", "Олег"),
        (["decide", "reopen"], "in_review", None),
        (["take", "promise", "note", "phone_answer"], "in_review", "Олег"),
        (["withdraw", "note"], "withdrawn", None),
    ],
)
def test_where_verbs_lead(verbs, state, holder):
    case = after(*verbs)
    assert (case.state, case.holder) == (state, holder)
    assert case.step_no == 2 + len(verbs)


@pytest.mark.parametrize(
    ("before", "verb", "refusal"),
    [
        (["decide"], "reply", moves.CaseAnswered),
        (["decide"], "decide", moves.CaseAnswered),
        (["decide"], "take", moves.CaseAnswered),
        (["decide"], "withdraw", moves.CaseAnswered),
        (["withdraw"], "ask", moves.CaseAnswered),
        ([], "appeal", moves.CaseNotAnswered),
        (["take"], "reopen", moves.CaseNotAnswered),
        (["withdraw"], "appeal", ForbiddenMove),
        (["withdraw"], "reopen", ForbiddenMove),
        ([], "execute", ForbiddenMove),
        (["decide"], "execute", ForbiddenMove),  # refused: there is nothing to carry out
        (["take"], "close", ForbiddenMove),
    ],
)
def test_what_is_refused(before, verb, refusal):
    with pytest.raises(refusal):
        VERBS[verb](after(*before))


@given(st.lists(st.sampled_from(sorted(VERBS)), max_size=25))
def test_whatever_is_done_the_timeline_is_whole(verbs):
    case, steps = REGISTERED, [*_first_steps()]
    for verb in verbs:
        try:
            moved = VERBS[verb](case)
        except Conflict:
            continue
        assert moved.case.received_at == NOON
        assert moved.case.state == moved.step.state
        if moved.case.state != case.state:
            LIFECYCLE.check(case.state, moved.case.state)
        case, steps = moved.case, [*steps, moved.step]
    assert [step.no for step in steps] == list(range(1, case.step_no + 1))
    assert moves.is_open(case) is (case.state not in ANSWERED)
    answered = [step for step in steps if step.state in DECIDED]
    assert (case.decisions_count > 0) is bool(answered)


def _first_steps():
    first = moves.submitted(NEW)
    return first.step, moves.registered(first.case, OLEG, NOON).step


def test_a_repeated_word_is_known_by_who_said_it_after_what():
    steps = [*_first_steps(), VERBS["reply"](REGISTERED).step]
    repeated = partial(moves.is_repeated, steps, verb="reply")
    assert repeated(ANNA, words="Вот", seen_step=2)
    assert repeated(ANNA, words="Вот", seen_step=None)
    assert not repeated(ANNA, words="Вот", seen_step=3)
    assert not repeated(ANNA, words="Ещё", seen_step=None)
    for by, words in ((ANNA, "Ещё"), (OLEG, "Вот")):
        with pytest.raises(moves.CaseMoved):
            repeated(by, words=words, seen_step=2)


def test_a_verdict_carries_what_its_outcome_needs():
    yes, no = CaseState.SATISFIED, CaseState.REFUSED
    said = Verdict(outcome=no, answer="Всё начислено верно", rule="ПП РФ 354, п. 31")
    granted = replace(said, outcome=yes, grant=Explained())
    assert said.checked(REGISTERED) and granted.checked(REGISTERED)
    for verdict, refusal in (
        (replace(said, outcome=yes), GrantMissing),
        (replace(said, grant=Explained()), GrantNotWanted),
        (replace(granted, grant=Upheld()), GrantMismatch),
        (replace(said, answer="x"), AnswerTooShort),
        (replace(said, answer="Нет.      "), AnswerTooShort),
        (replace(said, rule=""), RuleMissing),
        (replace(said, rule="   "), RuleMissing),
    ):
        with pytest.raises(refusal):
            verdict.checked(REGISTERED)


def test_a_decision_that_upholds_another_goes_by_its_number():
    access = operator_access(ACCOUNT, NOON)
    verdict = Verdict(outcome=CaseState.SATISFIED, answer="Да", grant=Explained())
    case = moves.decided(REGISTERED, verdict.decision(REGISTERED, access)).case
    appealed = moves.appealed(case, ANNA, NOON, "Мало").case
    assert verdict.decision(appealed, access).no == 1
    other = Verdict(outcome=CaseState.REFUSED, answer="Нет")
    assert other.decision(appealed, access).no == 2
    reopened = moves.reopened(case, OLEG, NOON, "Ошибка").case
    assert (reopened.decision, verdict.decision(reopened, access).no) == (None, 2)


def test_only_staff_say_when_and_by_what_channel_it_came():
    customer = Actor(kind=ActorKind.CUSTOMER, id=ANNA.id, name="Анна")
    staff = operator_access(ACCOUNT, NOON).actor
    form, earlier = Consultation(question="Почему?"), NOON - timedelta(days=2)
    assert Filing(form=form, channel=Channel.APP).checked(customer, NOON)
    assert Filing(form=form, channel=Channel.OFFICE, received_at=earlier).checked(staff, NOON)
    for filing, by, refusal in (
        (Filing(form=form, channel=Channel.PHONE), customer, ChannelNotYours),
        (Filing(form=form, received_at=earlier), customer, ReceivedAtWrong),
        (Filing(form=form, received_at=NOON + timedelta(seconds=1)), staff, ReceivedAtWrong),
        (Filing(form=form, received_at=NOON - timedelta(days=31)), staff, ReceivedAtWrong),
    ):
        with pytest.raises(refusal):
            filing.checked(by, NOON)


def test_every_kind_keeps_the_rules_of_kinds():
    assert {tag_of(form) for forms in FORMS.values() for form in forms} == set(KINDS)
    for form in KINDS.values():
        assert form.title, form
        assert form.explanation, form
        assert msgspec.json.schema(form)
        assert msgspec.json.schema(form.grant)


GOLDEN = {
    "consultation": {"kind": "consultation", "topic": "charges", "question": "Почему?"},
    "complaint": {"kind": "complaint", "about": "staff", "text": "Ждал час", "happened_on": "2026-11-01"},
}


def test_forms_stored_by_the_first_version_load():
    assert form_of("complaint", 1, GOLDEN["complaint"]) == Complaint(
        about=ComplaintAbout.STAFF, text="Ждал час", happened_on=date(2026, 11, 1)
    )
    assert form_of("consultation", 1, GOLDEN["consultation"] | {"gone": {"a": 1}}).topic == "charges"


class Part(msgspec.Struct, forbid_unknown_fields=True):
    at: date


class Whole(msgspec.Struct, forbid_unknown_fields=True):
    parts: tuple[Part, ...]
    by_name: dict[str, Part]
    maybe: Part | None
    one: Complaint | Consultation


def test_fields_that_are_known_no_longer_are_left_out_all_the_way_down():
    part = {"at": "2026-11-01", "gone": 1}
    whole = {
        "parts": [part],
        "by_name": {"a": part},
        "maybe": part,
        "one": GOLDEN["complaint"] | {"gone": 1},
        "gone": [],
    }
    loaded = lenient(whole, Whole)
    assert loaded.parts == (loaded.maybe,) == (loaded.by_name["a"],)
    assert isinstance(loaded.one, Complaint)
    assert lenient(whole | {"maybe": None}, Whole).maybe is None


def test_stored_decisions_load():
    kept = msgspec.to_builtins(decision(CaseState.SATISFIED)) | {"grant": {"kind": "complaint", "gone": 1}}
    assert decision_of(kept, "complaint").grant == Upheld()
    assert decision_of(kept | {"grant": None}, "complaint").grant is None


def test_what_was_granted_is_told_with_the_answer():
    answer = decision(outcome=CaseState.SATISFIED)
    told = moves.decided(REGISTERED, answer, granted="450,00 ₽ на счёт").step
    assert told.public_note == "Нет\n\n450,00 ₽ на счёт"
    assert moves.granted_words(answer, [told]) == "450,00 ₽ на счёт"
    assert moves.granted_words(answer, [moves.decided(REGISTERED, answer).step]) == ""
