"""Letters over SMTP."""

import re
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formatdate, make_msgid

import aiosmtplib

from domain.kernel.letters import Letter, LetterRefused

TIMEOUT_SECONDS = 20
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_UNFOLDED = frozenset({"message-id", "in-reply-to", "references", "list-unsubscribe"})


@dataclass(frozen=True, slots=True)
class SmtpMail:
    host: str
    port: int
    sender: str
    bounces_to: str = ""

    async def send(self, letter: Letter) -> None:
        """LetterRefused when the server refuses the letter or its recipient for good; any other trouble,
        ours with the server too, is raised as it comes."""
        try:
            await aiosmtplib.send(
                composed(letter, self.sender).as_bytes(),
                sender=letter.bounces_to or self.bounces_to or letter.sender or self.sender,
                recipients=[letter.to],
                hostname=self.host,
                port=self.port,
                timeout=TIMEOUT_SECONDS,
                start_tls=None,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            [refused] = error.recipients
            raise _told(refused) from error
        except (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError) as error:
            raise _told(error) from error


def _told(error: aiosmtplib.SMTPResponseException) -> Exception:
    """What the server says of this letter; its words may name people, its numbers do not."""
    if error.code < 500:
        return error
    enhanced = _ENHANCED.match(error.message)
    return LetterRefused(f"{error.code} {enhanced[0]}" if enhanced else str(error.code))


class _Wire(EmailPolicy):
    """The stdlib turns an id or an address longer than a line into an encoded word, which no program
    recognises any more: such headers are broken between their words only. And it loses the space at which it
    breaks a subject that is not in Latin letters (https://github.com/python/cpython/issues/92081)."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() in _UNFOLDED:
            return f"{name}: {f'{self.linesep} '.join(str(value).split())}{self.linesep}"
        if _is_encoded(name, value):
            encoded = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
            return f"{name}: {encoded}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in _UNFOLDED or _is_encoded(name, value):
            return self.fold(name, value).encode("ascii", "replace")
        return bytes(super().fold_binary(name, value))


def _is_encoded(name: str, value: str) -> bool:
    return name.lower() == "subject" and not str(value).isascii()


_POLICY = _Wire(linesep="\r\n", cte_type="7bit")


def composed(letter: Letter, sender: str) -> EmailMessage:
    """The letter as it goes over the wire. Raises ValueError for a header with a line break."""
    message = EmailMessage(policy=_POLICY)
    sender = letter.sender or sender
    ours = {
        "From": sender,
        "To": letter.to,
        "Subject": letter.subject,
        "Date": formatdate(),
        "Message-ID": make_msgid(idstring=letter.key, domain=sender.rpartition("@")[2].rstrip(">")),
        "Auto-Submitted": "auto-generated",
    }
    for name, value in {**ours, **letter.headers}.items():
        message[name] = value
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    for file in letter.attachments:
        kind, _, subtype = file.media_type.partition("/")
        message.add_attachment(file.content, maintype=kind, subtype=subtype, filename=file.name)
    return message
