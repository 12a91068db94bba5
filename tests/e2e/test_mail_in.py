"""Letters with readings, from the wire to the answer."""

import asyncio
import email
import smtplib
from collections import Counter
from email.message import EmailMessage
from email.policy import SMTP

import httpx
import pytest
import pytest_asyncio

from api.texts import catalogue
from domain.kernel.access import OURSELVES, Access, Scope
from domain.kernel.jobs import NotYet
from domain.mail.answers import AnswerKind, AnswerLetter
from domain.mail.letters_in import LetterState, PruneLetters, ReadLetter, Reason
from domain.people.memberships import Membership
from infra.app import create
from infra.container import wire
from infra.job_runs import Outcome
from infra.mail_receiver import receiver_of
from infra.settings import load
from tests.filled_workbooks import filled
from tests.households import lay_household
from tests.kabinets import Kabinet
from tests.letters import (
    AUTHSERV,
    BOOK,
    READINGS,
    SENDER,
    archive,
    head,
    letter,
    proved,
    raw,
    report,
    winmail,
)
from tests.posts import mailed, post
from tests.readings import lay_meter
from tests.sandboxes import Clock

NUMBER = "Д-7200000003"
OTHER = "Д-7200000009"


@pytest_asyncio.fixture
async def taker():
    async with post() as found:
        yield found


@pytest.fixture
def kabinet(pool, tmp_path, taker):
    """Without API and sandbox: letters need neither."""
    clock = Clock()
    env = {"KABINET_SMTP_PORT": str(taker.port), "KABINET_MAIL_AUTHSERV_ID": AUTHSERV}
    settings = load({**env, "KABINET_DATA": str(tmp_path)})
    return Kabinet(wire(settings, pool, None, clock), None, None, clock)


@pytest_asyncio.fixture
async def port(kabinet):
    receiver = receiver_of(kabinet.container)
    yield await receiver.listen("127.0.0.1", 0, is_lmtp=False)
    await receiver.stop(timeout_seconds=5)


@pytest_asyncio.fixture
async def home(kabinet, pool):
    """A contract that letters from SENDER are taken for."""
    home = await lay_household(pool, number=NUMBER, services=["electricity"])
    await allow(kabinet, home)
    return home


@pytest_asyncio.fixture
async def owner(kabinet, home, pool):
    """The holder of the contract, signed in at the API."""
    transport = httpx.ASGITransport(app=create(kabinet.container))
    async with httpx.AsyncClient(transport=transport, base_url="http://kabinet") as kabinet.http:
        user_id = await kabinet.sign_in()
        async with kabinet.container.transaction() as store:
            await store.memberships.add(Membership.of_owner(home.account_id, user_id, kabinet.clock()))
        yield user_id


async def allow(kabinet, home, email=SENDER):
    await kabinet.container.mail_in.sender_service.add_by_staff(OURSELVES, home.account_id, email)


async def another(kabinet, pool):
    """A second contract of the same sender, with a meter."""
    other = await lay_household(pool, number=OTHER, services=["electricity"])
    await allow(kabinet, other)
    await lay_meter(pool, other, serial="00000002")
    return other


async def letters(kabinet):
    """The newest first."""
    office = kabinet.container.mail_in.letter_office
    return await office.listed(OURSELVES, [], before=None, limit=1000, what="")


async def fate(kabinet):
    [found] = await letters(kabinet)
    return found.state, found.reason


async def template(kabinet, home):
    access = Access(actor=OURSELVES, account_id=home.account_id, scope=Scope.SEE, at=kabinet.clock())
    service = kabinet.container.files_of_readings.reading_file_service
    return (await service.template(access, catalogue("ru").gettext))[1]


async def accepted(pool):
    return await pool.fetchval("SELECT count(*) FROM register_readings WHERE state LIKE 'accepted%'")


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


def _mail_many(port, bodies):
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        for body in bodies:
            client.sendmail("" if b"MAILER-DAEMON" in body else SENDER, [READINGS], body)


def _forwarded(body, no):
    message = EmailMessage(policy=SMTP)
    message["Authentication-Results"] = proved()
    message["From"], message["Message-ID"] = SENDER, f"<fwd{no}@m>"
    message.set_content("пересылаю")
    message.add_attachment(email.message_from_bytes(body, policy=SMTP))
    return message.as_bytes()


async def test_bytes_are_forgotten_in_time(kabinet, home, pool, taker, port):
    await mailed(port, letter())
    await kabinet.work()
    kabinet.clock.later(days=181)
    await kabinet.container.mail_in.sender_service.prune(PruneLetters())
    assert await pool.fetchval("SELECT count(raw) FROM letters_in") == 0
    assert await pool.fetchval("SELECT count(*) FROM mail_reply_rates") == 0
    assert len(await letters(kabinet)) == 1
