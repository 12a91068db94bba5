"""A letter that came to us, from its bytes to its fate. Every letter has one, and it is told why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NewType, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel.errors import Conflict, Forbidden, NotFound, Unavailable
from domain.kernel.ids import AccountId, ReadingFileId, StaffId
from domain.kernel.jobs import Job
from domain.kernel.lifecycle import Lifecycle
from domain.kernel.terms import Term

LetterId = NewType("LetterId", UUID)

SUBJECT_CHARS = 300


class LetterNotFound(NotFound):
    code = "letter-not-found"
    text = "There is no such letter"


class LetterFileNotFound(NotFound):
    code = "letter-file-not-found"
    text = "The letter has no such workbook, or it cannot be opened"


class LetterFileInfected(Conflict):
    code = "letter-file-infected"
    text = "Malware was found in the workbook: it is not given out"
    remedy = "Reject the letter, or ask the sender for the workbook anew"


class LetterFileUnchecked(Unavailable):
    code = "letter-file-unchecked"
    text = "The workbook cannot be checked for malware now"
    remedy = "Try again in some minutes"


class LetterGone(Conflict):
    code = "letter-gone"
    text = "The letter's bytes are kept no more"
    remedy = "Ask the sender to send it again"


class LettersForOperators(Forbidden):
    code = "letters-for-operators"
    text = "Only our operators look at letters"


class LetterSource(StrEnum):
    LMTP = "lmtp"
    SMTP = "smtp"
    IMAP = "imap"


class LetterState(StrEnum):
    """quarantined: a person must look. judging: its workbooks are with the readings. settled: all that
    it asked for was done. ignored: nothing is to be done, `reason` says why. bounce: a report about a
    letter of ours. rejected: a person refused it."""

    RECEIVED = "received"
    QUARANTINED = "quarantined"
    JUDGING = "judging"
    SETTLED = "settled"
    IGNORED = "ignored"
    BOUNCE = "bounce"
    REJECTED = "rejected"


_READ = frozenset(
    {
        LetterState.QUARANTINED,
        LetterState.JUDGING,
        LetterState.SETTLED,
        LetterState.IGNORED,
        LetterState.BOUNCE,
    }
)
LIFECYCLE = Lifecycle(
    {
        LetterState.RECEIVED: _READ,
        # Released or to be read once more, it goes the way of a new one.
        LetterState.QUARANTINED: frozenset({LetterState.RECEIVED, LetterState.REJECTED}),
        LetterState.JUDGING: frozenset({LetterState.SETTLED}),
        LetterState.SETTLED: frozenset({LetterState.RECEIVED}),
        LetterState.IGNORED: frozenset({LetterState.RECEIVED}),
        LetterState.REJECTED: frozenset({LetterState.RECEIVED}),
    }
)


class Reason(StrEnum):
    """Why a letter is where it is. Stable; `TEXTS` says it in words."""

    NEW = "new"
    WORKBOOKS_HANDED_OVER = "workbooks-handed-over"
    WORKBOOKS_JUDGED = "workbooks-judged"
    NO_WORKBOOK = "no-workbook"
    WORKBOOK_UNUSABLE = "workbook-unusable"
    ACCOUNT_UNCLEAR = "account-unclear"
    SENDER_UNCLEAR = "sender-unclear"
    SENDER_UNKNOWN = "sender-unknown"
    SENDER_NOT_PROVED = "sender-not-proved"
    SENDER_FORGED = "sender-forged"
    ACCOUNT_NOT_THEIRS = "account-not-theirs"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too-large"
    AUTOMATIC = "automatic"
    OWN_LETTER = "own-letter"
    DELIVERY_REPORT = "delivery-report"
    READ_AGAIN = "read-again"
    RELEASED = "released"
    REJECTED = "rejected-by-staff"


TEXTS: dict[Reason, str] = {
    Reason.NEW: "Not read yet",
    Reason.WORKBOOKS_HANDED_OVER: "The workbooks are being judged",
    Reason.WORKBOOKS_JUDGED: "The workbooks are judged",
    Reason.NO_WORKBOOK: "Without a workbook: the sender was told how to send one",
    Reason.WORKBOOK_UNUSABLE: "Nothing in it could be opened as a workbook: the sender was told why",
    Reason.ACCOUNT_UNCLEAR: "The sender has several accounts and named none: they were asked which",
    Reason.SENDER_UNCLEAR: "It does not say from whom it is, or says several",
    Reason.SENDER_UNKNOWN: "Nobody has registered the sender's address",
    Reason.SENDER_NOT_PROVED: "Our mail server does not vouch for the sender's address",
    Reason.SENDER_FORGED: "By the checks of our mail server the sender's address is forged",
    Reason.ACCOUNT_NOT_THEIRS: "It names an account the sender's address is not registered for",
    Reason.UNREADABLE: "Built so that it cannot be taken apart safely",
    Reason.TOO_LARGE: "Larger than letters we take",
    Reason.AUTOMATIC: "Written by a program; it asks for nothing",
    Reason.OWN_LETTER: "A letter of our own has come back",
    Reason.DELIVERY_REPORT: "A report about a letter of ours",
    Reason.READ_AGAIN: "To be read once more",
    Reason.RELEASED: "Released by staff",
    Reason.REJECTED: "Rejected by staff",
}


class LetterStep(msgspec.Struct, frozen=True, kw_only=True):
    """`who` is the staff's name where a person did it; `note` is theirs."""

    state: LetterState
    reason: Reason
    at: datetime
    who: str | None = None
    note: str | None = None


