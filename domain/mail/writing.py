"""The words of our answers: one text, written once, as plain text and as HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape

import msgspec

from domain.mail.answers import AnswerKind
from domain.mail.content import TROUBLES, Trouble
from domain.mail.letters_in import LetterFile, LetterIn
from domain.readings.files import ReadingFile, ReadingFileState
from domain.readings.readings import Finding
from domain.readings.replies import STATES, WORST_FIRST, said, what_to_send

Translate = Callable[[str], str]

REPLY_NAME = "{name} – answer"
TEMPLATE_NAME = "Readings {number}"
ACCOUNT_UNCLEAR = "account-unclear"
_UNCLEAR = "It does not say for which account it is: name the number in the subject of the letter"
_GREETING = "Good day!"
_SUBJECT = "Your letter to us"
_NOT_TAKEN = "It could not be taken: send it in the cabinet or ask us"
_HOW_TO_SEND = (
    "Send the workbook as an attachment (.xlsx, .xlsm, .xls, .ods or .csv) and name the account or contract "
    "in the subject. Best fill in our template: every meter stands in it."
)
_AUTOMATIC = "This letter was written by a program. Readings can also be sent in the cabinet: {url}"
_TEXTS: dict[AnswerKind, tuple[str, ...]] = {
    AnswerKind.QUARANTINE: (
        "Your letter has been received. It will be looked at by an operator.",
        "Readings are taken without waiting from addresses that the holder of the account has registered in "
        "the cabinet.",
    ),
    AnswerKind.INSTRUCTIONS: ("There was no workbook with readings in your letter.", _HOW_TO_SEND),
    AnswerKind.UNUSABLE: ("Nothing in your letter could be opened as a workbook with readings.",),
    AnswerKind.WHICH_ACCOUNT: (
        "Your letter does not say for which account or contract the readings are: nothing was taken yet.",
        "Send it again with the number of the account or contract in the subject, or use the template of "
        "that account.",
    ),
    AnswerKind.TOO_LARGE: (
        "Your letter is too large: letters of up to {limit_mb} MB are taken, and workbooks of up to 10 MB.",
        _HOW_TO_SEND,
    ),
    AnswerKind.VERDICTS: ("Your readings have been looked at.",),
}
_TEMPLATE_ENCLOSED = "Our template with the meters of account {number} is attached."


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it is sent."""

    subject: str
    text: str
    html: str


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A paragraph, or rows of a table under a heading."""

    text: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    is_heading: bool = False


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One workbook of the letter and what became of it; `file` is None where it became nothing."""

    of_letter: LetterFile
    file: ReadingFile | None = None
    account_number: str = ""


def written(
    letter: LetterIn,
    kind: AnswerKind,
    judged: Sequence[Judged],
    translate: Translate,
    *,
    url: str,
    limit_mb: int,
    template_of: str = "",
) -> Words:
    """The answer. `template_of` is the number of the account whose template is attached, if one is."""
    blocks = [Block(text=translate(_GREETING))]
    blocks += [Block(text=translate(text).format(limit_mb=limit_mb)) for text in _TEXTS[kind]]
    for one in judged if kind is not AnswerKind.QUARANTINE else ():
        blocks += _about(one, translate)
    if template_of:
        blocks.append(Block(text=translate(_TEMPLATE_ENCLOSED).format(number=template_of)))
    blocks.append(Block(text=translate(_AUTOMATIC).format(url=url)))
    return Words(subject=_subject(letter, kind, translate), text=_plain(blocks), html=_html(blocks))


def _subject(letter: LetterIn, kind: AnswerKind, translate: Translate) -> str:
    """Strangers' words are not sent on in our name."""
    if kind is AnswerKind.QUARANTINE or not letter.subject:
        return translate(_SUBJECT)
    return letter.subject if letter.subject[:3].lower() == "re:" else f"Re: {letter.subject}"


def _about(one: Judged, translate: Translate) -> Iterator[Block]:
    account = translate("account {number}").format(number=one.account_number) if one.account_number else ""
    yield Block(text=", ".join(part for part in (one.of_letter.name, account) if part), is_heading=True)
    if one.file is None:
        yield Block(text=translate(_trouble_text(one.of_letter.trouble)))
    elif one.file.state is ReadingFileState.REFUSED:
        yield Block(text=_refusal(one.file.refusal, translate))
    else:
        yield from _counts(one.file, translate)


def _trouble_text(trouble: str) -> str:
    if trouble == ACCOUNT_UNCLEAR:
        return _UNCLEAR
    return TROUBLES[Trouble(trouble)] if trouble in set(Trouble) else _NOT_TAKEN


def _refusal(refusal: Finding | None, translate: Translate) -> str:
    return said(refusal, translate) if refusal else translate("The file could not be read")


def _counts(file: ReadingFile, translate: Translate) -> Iterator[Block]:
    found = ((state, getattr(file.counts, state.value)) for state in WORST_FIRST)
    yield Block(rows=tuple((translate(STATES[state][0]), str(count)) for state, count in found if count))
    for text in what_to_send(file.counts, translate):
        yield Block(text=text)


def _plain(blocks: Sequence[Block]) -> str:
    lines: list[str] = []
    for block in blocks:
        lines += [f"  {name}: {value}" for name, value in block.rows] or [block.text]
        if not block.is_heading:
            lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _html(blocks: Sequence[Block]) -> str:
    """Every word is escaped: names of files are the sender's."""
    parts = []
    for block in blocks:
        if block.rows:
            cells = "".join(
                f'<tr><td>{escape(name)}</td><td align="right">{escape(value)}</td></tr>'
                for name, value in block.rows
            )
            parts.append(f'<table cellpadding="4">{cells}</table>')
        elif block.is_heading:
            parts.append(f"<h3>{escape(block.text)}</h3>")
        else:
            parts.append(f"<p>{escape(block.text)}</p>")
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body>{"".join(parts)}</body></html>'
