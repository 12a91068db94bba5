"""What a letter is and what follows: rules only, in the order they are asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from domain.mail.answers import AnswerKind
from domain.mail.authentication import Proof, proof_of
from domain.mail.content import LetterContent
from domain.mail.letters_in import LetterIn, LetterState, Reason
from domain.mail.senders import SenderAccount


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """Where a letter goes, and what is answered."""

    state: LetterState
    reason: Reason
    answer: AnswerKind | None = None


def _quarantine(reason: Reason, answer: AnswerKind | None = AnswerKind.QUARANTINE) -> Fate:
    return Fate(state=LetterState.QUARANTINED, reason=reason, answer=answer)


def _settled(reason: Reason, answer: AnswerKind) -> Fate:
    return Fate(state=LetterState.SETTLED, reason=reason, answer=answer)


UNKNOWN_SENDER = _quarantine(Reason.SENDER_UNKNOWN)
NOT_THEIRS = _quarantine(Reason.ACCOUNT_NOT_THEIRS)
WHICH_ACCOUNT = _settled(Reason.ACCOUNT_UNCLEAR, AnswerKind.WHICH_ACCOUNT)
HANDED_OVER = Fate(state=LetterState.JUDGING, reason=Reason.WORKBOOKS_HANDED_OVER)


def fate_by_itself(letter: LetterIn, content: LetterContent, own: frozenset[str]) -> Fate | None:
    """The fate of what no sender asks for anything with: reports, automatons, our own, what cannot be
    read. None: it is to be seen who sent it."""
    if content.is_report:
        return Fate(state=LetterState.BOUNCE, reason=Reason.DELIVERY_REPORT)
    if content.unreadable:
        return _quarantine(Reason.UNREADABLE, answer=None)
    if not own.isdisjoint(content.senders):
        return Fate(state=LetterState.IGNORED, reason=Reason.OWN_LETTER)
    if content.signs and not content.files and not letter.is_cut:
        return Fate(state=LetterState.IGNORED, reason=Reason.AUTOMATIC)
    return None


def fate_by_sender(content: LetterContent, *, is_trusted: bool) -> Fate | None:
    """None when our mail server vouches for the sender, or nobody needs to. One who is forged is not
    answered: it would reach somebody who never wrote to us."""
    if len(content.senders) != 1:
        return _quarantine(Reason.SENDER_UNCLEAR, answer=None)
    if is_trusted:
        return None
    match proof_of(content.senders[0], content.checks):
        case Proof.FORGED:
            return _quarantine(Reason.SENDER_FORGED, answer=None)
        case Proof.NOT_PROVED:
            return _quarantine(Reason.SENDER_NOT_PROVED)
        case _:
            return None


def fate_by_files(letter: LetterIn, content: LetterContent) -> Fate | None:
    """None when there is a workbook to hand over."""
    if letter.is_cut:
        return _settled(Reason.TOO_LARGE, AnswerKind.TOO_LARGE)
    if not content.files:
        return _settled(Reason.NO_WORKBOOK, AnswerKind.INSTRUCTIONS)
    if all(one.trouble for one in content.files):
        return _settled(Reason.WORKBOOK_UNUSABLE, AnswerKind.UNUSABLE)
    return None


def account_named(subject: str, accounts: Sequence[SenderAccount]) -> SenderAccount | None:
    """The one account of the sender's whose number stands in the subject."""
    named = [one for one in accounts if _stands_in(one.number, subject)]
    return named[0] if len(named) == 1 else None


def _stands_in(number: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(number.casefold())}(?![\w-])", text.casefold()) is not None


def account_by_default(accounts: Sequence[SenderAccount]) -> SenderAccount | None:
    """The sender's only account, if the sender has named it before."""
    return accounts[0] if len(accounts) == 1 and accounts[0].is_sure else None


def same_number(one: str, other: str) -> bool:
    """As people write them: spaces and case do not count."""
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()
