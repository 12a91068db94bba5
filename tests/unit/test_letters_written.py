"""Every letter as its templates write it, compared with what was looked at and found good.

After a wanted change: python -m tests.unit.test_letters_written, and look at the difference.
"""

from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from msgspec.structs import replace

from adapters.mail.smtp import composed
from adapters.templates.rendering import FOLDER, JinjaTemplates
from api.texts import catalogue
from domain.kernel.letters import Letter
from domain.notices.kinds import KINDS
from domain.notices.kinds.bill_ready import BillReady
from domain.notices.kinds.reading_reminder import MeterLine, ReadingReminder
from domain.notices.words import Words
from domain.notices.writing import Language, Links

GOLDEN = Path(__file__).parents[1] / "golden" / "letters"
LINKS = Links(
    cabinet="https://cabinet.example/",
    account="https://cabinet.example/accounts/1/",
    stop="https://cabinet.example/stop?a=1&b=2",
)
CASES = [(kind, language) for kind in KINDS for language in Language]


def forms(kind: str, language: Language) -> dict[str, str]:
    written = JinjaTemplates().written(KINDS[kind].sample(), language, LINKS)
    return {"txt": f"Subject: {written.subject}\n\n{written.text}", "html": written.html + "\n"}


@pytest.mark.parametrize(("kind", "language"), CASES)
def test_the_letter_is_as_it_was_found_good(kind, language):
    for form, text in forms(kind, language).items():
        assert text == (GOLDEN / f"{kind}.{language}.{form}").read_text(), f"{kind}.{language}.{form}"


@pytest.mark.parametrize(("kind", "language"), CASES)
def test_both_forms_lead_to_the_cabinet_and_to_the_stop(kind, language):
    found = forms(kind, language)
    assert LINKS.stop in found["txt"]
    assert LINKS.stop.replace("&", "&amp;") in found["html"]
    assert all(LINKS.cabinet in text for text in found.values())


@pytest.mark.parametrize(("is_contract", "word"), [(False, "Квитанция за"), (True, "Счёт за")])
def test_a_legal_entity_gets_an_invoice_and_a_resident_a_bill(is_contract, word):
    told = replace(BillReady.sample(), is_contract=is_contract)
    assert JinjaTemplates().written(told, Language.RUSSIAN, LINKS).subject.startswith(word)


def test_every_template_belongs_to_a_kind():
    names = {file.name for file in (FOLDER / "letters").iterdir()} - {"layout.html", "case-page.txt"}
    assert names == {f"{kind}.{language}.{form}" for kind, language in CASES for form in ("txt", "html")}


@pytest.mark.parametrize("kind", KINDS)
def test_the_title_of_a_kind_is_translated(kind):
    assert catalogue("ru").gettext(KINDS[kind].title) != KINDS[kind].title


def test_what_stands_in_the_data_is_only_data():
    words = ReadingReminder(
        account_number="1",
        address="<script>alert(1)</script>",
        period="2026-11",
        until=ReadingReminder.sample().until,
        meters=(MeterLine(serial='"><img src=x>', place="{{ links }}"),),
    )
    written = JinjaTemplates().written(words, Language.RUSSIAN, LINKS)
    assert "<script>" not in written.html
    assert "<img" not in written.html
    assert "{{ links }}" in written.html


def test_a_subject_is_one_line():
    words = ReadingReminder.sample()
    broken = ReadingReminder(
        **{name: getattr(words, name) for name in words.__struct_fields__} | {"account_number": "1\r\nBcc: x"}
    )
    assert "\n" not in JinjaTemplates().written(broken, Language.ENGLISH, LINKS).subject


@pytest.mark.parametrize("length", range(1, 40))
def test_a_long_subject_arrives_as_it_was_written(length):
    subject = f"{'Я' * length} приглашение к лицевому счёту 6600000001 принято: 1\u00a0250,50\u00a0₽"
    letter = Letter(key="k", to="a@example.test", subject=subject, text="", html="", headers={})
    wire = composed(letter, "Кабинет <kabinet@example.test>").as_bytes()
    assert message_from_bytes(wire, policy=default)["Subject"] == subject
    assert max(map(len, wire.splitlines())) <= 78


def test_a_name_that_is_not_there_is_an_error():
    class Bare(Words, frozen=True, tag="payment-done"):
        pass

    with pytest.raises(UndefinedError):
        JinjaTemplates().written(Bare(), Language.RUSSIAN, LINKS)


@dataclass
class Title:
    language: Language
    asks: str
    done: str


@pytest.mark.parametrize(
    "page",
    [
        Title(Language.RUSSIAN, "Больше не присылать?", "Больше не пришлём"),
        Title(Language.ENGLISH, "Send no more?", "We will send no more"),
    ],
)
def test_the_page_behind_the_link_asks_and_then_says_so(page):
    templates = JinjaTemplates()
    asks = templates.stop_page("<b>", page.language, is_stopped=False)
    done = templates.stop_page("<b>", page.language, is_stopped=True)
    assert page.asks in asks
    assert '<form method="post">' in asks
    assert page.done in done
    assert "<form" not in done
    assert "<b>" not in asks + done


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for kind, language in CASES:
        for form, text in forms(kind, language).items():
            (GOLDEN / f"{kind}.{language}.{form}").write_text(text)
