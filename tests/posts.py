"""Mail servers for tests: one that takes our answers, and hands for giving us letters over the wire."""

import asyncio
import smtplib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP

from tests.letters import READINGS, SENDER


@dataclass
class Post:
    """Takes every letter; says what stands in `says` first, one word for each letter. Instead of a word there
    may be something to do after the letter is taken, before anybody hears of it."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    says: list[str | Callable[[], Awaitable[None]]] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        word = self.says.pop(0) if self.says else "250 OK"
        meanwhile, word = (None, word) if isinstance(word, str) else (word, "250 OK")
        if word.startswith("250") or word == "lost":
            self.letters.append(BytesParser(policy=default).parsebytes(envelope.content))  # type: ignore[arg-type]
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        if word == "lost":  # taken, but nobody hears of it
            server.transport.abort()
            return "250 OK"
        if meanwhile is not None:
            # What it does may break off this very connection.
            await asyncio.shield(asyncio.ensure_future(meanwhile()))
        return word

    def attachments(self, letter: EmailMessage | None = None) -> dict[str, bytes]:
        found = letter or self.letters[-1]
        return {part.get_filename() or "": part.get_content() for part in found.iter_attachments()}


@asynccontextmanager
async def post() -> AsyncIterator[Post]:
    taker = Post()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(taker, enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    taker.port = server.sockets[0].getsockname()[1]
    async with server:
        yield taker


async def mailed(
    port: int, body: bytes, *, sender: str = SENDER, to: str = READINGS, lmtp: bool = False
) -> None:
    """As a mail server hands a letter over. Raises smtplib's errors."""

    def send() -> None:
        with (smtplib.LMTP if lmtp else smtplib.SMTP)("127.0.0.1", port, timeout=30) as client:
            client.sendmail(sender, [to], body)

    await asyncio.to_thread(send)
