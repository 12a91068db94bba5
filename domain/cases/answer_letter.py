"""The answer to a case on paper."""

from typing import ClassVar

import msgspec

from domain.kernel.documents import Document
from domain.kernel.terms import Term


class Letterhead(Term, frozen=True, kw_only=True):
    """What stands on every letter of ours, in Russian. `appeal_words` say how an answer may be appealed."""

    name: ClassVar[str] = "company.letterhead"

    company: str
    contacts: str
    appeal_words: str


class AnswerLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the bill before and after, as people read it: "1 240,50 ₽"."""

    what: str
    before: str
    after: str


class AnswerLetter(Document, frozen=True, kw_only=True, tag="answer-letter"):
    """All words are ready for people: dates as 22.11.2026, sums with their sign.

    `appeal_words` say how and until when the answer may be appealed. `answer` may have blank lines
    between paragraphs.
    """

    company_name: str
    company_contacts: str
    applicant: str
    address: str
    account_number: str
    case_number: str
    title: str
    received_on: str
    answered_on: str
    outcome: str
    amount: str | None
    answer: str
    lines: tuple[AnswerLine, ...] = ()
    rule: str = ""
    signed_by: str
    signed_post: str
    appeal_words: str
