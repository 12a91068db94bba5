"""A mailbox that cannot be routed to us is looked into over IMAP (RFC 9051): a letter is marked there once
it is kept here. Broken off in between it is fetched again, and found to be kept already.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted

log = structlog.get_logger("kabinet.mail")

KEPT = "$KabinetKept"
MOST_AT_ONCE = 100
_TIMEOUT_SECONDS = 60
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_RETURN_PATH = re.compile(rb"(?im)^return-path:[ \t]*<?([^<>\s]*)>?[ \t]*\r?$")
_HEADERS_READ = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A letter of the mailbox; of one that is too large only the headers."""

    mail_from: str
    raw: bytes
    size_bytes: int
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where the mailbox is. Letters that are kept go to `done_folder`; without one they are flagged."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    user: str
    password: str
    folder: str
    done_folder: str
    most_bytes: int


@dataclass(slots=True)
class MailboxWatch:
    """`keep` returns when a letter is kept for good, and raises when it is not."""

    mailbox: Mailbox
    keep: Callable[[Fetched], Awaitable[None]]
    poll_seconds: float
    _done: set[str] = field(default_factory=set, init=False)
    """Of this process, where a server forgets our flag."""

    async def run(self) -> None:
        """Until cancelled. A server that is away is asked again."""
        while True:
            try:
                kept = await self.look()
            except Exception as error:  # noqa: BLE001 - the mailbox outlives its server's troubles
                log.warning("the mailbox cannot be looked into", error=type(error).__name__)
                kept = 0
            if kept < MOST_AT_ONCE:
                await asyncio.sleep(self.poll_seconds)

    async def look(self) -> int:
        """One look at the mailbox; how many letters were kept."""
        loop = asyncio.get_running_loop()

        def hand_over(letter: Fetched) -> None:
            asyncio.run_coroutine_threadsafe(_kept(self.keep, letter), loop).result()

        return await asyncio.to_thread(self._look, hand_over)

    def _look(self, hand_over: Callable[[Fetched], None]) -> int:
        mailbox, kept = self.mailbox, 0
        box = _connected(mailbox)
        try:
            box.login(mailbox.user, mailbox.password, mailbox.folder)
            if mailbox.done_folder and not box.folder.exists(mailbox.done_folder):
                box.folder.create(mailbox.done_folder)
            for uid in self._waiting(box):
                kept += self._taken(box, uid, hand_over)
        finally:
            with suppress(Exception):  # what is marked is marked, however they part
                box.logout()
            with suppress(Exception):
                box.client.shutdown()
        return kept

    def _taken(self, box: BaseMailBox, uid: str, hand_over: Callable[[Fetched], None]) -> bool:
        """What could not be kept stays there; those behind it need not wait."""
        try:
            hand_over(self._fetched(box, uid))
        except Exception as error:  # noqa: BLE001 - whatever it was: not kept is not marked
            log.warning("a letter could not be kept", error=type(error).__name__)
            return False
        self._mark(box, uid)
        return True

    def _waiting(self, box: BaseMailBox) -> Iterator[str]:
        criteria = "ALL" if self.mailbox.done_folder else f"UNKEYWORD {KEPT}"
        found = [uid for uid in box.uids(criteria, charset=None) if self._mark_of(box, uid) not in self._done]
        yield from found[:MOST_AT_ONCE]

    def _fetched(self, box: BaseMailBox, uid: str) -> Fetched:
        sizes = _SIZE.search(b" ".join(_bytes(box.client.uid("FETCH", uid, "(RFC822.SIZE)"))))
        size = int(sizes[1]) if sizes else 0
        is_cut = size > self.mailbox.most_bytes
        part = "(BODY.PEEK[HEADER])" if is_cut else "(BODY.PEEK[])"
        raw = max(_bytes(box.client.uid("FETCH", uid, part)), key=len, default=b"")
        if not raw:
            raise LookupError("the server gave no letter")
        path = _RETURN_PATH.search(raw[:_HEADERS_READ])
        # Without the header nothing is known of the envelope: that is no null sender.
        mail_from = path[1].decode("utf-8", "replace") if path else "?"
        raw = raw[: self.mailbox.most_bytes]
        return Fetched(mail_from=mail_from, raw=raw, size_bytes=size or len(raw), is_cut=is_cut)

    def _mark(self, box: BaseMailBox, uid: str) -> None:
        if self.mailbox.done_folder:
            box.move(uid, self.mailbox.done_folder)
        else:
            self._done.add(self._mark_of(box, uid))
            box.flag(uid, [KEPT, "\\Seen"], value=True)

    def _mark_of(self, box: BaseMailBox, uid: str) -> str:
        """Numbers begin anew when a mailbox is made anew."""
        validity = box.client.response("UIDVALIDITY")[1]
        return f"{validity} {uid}"


async def _kept(keep: Callable[[Fetched], Awaitable[None]], letter: Fetched) -> None:
    await keep(letter)


def _connected(mailbox: Mailbox) -> BaseMailBox:
    where: dict[str, Any] = {
        "host": mailbox.host,
        "port": mailbox.port,
        "timeout": _TIMEOUT_SECONDS,
    }
    match mailbox.security:
        case "tls":
            return MailBox(**where)
        case "starttls":
            return MailBoxStartTls(**where)
        case _:
            return MailBoxUnencrypted(**where)


def _bytes(answer: Any) -> list[bytes]:
    """The pieces of imaplib's answer to FETCH. Raises LookupError where it is no OK."""
    status, pieces = answer
    if status != "OK":
        raise LookupError(f"the server says {status}")
    found: list[bytes] = []
    for piece in pieces or []:
        found += [one for one in (piece if isinstance(piece, tuple) else (piece,)) if isinstance(one, bytes)]
    return found
