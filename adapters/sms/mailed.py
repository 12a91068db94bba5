"""Short messages as letters, for the demo: its mail sink takes every code."""

from dataclasses import dataclass

from adapters.mail.smtp import SmtpMail
from domain.kernel.letters import Letter


@dataclass(frozen=True, slots=True)
class MailedSms:
    mail: SmtpMail
    domain: str = "sms.example.test"

    async def send(self, phone: str, text: str) -> None:
        to = f"{phone.lstrip('+')}@{self.domain}"
        await self.mail.send(Letter(key=f"sms.{phone.lstrip('+')}", to=to, subject=f"SMS {phone}", text=text))
