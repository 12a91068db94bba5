"""Tokens, sessions and their rotation, phones and roles."""

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from domain.kernel.access import Access, Actor, ActorKind, Scope, ScopeMissing
from domain.kernel.ids import AccountId, ApiKeyId, SessionId, SystemId
from domain.people.phones import PhoneInvalid, normalised
from domain.people.sessions import Ending, Lifetime, Session
from domain.people.staff import SCOPES, Role, staff_login
from domain.people.systems import ApiKey, ScopeNotForSystems
from domain.people.tokens import AccessToken, Holder, KeyToken, RefreshToken, TokenRefused, parsed

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIFETIME = Lifetime(access_seconds=60, refresh_seconds=600, most_seconds=1000)
OWNER, ID = UUID(int=1), SessionId(UUID(int=2))


def after(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def secrets():
    numbers = count(1)
    return lambda: f"secret-{next(numbers)}"


@pytest.fixture
def new_secret():
    return secrets()


@pytest.fixture
def opened(new_secret):
    return Session.opened(
        Holder.CUSTOMER, OWNER, ID, lifetime=LIFETIME, new_secret=new_secret, at=NOON, device="", ip=""
    )


@pytest.mark.parametrize(
    "written",
    ["+7 900 000-00-01", "8 (900) 000 00 01", "79000000001", "9000000001", "+7\u00a0900\u2013000\u20130001"],
)
def test_a_phone_is_one_however_it_is_written(written):
    assert normalised(written) == "+79000000001"


@pytest.mark.parametrize(
    "written", ["", "112", "+7 495 000-00-01", "+1 900 000-00-01", "+7900000000x", "٩" * 10]
)
def test_what_is_no_russian_mobile_number_is_refused(written):
    with pytest.raises(PhoneInvalid) as refusal:
        normalised(written)
    assert refusal.value.field == "phone"


def test_a_token_reads_back_as_it_was_written():
    for token in (
        AccessToken(Holder.CUSTOMER, OWNER, ID, "a-secret_1"),
        AccessToken(Holder.STAFF, OWNER, ID, "a-secret_1"),
        RefreshToken(Holder.STAFF, OWNER, ID, "family", "secret"),
        KeyToken(ApiKeyId(OWNER), "secret"),
    ):
        assert parsed(str(token)) == token


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c",
        "c..",
        "k.x.y",
        "x." + "0" * 32 + ".s",
        f"k.{'0' * 32}.a.b",
        "c." + "0" * 31 + ".1.s",
        "." * 500,
    ],
)
def test_garbage_is_no_token(text):
    with pytest.raises(TokenRefused):
        parsed(text)


def test_refreshing_kills_both_former_tokens(opened, new_secret):
    session, tokens = opened
    renewed, fresh = session.refreshed(tokens.refresh, lifetime=LIFETIME, new_secret=new_secret, at=after(30))
    assert renewed.secret_hash != session.secret_hash
    assert fresh.expires_at == after(90)
    assert renewed.is_reuse(tokens.refresh)
    assert not renewed.is_reuse(fresh.refresh)
    with pytest.raises(TokenRefused):
        renewed.refreshed(tokens.refresh, lifetime=LIFETIME, new_secret=new_secret, at=after(31))


def test_a_token_older_than_the_last_is_reuse_too(opened, new_secret):
    session, first = opened
    tokens = first
    for _ in range(3):
        session, tokens = session.refreshed(
            tokens.refresh, lifetime=LIFETIME, new_secret=new_secret, at=after(1)
        )
    assert session.is_reuse(first.refresh)
    assert session.refresh_no == 3


def test_a_guess_is_refused_but_is_not_reuse(opened, new_secret):
    session, _ = opened
    guess = RefreshToken(Holder.CUSTOMER, OWNER, ID, "guessed", "guessed")
    assert not session.is_reuse(guess)
    with pytest.raises(TokenRefused):
        session.refreshed(guess, lifetime=LIFETIME, new_secret=new_secret, at=after(1))


def test_a_session_has_a_longest_life(opened, new_secret):
    session, tokens = opened
    session, tokens = session.refreshed(
        tokens.refresh, lifetime=LIFETIME, new_secret=new_secret, at=after(590)
    )
    session, tokens = session.refreshed(
        tokens.refresh, lifetime=LIFETIME, new_secret=new_secret, at=after(980)
    )
    assert (tokens.expires_at, tokens.refresh_expires_at) == (after(1000), after(1000))
    with pytest.raises(TokenRefused):
        session.refreshed(tokens.refresh, lifetime=LIFETIME, new_secret=new_secret, at=after(1000))


def test_what_ended_a_session_first_stays(opened, new_secret):
    session, tokens = opened
    ended = session.ended(Ending.SIGNED_OUT, after(1)).ended(Ending.REFRESH_REUSED, after(2))
    assert (ended.end_reason, ended.ended_at) == (Ending.SIGNED_OUT, after(1))
    with pytest.raises(TokenRefused):
        ended.refreshed(tokens.refresh, lifetime=LIFETIME, new_secret=new_secret, at=after(3))


def test_of_a_key_only_the_hash_is_kept():
    key, issued = issued_key([Scope.IMPORT])
    assert "s3cret" in str(issued.token)
    assert b"s3cret" not in key.secret_hash
    assert (issued.signing_secret, key.sealed_signing_secret) == ("to sign by", b"yb ngis ot")


def test_a_key_that_moves_no_money_has_nothing_to_sign_by():
    key, issued = issued_key([Scope.SEE])
    assert (issued.signing_secret, key.sealed_signing_secret) == (None, None)


def test_what_people_alone_may_do_is_not_given_to_systems():
    for scope in (Scope.ADMINISTER, Scope.MANAGE):
        with pytest.raises(ScopeNotForSystems):
            issued_key([Scope.SEE, scope])


def issued_key(scopes):
    return ApiKey.issued(
        ApiKeyId(OWNER),
        SystemId(OWNER),
        scopes,
        secret="s3cret",
        signing_secret="to sign by",
        seal=lambda secret: secret.encode()[::-1],
        at=NOON,
        expires_at=after(1),
    )


def test_every_role_has_scopes_and_no_staff_pays():
    assert set(SCOPES) == set(Role)
    assert all(Scope.PAY not in scopes for scopes in SCOPES.values())


def test_staff_need_the_scope_of_their_role():
    actor = Actor(kind=ActorKind.STAFF, id=OWNER, name="О", role="operator", scopes=SCOPES[Role.OPERATOR])
    account = AccountId(UUID(int=5))
    Access(actor=actor, account_id=account, scope=Scope.SEE, at=NOON)
    with pytest.raises(ScopeMissing):
        Access(actor=actor, account_id=account, scope=Scope.PAY, at=NOON)


def test_a_staff_login_is_a_phone_or_a_word():
    assert staff_login("8 900 000-00-11") == "+79000000011"
    assert staff_login(" Ivanova ") == "ivanova"
