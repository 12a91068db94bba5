"""The process that takes letters: from our mail server over LMTP and SMTP, out of a mailbox over IMAP."""

import asyncio
import signal

import structlog

from adapters.mail.imap import Fetched, Mailbox, MailboxWatch
from adapters.mail.receiver import Handed, LetterReceiver
from domain.mail.letters_in import LetterSource
from infra.container import Container, open_container
from infra.settings import Settings
from services.mail.receiving import Delivery, LetterReception
from services.repeating import repeated

log = structlog.get_logger("kabinet.mail")

_MB = 1024 * 1024


async def run(settings: Settings) -> None:
    """Until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_container(settings) as container:
        await serve(container, stop)


async def serve(container: Container, stop: asyncio.Event) -> None:
    """Take letters until `stop`; those in hand are kept before it returns."""
    settings = container.settings
    receiver = receiver_of(container)
    watching = None
    if settings.mail_port:
        await receiver.listen(settings.host, settings.mail_port, is_lmtp=False)
    if settings.lmtp_port:
        await receiver.listen(settings.host, settings.lmtp_port, is_lmtp=True)
    if settings.imap_host:
        watching = asyncio.create_task(watch_of(container).run(), name="mailbox")
    log.info(
        "taking letters",
        smtp_port=settings.mail_port,
        lmtp_port=settings.lmtp_port,
        mailbox=bool(settings.imap_host),
    )
    try:
        await stop.wait()
    finally:
        if watching is not None:
            watching.cancel()
            await asyncio.wait({watching})
        await receiver.stop(timeout_seconds=settings.stop_seconds)
        log.info("no more letters are taken")


def receiver_of(container: Container) -> LetterReceiver:
    settings, reception = container.settings, container.mail_in.letter_reception

    async def keep(handed: Handed) -> None:
        delivery = Delivery(
            source=LetterSource.LMTP if handed.is_lmtp else LetterSource.SMTP,
            remote_ip=handed.remote_ip,
            mail_from=handed.mail_from,
            recipients=handed.recipients,
            raw=handed.raw,
            size_bytes=len(handed.raw),
        )
        await _keep(reception, delivery)

    return LetterReceiver(
        keep=keep,
        mailbox=settings.mail_address,
        most_bytes=settings.mail_most_mb * _MB,
        most_connections=settings.mail_connections,
        timeout_seconds=settings.mail_timeout_seconds,
    )


def watch_of(container: Container) -> MailboxWatch:
    settings, reception = container.settings, container.mail_in.letter_reception

    async def keep(fetched: Fetched) -> None:
        delivery = Delivery(
            source=LetterSource.IMAP,
            remote_ip=settings.imap_host,
            mail_from=fetched.mail_from,
            recipients=(settings.mail_address,),
            raw=fetched.raw,
            size_bytes=fetched.size_bytes,
            is_cut=fetched.is_cut,
        )
        await _keep(reception, delivery)

    mailbox = Mailbox(
        host=settings.imap_host,
        port=settings.imap_port,
        security=settings.imap_security,
        user=settings.imap_user,
        password=settings.imap_password,
        folder=settings.imap_folder,
        done_folder=settings.imap_done_folder,
        most_bytes=settings.mail_most_mb * _MB,
    )
    return MailboxWatch(mailbox, keep, settings.imap_poll_seconds)


async def _keep(reception: LetterReception, delivery: Delivery) -> None:
    letter = reception.letter(delivery)
    kept_id = await repeated(lambda: reception.keep(letter, delivery.raw))
    # Neither addresses nor the subject: logs are read by more people than letters.
    log.info(
        "letter kept" if kept_id == letter.id else "letter came again",
        letter_id=str(kept_id),
        source=delivery.source,
        bytes=delivery.size_bytes,
    )
