"""Forms and grants as JSON Schemas from which a client draws a form without knowing the kind.

Besides what JSON Schema has (draft 2020-12), each property has a `title` in the reader's language, often a
`description`, its place `x-order`, and what to draw for it, `x-widget`: see docs/applications.md.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import msgspec
from msgspec import inspect

from api.texts import translated
from domain.cases.forms import Form, Grant
from domain.kernel.fields import Choice
from domain.kernel.money import Money

KIND = "Kind"
KOPECKS = "Kopecks"
LONG_TEXT = 500
_BY_FORMAT = {"date": "date", "date-time": "date-time", "decimal": "number", "uuid": "text"}
_BY_TYPE = {"boolean": "checkbox", "integer": "number", "number": "number", "array": "list"}


def schema(kind: type[Form | Grant], language: str) -> dict[str, Any]:
    """The JSON Schema of a form or grant, told in the reader's language."""
    made = msgspec.json.schema(kind)
    classes = {one.__name__: one for one in _classes(inspect.type_info(kind))}
    told = {
        name: _defined(node, classes[name], made["$defs"], language) for name, node in made["$defs"].items()
    }
    return {"$ref": made["$ref"], "$defs": told}


def _classes(info: inspect.Type) -> Iterator[type]:
    """Every struct and every choice that a form is made of."""
    match info:
        case inspect.Metadata():
            yield from _classes(info.type)
        case inspect.StructType():
            yield info.cls
            for field in info.fields:
                yield from _classes(field.type)
        case inspect.EnumType():
            yield info.cls
        case inspect.UnionType():
            for one in info.types:
                yield from _classes(one)
        case inspect.VarTupleType():
            yield from _classes(info.item_type)


def _defined(node: dict[str, Any], of: type, others: Mapping[str, Any], language: str) -> dict[str, Any]:
    if issubclass(of, Enum):
        return _choice(of, language)
    # What msgspec gives are the name and the docstring of the class, which are for programmers.
    told = {name: value for name, value in node.items() if name not in ("title", "description")}
    for name in ("title", "explanation"):
        if isinstance(words := getattr(of, name, None), str):
            told["title" if name == "title" else "description"] = translated(language, words)
    told["properties"] = {
        name: _field(name, node["properties"][name], of, others, language) | {"x-order": place}
        for place, name in enumerate(_order(of, node["properties"]))
    }
    return told


def _choice(of: type[Enum], language: str) -> dict[str, Any]:
    """In the order they are declared in, each value with its title."""
    values = [one.value for one in of]
    if not issubclass(of, Choice):
        return {"type": "string", "enum": values}
    titles = [
        {"const": one.value, "title": translated(language, one.words)}
        | ({"x-for-whom": list(one.for_whom)} if one.for_whom else {})
        for one in of
    ]
    return {"type": "string", "enum": values, "oneOf": titles}


def _order(of: type, names: Mapping[str, Any]) -> list[str]:
    """The fields that belong to this very kind come before those that several kinds have in common."""
    own = [name for one in of.__mro__ for name in vars(one).get("__annotations__", ()) if name in names]
    return list(dict.fromkeys([*(name for name in names if name not in own), *own]))


def _field(
    name: str, node: dict[str, Any], of: type, others: Mapping[str, Any], language: str
) -> dict[str, Any]:
    if of is Money:
        return {**node, "title": translated(language, KOPECKS), "x-widget": "kopecks"}
    if name == of.__struct_config__.tag_field:  # type: ignore[attr-defined]
        # Not for people: it says which form, or which of several variants, this is.
        word = node["enum"][0]
        return {"const": word, "title": translated(language, KIND), "x-widget": "hidden"}
    said = {
        what: translated(language, node[what])
        for what in ("title", "description", "x-needed-when")
        if isinstance(node.get(what), str)
    }
    return {**node, **said, "x-widget": node.get("x-widget") or _widget(node, others)}


def _widget(node: dict[str, Any], others: Mapping[str, Any]) -> str:
    """What the type alone says of how to draw it."""
    if "anyOf" in node:
        some = [one for one in node["anyOf"] if one.get("type") != "null"]
        return _widget(some[0], others) if len(some) == 1 else "variants"
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        if name == Money.__name__:
            return "money"
        return "choice" if "enum" in others[name] else "group"
    if node.get("format") in _BY_FORMAT:
        return _BY_FORMAT[node["format"]]
    if node.get("type") == "string":
        return "long-text" if node.get("maxLength", 0) >= LONG_TEXT else "text"
    return _BY_TYPE[node["type"]]
