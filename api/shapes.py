"""What is wrong with the shape of an input, in the reader's language.

msgspec says it in English sentences of a few patterns; here each pattern has a message id.
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

from api.texts import translated

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"Object missing required field `(?P<name>.+)`", "The field is required"),
        (r"Object contains unknown field `(?P<name>.+)`", "There is no such field"),
        (r"Expected `(?P<kind>\w+)` of length (?P<bound>[<>]= \d+).*", "The length must be {bound}"),
        (r"Expected `(?P<kind>[\w| ]+)` matching regex .*", "The value has the wrong form"),
        (r"Expected `(?P<kind>\w+)` (?P<bound>[<>]=? -?[\d.]+)", "The value must be {bound}"),
        (r"Expected `(?P<kind>[^`]+)`, got `(?P<got>[^`]+)`", "“{kind}” is expected here, not “{got}”"),
        (r"Invalid enum value .*", "There is no such choice"),
        (r"Invalid value .*", "There is no such choice"),
        (r"Invalid (?P<kind>.+)", "This is not a correct {kind}"),
    )
)
TEXTS = frozenset(text for _, text in _PATTERNS) | {"The value does not fit"}


class FieldError(msgspec.Struct, frozen=True):
    """One field at fault: `field` is its dotted path, as in "amount.kopecks"."""

    field: str
    message: str


def field_errors(extra: object, language: str) -> Iterator[FieldError]:
    """The errors Litestar lists in the `extra` of its ValidationException."""
    for entry in extra if isinstance(extra, list) else []:
        if isinstance(entry, Mapping):
            yield field_error(str(entry.get("key", "")), str(entry.get("message", "")), language)


def field_error(path: str, reason: str, language: str) -> FieldError:
    path = "" if path == "data" else path
    for pattern, text in _PATTERNS:
        if found := pattern.fullmatch(reason):
            places = found.groupdict()
            field = ".".join(filter(None, (path, places.pop("name", None))))
            return FieldError(field=field, message=translated(language, text, **places))
    return FieldError(field=path, message=translated(language, "The value does not fit"))