class LetterIn(msgspec.Struct, frozen=True, kw_only=True):
    """`message_key` tells a letter delivered twice from two letters; `deliveries` counts how often it came.

    `sender` (lower case) and `subject` are what the letter says of itself. `mail_from` is the sender of
    the envelope, "" for reports. `is_cut`: only the headers were fetched, for the letter was too large.
    `account_id` is set when a member of staff has released it to that account. Known once it is read:
    `answer_to` is whom an answer goes to, "" for nobody; `thread` are the letters it goes on from.
    """

    id: LetterId
    message_key: bytes
    source: LetterSource
    remote_ip: str
    mail_from: str
    recipients: tuple[str, ...]
    received_at: datetime
    size_bytes: int
    sha256: bytes
    message_id: str
    sender: str
    subject: str
    deliveries: int = 1
    is_cut: bool = False
    state: LetterState = LetterState.RECEIVED
    reason: Reason = Reason.NEW
    account_id: AccountId | None = None
    answer_to: str = ""
    thread: tuple[str, ...] = ()
    steps: tuple[LetterStep, ...] = ()

    def moved(self, then: LetterState, reason: Reason, at: datetime, **who: str | None) -> LetterIn:
        """Where it goes next, with the step of its story. ForbiddenMove."""
        state = LIFECYCLE.check(self.state, then)
        step = LetterStep(state=state, reason=reason, at=at, **who)
        return replace(self, state=state, reason=reason, steps=(*self.steps, step))

    def released(self, account_id: AccountId, at: datetime, who: str, note: str) -> LetterIn:
        """A person vouches for the sender: the letter is read once more, as that account's."""
        moved = self.moved(LetterState.RECEIVED, Reason.RELEASED, at, who=who, note=note)
        return replace(moved, account_id=account_id)


class LetterFile(msgspec.Struct, frozen=True, kw_only=True):
    """One workbook of a letter. `trouble` is the code of why it became no file of readings."""

    no: int
    name: str
    size_bytes: int
    account_id: AccountId | None = None
    file_id: ReadingFileId | None = None
    trouble: str = ""


class MailTerms(Term, frozen=True, kw_only=True):
    """How many answers an address may get, whose letters an account may have taken, how long bytes stay."""

    name: ClassVar[str] = "mail.limits"

    replies_an_hour: int
    replies_a_day: int
    replies_a_day_to_strangers: int
    senders_of_account: int
    raw_kept_days: int


class ReadLetter(Job, frozen=True, kw_only=True, tag="mail.read-letter"):
    """See what a kept letter is and give it its fate."""

    letter_id: LetterId


class PruneLetters(Job, frozen=True, kw_only=True, tag="mail.prune"):
    """Forget the bytes of old letters and old counters of answers."""

    is_routine = True


class LetterView(msgspec.Struct, frozen=True, kw_only=True):
    """One look of staff at a letter."""

    id: UUID
    letter_id: LetterId
    staff_id: StaffId
    staff_name: str
    what: str
    at: datetime


class LetterCursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page of letters ended."""

    received_at: datetime
    letter_id: LetterId


class LettersIn(Protocol):
    async def keep(self, letter: LetterIn, raw: bytes) -> LetterId:
        """Keep letter and bytes; its id. The id of the one kept before when it had come already: that
        delivery is counted."""

    async def by_id(self, letter_id: LetterId) -> LetterIn:
        """LetterNotFound."""

    async def locked(self, letter_id: LetterId) -> LetterIn:
        """LetterNotFound."""

    async def raw(self, letter_id: LetterId) -> bytes:
        """LetterGone when its time is over."""

    async def save(self, letter: LetterIn) -> None: ...

    async def listed(
        self, states: Sequence[LetterState], *, before: LetterCursor | None, limit: int
    ) -> list[LetterIn]:
        """The newest first; of these states, or all."""

    async def keep_files(self, letter_id: LetterId, files: Sequence[LetterFile]) -> None:
        """Instead of those kept before."""

    async def files(self, letter_id: LetterId) -> list[LetterFile]: ...

    async def with_file(self, account_id: AccountId, file_id: ReadingFileId) -> list[LetterId]:
        """Letters being judged that brought that file."""

    async def viewed(self, views: Sequence[LetterView]) -> None:
        """Keep the record; nothing where there is no such letter, for nothing will be seen."""

    async def prune(self, before: datetime, limit: int) -> int:
        """Forget the bytes of that many letters older than that; how many there were."""
