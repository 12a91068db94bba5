"""Who hears what: strangers one thing only, programs and lists nothing."""

import pytest

from domain.mail.letters_in import LetterState, Reason
from tests.filled_workbooks import filled
from tests.households import lay_household
from tests.letters import (
    AUTHSERV,
    BOOK,
    READINGS,
    SENDER,
    letter,
    proved,
    report,
)
from tests.mail_in import NUMBER, OTHER, accepted, another, fate, letters, template
from tests.posts import mailed
from tests.readings import lay_meter


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (letter(("a.xlsx", BOOK), checks=""), Reason.SENDER_NOT_PROVED),
        (letter(("a.xlsx", BOOK), checks=proved(authserv_id="mx.evil.example")), Reason.SENDER_NOT_PROVED),
        (letter(("a.xlsx", BOOK), sender="stranger@firma.example"), Reason.SENDER_UNKNOWN),
    ],
)
async def test_strangers_hear_one_thing_only(kabinet, home, taker, port, body, reason):
    await mailed(port, body)
    await kabinet.work()
    assert await fate(kabinet) == (LetterState.QUARANTINED, reason)
    [answer] = taker.letters
    assert answer["Subject"] == "Ваше письмо"
    text = answer.get_body(("plain",)).get_content()
    for secret in (NUMBER, "Добрый день, показания", SENDER, "firma", "a.xlsx"):
        assert secret not in text
    assert not taker.attachments()


async def test_all_strangers_hear_the_same(kabinet, home, taker, port):
    await mailed(port, letter(("a.xlsx", BOOK), checks=""))
    await mailed(port, letter(sender="stranger@other.example", subject=NUMBER))
    await kabinet.work()
    one, other = taker.letters
    assert one.get_body(("plain",)).get_content() == other.get_body(("plain",)).get_content()
    assert one["Subject"] == other["Subject"]


@pytest.mark.parametrize(
    ("body", "mail_from", "fate_expected"),
    [
        (
            letter(("a.xlsx", BOOK), checks=f"{AUTHSERV}; dmarc=fail header.from=firma.example"),
            SENDER,
            (LetterState.QUARANTINED, Reason.SENDER_FORGED),
        ),
        (letter(Auto_Submitted="auto-replied"), SENDER, (LetterState.IGNORED, Reason.AUTOMATIC)),
        (letter(Precedence="bulk"), SENDER, (LetterState.IGNORED, Reason.AUTOMATIC)),
        (letter(), "", (LetterState.IGNORED, Reason.AUTOMATIC)),
        (letter(sender=READINGS), SENDER, (LetterState.IGNORED, Reason.OWN_LETTER)),
        (report("<answer.x@example.test>"), "", (LetterState.BOUNCE, Reason.DELIVERY_REPORT)),
        (b"\x00\xff\xfe garbage", SENDER, (LetterState.QUARANTINED, Reason.SENDER_UNCLEAR)),
        (b"--b\r\n" * 5100, SENDER, (LetterState.QUARANTINED, Reason.UNREADABLE)),
    ],
)
async def test_letters_that_get_no_answer(kabinet, home, taker, port, body, mail_from, fate_expected):
    await mailed(port, body, sender=mail_from)
    await kabinet.work()
    assert await fate(kabinet) == fate_expected
    assert not taker.letters


async def test_a_program_may_send_readings_but_is_not_answered(kabinet, home, pool, taker, port):
    await lay_meter(pool, home, serial="00000001")
    body = filled(await template(kabinet, home), {0: 4100})
    await mailed(port, letter(("a.xlsx", body), Auto_Submitted="auto-generated"))
    await kabinet.work()
    assert await fate(kabinet) == (LetterState.SETTLED, Reason.WORKBOOKS_JUDGED)
    assert await accepted(pool) == 1
    assert not taker.letters


