"""The rules of one-time codes, passwords and addresses."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from api.own_sessions import ip_partly
from domain.kernel.ids import UserId
from domain.people.attempts import TryKind, code_ask_doors, code_try_doors, password_door
from domain.people.code_messages import CHANGED, Change, Channel, code_message
from domain.people.codes import CodeTerms, OneTimeCode, Purpose, code_key, drawn
from domain.people.emails import EmailInvalid, normalised_email
from domain.people.passwords import PasswordTooCommon, PasswordTooShort, check
from domain.people.phones import Phone

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TERMS = CodeTerms(lifetime_seconds=600, tries=3, resend_seconds=60, sign_up_seconds=3600)
PEPPER = b"the installation's key"
PHONE = Phone("+79000000001")


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def code():
    key = code_key(PEPPER, Purpose.SIGN_IN, PHONE, "")
    return OneTimeCode.issued(key, Purpose.SIGN_IN, "012345", pepper=PEPPER, terms=TERMS, at=NOON)


def tried(code: OneTimeCode, shown: str, at: datetime = NOON) -> tuple[OneTimeCode, bool]:
    return code.tried(shown, pepper=PEPPER, at=at)


@pytest.mark.parametrize(("number", "written"), [(0, "000000"), (12345, "012345"), (999999, "999999")])
def test_a_code_has_six_digits(number, written):
    assert drawn(lambda below: number if below == 1_000_000 else -1) == written


def test_a_right_code_works_once(code):
    used, right = tried(code, "012345")
    assert right
    assert used.used_at == NOON
    assert tried(used, "012345") == (used, False)


def test_wrong_tries_run_out(code):
    for left in (2, 1, 0):
        code, right = tried(code, "000000")
        assert (code.tries_left, right) == (left, False)
    assert tried(code, "012345") == (code, False)


@pytest.mark.parametrize(("seconds", "right"), [(599.9, True), (600, False), (6000, False)])
def test_a_code_lives_as_long_as_the_term_says(code, seconds, right):
    assert tried(code, "012345", after(seconds))[1] is right


@pytest.mark.parametrize("shown", ["", "12345", " 012345", "0123456", "٠١٢٣٤٥", "012345\n"])
def test_only_the_code_itself_is_right(code, shown):
    assert not tried(code, shown)[1]


def test_without_the_key_a_code_cannot_be_found_by_trying(code):
    assert not code.tried("012345", pepper=b"another key", at=NOON)[1]
    assert b"012345" not in code.hash
    assert len(code.key) == len(code.hash) == 32


@pytest.mark.parametrize(("seconds", "wait"), [(0, 60), (1, 59), (59.9, 1), (60, 0), (601, 0)])
def test_the_next_one_is_sent_when_the_term_says(code, seconds, wait):
    assert code.wait_seconds(TERMS, after(seconds)) == wait


def test_codes_for_another_purpose_address_or_place_are_others():
    keys = {
        code_key(pepper, purpose, address, place)
        for pepper in (PEPPER, b"another")
        for purpose in Purpose
        for address in (PHONE, "+79000000002")
        for place in ("", "203.0.113.7")
    }
    assert len(keys) == 2 * 5 * 2 * 2


def test_a_message_has_the_code_or_says_what_to_do_instead():
    for purpose in Purpose:
        message = code_message(purpose, "+79000000001", "012345", is_usable=True)
        assert "012345" in message.text
        assert "012345" not in repr(message)
        assert (message.channel is Channel.MAIL) == (purpose is Purpose.EMAIL_CHANGE)
        if purpose is not Purpose.EMAIL_CHANGE:
            instead = code_message(purpose, "+79000000001", "012345", is_usable=False)
            assert not set("0123456789") & set(instead.text)
    assert set(CHANGED) == set(Change)


def test_whoever_comes_from_the_owners_network_is_not_slowed_by_others():
    for doors in (code_ask_doors, code_try_doors):
        stranger = doors(PHONE, "203.0.113.7", known=False)
        owner = doors(PHONE, "203.0.113.7", known=True)
        assert stranger == sorted(stranger)
        assert [door for door in stranger if door.key == PHONE]
        assert not [door for door in owner if door.key == PHONE]
    assert password_door(UserId(UUID(int=7))).kind is TryKind.PASSWORD


@pytest.mark.parametrize(
    "password", ["три слова подряд", "kabinet-demo", "+79000000001 и ещё", "9000000001x!"]
)
def test_a_good_password_passes(password):
    check(password, PHONE)


@pytest.mark.parametrize("password", ["", "1234567", "семь зн"])
def test_a_short_password_is_refused(password):
    with pytest.raises(PasswordTooShort):
        check(password, PHONE)


@pytest.mark.parametrize(
    "password",
    [
        *("12345678", "QWERTY123", "Йцукенгш", " password ", "aaaaaaaaaa", "1212121212"),
        *("+79000000001", "89000000001", "9000000001", "8 (900) 000-00-01"),
    ],
)
def test_what_is_guessed_first_is_refused(password):
    with pytest.raises(PasswordTooCommon):
        check(password, PHONE)


@pytest.mark.parametrize(
    ("written", "kept"),
    [(" anna@Example.RU ", "anna@example.ru"), ("a.b+c@sub.example.org", "a.b+c@sub.example.org")],
)
def test_an_address_is_kept_as_letters_need_it(written, kept):
    assert normalised_email(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        *("", "anna", "anna@", "@example.ru", "anna@example", "a b@example.ru", "a@b@example.ru"),
        *("a@example.ru,b@example.ru", "<a@example.ru>", "a@example.ru\nBcc: b@example.ru", "a@-x.ru"),
        "a" * 65 + "@example.ru",
        "a@" + "b." * 130 + "ru",
    ],
)
def test_what_is_no_address_is_refused(written):
    with pytest.raises(EmailInvalid):
        normalised_email(written)


@pytest.mark.parametrize(
    ("ip", "shown"),
    [("203.0.113.7", "203.0.113.x"), ("2001:db8:1:2::5", "2001:db8:1::/48"), ("unknown", "")],
)
def test_a_session_shows_a_part_of_its_address(ip, shown):
    assert ip_partly(ip) == shown
