"""kill -9 of the process that takes letters and of the workers that answer them: no letter that was
acknowledged is lost, none is kept twice, none gets two different answers.
"""

import asyncio
import os
import random
import smtplib
from collections import Counter

import pytest
import pytest_asyncio

from tests import commands
from tests.households import lay_household
from tests.letters import AUTHSERV, letter
from tests.posts import mailed, post
from tests.programs import Program
from tests.sandboxes import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

LETTERS = 32
KILLS = 3
SEED = 20261122


@pytest_asyncio.fixture
async def taker():
    async with post() as found:
        yield found


@pytest_asyncio.fixture
async def env(dsn, tmp_path, taker):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KABINET_")}
    return kept | {
        "DATABASE_URL": dsn,
        "KABINET_DATA": str(tmp_path),
        "KABINET_MAIL_PORT": str(free_port()),
        "KABINET_LMTP_PORT": str(free_port()),
        "KABINET_SMTP_PORT": str(taker.port),
        "KABINET_MAIL_AUTHSERV_ID": AUTHSERV,
        "KABINET_LOG_FORMAT": "json",
    }


@pytest_asyncio.fixture
async def programs(env, tmp_path):
    started = []

    def program(word):
        one = Program(word, env, tmp_path / f"{word}.log")
        started.append(one)
        return one

    yield program
    await asyncio.gather(*(one.kill() for one in started))


async def delivered(port, body, seconds=90):
    """As a mail server does: again and again until somebody says 250."""
    for _ in range(seconds * 5):
        try:
            await mailed(port, body)
        except (OSError, smtplib.SMTPServerDisconnected, smtplib.SMTPDataError):
            await asyncio.sleep(0.2)
        else:
            return
    raise AssertionError("nobody takes the letter")


async def until(question, seconds=60):
    for _ in range(seconds * 10):
        if await question():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it does not happen")


async def test_the_receiver_is_killed_again_and_again(pool, env, programs, taker):
    port, rng = int(env["KABINET_MAIL_PORT"]), random.Random(SEED)
    receiver, worker = programs("mail"), programs("worker")
    await receiver.start()
    await worker.start()
    bodies = [
        letter(message_id=f"<{no}@firma.example>", sender=f"b{no}@firma.example") for no in range(LETTERS)
    ]

    async def kill():
        for _ in range(KILLS):
            await asyncio.sleep(rng.uniform(1.5, 3))
            await receiver.again()

    async def bring(some):
        for body in some:
            await delivered(port, body)
            await asyncio.sleep(rng.uniform(0, 0.6))

    await asyncio.gather(kill(), *(bring(bodies[lane::4]) for lane in range(4)))

    async def all_read():
        return not await pool.fetchval(
            "SELECT count(*) FROM letters_in l LEFT JOIN letter_answers a USING (letter_id)"
            " WHERE l.state = 'received' OR a.state IS DISTINCT FROM 'sent'"
        )

    await until(all_read)
    kept = [row[0] for row in await pool.fetch("SELECT message_id FROM letters_in")]
    assert sorted(kept) == sorted(f"<{no}@firma.example>" for no in range(LETTERS))
    answered = Counter(one["In-Reply-To"] for one in taker.letters)
    assert answered == Counter(kept)


async def test_the_receiver_is_killed_between_the_bytes_and_the_commit(pool, owner, env, programs, taker):
    """The letter waits for a lock when its process dies: nobody was told 250, so the sender's server comes
    again, and it is kept once."""
    receiver, port = programs("mail"), int(env["KABINET_MAIL_PORT"])
    await receiver.start()
    await delivered(port, letter(message_id="<first@m>"))
    body = letter(message_id="<second@m>")
    async with owner.transaction():
        await owner.execute("LOCK TABLE letters_in IN SHARE ROW EXCLUSIVE MODE")
        bringing = asyncio.create_task(mailed(port, body))

        async def waits():
            return await pool.fetchval(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'letters_in'::regclass"
            )

        await until(waits)
        await receiver.kill()
        with pytest.raises((OSError, smtplib.SMTPServerDisconnected)):
            await bringing
    await asyncio.sleep(0.3)
    assert await pool.fetchval("SELECT count(*) FROM letters_in") == 1
    await receiver.start()
    await delivered(port, body)
    assert await pool.fetchval("SELECT count(*) FROM letters_in") == 2
    assert await pool.fetchval("SELECT count(*) FROM local_jobs WHERE kind = 'mail.read-letter'") == 2


async def test_the_worker_is_killed_between_the_sending_and_its_note(pool, env, programs, taker):
    """The server has taken the answer and nobody noted it: it goes once more, the same under the same id.
    More SMTP cannot promise."""
    receiver, worker = programs("mail"), programs("worker")
    await receiver.start()
    await worker.start()
    taker.says = [worker.kill]
    await delivered(int(env["KABINET_MAIL_PORT"]), letter())

    async def taken():
        return worker.process is None

    await until(taken)
    # The lease and the claim of the dead run out; nobody else may send meanwhile.
    await pool.execute("UPDATE letter_answers SET sending_until = sending_until - interval '1 hour'")
    await pool.execute("UPDATE local_jobs SET picked_until = picked_until - interval '1 hour'")
    await worker.start()

    async def sent():
        return await pool.fetchval("SELECT count(*) FROM letter_answers WHERE state = 'sent'")

    await until(sent)
    one, other = taker.letters
    assert one["Message-ID"] == other["Message-ID"]
    assert one.get_body(("plain",)).get_content() == other.get_body(("plain",)).get_content()


async def test_a_stopped_receiver_finishes_what_it_has(pool, env, programs, owner):
    receiver, port = programs("mail"), int(env["KABINET_MAIL_PORT"])
    await receiver.start()
    await delivered(port, letter(message_id="<first@m>"))
    async with owner.transaction():
        await owner.execute("LOCK TABLE letters_in IN SHARE ROW EXCLUSIVE MODE")
        bringing = asyncio.create_task(mailed(port, letter(message_id="<second@m>")))

        async def waits():
            return await pool.fetchval(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'letters_in'::regclass"
            )

        await until(waits)
        receiver.process.terminate()
        await asyncio.sleep(0.5)
    await bringing
    assert await asyncio.wait_for(receiver.process.wait(), 20) == 0
    assert await pool.fetchval("SELECT count(*) FROM letters_in") == 2


async def test_the_command_lists_shows_and_reads_again(pool, env, programs):
    receiver = programs("mail")
    await receiver.start()
    await delivered(int(env["KABINET_MAIL_PORT"]), letter(("a.xlsx", b"x"), subject="Показания за ноябрь"))
    letter_id = await pool.fetchval("SELECT letter_id FROM letters_in")
    home = await lay_household(pool, number="Д-1", services=["electricity"])
    listed, shown = await asyncio.gather(
        said(env, "mail", "list", "--state", "received"), said(env, "mail", "show", str(letter_id))
    )
    assert "Показания за ноябрь" in listed
    for text in ("Authentication-Results", "a.xlsx", "received: Not read yet"):
        assert text in shown
    await said(env, "mail", "allow", "buh@firma.example", "Д-1")
    assert await pool.fetchval("SELECT account_id FROM sender_addresses") == home.account_id
    await pool.execute("UPDATE letters_in SET state = 'quarantined'")
    assert "once more" in await said(env, "mail", "retry", str(letter_id))
    assert await pool.fetchval("SELECT state FROM letters_in") == "received"


async def said(env, *words):
    code, text = await commands.kabinet(*words, **env)
    assert code == 0, text
    return text
