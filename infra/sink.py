"""The demo's mail: an SMTP server that takes every letter, keeps it in a Maildir and shows it on a page.

SMS codes come here as letters too. Nothing is ever sent on.
"""

import asyncio

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session
from granian.constants import Interfaces
from granian.server.embed import Server as PageServer

from infra.letters import Letters
from infra.settings import Settings
from infra.sink_page import page

log = structlog.get_logger("kabinet.sink")

MOST_LETTER_BYTES = 10 * 1024 * 1024
_MOST_RECIPIENTS = 100


class _Taker:
    """aiosmtpd's handler: takes whatever comes, from whomever, for whomever."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        recipients = ", ".join(address.replace("\n", "").replace("\r", "") for address in envelope.rcpt_tos)
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        await asyncio.to_thread(
            self._letters.keep, b"X-Original-To: %s\r\n%s" % (recipients.encode(), content)
        )
        log.info("letter kept", bytes=len(content), recipients=len(envelope.rcpt_tos))
        return "250 kept"


async def serve(settings: Settings) -> None:
    """Serves SMTP and the page until cancelled."""
    letters = Letters(settings.data / "mail")
    smtp = await asyncio.get_running_loop().create_server(
        lambda: SMTP(
            _Taker(letters), data_size_limit=MOST_LETTER_BYTES, enable_SMTPUTF8=True, ident="kabinet sink"
        ),
        settings.host,
        settings.sink_port,
    )
    server = PageServer(
        page(letters),
        address=settings.host,
        port=settings.sink_page_port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        websockets=False,
    )
    serving = asyncio.ensure_future(server.serve())
    try:
        async with smtp:
            await asyncio.shield(serving)
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait({serving}, timeout=5)
