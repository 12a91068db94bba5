"""Rules of notices: whom they may reach, at what hours, and what is kept of them."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from domain.kernel.errors import Conflict
from domain.kernel.ids import AccountId, MeterId, UserId
from domain.kernel.money import Money
from domain.notices.allowing import Barred, ConsentStanding, barred
from domain.notices.bounces import letter_key, notice_of
from domain.notices.kinds import KINDS, AnyWords, KindNotFound
from domain.notices.kinds.account_added import AccountAdded
from domain.notices.kinds.autopay_ahead import AutopayAhead
from domain.notices.kinds.autopay_trouble import AutopayTrouble
from domain.notices.kinds.bill_ready import BillReady
from domain.notices.kinds.case_registered import CaseRegistered
from domain.notices.kinds.case_step import CaseStep
from domain.notices.kinds.invitation_accepted import InvitationAccepted
from domain.notices.kinds.money_moved import MoneyMoved
from domain.notices.kinds.payment_done import PaidPart, PaymentDone
from domain.notices.kinds.reading_reminder import MeterLine, ReadingReminder
from domain.notices.notices import Notice, NoticeId, NoticeState
from domain.notices.preferences import Hours, HoursWrong, HourTerms, Preferences, SwitchedBy, ZoneUnknown
from domain.notices.reminders import (
    AccountToRead,
    MeterToRead,
    Recipient,
    ReminderTerms,
    Verdict,
    Window,
    judged,
)
from domain.notices.words import Channel

REGION = ZoneInfo("Asia/Yekaterinburg")
ANNA = UserId(UUID(int=1))
NOON = datetime(2026, 11, 21, 7, tzinfo=UTC)  # in the region
NIGHT = Hours(start=time(21), until=time(9))
TERMS = HourTerms(quiet=NIGHT)
GAP = timedelta(seconds=1)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=REGION)


# Hours


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (local(21, 12), local(21, 12)),
        (local(21, 9), local(21, 9)),
        (local(21, 8, 59), local(21, 9)),
        (local(21, 0), local(21, 9)),
        (local(21, 21), local(22, 9)),
        (local(21, 20, 59), local(21, 20, 59)),
    ],
)
def test_the_night_ends_in_the_morning(at, until):
    assert NIGHT.over_at(at, REGION) == until


def test_hours_within_a_day():
    nap = Hours(start=time(13), until=time(15))
    assert nap.over_at(local(21, 14), REGION) == local(21, 15)
    assert nap.over_at(local(21, 15), REGION) == local(21, 15)
    assert nap.over_at(local(21, 3), REGION) == local(21, 3)


def test_hours_go_by_the_persons_clock():
    mine = Preferences(user_id=ANNA).with_hours("Asia/Vladivostok", NIGHT)
    assert mine.not_before(NOON, REGION, TERMS) == NOON  # 17 there
    assert mine.not_before(NOON + timedelta(hours=5), REGION, TERMS) == datetime(2026, 11, 21, 23, tzinfo=UTC)


def test_who_chose_no_quiet_hours_has_none_and_who_did_not_choose_has_ours():
    midnight = local(21, 0)
    assert Preferences(user_id=ANNA).not_before(midnight, REGION, TERMS) == local(21, 9)
    assert Preferences(user_id=ANNA).with_hours(None, None).not_before(midnight, REGION, TERMS) == midnight


def test_wrong_hours():
    with pytest.raises(ZoneUnknown):
        Preferences(user_id=ANNA).with_hours("Mars/Olympus", None)
    with pytest.raises(HoursWrong):
        Preferences(user_id=ANNA).with_hours(None, Hours(start=time(9), until=time(9)))


# Switches


def test_a_kind_is_on_until_its_reader_turns_it_off():
    mine = Preferences(user_id=ANNA)
    assert mine.allows(ReadingReminder, Channel.EMAIL)
    off = mine.switched("reading-reminder", Channel.EMAIL, SwitchedBy.ONE_CLICK, NOON, is_on=False)
    assert not off.allows(ReadingReminder, Channel.EMAIL)
    assert off.allows(PaymentDone, Channel.EMAIL)
    again = off.switched("reading-reminder", Channel.EMAIL, SwitchedBy.CABINET, NOON + GAP, is_on=False)
    assert again is off  # who turned it off first, and when, stays
    assert off.switched("reading-reminder", Channel.EMAIL, SwitchedBy.CABINET, NOON, is_on=True).allows(
        ReadingReminder, Channel.EMAIL
    )
    with pytest.raises(KindNotFound):
        mine.switched("advert", Channel.EMAIL, SwitchedBy.CABINET, NOON, is_on=True)


def reader(**more) -> Recipient:
    told = {
        "account_id": AccountId(UUID(int=2)),
        "user_id": ANNA,
        "address": "anna@example.test",
        "locale": "ru",
        "preferences": Preferences(user_id=ANNA),
        "consent": ConsentStanding.GIVEN,
        "bounces": False,
    }
    return Recipient(**told | more)


@pytest.mark.parametrize(
    ("kind", "more", "why"),
    [
        (ReadingReminder, {}, None),
        (ReadingReminder, {"consent": ConsentStanding.NONE}, Barred.NO_CONSENT),
        (ReadingReminder, {"consent": ConsentStanding.WITHDRAWN}, Barred.NO_CONSENT),
        (PaymentDone, {"consent": ConsentStanding.NONE}, None),
        (PaymentDone, {"consent": ConsentStanding.WITHDRAWN}, Barred.NO_CONSENT),
        (PaymentDone, {"address": None}, Barred.NO_ADDRESS),
        (PaymentDone, {"bounces": True}, Barred.BOUNCING),
    ],
)
def test_who_may_be_sent_what(kind, more, why):
    assert barred(kind, Channel.EMAIL, reader(**more)) is why


def test_every_reason_is_among_the_verdicts():
    assert {one.value for one in Barred} <= {one.value for one in Verdict}


# Reminders

TWICE = ReminderTerms(days_before_end=(4, 1), days_between=2)
WINDOW = Window(period="2026-11", first=date(2026, 11, 15), last=date(2026, 11, 25))


def meter(*missing: str, is_automatic: bool = False, has_some: bool = False, number: int = 1) -> MeterToRead:
    return MeterToRead(
        id=MeterId(UUID(int=number)),
        serial=f"{number:06}",
        place="",
        is_automatic=is_automatic,
        missing=missing,
        has_some=has_some,
    )


def account(*meters: MeterToRead, **more) -> AccountToRead:
    told = {"id": AccountId(UUID(int=2)), "number": "1", "address": "", "is_closed": False, "window": WINDOW}
    return AccountToRead(**told | more, meters=meters)


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (account(meter("T1")), Verdict.REMIND),
        (account(meter("T1"), is_closed=True), Verdict.CLOSED),
        (account(), Verdict.NO_METERS),
        (account(meter("T1", is_automatic=True)), Verdict.AUTOMATIC),
        (account(meter("T1", is_automatic=True), meter()), Verdict.READ),
        (account(meter("T1", is_automatic=True), meter("T1")), Verdict.REMIND),
        (account(meter("T1"), window=None), Verdict.OUTSIDE_WINDOW),
        (account(meter("T2", has_some=True)), Verdict.REMIND),
    ],
)
def test_which_accounts_are_reminded(one, verdict):
    assert one.judged(date(2026, 11, 21), TWICE) is verdict


@pytest.mark.parametrize(
    ("day", "reminded", "last_day", "verdict"),
    [
        (20, 0, None, Verdict.NOT_YET),
        (21, 0, None, Verdict.REMIND),
        (21, 1, 21, Verdict.ENOUGH),
        (23, 1, 21, Verdict.ENOUGH),
        (24, 1, 21, Verdict.REMIND),
        (24, 1, 23, Verdict.TOO_SOON),
        (25, 1, 23, Verdict.REMIND),
        (25, 2, 24, Verdict.ENOUGH),
    ],
)
def test_on_which_days_a_person_is_reminded(day, reminded, last_day, verdict):
    person = reader(reminded=reminded, reminded_at=last_day and local(last_day, 0, 30))
    [line] = judged(account(meter("T1")), [person], date(2026, 11, day), TWICE, REGION)
    assert line.verdict is verdict


def test_an_account_without_people_is_told_of():
    [line] = judged(account(meter("T1")), [], date(2026, 11, 21), TWICE, REGION)
    assert line.verdict is Verdict.NOBODY


def test_a_letter_names_ten_meters_and_counts_the_rest():
    words = account(*(meter("T1", number=number) for number in range(40))).words()
    assert (len(words.meters), words.more_meters) == (10, 30)


def test_registers_are_named_only_where_others_are_there_already():
    words = account(meter("T1", "T2"), meter("T2", has_some=True)).words()
    assert [one.registers for one in words.meters] == [(), ("T2",)]


# Notices


def notice(**more) -> Notice:
    told = {
        "id": NoticeId(UUID(int=3)),
        "user_id": ANNA,
        "account_id": None,
        "channel": Channel.EMAIL,
        "cause": "c",
        "address": "a@example.test",
        "words": PaymentDone.sample(),
        "made_at": NOON,
    }
    return Notice(**told | more)


def test_a_notice_goes_its_way_and_each_step_is_kept():
    sent = notice().sent("b@example.test", PaymentDone.sample(), NOON)
    bounced = sent.bounced("5.1.1", NOON + GAP)
    assert [step.state for step in bounced.steps] == [NoticeState.SENT, NoticeState.BOUNCED]
    assert bounced.address == "b@example.test"
    for final in (bounced, notice().cancelled("no-consent", NOON), notice().refused("a", "550", NOON)):
        with pytest.raises(Conflict):
            final.sent("", final.words, NOON)
    with pytest.raises(Conflict):
        notice().bounced("5.1.1", NOON)


def test_the_message_id_leads_back_to_the_notice():
    key = letter_key(ANNA, NoticeId(UUID(int=3)))
    assert notice_of(f"<{key}@example.test>") == (ANNA, UUID(int=3))
    assert notice_of("<answer.1@example.test>") is None


KEPT = {
    "autopay-ahead": (
        b'{"kind":"autopay-ahead","account_number":"1","supplier":null,"amount":{"kopecks":5},'
        b'"pay_on":"2026-12-10","method":"bank_card","digits":"*0004","stop":"AbC"}',
        AutopayAhead(
            account_number="1",
            amount=Money(5),
            pay_on=date(2026, 12, 10),
            method="bank_card",
            digits="*0004",
            stop="AbC",
        ),
    ),
    "autopay-trouble": (
        b'{"kind":"autopay-trouble","what":"again","account_number":"1","amount":{"kopecks":5},'
        b'"limit":{"kopecks":7},"again_on":"2026-12-11"}',
        AutopayTrouble(
            what="again",
            account_number="1",
            amount=Money(5),
            limit=Money(7),
            again_on=date(2026, 12, 11),
        ),
    ),
    "bill-ready": (
        b'{"kind":"bill-ready","account_number":"1","address":"a","period":"2026-10","to_pay":{"kopecks":5},'
        b'"due_on":"2026-11-16"}',
        BillReady(
            account_number="1",
            address="a",
            period="2026-10",
            to_pay=Money(5),
            due_on=date(2026, 11, 16),
        ),
    ),
    "case-registered": (
        b'{"kind":"case-registered","case_number":"K-1","account_number":"1","received_on":"2026-11-20",'
        b'"due_on":"2026-11-25","rule":"r"}',
        CaseRegistered(
            case_number="K-1",
            account_number="1",
            received_on=date(2026, 11, 20),
            due_on=date(2026, 11, 25),
            rule="r",
        ),
    ),
    "case-step": (
        b'{"kind":"case-step","case_number":"K-1","account_number":"1","verb":"ask","state":"s","note":"n",'
        b'"holder":null,"due_on":"2026-11-25","until":null}',
        CaseStep(
            case_number="K-1",
            account_number="1",
            verb="ask",
            state="s",
            note="n",
            due_on=date(2026, 11, 25),
        ),
    ),
    "account-added": (
        b'{"kind":"account-added","account_number":"1","day":"2026-11-18","may_manage":false}',
        AccountAdded(account_number="1", day=date(2026, 11, 18), may_manage=False),
    ),
    "invitation-accepted": (
        b'{"kind":"invitation-accepted","account_number":"1","day":"2026-11-18","phone_end":"02"}',
        InvitationAccepted(account_number="1", day=date(2026, 11, 18), phone_end="02"),
    ),
    "money-moved": (
        b'{"kind":"money-moved","account_number":"1","amount":{"kopecks":5},"day":"2026-11-18","has_come":true}',
        MoneyMoved(account_number="1", amount=Money(5), day=date(2026, 11, 18), has_come=True),
    ),
    "payment-done": (
        b'{"kind":"payment-done","payment_id":"p","account_number":"1","amount":{"kopecks":5},'
        b'"parts":[{"supplier":"s","number":"n","amount":{"kopecks":5}}]}',
        PaymentDone(
            payment_id="p",
            account_number="1",
            amount=Money(5),
            parts=(PaidPart(supplier="s", number="n", amount=Money(5)),),
        ),
    ),
    "reading-reminder": (
        b'{"kind":"reading-reminder","account_number":"1","address":"a","period":"2026-11",'
        b'"until":"2026-11-25","meters":[{"serial":"5","place":"","registers":["T2"]}],"more_meters":0}',
        ReadingReminder(
            account_number="1",
            address="a",
            period="2026-11",
            until=date(2026, 11, 25),
            meters=(MeterLine(serial="5", place="", registers=("T2",)),),
        ),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_words_that_were_kept_are_read_for_ever(kind):
    """Never change these samples: rows like them are kept. Add a newer one beside it."""
    raw, words = KEPT[kind]
    assert msgspec.json.decode(raw, type=AnyWords) == words
