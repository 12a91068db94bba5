"""Letters with readings, from the wire to the answer."""

import asyncio
from collections import Counter

from domain.kernel.jobs import NotYet
from domain.mail.answers import AnswerKind, AnswerLetter
from domain.mail.letters_in import LetterState, PruneLetters, ReadLetter, Reason
from infra.job_runs import Outcome
from infra.mail_receiver import receiver_of
from tests.filled_workbooks import filled
from tests.letters import (
    READINGS,
    SENDER,
    letter,
    report,
)
from tests.mail_in import NUMBER, accepted, fate, letters, template
from tests.posts import mailed
from tests.readings import lay_meter


async def test_a_template_is_filled_in_mailed_and_comes_back_marked(kabinet, home, pool, taker, port):
    for number in range(5):
        await lay_meter(pool, home, serial=f"00{number:06d}")
    body = filled(await template(kabinet, home), {0: 4100, 1: 4101, 2: 1, 3: 4103})
    await mailed(
        port, letter(("Показания за ноябрь.xlsx", body), subject="За ноябрь", References="<0@firma.example>")
    )
    await kabinet.work()
    assert await fate(kabinet) == (LetterState.SETTLED, Reason.WORKBOOKS_JUDGED)
    assert await accepted(pool) == 3
    [answer] = taker.letters
    assert taker.envelopes == [(READINGS, [SENDER])]
    assert answer["Subject"] == "Re: За ноябрь"
    assert answer["From"] == READINGS
    assert answer["In-Reply-To"] == "<1@firma.example>"
    assert answer["References"].split() == ["<0@firma.example>", "<1@firma.example>"]
    assert answer["Auto-Submitted"] == "auto-replied"
    assert set(taker.attachments()) == {"Показания за ноябрь – ответ.xlsx"}
    text = answer.get_body(("plain",)).get_content()
    html = answer.get_body(("html",)).get_content()
    for line in (f"Показания за ноябрь.xlsx, счёт {NUMBER}", "Принято", "Отклонено"):
        assert line in text
        assert line in html


async def test_the_same_letter_twice_is_answered_once(kabinet, home, pool, taker, port):
    body = letter(("a.xlsx", await template(kabinet, home)))
    await mailed(port, body)
    await mailed(port, b"Received: by another way\r\n" + body)
    await kabinet.work()
    await mailed(port, body)
    await kabinet.work()
    [kept] = await letters(kabinet)
    assert kept.deliveries == 3
    assert len(taker.letters) == 1


async def test_the_same_workbook_in_another_letter_is_answered_too(kabinet, home, taker, port):
    book = await template(kabinet, home)
    await mailed(port, letter(("a.xlsx", book)))
    await kabinet.work()
    await mailed(port, letter(("a.xlsx", book), message_id="<2@firma.example>"))
    await kabinet.work()
    assert len(taker.letters) == 2
    assert len({one["Message-ID"] for one in taker.letters}) == 2


async def test_a_workbook_that_came_by_the_cabinet_first_is_answered_too(kabinet, home, owner, taker, port):
    """Its judging promises no answer: the letter looks for itself."""
    book = await template(kabinet, home)
    file_id = "0192d0e0-0000-7000-8000-000000000001"
    path = f"/api/v1/accounts/{home.account_id}/readings/files/{file_id}"
    assert (await kabinet.http.put(path, content=book, params={"file_name": "a.xlsx"})).status_code == 202
    await mailed(port, letter(("a.xlsx", book)))
    await kabinet.work()
    kabinet.clock.later(seconds=30)
    await kabinet.work()
    assert len(taker.letters) == 1


async def test_lmtp(kabinet, home, taker):
    receiver = receiver_of(kabinet.container)
    port = await receiver.listen("127.0.0.1", 0, is_lmtp=True)
    await mailed(port, letter(), lmtp=True, to="Readings+firma@EXAMPLE.test")
    await receiver.stop(timeout_seconds=5)
    await kabinet.work()
    assert await fate(kabinet) == (LetterState.SETTLED, Reason.NO_WORKBOOK)


async def test_instructions_come_with_the_template(kabinet, home, pool, taker, port):
    await lay_meter(pool, home, serial="00000001")
    await mailed(port, letter())
    await kabinet.work()
    assert list(taker.attachments()) == [f"Показания {NUMBER}.xlsx"]


async def test_answers_that_the_server_does_not_take(kabinet, home, pool, taker, port):
    taker.says = ["451 later", "421 go away", "250 OK", "550 5.1.1 no such user"]
    await mailed(port, letter())
    await kabinet.work()
    assert not taker.letters
    for _ in range(3):
        kabinet.clock.later(minutes=2)
        await kabinet.work()
    assert len(taker.letters) == 1
    await mailed(port, letter(message_id="<2@b>"))
    outcomes = await kabinet.work()
    assert set(outcomes) == {Outcome.DONE}
    rows = await pool.fetch("SELECT state, note FROM letter_answers ORDER BY promised_at")
    assert [tuple(row) for row in rows] == [("sent", ""), ("refused", "550 5.1.1")]


async def test_a_connection_lost_after_the_letter_went_brings_the_same_letter(kabinet, home, taker, port):
    taker.says = ["lost"]
    await mailed(port, letter())
    await kabinet.work()
    kabinet.clock.later(minutes=5)
    await kabinet.work()
    one, other = taker.letters
    assert one["Message-ID"] == other["Message-ID"]


async def test_two_runs_send_one_answer(kabinet, home, taker, port, pool):
    await mailed(port, letter())
    [kept] = await letters(kabinet)
    await kabinet.container.mail_in.letter_reading.read(ReadLetter(letter_id=kept.id))
    job = AnswerLetter(letter_id=kept.id, answer=AnswerKind.INSTRUCTIONS)
    runs = [kabinet.container.mail_in.letter_answering.send(job) for _ in range(6)]
    done = await asyncio.gather(*runs, return_exceptions=True)
    assert {type(one) for one in done} <= {type(None), NotYet}
    assert len(taker.letters) == 1


async def test_reports_of_answers_are_recorded_others_are_not(kabinet, home, pool, taker, port):
    await mailed(port, letter())
    await kabinet.work()
    our_id = taker.letters[0]["Message-ID"]
    await mailed(port, report(our_id), sender="")
    await mailed(
        port, report(our_id, recipient="somebody@else.example").replace(b"<dsn@", b"<dsn2@"), sender=""
    )
    await mailed(port, report("<answer.1@example.test>").replace(b"<dsn@", b"<dsn3@"), sender="")
    await kabinet.work()
    rows = await pool.fetch("SELECT recipient, message_id, status, action FROM mail_bounces")
    assert [tuple(row) for row in rows] == [(SENDER, our_id, "5.1.1", "failed")]
    assert await pool.fetchval("SELECT state FROM letter_answers") == "bounced"
    assert Counter(one.state for one in await letters(kabinet))[LetterState.BOUNCE] == 3


async def test_bytes_are_forgotten_in_time(kabinet, home, pool, taker, port):
    await mailed(port, letter())
    await kabinet.work()
    kabinet.clock.later(days=181)
    await kabinet.container.mail_in.sender_service.prune(PruneLetters())
    assert await pool.fetchval("SELECT count(raw) FROM letters_in") == 0
    assert await pool.fetchval("SELECT count(*) FROM mail_reply_rates") == 0
    assert len(await letters(kabinet)) == 1
