"""Every text of a template has its Russian, and no two catalogues contradict each other."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from api.pages.rendering import TEMPLATES
from api.pages.texts import LOCALE, page_texts

FILES = sorted(TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_a_template_is_translated(file: Path):
    russian, missing = page_texts("ru"), []
    with file.open("rb") as source:
        for _, _, message, _ in babel_extract(
            source, ("_", "gettext", "ngettext"), [], {"newstyle_gettext": "true"}
        ):
            for one in [message] if isinstance(message, str) else [message[0]]:
                if one and russian.gettext(one) == one:
                    missing.append(one)
    assert not missing


def test_catalogues_agree():
    said: dict[str, tuple[str, object]] = {}
    for file in sorted((LOCALE / "ru").glob("*.po")):
        with file.open("rb") as source:
            for message in read_po(source, locale="ru"):
                key = message.id if isinstance(message.id, str) else message.id[0]
                if not key:
                    continue
                other, text = said.setdefault(key, (file.name, message.string))
                assert text == message.string, f"{key!r} in {other} and {file.name}"
