"""Letters handed over by our mail server, over SMTP or LMTP (RFC 5321, RFC 2033): a letter is taken when it
is kept, or not at all. A server that hears "4xx", or nothing, keeps it and comes again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

log = structlog.get_logger("kabinet.mail")
# At "info" aiosmtpd writes down who writes to whom.
logging.getLogger("mail.log").setLevel(logging.WARNING)

MOST_LINE_BYTES = 64 * 1024
"""RFC 5321 has 1000, but letters with longer lines are about, and what cannot be told cannot be mended."""

KEEP_SECONDS = 60
"""A database that neither answers nor refuses is away: the sender's server comes again."""

TAKEN = "250 2.0.0 kept"
LATER = "451 4.3.0 cannot keep it now, try again later"
_NOT_HERE = "550 5.1.1 no such mailbox here"
_ONE_AT_A_TIME = "452 4.5.3 one recipient at a time"
_BUSY = b"421 4.3.2 too many connections, try again later\r\n"
_EMPTY = "554 5.6.0 the letter is empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A letter as it came over the wire."""

    is_lmtp: bool
    remote_ip: str
    mail_from: str
    recipients: tuple[str, ...]
    raw: bytes


Keep = Callable[[Handed], Awaitable[None]]
"""Returns when the letter is kept for good; raises when it is not."""


@dataclass(slots=True)
class LetterReceiver:
    """Two listeners with one limit of connections. `mailbox` is the only address there is, also as
    `name+anything@domain`."""

    keep: Keep
    mailbox: str
    most_bytes: int
    most_connections: int
    timeout_seconds: float
    _open: set[SMTP] = field(default_factory=set, init=False)
    _keeping: set[asyncio.Future[None]] = field(default_factory=set, init=False)
    _servers: list[asyncio.Server] = field(default_factory=list, init=False)
    _is_stopping: bool = field(default=False, init=False)

    async def listen(self, host: str, port: int, *, is_lmtp: bool) -> int:
        """The port it listens on; 0 lets the system choose."""
        server = await asyncio.get_running_loop().create_server(
            lambda: self._connection(is_lmtp=is_lmtp), host, port
        )
        self._servers.append(server)
        found: int = server.sockets[0].getsockname()[1]
        return found

    async def stop(self, *, timeout_seconds: float) -> None:
        """Takes no more; letters being kept are kept and told so, within the time."""
        self._is_stopping = True
        for server in self._servers:
            server.close()
        if self._keeping:
            _, left = await asyncio.wait(self._keeping, timeout=timeout_seconds)
            if left:
                log.warning("letters broken off by the stop", count=len(left))
            await asyncio.sleep(0.1)  # the servers are told
        for connection in list(self._open):
            if connection.transport is not None:
                connection.transport.close()
        await asyncio.sleep(0)

    def _connection(self, *, is_lmtp: bool) -> SMTP:
        kind = _Lmtp if is_lmtp else _Smtp
        return kind(
            self,
            _Taker(self, is_lmtp=is_lmtp),
            data_size_limit=self.most_bytes,
            enable_SMTPUTF8=True,
            ident="Kabinet",
            hostname="kabinet",
            timeout=self.timeout_seconds,
        )

    def came(self, connection: SMTP) -> bool:
        """Whether it may stay."""
        if self._is_stopping or len(self._open) >= self.most_connections:
            return False
        self._open.add(connection)
        return True

    def gone(self, connection: SMTP) -> None:
        self._open.discard(connection)

    async def take(self, handed: Handed) -> str:
        if not handed.raw:
            return _EMPTY
        # A connection that breaks off does not break off the keeping: what is half done is done to its end,
        # and the letter, sent again, is found to be kept.
        keeping = asyncio.ensure_future(asyncio.wait_for(self.keep(handed), KEEP_SECONDS))
        self._keeping.add(keeping)
        keeping.add_done_callback(self._kept)
        try:
            await asyncio.shield(keeping)
        except Exception as error:  # noqa: BLE001 - whatever it was: not kept is not kept
            log.warning("a letter could not be kept", error=type(error).__name__, bytes=len(handed.raw))
            return LATER
        return TAKEN

    def _kept(self, keeping: asyncio.Future[None]) -> None:
        self._keeping.discard(keeping)
        if not keeping.cancelled():
            keeping.exception()  # told already, where anybody is left to be told

    def is_ours(self, address: str) -> bool:
        name, _, domain = address.lower().rpartition("@")
        own_name, _, own_domain = self.mailbox.lower().rpartition("@")
        return domain == own_domain and name.partition("+")[0] == own_name


@dataclass(frozen=True, slots=True)
class _Taker:
    """aiosmtpd's handler of one connection."""

    receiver: LetterReceiver
    is_lmtp: bool

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self.receiver.is_ours(address):
            return _NOT_HERE
        if envelope.rcpt_tos:
            # There is one mailbox. And LMTP wants an answer for each recipient, the server gives but one.
            return _ONE_AT_A_TIME
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        handed = Handed(
            is_lmtp=self.is_lmtp,
            remote_ip=str(session.peer[0]) if session.peer else "",
            mail_from=_plain(envelope.mail_from),
            recipients=tuple(_plain(address) for address in envelope.rcpt_tos),
            raw=envelope.original_content or b"",
        )
        return await self.receiver.take(handed)

    async def handle_exception(self, error: Exception) -> str:
        """aiosmtpd would say 500 and what the matter is: a letter refused for good for a fault of ours."""
        log.warning("a letter could not be taken", error=type(error).__name__)
        return LATER


def _plain(address: str | None) -> str:
    return (address or "").encode("utf-8", "replace").decode().replace("\0", "")[:320]


class _Counted(SMTP):
    """A connection that is counted, and turned away when there are too many."""

    line_length_limit = MOST_LINE_BYTES

    def __init__(self, receiver: LetterReceiver, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._receiver = receiver

    def connection_made(self, transport: Any) -> None:
        if self._receiver.came(self):
            super().connection_made(transport)
            return
        self.transport = transport
        transport.write(_BUSY)
        transport.close()

    def eof_received(self) -> bool | None:
        return False if self.session is None else super().eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        self._receiver.gone(self)
        if self.session is not None:
            super().connection_lost(error)


class _Smtp(_Counted):
    pass


class _Lmtp(_Counted, LMTP):
    pass