async def test_the_account_is_told_by_subject_or_template_else_asked(kabinet, home, pool, taker, port):
    other = await another(kabinet, pool)
    await mailed(port, letter(("a.xlsx", BOOK)))
    await kabinet.work()
    assert await fate(kabinet) == (LetterState.SETTLED, Reason.ACCOUNT_UNCLEAR)
    assert "не сказано" in taker.letters[-1].get_body(("plain",)).get_content()
    await mailed(
        port, letter(("b.xlsx", BOOK), subject=f"По договору {OTHER.lower()}, ноябрь", message_id="<2@b>")
    )
    await mailed(port, letter(("c.xlsx", await template(kabinet, other)), message_id="<3@b>"))
    await kabinet.work()
    accounts = await pool.fetch("SELECT account_id FROM letter_files WHERE file_id IS NOT NULL")
    assert [one["account_id"] for one in accounts] == [other.account_id] * 2


async def test_one_letter_for_two_accounts(kabinet, home, pool, taker, port):
    other = await another(kabinet, pool)
    await lay_meter(pool, home, serial="00000001")
    books = [
        ("a.xlsx", await template(kabinet, home)),
        ("b.xlsx", await template(kabinet, other)),
        ("c.xlsx", BOOK),
    ]
    await mailed(port, letter(*books))
    await kabinet.work()
    files = await pool.fetch("SELECT name, account_id, trouble FROM letter_files ORDER BY file_no")
    assert [tuple(file) for file in files] == [
        ("a.xlsx", home.account_id, ""),
        ("b.xlsx", other.account_id, ""),
        ("c.xlsx", None, "account-unclear"),
    ]
    assert len(taker.letters) == 1
    assert set(taker.attachments()) == {"a – ответ.xlsx", "b – ответ.xlsx"}


async def test_a_template_of_a_foreign_account_waits_for_an_operator(kabinet, home, pool, taker, port):
    await another(kabinet, pool)
    third = await lay_household(pool, number="Д-1", services=["electricity"])
    await lay_meter(pool, third, serial="00000003")
    await mailed(port, letter(("a.xlsx", await template(kabinet, third))))
    await kabinet.work()
    assert await fate(kabinet) == (LetterState.QUARANTINED, Reason.ACCOUNT_NOT_THEIRS)


async def test_an_address_somebody_else_registered_draws_no_letters(kabinet, home, owner, pool, taker, port):
    """Until the address itself has named the account, only letters that name it are taken for it."""
    stranger = "victim@firma.example"
    path = f"/api/v1/accounts/{home.account_id}/mail-senders/{stranger}"
    assert (await kabinet.http.put(path)).status_code == 200
    await mailed(port, letter(("a.xlsx", BOOK), sender=stranger))
    await kabinet.work()
    assert await fate(kabinet) == (LetterState.SETTLED, Reason.ACCOUNT_UNCLEAR)
    assert not taker.attachments()
    await mailed(port, letter(("a.xlsx", BOOK), sender=stranger, subject=NUMBER, message_id="<2@b>"))
    await kabinet.work()
    await mailed(port, letter(("b.xlsx", BOOK), sender=stranger, message_id="<3@b>"))
    await kabinet.work()
    assert (await letters(kabinet))[0].state is LetterState.SETTLED
    assert await pool.fetchval("SELECT count(*) FROM letter_files WHERE file_id IS NOT NULL") >= 1


async def test_answers_to_one_address_are_counted(kabinet, home, pool, taker, port):
    for number in range(35):
        await mailed(port, letter(message_id=f"<{number}@firma.example>"))
    await kabinet.work(400)
    assert len(taker.letters) == 30
    withheld = await pool.fetchval("SELECT count(*) FROM letter_answers WHERE state = 'withheld'")
    assert withheld == 5
    kabinet.clock.later(hours=1)
    await mailed(port, letter(message_id="<later@firma.example>"))
    await kabinet.work()
    assert len(taker.letters) == 31
