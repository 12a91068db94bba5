"""The words of answers and of fates: all of them in Russian, and nothing of a sender's unescaped."""

from datetime import UTC, datetime

import pytest

from api.texts import catalogue
from domain.kernel.ids import AccountId
from domain.mail import writing
from domain.mail.answers import AnswerKind
from domain.mail.content import TROUBLES, Trouble
from domain.mail.letters_in import TEXTS, LetterFile, LetterId, LetterIn, LetterSource, Reason
from domain.mail.writing import Judged, written
from infra.clock import new_id

RUSSIAN = catalogue("ru").gettext
OF_ANSWERS = [text for texts in writing._TEXTS.values() for text in texts] + [
    text
    for name, text in vars(writing).items()
    if isinstance(text, str) and name.isupper() and name != "ACCOUNT_UNCLEAR"
]


@pytest.mark.parametrize("text", [*TEXTS.values(), *TROUBLES.values(), *OF_ANSWERS])
def test_every_word_is_russian(text):
    assert RUSSIAN(text) != text


def test_every_reason_trouble_and_answer_has_words():
    assert set(TEXTS) == set(Reason)
    assert set(TROUBLES) == set(Trouble)
    assert set(writing._TEXTS) == set(AnswerKind)


def words(kind, subject="Показания", name="a.xlsx", trouble="too-many-workbooks"):
    letter = LetterIn(
        id=LetterId(new_id()),
        message_key=b"",
        source=LetterSource.SMTP,
        remote_ip="",
        mail_from="",
        recipients=(),
        received_at=datetime.now(UTC),
        size_bytes=1,
        sha256=b"",
        message_id="",
        sender="",
        subject=subject,
    )
    file = LetterFile(no=0, name=name, size_bytes=1, account_id=AccountId(new_id()), trouble=trouble)
    return written(letter, kind, [Judged(of_letter=file)], RUSSIAN, url="http://x", limit_mb=30)


def test_names_of_files_are_escaped():
    found = words(AnswerKind.UNUSABLE, name="<script>alert(1)</script>.xlsx")
    assert "<script>" not in found.html
    assert "&lt;script&gt;" in found.html
    assert "<script>" in found.text


@pytest.mark.parametrize("trouble", [*Trouble, "account-unclear", "account-closed"])
def test_every_trouble_is_told(trouble):
    assert RUSSIAN(TROUBLES[Trouble.TOO_LARGE])
    lines = words(AnswerKind.UNUSABLE, trouble=str(trouble)).text.splitlines()
    assert lines[lines.index("a.xlsx") + 1]


@pytest.mark.parametrize(
    ("subject", "kind", "answered"),
    [
        ("За ноябрь", AnswerKind.VERDICTS, "Re: За ноябрь"),
        ("RE: За ноябрь", AnswerKind.VERDICTS, "RE: За ноябрь"),
        ("", AnswerKind.INSTRUCTIONS, "Ваше письмо"),
        ("Купите слона", AnswerKind.QUARANTINE, "Ваше письмо"),
    ],
)
def test_the_subject_goes_on_but_strangers_words_are_not_sent_on(subject, kind, answered):
    found = words(kind, subject=subject)
    assert found.subject == answered
    assert ("a.xlsx" in found.text) == (kind is not AnswerKind.QUARANTINE)
