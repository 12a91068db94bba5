"""Keeping letters: bytes and promise in one commit, before anybody is told that the letter has come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from domain.mail.content import LetterParser
from domain.mail.letters_in import (
    LetterId,
    LetterIn,
    LetterSource,
    LetterState,
    LetterStep,
    ReadLetter,
    Reason,
)
from domain.store import Transaction


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A letter as a mail server hands it over. `size_bytes` and `is_cut`: only the headers were fetched of
    a letter that is too large."""

    source: LetterSource
    remote_ip: str
    mail_from: str
    recipients: tuple[str, ...]
    raw: bytes
    size_bytes: int
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class LetterReception:
    transaction: Transaction
    parser: LetterParser
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    def letter(self, delivery: Delivery) -> LetterIn:
        """The letter to be kept, with its id: keep it as often as its end is unknown."""
        envelope, at = self.parser.envelope(delivery.raw), self.now()
        return LetterIn(
            id=LetterId(self.new_id()),
            message_key=envelope.key,
            source=delivery.source,
            remote_ip=delivery.remote_ip,
            mail_from=delivery.mail_from,
            recipients=delivery.recipients,
            received_at=at,
            size_bytes=delivery.size_bytes,
            is_cut=delivery.is_cut,
            sha256=sha256(delivery.raw).digest(),
            message_id=envelope.message_id,
            sender=envelope.sender,
            subject=envelope.subject,
            steps=(LetterStep(state=LetterState.RECEIVED, reason=Reason.NEW, at=at),),
        )

    async def keep(self, letter: LetterIn, raw: bytes) -> LetterId:
        """The id it is kept by: that of the first delivery when the letter had come already. If it raises
        anything, nobody is told that it came."""
        async with self.transaction() as store:
            kept_id = await store.letters_in.keep(letter, raw)
            if kept_id == letter.id:
                job = ReadLetter(letter_id=letter.id)
                await store.jobs.add(job, run_at=letter.received_at, key=f"mail.read-letter {letter.id}")
        return kept_id
