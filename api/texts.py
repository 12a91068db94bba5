"""Texts for people. English message ids stand in the code, other languages in `locale/*.po`.

The catalogues are read as they are, as text: no compiled file to forget.
"""

import gettext
import re
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent / "locale"
DEFAULT = "ru"
LANGUAGES = ("ru", "en")

_RANGE = re.compile(r"\s*([a-zA-Z]{1,8}|\*)(?:-[a-zA-Z0-9-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?")


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """All texts of one language; the message ids themselves where there is no catalogue."""
    file = LOCALE / f"{language}.po"
    if not file.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translated(language: str, message: str, /, **params: object) -> str:
    """`message` in that language, its `{places}` filled."""
    # An empty id is the name of the catalogue's own header.
    return catalogue(language).gettext(message).format(**params) if message else ""


def language_of(accept_language: str | None) -> str:
    """The best of our languages by an Accept-Language header (RFC 9110, 12.5.4); Russian by default."""
    best, best_quality = DEFAULT, 0.0
    for part in (accept_language or "")[:200].split(","):
        found = _RANGE.fullmatch(part)
        if found is None:
            continue
        language = DEFAULT if found[1] == "*" else found[1].lower()
        quality = float(found[2] or 1)
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best
