"""Big letters, many connections, a database that is away, 500 letters at once."""

import asyncio
import smtplib
from collections import Counter

import pytest

from domain.mail.letters_in import LetterState
from infra.mail_receiver import receiver_of
from tests.letters import (
    BOOK,
    archive,
    head,
    letter,
    raw,
    report,
    winmail,
)
from tests.mail_in import _forwarded, _mail_many, fate, letters, template
from tests.posts import mailed


async def test_what_the_receiver_refuses(kabinet, home, pool, port):
    for to in ("other@example.test", "readings@elsewhere.example"):
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            await mailed(port, letter(), to=to)
    with pytest.raises(smtplib.SMTPSenderRefused):
        await mailed(port, b"Subject: x\r\n\r\n" + b"x" * 31 * 1024 * 1024)
    assert not await letters(kabinet)


async def test_a_letter_of_30_mb(kabinet, home, taker, port):
    body = raw(
        head(),
        ("Content-Type: application/pdf", bytes(21 * 1024**2)),
        ('Content-Type: x/y; name="a.xlsx"', BOOK),
    )
    assert 28 * 1024**2 < len(body) < 30 * 1024**2
    await mailed(port, body)
    await kabinet.work()
    assert (await fate(kabinet))[0] is LetterState.SETTLED


async def test_too_many_connections(kabinet, pool, tmp_path):
    receiver = receiver_of(kabinet.container)
    receiver.most_connections = 2
    port = await receiver.listen("127.0.0.1", 0, is_lmtp=False)
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    for reader, _ in held:
        assert (await reader.readline()).startswith(b"220")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert (await reader.readline()).startswith(b"421")
    for _, one in [*held, (reader, writer)]:
        one.close()
    await asyncio.sleep(0.1)
    await mailed(port, letter())
    await receiver.stop(timeout_seconds=5)


async def test_a_database_that_is_away_keeps_the_letter_at_the_sender(kabinet, home, port, monkeypatch):
    async def broken(self, letter, raw):
        raise OSError("away")

    with monkeypatch.context() as patch:
        patch.setattr("adapters.postgres.mail.letters_in.PostgresLettersIn.keep", broken)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            await mailed(port, letter())
    assert refused.value.smtp_code == 451
    await mailed(port, letter())
    assert len(await letters(kabinet)) == 1


async def test_a_mailbox_of_500_mixed_letters_each_with_a_fate(kabinet, home, pool, taker, port):
    book = await template(kabinet, home)
    kinds = [
        lambda no: letter(("a.xlsx", book), message_id=f"<{no}@m>"),
        lambda no: letter(("winmail.dat", winmail("Показания.xlsx", book)), message_id=f"<{no}@m>"),
        lambda no: letter(("a.zip", archive({"Показания.xlsx": book})), message_id=f"<{no}@m>"),
        lambda no: letter(message_id=f"<{no}@m>"),
        lambda no: letter(("a.rar", b"Rar!\x1a\x07\x00"), message_id=f"<{no}@m>"),
        lambda no: letter(("a.xlsx", b"not a workbook"), message_id=f"<{no}@m>"),
        lambda no: letter(sender=f"s{no}@stranger.example", message_id=f"<{no}@m>"),
        lambda no: letter(("a.xlsx", book), checks="", message_id=f"<{no}@m>"),
        lambda no: letter(Auto_Submitted="auto-replied", message_id=f"<{no}@m>"),
        lambda no: report(f"<{no}@m>").replace(b"<dsn@", b"<dsn%d@" % no),
        lambda no: b"garbage %d \xff\x00" % no,
        lambda no: raw(
            head(f"Subject: Ы {no}"),
            ("Content-Type: text/csv", b"\xcd\xee\xec;1\n%d;2" % no),
            charset="koi8-r",
        ),
        lambda no: (
            b"From: %d\r\n" % no + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 5100
        ),
        lambda no: _forwarded(letter(("a.xlsx", book)), no),
    ]
    await asyncio.to_thread(_mail_many, port, [kinds[no % len(kinds)](no) for no in range(500)])
    for _ in range(2):
        await kabinet.work(5000)
        kabinet.clock.later(minutes=1)
    found = Counter(one.state for one in await letters(kabinet))
    assert sum(found.values()) == 500
    assert not found[LetterState.RECEIVED]
    assert not found[LetterState.JUDGING]
    assert found[LetterState.SETTLED] > 200
    assert await pool.fetchval("SELECT count(*) FROM local_jobs WHERE state = 'dead'") == 0
    assert len({one["Message-ID"] for one in taker.letters}) == len(taker.letters)
