"""Codes of a second factor: their window, their single use, fallback codes; the standard's own examples."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.secrets.box import SecretBox
from adapters.totp.codes import TotpCodes
from domain.kernel.secrets import BoxBroken
from domain.people.challenges import Challenge, ChallengeRefused, ChallengeToken
from domain.people.second_factor import (
    STEP_SECONDS,
    CodeWrong,
    Factor,
    SecondFactorSet,
    SecondFactorTerms,
    fallback_code,
    fallback_hash,
    is_fallback,
    plain,
    step_of,
)
from domain.people.tokens import Holder

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANNA, BORIS = UUID(int=1), UUID(int=2)
FACTOR = Factor(owner_id=ANNA, sealed=b"", enrolled_at=NOON, confirmed_at=NOON)
TERMS = SecondFactorTerms(challenge_seconds=300, challenge_tries=2, fallback_codes=10)


def code_of(step: int) -> str:
    return f"{step % 1_000_000:06d}"


def at_step(beside: int) -> datetime:
    return NOON + timedelta(seconds=beside * STEP_SECONDS)


@pytest.mark.parametrize(("beside", "is_right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_early_or_late_is_taken(beside, is_right):
    code = code_of(step_of(at_step(beside)))
    assert (FACTOR.after(code, code_of, NOON) is not None) is is_right


def test_a_code_works_once():
    code = code_of(step_of(NOON))
    used = FACTOR.after(code, code_of, NOON)
    assert used.last_step == step_of(NOON)
    assert used.after(code, code_of, NOON) is None
    assert used.after(code, code_of, at_step(1)) is None


def test_after_a_late_code_no_earlier_one_is_taken():
    used = FACTOR.after(code_of(step_of(at_step(1))), code_of, NOON)
    for beside in (-1, 0, 1):
        assert used.after(code_of(step_of(at_step(beside))), code_of, NOON) is None
    assert used.next_step(NOON) == step_of(at_step(2))


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(-3, 3)), max_size=30))
def test_no_step_is_ever_taken_twice(tries):
    """Whatever is tried in whatever order, every step opens at most once and time never goes back."""
    factor, taken, moment = FACTOR, [], 0
    for later, beside in tries:
        moment += later
        step = step_of(at_step(moment)) + beside
        after = factor.after(code_of(step), code_of, at_step(moment))
        if after is not None:
            taken.append(after.last_step)
            factor = after
    assert taken == sorted(set(taken))


def test_all_three_steps_are_compared_whether_or_not_one_fits():
    for code in (code_of(step_of(NOON)), "000000"):
        asked: list[int] = []

        def noted(step, asked=asked):
            asked.append(step)
            return code_of(step)

        FACTOR.after(code, noted, NOON)
        assert len(asked) == 3


def test_a_factor_is_in_force_after_its_first_code():
    fresh = replace(FACTOR, confirmed_at=None)
    with pytest.raises(CodeWrong):
        fresh.confirmed("000000", code_of, NOON)
    confirmed = fresh.confirmed(code_of(step_of(NOON)), code_of, NOON)
    assert confirmed.is_confirmed
    assert confirmed.after(code_of(step_of(NOON)), code_of, NOON) is None
    with pytest.raises(SecondFactorSet):
        confirmed.confirmed(code_of(step_of(at_step(1))), code_of, NOON)


def test_a_code_is_read_as_people_type_it():
    assert plain(" 123 456\n") == "123456"
    assert plain("abcd-efgh ijkl_mnop") == "ABCDEFGHIJKLMNOP"
    assert not is_fallback("123456")


@given(st.text())
def test_a_fallback_code_is_found_however_it_is_typed(secret):
    code = fallback_code(secret)
    assert re.fullmatch(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", code)
    assert is_fallback(plain(code))
    assert fallback_hash(code) == fallback_hash(code.lower().replace("-", " "))


CODES = TotpCodes(SecretBox("a secret key of tests"))


# RFC 6238, appendix B, SHA-1; the last six of its eight digits.
@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(seconds, code):
    sealed = CODES.sealed("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", ANNA)  # "12345678901234567890"
    assert CODES.code(sealed, ANNA, seconds // STEP_SECONDS) == code


def test_a_secret_opens_for_its_owner_only():
    sealed = CODES.new_secret(ANNA)
    text = CODES.text(sealed, ANNA)
    assert re.fullmatch("[A-Z2-7]{32}", text)
    assert text.encode() not in sealed
    assert CODES.uri(sealed, ANNA, "+79000000001") == (
        f"otpauth://totp/Kabinet:%2B79000000001?secret={text}&issuer=Kabinet"
    )
    with pytest.raises(BoxBroken):
        CODES.code(sealed, BORIS, 1)


def challenge() -> tuple[Challenge, ChallengeToken]:
    return Challenge.made(
        UUID(int=7),
        Holder.CUSTOMER,
        ANNA,
        login="+79000000001",
        by_password=True,
        ip="203.0.113.7",
        secret="s3cret",
        terms=TERMS,
        at=NOON,
    )


def test_a_challenge_survives_so_many_tries():
    made, token = challenge()
    token = ChallengeToken.parsed(str(token))
    tried = made.tried(token, NOON).tried(token, NOON)
    with pytest.raises(ChallengeRefused):
        tried.tried(token, NOON)


def test_a_challenge_ends_by_time_and_by_being_passed():
    made, token = challenge()
    with pytest.raises(ChallengeRefused):
        made.tried(token, NOON + timedelta(seconds=300))
    passed = made.passed(NOON)
    for again in (lambda: passed.tried(token, NOON), lambda: passed.passed(NOON)):
        with pytest.raises(ChallengeRefused):
            again()


@pytest.mark.parametrize(
    "text", ["", "x", ".", "x.y", f"{UUID(int=7).hex}.", f"{UUID(int=7).hex}.wrong", "9" * 300]
)
def test_no_other_token_passes_a_challenge(text):
    made, _ = challenge()
    with pytest.raises(ChallengeRefused):
        made.tried(ChallengeToken.parsed(text), NOON)
