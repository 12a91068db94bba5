"""Guessers of account numbers, phones, passwords and codes: they get nothing, learn nothing and lose time.

What must not differ is counted, not timed: the queries sent and the passwords verified, statement by
statement. One rough timing stands beside it.
"""

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import cast
from zoneinfo import ZoneInfo

import asyncpg
import pytest
import pytest_asyncio

from adapters.postgres.pool import prepare, server_settings
from domain.kernel.calendar import business_day
from domain.kernel.errors import Refusal
from domain.kernel.ids import UserId
from domain.kernel.money import Money
from domain.payments.provider import Provider
from domain.people.attempts import AttemptTerms, Limit, TooManyAttempts, Tries, TryKind
from domain.people.memberships import Proof
from infra.clock import new_id
from infra.container import wire
from infra.settings import load
from tests.households import charge, lay_household
from tests.kabinets import DEBTS, TO_PAY
from tests.sandboxes import Clock

NOON = datetime(2026, 11, 22, 7, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Yekaterinburg")
KNOWN = "+79000000001"
GUESSES = 10_000
NUMBERS, PHONES, CODES = 3_000, 4_000, 3_000
"""Of the 10,000 that are really made, against PostgreSQL."""

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.1"


class CountedPasswords:
    """In place of argon2: what it is asked, and the right password is "right"."""

    def __init__(self):
        self.asked = 0

    async def hashed(self, password):
        return f"hash of {password}"

    async def verified(self, password, kept):
        self.asked += 1
        return kept == f"hash of {password}"


class Place:
    """The services on one connection that is listened to."""

    def __init__(self, pool, clock, said, *, real_passwords=False):
        self.pool, self.clock, self._said = pool, clock, said
        container = wire(load({}), pool, cast(Provider, None), clock)
        self.passwords = CountedPasswords()
        self.enrolment = container.enrolment_service
        self.sessions = container.session_service
        if not real_passwords:
            self.enrolment = replace(self.enrolment, passwords=self.passwords)
            self.sessions = replace(self.sessions, passwords=self.passwords)
        self.memberships = container.membership_service
        self.recovery = replace(container.by_code.recovery_service, passwords=self.passwords)
        self.sign_ups = replace(container.by_code.sign_up_service, passwords=self.passwords)

    async def work_of(self, use_case):
        """What the use case answered and all it has done: statements in their order, passwords verified."""
        await asyncio.sleep(0)
        self._said.clear()
        asked = self.passwords.asked
        answer = await answered(use_case)
        await asyncio.sleep(0)
        return answer, self.passwords.asked - asked, list(self._said)


async def answered(use_case):
    """The refusal as a caller sees it, or "let in"."""
    try:
        await use_case
    except Refusal as refusal:
        return refusal.code, str(refusal), refusal.field
    return "let in"


@pytest_asyncio.fixture
async def place(dsn):
    async with Listened(dsn) as (pool, said):
        yield Place(pool, Clock(), said)


class Listened:
    def __init__(self, dsn):
        self._dsn, self._said = dsn, []

    async def __aenter__(self):
        async def listen(connection):
            connection.add_query_logger(self._hear)

        async def leave(_):
            pass

        self._pool = await asyncpg.create_pool(
            self._dsn,
            min_size=1,
            max_size=1,
            init=prepare,
            setup=listen,
            reset=leave,
            server_settings=server_settings("kabinet_app"),
        )
        return self._pool, self._said

    def _hear(self, record):
        self._said.append(record.query)

    async def __aexit__(self, *_):
        await self._pool.close()


@pytest.fixture
async def terms(place):
    async with place.sessions.transaction() as store:
        return await store.terms.at(AttemptTerms, business_day(NOON, ZONE))


LEAST_DAYS = {
    TryKind.SIGN_IN: 25,
    TryKind.PASSWORD: 25,
    TryKind.PROOF_USER: 100,
    TryKind.PROOF_ACCOUNT: 20,
    TryKind.CODE_TRY: 25,
    TryKind.SECOND_FACTOR: 25,
    TryKind.SECOND_FACTOR_PERSON: 40,
    TryKind.INVITATION_CODE: 40,
    # Over all networks a phone is slowed and never locked, for a lock would shut its owner out.
    TryKind.SIGN_IN_PHONE: 0.15,
    TryKind.CODE_TRY_ADDRESS: 3,
    # A network may be a whole village's.
    TryKind.SIGN_IN_NETWORK: 0.3,
    TryKind.CODE_TRY_NETWORK: 0.6,
}
"""What 10,000 guesses at one door take under the terms of the migrations, however the guesser paces them."""


@pytest.mark.parametrize("kind", LEAST_DAYS)
def test_how_long_ten_thousand_guesses_take(terms, kind):
    limit = terms.limits[kind]
    days = min(hammering(limit), pacing(limit)) / timedelta(days=1)
    assert days >= LEAST_DAYS[kind]


def hammering(limit: Limit) -> timedelta:
    """Guessing again in the very second that a lock ends."""
    at, tries = NOON, Tries(kind=TryKind.SIGN_IN, key="x", window_started_at=NOON)
    for _ in range(GUESSES):
        at += timedelta(seconds=tries.wait_seconds(at))
        tries = tries.tried(limit, at)
    return at - NOON


def pacing(limit: Limit) -> timedelta:
    """Always one less than brings the lock."""
    at, tries = NOON, Tries(kind=TryKind.SIGN_IN, key="x", window_started_at=NOON)
    for number in range(GUESSES):
        if number and number % (limit.tries - 1) == 0:
            at += timedelta(seconds=limit.window_seconds)
        tries = tries.tried(limit, at)
        assert not tries.wait_seconds(at)
    return at - NOON


async def test_a_code_cannot_be_guessed_in_its_life(terms, place):
    """However many networks guess: as many tries of one code as its phone is open to, of a million."""
    limit = terms.limits[TryKind.CODE_TRY_ADDRESS]
    at = NOON
    tries = Tries(kind=TryKind.CODE_TRY_ADDRESS, key="x", window_started_at=NOON)
    made = 0
    while at < NOON + timedelta(minutes=10):
        tries = tries.tried(limit, at)
        made += 1
        at += timedelta(seconds=tries.wait_seconds(at))
    assert made < 200


@pytest.mark.slow
async def test_thousands_of_account_numbers(place):
    """One customer tries numbers in a row, the right one with its right sum among them."""
    home = await lay_household(place.pool, number="6600000500")
    await charge(place.pool, home, DEBTS)
    thief = UserId(new_id())
    proof = Proof(bill_amount=Money(TO_PAY))
    told = Counter()
    for number in range(NUMBERS):
        told[await one_guess(place.memberships.add_account(thief, f"66{number:08}", proof))] += 1
    assert told == {"account-proof-failed": 5, "too-many-attempts": NUMBERS - 5}
    assert await place.pool.fetchval("SELECT count(*) FROM user_accounts") == 0


@pytest.mark.slow
async def test_thousands_of_phones(place):
    """One network tries a common password on phones in a row. Every thousandth has it."""
    for number in range(500, PHONES, 1000):
        await place.enrolment.customer(f"+7900{number:07}", "С.", "right", None)
    told = Counter()
    for number in range(PHONES):
        told[
            await one_guess(place.sessions.sign_in(f"+7900{number:07}", "right", device="", ip=ELSEWHERE))
        ] += 1
    assert told == {"sign-in-failed": 200, "too-many-attempts": PHONES - 200}
    assert place.passwords.asked == 200


@pytest.mark.slow
async def test_thousands_of_codes(place):
    """One network tries codes of one phone, the right one after ten wrong ones, over and over."""
    await place.enrolment.customer(KNOWN, "С.", "right", None)
    asked = await place.recovery.ask_sign_in(KNOWN, HOME)
    right = asked.message.text[:6]
    told = Counter()
    for number in range(CODES):
        code = right if number % 11 == 10 else f"{(int(right) + 1 + number) % 10**6:06}"
        told[await one_guess(place.recovery.sign_in(KNOWN, code, device="", ip=ELSEWHERE))] += 1
    assert told == {"code-wrong": 5, "too-many-attempts": CODES - 5}


async def one_guess(use_case) -> str:
    try:
        await use_case
    except TooManyAttempts as refusal:
        assert refusal.params["retry_after_seconds"] > 0
        return refusal.code
    except Refusal as refusal:
        return refusal.code
    return "let in"


async def test_a_known_phone_and_an_unknown_one_cost_the_same(place):
    """Every door that takes a phone: the same answer, the same statements, the same verifications."""
    await place.enrolment.customer(KNOWN, "С.", "right", "s@example.test")
    await place.enrolment.staff("+79000000011", "О.", "operator", "right", None)
    doors = {
        "sign-in": lambda phone: place.sessions.sign_in(phone, "wrong", device="", ip=HOME),
        "staff": lambda phone: place.sessions.sign_in_staff(phone, "wrong", device="", ip=HOME),
        "ask-sign-in": lambda phone: place.recovery.ask_sign_in(phone, HOME),
        "sign-in-by-code": lambda phone: place.recovery.sign_in(phone, "x", device="", ip=HOME),
        "ask-reset": lambda phone: place.recovery.ask_reset(phone, HOME),
        "reset": lambda phone: place.recovery.reset(phone, "x", "три слова подряд", device="", ip=HOME),
        "sign-up": lambda phone: place.sign_ups.ask(phone, HOME),
    }
    # The first time each asks for terms that are remembered afterwards, and about types.
    for door in doors.values():
        await place.work_of(door("+79000000099"))
    for name, door in doors.items():
        place.clock.later(hours=1)
        known = await place.work_of(door(KNOWN))
        place.clock.later(hours=1)
        staff = await place.work_of(door("+79000000011"))
        place.clock.later(hours=1)
        unknown = await place.work_of(door("+79000000098"))
        assert known[2], name
        assert known == unknown, name
        assert staff == unknown, name


async def test_a_right_account_number_and_an_unknown_one_cost_the_same(place):
    home = await lay_household(place.pool)
    await charge(place.pool, home, DEBTS)
    work = {}
    for number in ("6600009999", home.number, "6600000002"):
        for proof in (Proof(bill_amount=Money(1)), Proof(bill_number="no")):
            wish = place.memberships.add_account(UserId(new_id()), number, proof)
            work[number] = [*work.get(number, []), await place.work_of(wish)]
    assert work[home.number] == work["6600000002"]


async def test_guesses_of_numbers_are_refused_alike_one_after_another(place):
    """The same sequence of answers, from the first to the lock, whether the accounts exist or not."""
    for number in range(10):
        home = await lay_household(place.pool, number=f"660000000{number}")
        await charge(place.pool, home, DEBTS)
    told = []
    for first in ("660000000", "770000000"):
        thief = UserId(new_id())
        wishes = [
            place.memberships.add_account(thief, f"{first}{number}", Proof(bill_number="x"))
            for number in range(10)
        ]
        told.append([await answered(wish) for wish in wishes])
    assert told[0] == told[1]


@pytest.mark.slow
async def test_the_time_of_sign_in_does_not_tell_who_is_known(dsn):
    """With the real argon2, taken in turn. Best of three, for the machine does other things too."""
    async with Listened(dsn) as (pool, said):
        place = Place(pool, Clock(), said, real_passwords=True)
        for number in range(10):
            await place.enrolment.customer(f"+7900000000{number}", "С.", "right", None)
        apart = [await _apart(place, round_no) for round_no in range(3)]
    assert min(apart) < 0.15, apart


async def _apart(place, round_no) -> float:
    """How far the medians lie apart, as a part of the smaller one."""
    took = {"known": [], "unknown": []}
    for number in range(10):
        for who, phone in (("known", f"+7900000000{number}"), ("unknown", f"+7900000010{number}")):
            began = time.perf_counter()
            told = await one_guess(
                place.sessions.sign_in(phone, "wrong", device="", ip=f"203.0.{round_no}.{number}")
            )
            took[who].append(time.perf_counter() - began)
            assert told == "sign-in-failed"
    known, unknown = median(took["known"]), median(took["unknown"])
    return abs(known - unknown) / min(known, unknown)
