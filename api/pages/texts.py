"""The texts of the pages: a catalogue per feature in `locale/<language>/*.po`, and behind them the API's."""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from api.texts import catalogue

LOCALE = Path(__file__).parent / "locale"


@cache
def page_texts(language: str) -> gettext.NullTranslations:
    files = sorted((LOCALE / language).glob("*.po"))
    if not files:
        return catalogue(language)
    together = Catalog(locale=language)
    for file in files:
        with file.open("rb") as source:
            for message in read_po(source, locale=language):
                if message.id:
                    together.add(message.id, message.string)
    compiled = BytesIO()
    write_mo(compiled, together)
    compiled.seek(0)
    texts = gettext.GNUTranslations(compiled)
    texts.add_fallback(catalogue(language))
    return texts
