"""Letters over SMTP."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import aiosmtplib

from domain.kernel.letters import Letter

TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class SmtpMail:
    host: str
    port: int
    sender: str

    async def send(self, letter: Letter) -> None:
        """Raises on any refusal of the server: the job that sends is repeated."""
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(idstring=letter.key, domain=self.sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        await aiosmtplib.send(
            message, hostname=self.host, port=self.port, timeout=TIMEOUT_SECONDS, start_tls=None
        )
