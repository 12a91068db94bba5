"""What was filled into a form, the other way round: as the inputs that would be filled in again, and as
lines for people to read."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_date, format_datetime

from api.pages.drawing import Drawing, Field
from api.pages.forms import money_of
from api.pages.forms import typed as typed_sum
from api.texts import translated
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


def told_lines(drawing: Drawing, filled: Mapping[str, Any], language: str) -> list[Line]:
    """Each field that was filled in, as people write it: titles of what was chosen, days, moments, sums."""
    return list(_told(drawing.fields(typed_of(filled)), _Telling(language, drawing.zone)))


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


class _Telling(msgspec.Struct, frozen=True):
    language: str
    zone: ZoneInfo

    def value(self, field: Field, value: str) -> str:
        titles = {option.value: option.title for option in field.options}
        match field.widget:
            case "checkbox":
                return translated(self.language, "Yes")
            case "money":
                return str(money_of(value))
            case "number":
                return value.replace(".", ",")
            case "date":
                return format_date(date.fromisoformat(value), "d MMMM y", locale=self.language)
            case "date-time":
                at = datetime.fromisoformat(value).astimezone(self.zone)
                return format_datetime(at, "d MMMM y, HH:mm", locale=self.language)
        return titles.get(value, value)


def _told(fields: Sequence[Field], telling: _Telling, before: str = "") -> Iterator[Line]:
    for field in fields:
        title = field.title or before
        values = [telling.value(field, value) for value in field.values if value.strip()]
        if values and field.widget != "group":
            yield Line(title, values)
        yield from _told(field.children, telling, title)
        for no, row in enumerate(field.rows, start=1):
            yield from _told(row, telling, f"{title} {no}")
