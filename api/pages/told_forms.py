"""What was filled into a form, the other way round: as the inputs that would be filled in again, and as
lines for people to read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from api.pages.drawing import Drawing, Field
from api.pages.forms import typed as typed_sum
from domain.kernel.money import Money


class Line(msgspec.Struct, frozen=True):
    title: str
    values: Sequence[str]


def typed_of(filled: Mapping[str, Any], prefix: str = "") -> dict[str, list[str]]:
    """`filled` is the form's JSON."""
    typed: dict[str, list[str]] = {}
    for name, value in filled.items():
        typed |= _typed(f"{prefix}{name}", value)
    return typed


def told_lines(drawing: Drawing, filled: Mapping[str, Any]) -> list[Line]:
    """Each field that was filled in, with titles of what was chosen instead of codes."""
    return list(_told(drawing.fields(typed_of(filled))))


def _typed(name: str, value: Any) -> dict[str, list[str]]:
    match value:
        case None | False:
            return {}
        case True:
            return {name: ["yes"]}
        case {"kopecks": int(kopecks)}:
            return {name: [typed_sum(Money(kopecks))]}
        case dict():
            return typed_of(value, f"{name}.")
        case [*items] if any(isinstance(item, dict) for item in items):
            return {
                key: typed
                for no, item in enumerate(items)
                for key, typed in _typed(f"{name}.{no}", item).items()
            }
        case [*items]:  # picked from a list of choices, or typed row by row
            rows = {f"{name}.{no}": [str(item)] for no, item in enumerate(items)}
            return rows | ({name: [str(item) for item in items]} if items else {})
    return {name: [str(value)]}


def _told(fields: Sequence[Field], before: str = "") -> Iterator[Line]:
    for field in fields:
        title = field.title or before
        titles = {option.value: option.title for option in field.options}
        values = [titles.get(value, value) for value in field.values if value.strip()]
        if values and field.widget != "group":
            yield Line(title, values)
        yield from _told(field.children, title)
        for no, row in enumerate(field.rows, start=1):
            yield from (line for line in _told(row, f"{title} {no}"))
