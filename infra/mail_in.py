"""Letters that come in, put together: for jobs, the API and the command."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address

import asyncpg

from adapters.mail.parsing import MailParser
from adapters.postgres.mail.senders import PostgresSenders
from api.texts import LANGUAGES, catalogue
from domain.kernel.letters import Mail
from domain.mail.letters_in import LetterIn, LetterSource
from domain.readings.replies import Translate
from infra.attachments import scanner
from infra.reading_files import FilesOfReadings
from infra.settings import Settings
from services.mail.answering import LetterAnswering
from services.mail.office import LetterOffice
from services.mail.promising import Promises
from services.mail.reading import LetterReading
from services.mail.receiving import LetterReception
from services.mail.senders import SenderService
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class MailIn:
    """What handlers ask for by the names of these fields, and what jobs and commands need."""

    letter_reception: LetterReception
    letter_reading: LetterReading
    letter_answering: LetterAnswering
    letter_office: LetterOffice
    sender_service: SenderService
    senders: PostgresSenders


def wired(
    sessions: SessionService, pool: asyncpg.Pool, files: FilesOfReadings, mail: Mail, settings: Settings
) -> MailIn:
    """On the transaction and the clock of `sessions`; what only reads, on the pool."""
    transaction, now, new_id, zone = sessions.transaction, sessions.now, sessions.new_id, sessions.zone
    parser = MailParser(settings.mail_authserv_id)
    promises = Promises(settings.mail_address.rpartition("@")[2], zone)
    desk = files.reading_file_service
    return MailIn(
        letter_reception=LetterReception(transaction, parser, now, new_id),
        letter_reading=LetterReading(
            transaction=transaction,
            parser=parser,
            desk=desk,
            read_workbook=desk.read,
            promises=promises,
            own=frozenset({settings.mail_address.lower(), settings.smtp_from.lower()}),
            is_trusted=partial(_is_neighbour, is_on=settings.mail_trust_loopback),
            now=now,
        ),
        letter_answering=LetterAnswering(
            transaction=transaction,
            desk=desk,
            mail=mail,
            promises=promises,
            languages=_languages(),
            address=settings.mail_address,
            url=settings.public_url,
            limit_mb=settings.mail_most_mb,
            now=now,
        ),
        letter_office=LetterOffice(transaction, parser, scanner(settings), now, new_id),
        sender_service=SenderService(transaction, now, zone),
        senders=PostgresSenders(pool),
    )


def _languages() -> Sequence[Translate]:
    """Russian first: a letter does not tell its reader's language."""
    return [catalogue(language).gettext for language in LANGUAGES]


def _is_neighbour(letter: LetterIn, *, is_on: bool) -> bool:
    """The demo: mail programs on this machine. A mailbox elsewhere is no neighbour."""
    if not is_on or letter.source is LetterSource.IMAP:
        return False
    try:
        return ip_address(letter.remote_ip).is_loopback
    except ValueError:
        return False
