"""Turning the facts of a notice into what a person reads."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from domain.notices.words import Words


class Language(StrEnum):
    RUSSIAN = "ru"
    ENGLISH = "en"


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses a letter leads to. `stop` stops this kind; `cabinet` is where people sign in. `account`
    begins those of the account it is about, ending with a slash."""

    cabinet: str
    account: str
    stop: str


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """`html` says the same as `text`."""

    subject: str
    text: str
    html: str


class Templates(Protocol):
    def written(self, words: Words, language: Language, links: Links) -> Written: ...

    def stop_page(self, title: str, language: Language, *, is_stopped: bool) -> str:
        """The page behind the link of a letter: it asks first, and says when it is done. `title` is the
        kind's, already in that language."""

    def autopay_stop_page(self, language: Language, *, is_stopped: bool) -> str:
        """The page behind the link that stops an autopay: likewise."""


def language_named(locale: str) -> Language:
    """The one of ours that a person's `locale` names; Russian when it names none."""
    return Language.ENGLISH if locale.partition("-")[0] == Language.ENGLISH else Language.RUSSIAN
