"""Letters that come in: what became of them, what was answered."""

import email
import smtplib
from email.message import EmailMessage
from email.policy import SMTP

from api.texts import catalogue
from domain.kernel.access import OURSELVES, Access, Scope
from tests.households import lay_household
from tests.letters import READINGS, SENDER, proved
from tests.readings import lay_meter

NUMBER = "Д-7200000003"
OTHER = "Д-7200000009"


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
