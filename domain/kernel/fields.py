"""How fields of forms are called, so that clients draw a form from its JSON Schema alone."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self

from msgspec import Meta


def told(
    title: str, description: str = "", *, widget: str = "", needed_when: str = "", is_asked: bool = True
) -> Meta:
    """What a person reads at a field: English message ids. `widget` says what to draw where the type does
    not: "charges" for lines of the bill, "meter", "supplier-account" and so on, see docs/applications.md.
    `needed_when` says when a field that may be left out may not. Not `is_asked`: programs may send it, people
    are not asked for it."""
    hints: dict[str, Any] = {"x-widget": widget, "x-needed-when": needed_when, "x-not-asked": not is_asked}
    said = {name: value for name, value in hints.items() if value}
    return Meta(title=title, description=description or None, extra_json_schema=said or None)


class Choice(StrEnum):
    """Words to choose from, each with what a person reads (an English message id). `for_whom`: the kinds of
    accounts it is offered to; empty: to all. Whoever gives it all the same is not refused."""

    _value_: str
    words: str
    for_whom: tuple[str, ...]

    def __new__(cls, value: str, words: str, *for_whom: str) -> Self:
        one = str.__new__(cls, value)
        one._value_ = value
        one.words = words
        one.for_whom = for_whom
        return one
