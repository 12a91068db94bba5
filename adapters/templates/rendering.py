"""Jinja2 templates of letters and of the pages their links lead to: a file per kind, language and form.

A text template begins with a line `Subject: …` and an empty line. Names missing in a template's facts are
errors, and HTML is escaped: what stands in billing's data is data.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from domain.kernel.calendar import Period, first_day
from domain.notices.words import Words
from domain.notices.writing import Language, Links, Written

FOLDER = Path(__file__).parent
_SUBJECT = "Subject: "
_BREAKING = re.compile(r"[^\S\xa0]+")
"""White space; a sum keeps its unbreakable spaces."""


def _day(day: date, language: str) -> str:
    """“25 ноября”, “25 November”."""
    return format_date(day, "d MMMM", locale=language)


def _month(period: Period, language: str) -> str:
    """“ноябрь 2026 года”, “November 2026”."""
    pattern = {Language.RUSSIAN: "LLLL y 'года'"}.get(Language(language), "LLLL y")
    return format_date(first_day(period), pattern, locale=language)


@cache
def _environment() -> Environment:
    """One in a process, so that each template is read and compiled once."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters |= {"day": _day, "month": _month}
    return environment


class JinjaTemplates:
    """The port `Templates`."""

    def written(self, words: Words, language: Language, links: Links) -> Written:
        facts = msgspec.structs.asdict(words) | {"links": links, "language": language.value}
        head, _, text = self._filled(f"letters/{words.kind}.{language}.txt", facts).partition("\n\n")
        if not head.startswith(_SUBJECT):
            raise ValueError(f"the template of {words.kind} in {language} has no subject")
        subject = _BREAKING.sub(" ", head.removeprefix(_SUBJECT)).strip()
        html = self._filled(f"letters/{words.kind}.{language}.html", facts | {"subject": subject})
        return Written(subject=subject, text=text.strip() + "\n", html=html)

    def stop_page(self, title: str, language: Language, *, is_stopped: bool) -> str:
        facts = {"title": title, "is_stopped": is_stopped, "language": language.value}
        return self._filled(f"pages/stop.{language}.html", facts)

    def autopay_stop_page(self, language: Language, *, is_stopped: bool) -> str:
        facts = {"is_stopped": is_stopped, "language": language.value}
        return self._filled(f"pages/autopay_stop.{language}.html", facts)

    def _filled(self, name: str, facts: Mapping[str, Any]) -> str:
        return _environment().get_template(name).render(facts)
