"""Forms and grants as they were stored, also by an earlier version of the product: an old row must load."""

from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect
from msgspec.structs import replace

from domain.cases.cases import Decision
from domain.cases.forms import Form
from domain.kinds import KINDS

T = TypeVar("T")


def form_of(kind: str, version: int, content: Any) -> Form:
    """The form of a stored row. Input is judged strictly; what is stored is taken as it is."""
    form = KINDS[kind]
    if version < form.version:
        content = form.from_older(version, content)
    return lenient(content, form)


def decision_of(content: dict[str, Any], kind: str) -> Decision:
    granted = content.get("grant")
    decision = msgspec.convert({**content, "grant": None}, Decision)
    return replace(decision, grant=lenient(granted, KINDS[kind].grant)) if granted else decision


def lenient(content: Any, kind: type[T]) -> T:
    """`content` as `kind`, without the fields that `kind` knows no longer."""
    return msgspec.convert(_known(content, _shape(cast(Hashable, kind))), kind)


@cache
def _shape(kind: Hashable) -> inspect.Type:
    return inspect.type_info(kind)


def _known(content: Any, shape: inspect.Type) -> Any:
    """What of `content` has a place in `shape`, all the way down."""
    match shape, content:
        case inspect.StructType(cls=cls, fields=fields), dict():
            places = {field.encode_name: field.type for field in fields}
            tag = cls.__struct_config__.tag_field
            return {
                name: _known(value, places[name]) if name in places else value
                for name, value in content.items()
                if name in places or name == tag
            }
        case inspect.UnionType(types=types), _:
            return _known(content, _branch(types, content))
        case inspect.CollectionType(item_type=item), list():
            return [_known(value, item) for value in content]
        case inspect.DictType(value_type=values), dict():
            return {name: _known(value, values) for name, value in content.items()}
        case inspect.Metadata(type=inner), _:
            return _known(content, inner)
        case _:
            return content


def _branch(types: tuple[inspect.Type, ...], content: Any) -> inspect.Type:
    """Of several Structs the one whose tag it has; else the only one that is no null."""
    for one in types:
        if isinstance(one, inspect.StructType):
            config = one.cls.__struct_config__
            if config.tag_field is None:
                if isinstance(content, dict):
                    return one
            elif isinstance(content, dict) and content.get(config.tag_field) == config.tag:
                return one
        elif isinstance(one, inspect.CollectionType) and isinstance(content, list):
            return one
    return inspect.AnyType()
