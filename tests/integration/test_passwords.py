"""argon2id: right parameters, the same time for nobody, a free event loop, a bounded queue."""

import asyncio
from time import process_time

import argon2
import pytest

from adapters.passwords.argon2 import MOST_WAITING, Argon2Passwords
from domain.people.sessions import PasswordsBusy


async def test_a_password_is_verified_against_its_hash_only():
    passwords = Argon2Passwords()
    kept = await passwords.hashed("kabinet-demo")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verified("kabinet-demo", kept)
    assert not await passwords.verified("kabinet-dem0", kept)
    assert not await passwords.verified("kabinet-demo", None)
    assert not await passwords.verified("nobody's", None)
    assert not await passwords.verified("nobody's", "")
    assert not await passwords.verified("x", "not a hash")


async def test_nobody_takes_as_long_as_somebody():
    passwords = Argon2Passwords()
    kept = await passwords.hashed("right")
    known, unknown = [], []
    # Side by side and by processor time, so that a busy machine does not tell them apart.
    for _ in range(9):
        for times, asked in ((known, kept), (unknown, None)):
            begun = process_time()
            await passwords.verified("wrong", asked)
            times.append(process_time() - begun)
    assert 0.7 < min(known) / min(unknown) < 1.4


async def test_the_event_loop_stays_free_while_passwords_are_checked():
    passwords = Argon2Passwords()
    work = asyncio.gather(*(passwords.verified("x", None) for _ in range(10)))
    beats = 0
    while not work.done():
        await asyncio.sleep(0.001)
        beats += 1
    assert beats > 10


async def test_too_long_a_queue_is_refused_at_once():
    passwords = Argon2Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    asked = [passwords.verified("x", None) for _ in range(MOST_WAITING + 50)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, PasswordsBusy)]
    assert 40 <= len(refused) <= 50
    assert await passwords.verified("x", await passwords.hashed("x"))


@pytest.mark.parametrize("password", ["п" * 200, "\x00", "🙂"])
async def test_any_text_may_be_a_password(password):
    passwords = Argon2Passwords()
    assert await passwords.verified(password, await passwords.hashed(password))
